//! The audit log.

use super::{Reply, client};
use colophon_contract::{AuditEntry, Page, url};

/// What is asked of the log: names and values of its parameters.
pub type Filter = Vec<(&'static str, Option<String>)>;

/// A page of entries, newest first.
pub fn list(filter: &Filter) -> Reply<Page<AuditEntry>> {
    client::get(client::with_query(url::audit(), filter))
}

/// Where all of them are, as JSON Lines.
pub fn export_url(filter: &Filter) -> String {
    client::with_query(url::audit_export(), filter)
}
