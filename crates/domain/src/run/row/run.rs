//! A run's row: held, fenced by its lease, and what else hangs on it.

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
    /// Who holds it.
    pub owner: String,
    /// Goes up with every claim: what fences former holders off.
    pub epoch: i64,
}

/// The run's row, held until the transaction ends.
pub(crate) async fn lock(txn: &Txn, run_id: i64) -> Result<runs::Model> {
    let find = runs::Entity::find_by_id(run_id).lock(LockType::NoKeyUpdate);
    let run = find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::Translation))?;
    let head = run.chain_length.zip(run.chain_hash.clone()).map(|(length, hash)| Head { length, hash });
    txn.heads().set(run_id, head);
    Ok(run)
}

/// The same, if the lease still holds: the fence around everything that a runner writes.
pub(crate) async fn lock_held(txn: &Txn, lease: &Lease) -> Result<runs::Model> {
    let run = lock(txn, lease.run_id).await?;
    let held = run.lease_epoch == lease.epoch && run.lease_owner.as_deref() == Some(&lease.owner);
    if held { Ok(run) } else { Err(Error::LeaseLost) }
}

/// Whether there is such a run.
pub(crate) async fn require(conn: &impl ConnectionTrait, run_id: i64) -> Result<()> {
    let sql = "SELECT 1 FROM chapter_translations WHERE id = $1";
    let row = conn.query_one_raw(statement(conn, sql, [run_id.into()])).await?;
    row.map(|_| ()).ok_or(Error::NotFound(Missing::Translation))
}

/// Whether work on a run is work on a segment again.
pub(crate) fn is_ended(run: &runs::Model) -> Result<bool> {
    Ok(status_of(&run.status)?.is_ended())
}

/// How far a run came.
pub(crate) fn progress_of(run: &crate::entity::run::Model) -> Progress {
    Progress { done: run.segments_done.into(), total: run.segments_total.into() }
}

/// Of what a run is a translation.
pub(crate) struct Place {
    /// Never another.
    pub(crate) work_id: i64,
    /// Never another.
    pub(crate) chapter_id: i64,
    pub(crate) number: i32,
    pub(crate) title: String,
}

/// The chapter of a run.
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

/// An entry of the audit log about a run.
pub(crate) fn about_run(
    action: AuditAction,
    work_id: i64,
    run_id: i64,
    (number, title): (i32, &str),
) -> Entry {
    let name = format!("{number}. {title}");
    Entry::new(action, SubjectKind::Translation, run_id).in_work(work_id).named(name)
}

/// Writes into the audit log that a run ended, how, and where its chain ended then: right after the event that says so.
pub(crate) async fn audit_end(txn: &Txn, run_id: i64, status: RunStatus) -> Result<()> {
    let Place { work_id, number, title, .. } = get_place(txn, run_id).await?;
    let entry = about_run(AuditAction::RunEnded, work_id, run_id, (number, &title));
    audit::record(txn, entry.saying(status.as_str()).at(find_head(txn, run_id)?)).await
}

pub(crate) fn because(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

/// What events tell of a version.
pub(crate) fn made_with(version: PromptVersion) -> MadeWith {
    let metadata = version.parameters.get("metadata").and_then(|metadata| metadata.as_object());
    MadeWith {
        prompt_version_number: version.number,
        metadata: metadata.cloned().unwrap_or_default(),
        model: version.model,
    }
}

/// `,1,2,`: a list that is one value on both engines, so that there is one statement to prepare. Neither an id nor a
/// provider's name has a comma.
pub(crate) fn listed(items: impl IntoIterator<Item = impl ToString>) -> String {
    items.into_iter().fold(",".to_owned(), |list, item| list + &item.to_string() + ",")
}
