//! A work's prompt and its versions.

use super::{Error, Key, Reply, client};
use colophon_contract::{
    AppendVersion, Code, CreatePrompt, Page, Preview, PreviewPrompt, Prompt, PromptVersion,
    PromptVersionSummary, RenamePrompt, RestoreVersion, url,
};

/// The work's prompt, `None` where it has none yet.
pub async fn find(work_id: i64) -> Result<Option<Prompt>, Error> {
    match client::get(url::prompt(work_id)).await {
        Err(error) if error.code() == Some(Code::PromptNotFound) => Ok(None),
        result => result.map(Some),
    }
}

/// Makes the prompt with its version 1.
pub fn create(work_id: i64, body: &CreatePrompt, key: &Key) -> Reply<Prompt> {
    client::post(url::prompt(work_id), body, Some(key))
}

/// Changes the name alone.
pub fn rename(work_id: i64, body: &RenamePrompt) -> Reply<Prompt> {
    client::patch(url::prompt(work_id), body)
}

/// A page of versions, newest first.
pub fn list_versions(work_id: i64, cursor: Option<String>) -> Reply<Page<PromptVersionSummary>> {
    client::get(client::with_query(url::versions(work_id), &[("cursor", cursor)]))
}

/// One version.
pub fn get_version(work_id: i64, number: i32) -> Reply<PromptVersion> {
    client::get(url::version(work_id, number))
}

/// Appends a version.
pub fn append(work_id: i64, body: &AppendVersion, key: &Key) -> Reply<PromptVersion> {
    client::post(url::versions(work_id), body, Some(key))
}

/// Brings a version's content back as a new version.
pub fn restore(work_id: i64, number: i32, body: &RestoreVersion, key: &Key) -> Reply<PromptVersion> {
    client::post(url::restore(work_id, number), body, Some(key))
}

/// What would be sent for a segment.
pub fn preview(work_id: i64, body: &PreviewPrompt) -> Reply<Preview> {
    client::post(url::preview(work_id), body, None)
}

/// Recomputes the history from what is stored.
pub fn verify(work_id: i64) -> Reply<colophon_contract::PromptVerification> {
    client::get(url::prompt_verification(work_id))
}
