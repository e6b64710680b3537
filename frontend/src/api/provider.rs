//! Requests for providers.

use super::{Error, client};
use colophon_contract::{JsonObject, Provider, url};

/// Returns every provider of the catalogue.
pub async fn list() -> Result<Vec<Provider>, Error> {
    client::get(url::providers()).await
}

/// Ends a provider's pause. Without a pause nothing happens, so the request may be repeated.
pub async fn resume(name: &str) -> Result<Provider, Error> {
    client::post(url::resume_provider(name), &JsonObject::new(), None).await
}
