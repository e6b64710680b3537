//! The hash chain over a run's events. Each event's chain hash covers its own columns and the previous chain
//! hash. So no event can be changed, inserted or removed without changing all later hashes. The end of the
//! chain is on the run's row, in the audit log's entries about the run, and in the anchors that
//! `colophon anchors --runs` prints.
//!
//! Events from before migration 17 have no chain hash. The first new event of their run covers them: its
//! previous chain hash is computed over them as if each had one, marked as not stored.

use crate::{
    Result,
    hash::{canonical_sha256, sha256},
    time::timestamp,
};
use chrono::{DateTime, Utc};
use colophon_contract::Timestamp;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Mutex};

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Number of events; also the number of the last event.
    pub(crate) length: i64,
    /// SHA-256, hexadecimal.
    pub(crate) hash: String,
}

impl Head {
    /// Returns the end of the chain of a run without events: 32 zero bytes.
    pub(crate) fn start() -> Self {
        Self { length: 0, hash: "0".repeat(64) }
    }

    /// Returns the end after one more event.
    pub(crate) fn extend(&self, run_id: i64, event: &Link<'_>) -> Result<Self> {
        #[derive(Serialize)]
        struct Hashed<'a> {
            previous: &'a str,
            run_id: i64,
            seq: i64,
            name: &'a str,
            data_sha256: String,
            created_at: Timestamp,
            record_sha256: Option<&'a str>,
            is_stored: bool,
        }
        let length = self.length + 1;
        let hash = canonical_sha256(&Hashed {
            previous: &self.hash,
            run_id,
            seq: length,
            name: event.name,
            data_sha256: sha256(event.data),
            created_at: timestamp(event.created_at),
            record_sha256: event.record_sha256,
            is_stored: event.is_stored,
        })?;
        Ok(Self { length, hash })
    }
}

/// The columns of an event that its chain hash covers. A change here changes all hashes.
pub(crate) struct Link<'a> {
    pub(crate) name: &'a str,
    pub(crate) data: &'a str,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) record_sha256: Option<&'a str>,
    /// Whether the event's chain hash is stored with it; `false` for events from before migration 17.
    pub(crate) is_stored: bool,
}

/// The ends of the chains of the runs whose rows a transaction holds. They are read with the rows and only
/// change with events of this transaction, so appending an event needs no further query.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<BTreeMap<i64, Option<Head>>>);

impl Heads {
    /// Sets the end of a held run's chain; `None` for a run that has no chain yet.
    pub(crate) fn set(&self, run_id: i64, head: Option<Head>) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(run_id, head);
    }

    pub(crate) fn find(&self, run_id: i64) -> Option<Option<Head>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&run_id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(data: &str, is_stored: bool) -> Link<'_> {
        let created_at = DateTime::UNIX_EPOCH;
        Link { name: "translation-status", data, created_at, record_sha256: None, is_stored }
    }

    #[test]
    fn a_chain_has_the_hashes_of_its_definition() {
        let first = Head::start().extend(7, &link("{}", true)).expect("hashes");
        let json = format!(
            r#"{{"created_at":"1970-01-01T00:00:00.000000Z","data_sha256":"{}","is_stored":true,"name":"translation-status","previous":"{}","record_sha256":null,"run_id":7,"seq":1}}"#,
            sha256("{}"),
            "0".repeat(64)
        );
        assert_eq!(first, Head { length: 1, hash: sha256(json) });
        let second = first.extend(7, &link("{}", true)).expect("hashes");
        assert_eq!(second.length, 2);
        for other in [
            first.extend(8, &link("{}", true)),
            first.extend(7, &link("{} ", true)),
            first.extend(7, &link("{}", false)),
            Head { hash: Head::start().hash, ..first.clone() }.extend(7, &link("{}", true)),
            Head { length: 2, ..first.clone() }.extend(7, &link("{}", true)),
        ] {
            assert_ne!(other.expect("hashes").hash, second.hash);
        }
    }
}
