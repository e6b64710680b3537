//! Helpers for the tests of several modules.

#[cfg(target_arch = "wasm32")]
pub mod dom;
pub mod fixture;
#[cfg(target_arch = "wasm32")]
pub mod server;

use leptos::prelude::Owner;

/// Runs `test` with an owner for its signals, and disposes of them afterwards.
pub fn with_signals<T>(test: impl FnOnce() -> T) -> T {
    Owner::new().with(test)
}
