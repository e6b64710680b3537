//! Access to the clipboard.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Copies `text`. Browsers withhold the clipboard from pages over plain HTTP.
pub async fn write_clipboard(text: &str) -> Result<(), JsValue> {
    let navigator = window().navigator();
    if !Reflect::get(&navigator, &"clipboard".into())?.is_object() {
        return Err(JsValue::NULL);
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.map(drop)
}
