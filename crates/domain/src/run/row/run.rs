//! A run's row: its lock, its lease check, and data derived from it.

use crate::{
    Error, Missing, Result, Txn,
    audit::{self, Entry},
    chain::Head,
    db::statement,
    entity::run as runs,
    run::row::event::find_head,
    stored::status_of,
};
use colophon_contract::{
    AuditAction, FailureCode, MadeWith, Progress, PromptVersion, RunError, RunStatus, SubjectKind,
};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, sea_query::LockType};

/// The right to work on a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run_id: i64,
    /// Name of the server that holds the lease.
    pub owner: String,
    /// Fencing token: each claim increments it, so that writes of former holders fail.
    pub epoch: i64,
}

/// Locks the run's row until the transaction ends, and returns it.
pub(crate) async fn lock(txn: &Txn, run_id: i64) -> Result<runs::Model> {
    let find = runs::Entity::find_by_id(run_id).lock(LockType::NoKeyUpdate);
    let run = find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::Translation))?;
    let head = run.chain_length.zip(run.chain_hash.clone()).map(|(length, hash)| Head { length, hash });
    txn.heads().set(run_id, head);
    Ok(run)
}

/// Locks the run's row as [`lock`] does, and checks the lease. Every write of a runner calls this.
pub(crate) async fn lock_held(txn: &Txn, lease: &Lease) -> Result<runs::Model> {
    let run = lock(txn, lease.run_id).await?;
    let held = run.lease_epoch == lease.epoch && run.lease_owner.as_deref() == Some(&lease.owner);
    if held { Ok(run) } else { Err(Error::LeaseLost) }
}

/// Checks that the run exists.
pub(crate) async fn require(conn: &impl ConnectionTrait, run_id: i64) -> Result<()> {
    let sql = "SELECT 1 FROM chapter_translations WHERE id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    row.map(|_| ()).ok_or(Error::NotFound(Missing::Translation))
}

/// Checks whether the run has ended; work on an ended run is a retranslation.
pub(crate) fn is_ended(run: &runs::Model) -> Result<bool> {
    Ok(status_of(&run.status)?.is_ended())
}

pub(crate) fn progress_of(run: &crate::entity::run::Model) -> Progress {
    Progress { done: run.segments_done.into(), total: run.segments_total.into() }
}

/// The chapter that a run translates.
pub(crate) struct Place {
    /// Never changes.
    pub(crate) work_id: i64,
    /// Never changes.
    pub(crate) chapter_id: i64,
    pub(crate) number: i32,
    pub(crate) title: String,
}

/// Returns the chapter of a run.
pub(crate) async fn get_place(txn: &Txn, run_id: i64) -> Result<Place> {
    let sql = "SELECT c.work_id, c.id, c.number, c.title FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
        WHERE r.id = $1";
    let row = txn.conn().query_one_raw(statement(txn.conn(), sql, [run_id.into()])).await?;
    let row = row.ok_or(Error::NotFound(Missing::Translation))?;
    Ok(Place {
        work_id: row.try_get_by_index(0)?,
        chapter_id: row.try_get_by_index(1)?,
        number: row.try_get_by_index(2)?,
        title: row.try_get_by_index(3)?,
    })
}

pub(crate) fn about_run(
    action: AuditAction,
    work_id: i64,
    run_id: i64,
    (number, title): (i32, &str),
) -> Entry {
    let name = format!("{number}. {title}");
    Entry::new(action, SubjectKind::Translation, run_id).in_work(work_id).named(name)
}

/// Writes the audit log entry about the end of a run, with its status and the end of its chain. Call it right
/// after the event.
pub(crate) async fn audit_end(txn: &Txn, run_id: i64, status: RunStatus) -> Result<()> {
    let Place { work_id, number, title, .. } = get_place(txn, run_id).await?;
    let entry = about_run(AuditAction::RunEnded, work_id, run_id, (number, &title));
    audit::record(txn, entry.saying(status.as_str()).at(find_head(txn, run_id)?)).await
}

pub(crate) fn because(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

/// Returns the data about a version that events contain.
pub(crate) fn made_with(version: PromptVersion) -> MadeWith {
    let metadata = version.parameters.get("metadata").and_then(|metadata| metadata.as_object());
    MadeWith {
        prompt_version_number: version.number,
        metadata: metadata.cloned().unwrap_or_default(),
        model: version.model,
    }
}

/// Joins items to a list of the form `,1,2,`. As one value on both engines it needs only one prepared
/// statement. Neither ids nor provider names contain commas.
pub(crate) fn listed(items: impl IntoIterator<Item = impl ToString>) -> String {
    items.into_iter().fold(",".to_owned(), |list, item| list + &item.to_string() + ",")
}
