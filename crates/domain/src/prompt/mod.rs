//! The prompt of a work and its versions: find, create, rename, append, restore, list.

use crate::{Db, Models, PageRequest, Result, Txn, unfinished};
use colophon_contract::{
    AppendVersion, Author, CreatePrompt, Page, Prompt, PromptVersion, PromptVersionSummary, RenamePrompt,
    RestoreVersion,
};

/// What tells one state of a prompt from every other: for `ETag`, without reading its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptTag {
    /// The prompt.
    pub id: i64,
    /// Its present name.
    pub name: String,
    /// When it last changed.
    pub updated_at: colophon_contract::Timestamp,
    /// The latest version's chain hash, which stands for the whole history.
    pub chain_hash: String,
}

impl PromptTag {
    /// The tag of a prompt that was read.
    #[must_use]
    pub fn of(prompt: &Prompt) -> Self {
        Self {
            id: prompt.id,
            name: prompt.name.clone(),
            updated_at: prompt.updated_at.clone(),
            chain_hash: prompt.latest_version.chain_hash.clone(),
        }
    }
}

/// The prompt with its latest version and the first page of its history, in one statement; `None` where the
/// work has none yet.
///
/// # Errors
/// The work is not found.
pub async fn find_prompt(db: &Db, work_id: i64) -> Result<Option<Prompt>> {
    let _ = (db, work_id);
    unfinished()
}

/// As [`find_prompt`].
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt(db: &Db, work_id: i64) -> Result<Prompt> {
    let _ = (db, work_id);
    unfinished()
}

/// What the prompt's `ETag` is made of: a statement far cheaper than [`get_prompt`].
///
/// # Errors
/// The work or its prompt is not found.
pub async fn get_prompt_tag(db: &Db, work_id: i64) -> Result<PromptTag> {
    let _ = (db, work_id);
    unfinished()
}

/// Makes the work's prompt with its version 1.
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
    let _ = (txn, author, work_id, new, models);
    unfinished()
}

/// Changes the name; makes no version.
///
/// # Errors
/// The work or its prompt is not found.
pub async fn rename_prompt(txn: &Txn, work_id: i64, change: &RenamePrompt) -> Result<Prompt> {
    let _ = (txn, work_id, change);
    unfinished()
}

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
    let _ = (txn, author, work_id, new, models);
    unfinished()
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
    let _ = (txn, author, work_id, number, request, models);
    unfinished()
}

/// Versions, newest first.
///
/// # Errors
/// The work or its prompt is not found; `CursorInvalid`.
pub async fn list_versions(db: &Db, work_id: i64, page: &PageRequest) -> Result<Page<PromptVersionSummary>> {
    let _ = (db, work_id, page);
    unfinished()
}

/// One version with its template.
///
/// # Errors
/// The work, its prompt or the version is not found.
pub async fn get_version(db: &Db, work_id: i64, number: i32) -> Result<PromptVersion> {
    let _ = (db, work_id, number);
    unfinished()
}

/// Ids and titles of the works without a prompt, oldest first.
///
/// # Errors
/// Of the database only.
pub async fn list_works_without_prompt(db: &Db) -> Result<Vec<(i64, String)>> {
    let _ = db;
    unfinished()
}
