//! Creates a work's prompt.

use super::insert::{Content, check, compose, lock};
use crate::{
    Error, Models, Result, Txn,
    entity::prompt as entity,
    hot::{self, Logged, insert_version},
    text, time, work,
};
use colophon_contract::{AuditAction, Author, CreatePrompt, Prompt};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

/// Creates the work's prompt with its version 1.
///
/// # Errors
/// The work is not found; `PromptExists`, `ModelUnknown`, `ParametersInvalid`, `TemplateInvalid`.
pub async fn create_prompt(
    txn: &Txn,
    author: &Author,
    work_id: i64,
    new: &CreatePrompt,
    models: &Models,
) -> Result<Prompt> {
    work::lock(txn, work_id).await?;
    if lock(txn, work_id).await?.is_some() {
        return Err(Error::PromptExists);
    }
    text::refuse_nul([("/name", &*new.name)])?;
    let content =
        Content { model: &new.model, template: &new.template, parameters: &new.parameters, note: &new.note };
    check(content, models)?;
    let now = time::now();
    let row = entity::ActiveModel {
        work_id: Set(work_id),
        name: Set(new.name.clone()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let row = row.insert(txn.conn()).await?;
    let mut version = compose(row.id, None, content, author, None, now)?;
    let logged = Logged {
        action: AuditAction::PromptCreated,
        work_id,
        name: &new.name,
        before_id: None,
        from: &txn.by().from,
    };
    insert_version(txn, &mut version, now, logged).await?;
    let prompt = hot::find(txn.conn(), work_id).await?;
    prompt.ok_or_else(|| Error::internal("the prompt just made is not there"))
}
