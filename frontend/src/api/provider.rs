//! Where models are served.

use super::{Reply, client};
use colophon_contract::{JsonObject, Provider, url};

/// Every provider of the catalogue.
pub fn list() -> Reply<Vec<Provider>> {
    client::get(url::providers())
}

/// Ends a provider's pause; nothing happens where there is none, so it may be asked for twice.
pub fn resume(name: &str) -> Reply<Provider> {
    client::post(url::resume_provider(name), &JsonObject::new(), None)
}
