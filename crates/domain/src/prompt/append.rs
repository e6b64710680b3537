//! Appending a version: a new one, or an old one's content again.

use super::{
    insert::{Content, check, get_locked, insert},
    row,
};
use crate::{Error, Models, Result, Txn, entity::prompt as entity, parameters, text, time};
use colophon_contract::{AppendVersion, Author, PromptVersion, RestoreVersion};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

/// Appends a version with the next number; renames the prompt where the request says so.
///
/// # Errors
/// The work or its prompt is not found; `StaleBaseVersion` with the latest version, `VersionUnchanged`,
/// `ModelUnknown`, `ParametersInvalid`, `TemplateInvalid`.
pub async fn append_version(
    txn: &Txn,
    author: &Author,
    work_id: i64,
    new: &AppendVersion,
    models: &Models,
) -> Result<PromptVersion> {
    let (prompt, latest) = lock_latest(txn, work_id, new.base_version).await?;
    let content =
        Content { model: &new.model, template: &new.template, parameters: &new.parameters, note: &new.note };
    append(txn, author, (prompt, &latest), content, new.name.as_deref(), None, models).await
}

/// Brings the content of version `number` back as a new version, checked against today's rules.
///
/// # Errors
/// As [`append_version`]; the version is not found.
pub async fn restore_version(
    txn: &Txn,
    author: &Author,
    work_id: i64,
    number: i32,
    request: &RestoreVersion,
    models: &Models,
) -> Result<PromptVersion> {
    let (prompt, latest) = lock_latest(txn, work_id, request.base_version).await?;
    let old = row::get(txn.conn(), prompt.id, number).await?;
    let content = Content {
        model: &old.model,
        template: &old.template,
        parameters: &old.parameters,
        note: &request.note,
    };
    append(txn, author, (prompt, &latest), content, None, Some(number), models).await
}

/// The prompt under its lock with its latest version, which must be the one that the editor saw.
async fn lock_latest(txn: &Txn, work_id: i64, base_version: i32) -> Result<(entity::Model, PromptVersion)> {
    let prompt = get_locked(txn, work_id).await?;
    // Not in the locking statement: it would see the table as it was before it had to wait.
    let latest = row::get_latest(txn.conn(), prompt.id).await?;
    if latest.number == base_version {
        Ok((prompt, latest))
    } else {
        Err(Error::StaleBaseVersion(Box::new(latest)))
    }
}

async fn append(
    txn: &Txn,
    author: &Author,
    (prompt, latest): (entity::Model, &PromptVersion),
    content: Content<'_>,
    name: Option<&str>,
    restored_from: Option<i32>,
    models: &Models,
) -> Result<PromptVersion> {
    check(content, models)?;
    let unchanged = latest.model == content.model
        && latest.template == content.template
        && parameters::canonical(&latest.parameters)? == parameters::canonical(content.parameters)?;
    if unchanged {
        return Err(Error::VersionUnchanged);
    }
    let version = insert(txn, prompt.id, Some(latest), content, author, restored_from).await?;
    // That the prompt has changed is told by its latest version's time: nothing to update unless its name has.
    if let Some(name) = name.filter(|name| *name != prompt.name) {
        text::refuse_nul([("/name", name)])?;
        let mut row = prompt.into_active_model();
        row.name = Set(name.to_owned());
        row.updated_at = Set(time::now());
        row.update(txn.conn()).await?;
    }
    Ok(version)
}
