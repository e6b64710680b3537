//! The model catalogue.

use super::{Reply, client};
use colophon_contract::{Model, url};

/// The whole catalogue.
pub fn list() -> Reply<Vec<Model>> {
    client::get(url::models())
}
