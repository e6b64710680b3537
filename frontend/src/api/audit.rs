//! The audit log.

use super::{Error, client};
use crate::route::with_query;
use colophon_contract::{AuditEntry, Page, url};

/// Names and values of the log's query parameters.
pub type Filter = Vec<(&'static str, Option<String>)>;

/// Returns a page of entries, newest first.
pub async fn list(filter: Filter) -> Result<Page<AuditEntry>, Error> {
    client::get(with_query(url::audit(), &filter)).await
}

/// Returns the address of all entries as JSON Lines.
pub fn export_url(filter: &Filter) -> String {
    with_query(url::audit_export(), filter)
}
