//! Where models are served.

use super::{Error, client};
use colophon_contract::{JsonObject, Provider, url};

/// Every provider of the catalogue.
pub async fn list() -> Result<Vec<Provider>, Error> {
    client::get(url::providers()).await
}

/// Ends a provider's pause; nothing happens where there is none, so it may be asked for twice.
pub async fn resume(name: &str) -> Result<Provider, Error> {
    client::post(url::resume_provider(name), &JsonObject::new(), None).await
}
