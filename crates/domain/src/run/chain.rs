//! The hash chain over a run's events. Each event's chain hash covers its own columns and the chain hash before it, so
//! that no event can be changed, inserted or taken away without changing all later ones. The end of the chain is on the
//! run's row, in the audit log's entries about the run, and in the anchors that `colophon anchors --runs` prints.
//!
//! Events from before migration 17 have no chain hash. The first new event of their run covers them: its previous chain
//! hash is computed over them as if they had one each, marked as not stored.

use super::event::PAGE;
use crate::{
    Db, Error, Result, Txn,
    db::statement,
    time::{self, timestamp},
    verify::{canonical_sha256, mismatch, sha256, shown},
};
use chrono::{DateTime, Utc};
use colophon_contract::{Mismatch, MismatchCode, MismatchPlace, RunAnchor, Timestamp};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Mutex};

/// Runs for which one call of [`list_run_anchors`] answers.
const ANCHORS: i64 = 500;

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Events up to here; also the number of the last one.
    pub(crate) length: i64,
    /// SHA-256, hexadecimal.
    pub(crate) hash: String,
}

impl Head {
    /// The end of the chain of a run without events: 32 zero bytes.
    pub(crate) fn start() -> Self {
        Self { length: 0, hash: "0".repeat(64) }
    }

    /// The end after one more event.
    pub(super) fn extend(&self, run_id: i64, event: &Link<'_>) -> Result<Self> {
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

/// What a chain hash covers of its event. Changing this changes all hashes.
pub(super) struct Link<'a> {
    pub(super) name: &'a str,
    pub(super) data: &'a str,
    pub(super) created_at: DateTime<Utc>,
    pub(super) record_sha256: Option<&'a str>,
    /// Whether the event's chain hash is stored with it; `false` for events from before there were any.
    pub(super) is_stored: bool,
}

/// The ends of the chains of the runs whose rows a transaction holds. They are read with the rows and change only with
/// events of the same transaction, so appending an event needs no further look.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<BTreeMap<i64, Option<Head>>>);

impl Heads {
    /// Notes the end of a held run's chain; `None` for a run that has no chain yet.
    pub(super) fn set(&self, run_id: i64, head: Option<Head>) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(run_id, head);
    }

    fn find(&self, run_id: i64) -> Option<Option<Head>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&run_id).cloned()
    }
}

/// The end of the chain of a run that the transaction holds; `None` while the run has no chain.
///
/// # Errors
/// Internal for a run that the transaction does not hold.
pub(super) fn find_head(txn: &Txn, run_id: i64) -> Result<Option<Head>> {
    txn.heads().find(run_id).ok_or_else(|| Error::internal("an event of a run that is not held"))
}

/// What the next event of a run continues. For a run from before chains it is computed over the run's earlier events.
///
/// # Errors
/// As [`find_head`].
pub(super) async fn get_head(txn: &Txn, run_id: i64) -> Result<Head> {
    if let Some(head) = find_head(txn, run_id)? {
        return Ok(head);
    }
    let conn = txn.conn();
    let sql = "SELECT name, data, created_at, record_sha256 FROM run_events WHERE run_id = $1 AND seq > $2
        ORDER BY seq LIMIT $3";
    let mut head = Head::start();
    loop {
        let values = [run_id.into(), head.length.into(), PAGE.into()];
        let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
        if rows.is_empty() {
            return Ok(head);
        }
        for row in rows {
            let (name, data): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let record_sha256: Option<String> = row.try_get_by_index(3)?;
            let created_at = row.try_get_by_index::<DateTimeUtc>(2)?;
            let record_sha256 = record_sha256.as_deref();
            let link = Link { name: &name, data: &data, created_at, record_sha256, is_stored: false };
            head = head.extend(run_id, &link)?;
        }
    }
}

/// The ends of the chains of runs, by id, after one; none after the last. Runs without a chain are left out.
///
/// # Errors
/// Returns database errors only.
pub async fn list_run_anchors(db: &Db, after_run_id: i64) -> Result<Vec<RunAnchor>> {
    let sql = "SELECT c.work_id, r.id, r.chain_length, r.chain_hash
        FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
        WHERE r.id > $1 AND r.chain_hash IS NOT NULL ORDER BY r.id LIMIT $2";
    let values = [after_run_id.into(), ANCHORS.into()];
    let exported_at = timestamp(time::now());
    let rows = db.read().query_all_raw(statement(db.read(), sql, values)).await?;
    let anchor = |row: &sea_orm::QueryResult| {
        Ok(RunAnchor {
            work_id: row.try_get_by_index(0)?,
            translation_id: row.try_get_by_index(1)?,
            events: row.try_get_by_index(2)?,
            chain_hash: row.try_get_by_index(3)?,
            exported_at: exported_at.clone(),
        })
    };
    rows.iter().map(anchor).collect()
}

/// Whether the event that an anchor names is still there with the same chain hash. Whether that hash follows from what
/// is stored is checked by [`super::verify_run`].
///
/// # Errors
/// Returns database errors only. A mismatch is not an error.
pub async fn verify_run_anchor(db: &Db, anchor: &RunAnchor) -> Result<Option<Mismatch>> {
    let place = MismatchPlace {
        translation_id: Some(anchor.translation_id),
        event: Some(anchor.events),
        ..MismatchPlace::default()
    };
    let sql = "SELECT e.chain_hash, c.work_id FROM run_events e
        LEFT JOIN chapter_translations r ON r.id = e.run_id LEFT JOIN chapters c ON c.id = r.chapter_id
        WHERE e.run_id = $1 AND e.seq = $2";
    let values = [anchor.translation_id.into(), anchor.events.into()];
    let at = &anchor.exported_at.0;
    let Some(row) = db.read().query_one_raw(statement(db.read(), sql, values)).await? else {
        let detail = format!("The run had {} events at {at} and does not have them now.", anchor.events);
        let expected = Some(anchor.chain_hash.clone());
        return Ok(Some(mismatch(MismatchCode::AnchorMissing, &place, expected, None, detail)));
    };
    let hash = row.try_get_by_index::<Option<String>>(0).unwrap_or_default();
    let work_id = row.try_get_by_index::<Option<i64>>(1)?.map(|id| id.to_string());
    let differs = [
        ("chain hash", Some(anchor.chain_hash.clone()), hash),
        ("work", Some(anchor.work_id.to_string()), work_id),
    ];
    let differs = differs.into_iter().find(|(_, expected, found)| expected != found);
    Ok(differs.map(|(what, expected, found)| {
        let detail = format!("The {what} of the run's event {} is not what it was at {at}.", anchor.events);
        let found = found.as_deref().map(shown);
        mismatch(MismatchCode::AnchorChanged, &place, expected, found, detail)
    }))
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
