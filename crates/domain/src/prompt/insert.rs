//! Functions that creating, appending and restoring a version share.

use super::hash;
use crate::{
    Error, Missing, Models, Result, Txn, entity::prompt as entity, parameters, template, text,
    time::timestamp, work,
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, JsonObject, PromptVersion};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

/// A version's content, without author and time.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) model: &'a str,
    pub(super) template: &'a str,
    pub(super) parameters: &'a JsonObject,
    pub(super) note: &'a str,
}

/// Checks that runs can use the content: the catalogue has the model, it accepts the parameters, the template
/// renders.
pub(super) fn check(content: Content<'_>, models: &Models) -> Result<()> {
    text::refuse_nul([("/template", content.template), ("/note", content.note), ("/model", content.model)])?;
    let model = models.get(content.model)?;
    let errors = parameters::check_parameters(content.parameters, Some(model));
    if !errors.is_empty() {
        return Err(Error::ParametersInvalid(errors));
    }
    let problems = template::check_template(content.template, content.parameters).problems;
    if problems.is_empty() { Ok(()) } else { Err(Error::TemplateInvalid(problems)) }
}

/// Returns the version after `previous`, with its hashes and without an id.
pub(super) fn compose(
    prompt_id: i64,
    previous: Option<&PromptVersion>,
    content: Content<'_>,
    author: &Author,
    restored_from: Option<i32>,
    created_at: DateTime<Utc>,
) -> Result<PromptVersion> {
    let mut version = PromptVersion {
        id: 0,
        prompt_id,
        number: previous.map_or(1, |version| version.number + 1),
        model: content.model.to_owned(),
        template: content.template.to_owned(),
        // As it will be read back: numbers in their canonical spelling.
        parameters: parameters::parse(&parameters::canonical(content.parameters)?)?,
        note: content.note.to_owned(),
        author: author.clone(),
        restored_from,
        content_hash: String::new(),
        chain_hash: String::new(),
        created_at: timestamp(created_at),
    };
    version.content_hash = hash::content_hash(&version)?;
    version.chain_hash =
        hash::chain_hash(previous.map(|version| version.chain_hash.as_str()), &version.content_hash)?;
    Ok(version)
}

/// Locks the prompt's row until the transaction ends, which serialises version numbers on PostgreSQL. Returns
/// `None` if the work does not exist or has no prompt.
pub(crate) async fn lock(txn: &Txn, work_id: i64) -> Result<Option<entity::Model>> {
    Ok(entity::Entity::find()
        .filter(entity::Column::WorkId.eq(work_id))
        .filter(Expr::cust("EXISTS (SELECT 1 FROM works w WHERE w.id = work_id AND w.deleted_at IS NULL)"))
        .lock(LockType::NoKeyUpdate)
        .one(txn.conn())
        .await?)
}

/// Like [`lock`], but a missing prompt is an error.
///
/// # Errors
/// The work or its prompt is not found.
pub(super) async fn get_locked(txn: &Txn, work_id: i64) -> Result<entity::Model> {
    match lock(txn, work_id).await? {
        Some(prompt) => Ok(prompt),
        None => {
            work::require(txn.conn(), work_id).await?;
            Err(Error::NotFound(Missing::Prompt))
        }
    }
}
