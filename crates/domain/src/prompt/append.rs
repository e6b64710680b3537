//! Appending a version: a new one, or an old one's content again.
//!
//! In two steps. [`draft_version`] reads the latest version and does all the work that needs no lock;
//! [`append_version`] stores the draft under the number after the base's, which the database grants to one
//! draft only. So no editor waits for another one's checks, and a stale edit still never wins.

use super::{
    insert::{Content, Logged, check, compose, insert, insert_alone},
    list::get_version,
    row,
};
use crate::{
    Actor, Db, Engine, Error, Missing, Models, Origin, Result, Txn,
    audit::{self, Entry},
    db::Bound,
    entity::prompt as entity,
    parameters, text, time, work,
};
use chrono::{DateTime, Utc};
use colophon_contract::{AppendVersion, AuditAction, Author, PromptVersion, RestoreVersion, SubjectKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use std::sync::LazyLock;

/// A version that was checked and only has to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Without its id.
    version: PromptVersion,
    created_at: DateTime<Utc>,
    /// The prompt's new name, where it gets one.
    name: Option<String>,
    to_log: ToLog,
}

/// What the audit log says of a draft once it is stored.
#[derive(Debug, Clone, PartialEq)]
struct ToLog {
    action: AuditAction,
    work_id: i64,
    /// The prompt's name before.
    prompt_name: String,
    /// The version before.
    base_id: i64,
}

impl ToLog {
    fn from<'a>(&'a self, from: &'a Origin) -> Logged<'a> {
        let Self { action, work_id, prompt_name, base_id } = self;
        Logged { action: *action, work_id: *work_id, name: prompt_name, before_id: Some(*base_id), from }
    }
}

/// What stands before the appended version.
struct Latest {
    version: PromptVersion,
    prompt_name: String,
}

/// Drafts the version after `new.base_version`; renames the prompt where the request says so.
///
/// # Errors
/// The work or its prompt is not found; `StaleBaseVersion` with the latest version, `VersionUnchanged`,
/// `ModelUnknown`, `ParametersInvalid`, `TemplateInvalid`.
pub async fn draft_version(
    db: &Db,
    author: &Author,
    work_id: i64,
    new: &AppendVersion,
    models: &Models,
) -> Result<Draft> {
    let latest = get_base(db, work_id, new.base_version).await?;
    let content =
        Content { model: &new.model, template: &new.template, parameters: &new.parameters, note: &new.note };
    let name = new.name.clone().filter(|name| *name != latest.prompt_name);
    if let Some(name) = &name {
        text::refuse_nul([("/name", name.as_str())])?;
    }
    draft(work_id, &latest, author, content, None, name, models)
}

/// Drafts a version with the content of version `number`, checked against today's rules.
///
/// # Errors
/// As [`draft_version`]; the version is not found.
pub async fn draft_restored_version(
    db: &Db,
    author: &Author,
    work_id: i64,
    number: i32,
    request: &RestoreVersion,
    models: &Models,
) -> Result<Draft> {
    let latest = get_base(db, work_id, request.base_version).await?;
    let old = get_version(db, work_id, number).await?;
    let content = Content {
        model: &old.model,
        template: &old.template,
        parameters: &old.parameters,
        note: &request.note,
    };
    draft(work_id, &latest, author, content, Some(number), None, models)
}

/// Stores a draft.
///
/// # Errors
/// `BaseMoved` where another version has taken its place since: drafting again tells which.
pub async fn append_version(txn: &Txn, draft: Draft) -> Result<PromptVersion> {
    let Draft { mut version, created_at, name, to_log } = draft;
    insert(txn, &mut version, created_at, to_log.from(&txn.by().from)).await?;
    // That the prompt has changed is told by its latest version's time: nothing to update unless its name has.
    if let Some(name) = name {
        let row = entity::ActiveModel {
            id: Set(version.prompt_id),
            name: Set(name),
            updated_at: Set(time::now()),
            ..Default::default()
        };
        let row = row.update(txn.conn()).await?;
        let entry = Entry::new(AuditAction::PromptRenamed, SubjectKind::Prompt, row.id);
        audit::record(txn, entry.in_work(to_log.work_id).named(row.name)).await?;
    }
    Ok(version)
}

/// Stores a draft in a transaction of its own: where the name stays, the version and its entry of the audit log go by
/// the short way.
///
/// # Errors
/// As [`append_version`]; of the database.
pub async fn store_version(db: &Db, by: &Actor, draft: Draft) -> Result<PromptVersion> {
    if draft.name.is_none() {
        let Draft { mut version, created_at, to_log, .. } = draft;
        insert_alone(db, &mut version, created_at, to_log.from(&by.from)).await?;
        return Ok(version);
    }
    let txn = db.begin_write_by(by.clone()).await?;
    match append_version(&txn, draft).await {
        Ok(version) => txn.commit().await.map(|()| version),
        Err(error) => {
            txn.rollback().await?;
            Err(error)
        }
    }
}

/// The latest version, which must be the one that the editor saw.
async fn get_base(db: &Db, work_id: i64, base_version: i32) -> Result<Latest> {
    let Some(latest) = find_latest(db, work_id).await? else {
        work::require(db.read(), work_id).await?;
        return Err(Error::NotFound(Missing::Prompt));
    };
    if latest.version.number == base_version {
        Ok(latest)
    } else {
        Err(Error::StaleBaseVersion(Box::new(latest.version)))
    }
}

async fn find_latest(db: &Db, work_id: i64) -> Result<Option<Latest>> {
    static SQLITE: LazyLock<String> = LazyLock::new(|| latest_sql(Engine::Sqlite));
    static POSTGRES: LazyLock<String> = LazyLock::new(|| latest_sql(Engine::Postgres));
    let sql = match db.engine() {
        Engine::Sqlite => SQLITE.as_str(),
        Engine::Postgres => POSTGRES.as_str(),
    };
    let read = |row: &dyn crate::db::Row| {
        let version = row::with_template(row)?;
        Ok(Latest { version, prompt_name: row.text(row::COLUMNS + 1)? })
    };
    db.look_up(sql, &[Bound::I64(work_id)], read).await
}

fn latest_sql(engine: Engine) -> String {
    format!(
        "SELECT {}, v.template, p.name FROM prompts p JOIN works w ON w.id = p.work_id
        JOIN prompt_versions v ON v.id = (
            SELECT l.id FROM prompt_versions l WHERE l.prompt_id = p.id ORDER BY l.number DESC LIMIT 1
        ) WHERE p.work_id = $1 AND w.deleted_at IS NULL",
        row::columns(engine.into())
    )
}

fn draft(
    work_id: i64,
    Latest { version: latest, prompt_name }: &Latest,
    author: &Author,
    content: Content<'_>,
    restored_from: Option<i32>,
    name: Option<String>,
    models: &Models,
) -> Result<Draft> {
    check(content, models)?;
    let unchanged = latest.model == content.model
        && latest.template == content.template
        && parameters::canonical(&latest.parameters)? == parameters::canonical(content.parameters)?;
    if unchanged {
        return Err(Error::VersionUnchanged);
    }
    let created_at = time::now();
    let version = compose(latest.prompt_id, Some(latest), content, author, restored_from, created_at)?;
    let action = match restored_from {
        Some(_) => AuditAction::VersionRestored,
        None => AuditAction::VersionAppended,
    };
    let to_log = ToLog { action, work_id, prompt_name: prompt_name.clone(), base_id: latest.id };
    Ok(Draft { version, created_at, name, to_log })
}
