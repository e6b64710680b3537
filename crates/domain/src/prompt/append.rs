//! Appends a version: a new one, or the content of an old one again.
//!
//! There are two steps. [`draft_version`] reads the latest version and does all the work that needs no lock.
//! [`append_version`] stores the draft under the number after the base's, which the database grants to one
//! draft only. So no editor waits for another editor's checks, and a stale edit never succeeds.

use super::{
    insert::{Content, check, compose},
    list::get_version,
};
use crate::{
    Actor, Db, Error, Models, Origin, Result, Txn,
    audit::{self, Entry},
    entity::prompt as entity,
    hot::{self, Base, Logged, get_base, insert_version},
    parameters, text, time,
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    AppendVersion, AuditAction, Author, JsonObject, PromptVersion, RestoreVersion, SubjectKind,
    parameters::with_line_feeds_in_variables, text::is_same_text,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

/// A checked version that only has to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The version without its id.
    version: PromptVersion,
    created_at: DateTime<Utc>,
    /// The prompt's new name, if it changes.
    name: Option<String>,
    to_log: ToLog,
}

/// The contents of the audit log entry for a draft.
#[derive(Debug, Clone, PartialEq)]
struct ToLog {
    action: AuditAction,
    work_id: i64,
    /// The prompt's name before the change.
    prompt_name: String,
    /// The id of the base version.
    base_id: i64,
}

impl ToLog {
    fn from<'a>(&'a self, from: &'a Origin) -> Logged<'a> {
        let Self { action, work_id, prompt_name, base_id } = self;
        Logged { action: *action, work_id: *work_id, name: prompt_name, before_id: Some(*base_id), from }
    }
}

/// Drafts the version after `new.base_version`; renames the prompt if the request says so. `brought` is the
/// prefetched base, if any.
///
/// # Errors
/// The work or its prompt is not found; `StaleBaseVersion` with the latest version, `VersionUnchanged`,
/// `LineEndsOnly`, `ModelUnknown`, `ParametersInvalid`, `TemplateInvalid`.
pub async fn draft_version(
    db: &Db,
    author: &Author,
    work_id: i64,
    new: &AppendVersion,
    brought: Option<Base>,
    models: &Models,
) -> Result<Draft> {
    let content =
        Content { model: &new.model, template: &new.template, parameters: &new.parameters, note: &new.note };
    // The prefetched base may be up to a second old. That is safe for an append that succeeds: the database
    // lets no other version follow the base. Before refusing or renaming, read the base again.
    if let Some(base) = brought.filter(|base| base.is_for(work_id, new))
        && let Ok(draft) = draft(&base, author, content, None, None, models)
    {
        return Ok(draft);
    }
    let latest = get_base(db, work_id, new.base_version).await?;
    let name = new.name.clone().filter(|name| *name != latest.prompt_name);
    if let Some(name) = &name {
        text::refuse_nul([("/name", name.as_str())])?;
    }
    draft(&latest, author, content, None, name, models)
}

/// Drafts a version with the content of version `number` byte for byte, checked against today's rules. Its
/// line ends stay too, because verification requires that a restored version equals the old one.
///
/// # Errors
/// The errors of [`draft_version`]; the version is not found.
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
    draft(&latest, author, content, Some(number), None, models)
}

/// Stores a draft.
///
/// # Errors
/// `BaseMoved` if another version has taken the number since. Drafting again returns `StaleBaseVersion`.
pub async fn append_version(txn: &Txn, draft: Draft) -> Result<PromptVersion> {
    let Draft { mut version, created_at, name, to_log } = draft;
    insert_version(txn, &mut version, created_at, to_log.from(&txn.by().from)).await?;
    // The prompt's time of change follows from its latest version: only a new name needs an update.
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

/// Stores a draft in a transaction of its own. If the name stays, the version and its audit log entry are
/// stored together in a group commit.
///
/// # Errors
/// The errors of [`append_version`]; database errors.
pub async fn store_version(db: &Db, by: &Actor, draft: Draft) -> Result<PromptVersion> {
    if draft.name.is_none() {
        let Draft { mut version, created_at, to_log, .. } = draft;
        hot::store_version(db, &mut version, created_at, to_log.from(&by.from)).await?;
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

/// Refuses content equal to the latest version's. Other line ends do not count as a change and only select
/// the error. New texts have LF; older versions may have other line ends.
fn refuse_unchanged(latest: &PromptVersion, content: Content<'_>) -> Result<()> {
    let is_same = latest.model == content.model
        && is_same_text(&latest.template, content.template)
        && with_line_feeds(&latest.parameters)? == with_line_feeds(content.parameters)?;
    if !is_same {
        return Ok(());
    }
    let is_equal = latest.template == content.template
        && parameters::canonical(&latest.parameters)? == parameters::canonical(content.parameters)?;
    Err(if is_equal { Error::VersionUnchanged } else { Error::LineEndsOnly })
}

/// Returns canonical JSON with LF line ends in variables.
fn with_line_feeds(parameters: &JsonObject) -> Result<String> {
    parameters::canonical(&with_line_feeds_in_variables(parameters.clone()))
}

fn draft(
    Base { version: latest, prompt_name, work_id, .. }: &Base,
    author: &Author,
    content: Content<'_>,
    restored_from: Option<i32>,
    name: Option<String>,
    models: &Models,
) -> Result<Draft> {
    check(content, models)?;
    refuse_unchanged(latest, content)?;
    let created_at = time::now();
    let version = compose(latest.prompt_id, Some(latest), content, author, restored_from, created_at)?;
    let action = match restored_from {
        Some(_) => AuditAction::VersionRestored,
        None => AuditAction::VersionAppended,
    };
    let to_log = ToLog { action, work_id: *work_id, prompt_name: prompt_name.clone(), base_id: latest.id };
    Ok(Draft { version, created_at, name, to_log })
}
