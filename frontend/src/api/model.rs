//! The model catalogue.

use super::{Error, client};
use colophon_contract::{Model, url};

/// Returns the whole catalogue.
pub async fn list() -> Result<Vec<Model>, Error> {
    client::get(url::models()).await
}
