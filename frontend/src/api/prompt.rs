//! A work's prompt and its versions.

use super::{Error, Key, client};
use crate::route::with_query;
use colophon_contract::{
    AppendVersion, Code, CreatePrompt, Page, Preview, PreviewPrompt, Prompt, PromptVersion,
    PromptVersionSummary, RenamePrompt, RestoreVersion, url,
};

/// Returns the work's prompt; `None` if it has none yet.
pub async fn find(work_id: i64) -> Result<Option<Prompt>, Error> {
    match client::get(url::prompt(work_id)).await {
        Err(error) if error.code() == Some(Code::PromptNotFound) => Ok(None),
        result => result.map(Some),
    }
}

/// Creates the prompt with its version 1.
pub async fn create(work_id: i64, body: &CreatePrompt, key: &Key) -> Result<Prompt, Error> {
    client::post(url::prompt(work_id), body, Some(key)).await
}

/// Changes only the name.
pub async fn rename(work_id: i64, body: &RenamePrompt) -> Result<Prompt, Error> {
    client::patch(url::prompt(work_id), body).await
}

/// Returns a page of versions, newest first.
pub async fn list_versions(
    work_id: i64,
    cursor: Option<String>,
) -> Result<Page<PromptVersionSummary>, Error> {
    client::get(with_query(url::versions(work_id), &[("cursor", cursor)])).await
}

/// Returns a version.
pub async fn get_version(work_id: i64, number: i32) -> Result<PromptVersion, Error> {
    client::get(url::version(work_id, number)).await
}

/// Appends a version.
pub async fn append(work_id: i64, body: &AppendVersion, key: &Key) -> Result<PromptVersion, Error> {
    client::post(url::versions(work_id), body, Some(key)).await
}

/// Restores a version's content as a new version.
pub async fn restore(
    work_id: i64,
    number: i32,
    body: &RestoreVersion,
    key: &Key,
) -> Result<PromptVersion, Error> {
    client::post(url::restore(work_id, number), body, Some(key)).await
}

/// Returns the messages that would be sent for a segment.
pub async fn preview(work_id: i64, body: &PreviewPrompt) -> Result<Preview, Error> {
    client::post(url::preview(work_id), body, None).await
}

/// Verifies the history: the server recomputes it from the stored data.
pub async fn verify(work_id: i64) -> Result<colophon_contract::PromptVerification, Error> {
    client::get(url::prompt_verification(work_id)).await
}
