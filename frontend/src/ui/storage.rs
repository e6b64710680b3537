//! Values stored in this browser. If storage is forbidden or full, nothing is stored.

use leptos::prelude::window;

/// Returns the value stored under `key`.
pub fn read(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Stores `value` under `key`.
pub fn write(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}
