//! The audit log.

use super::{Error, client};
use crate::route::with_query;
use colophon_contract::{AuditEntry, Page, url};

/// What is asked of the log: names and values of its parameters.
pub type Filter = Vec<(&'static str, Option<String>)>;

/// A page of entries, newest first.
pub async fn list(filter: Filter) -> Result<Page<AuditEntry>, Error> {
    client::get(with_query(url::audit(), &filter)).await
}

/// Where all of them are, as JSON Lines.
pub fn export_url(filter: &Filter) -> String {
    with_query(url::audit_export(), filter)
}
