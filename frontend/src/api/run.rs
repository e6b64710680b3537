//! Runs and their segments.

use super::{Error, Key, client};
use crate::route::with_query;
use colophon_contract::{JsonObject, Page, Run, Segment, url};

/// Starts a run under the latest version of the work's prompt.
pub async fn start(work_id: i64, chapter_id: i64, key: &Key) -> Result<Run, Error> {
    ask(url::translations(work_id, chapter_id), key).await
}

/// Returns a page of a chapter's runs, newest first.
pub async fn list(work_id: i64, chapter_id: i64, cursor: Option<String>) -> Result<Page<Run>, Error> {
    let address = url::translations(work_id, chapter_id);
    client::get(with_query(address, &[("cursor", cursor)])).await
}

/// Returns a run.
pub async fn get(run_id: i64) -> Result<Run, Error> {
    client::get(url::translation(run_id)).await
}

/// Returns a page of at most `limit` segments of a run, by position.
pub async fn list_segments(run_id: i64, cursor: Option<String>, limit: u32) -> Result<Page<Segment>, Error> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(with_query(url::segments(run_id), &parameters)).await
}

/// Verifies a run: the server recomputes it from the stored data.
pub async fn verify(run_id: i64) -> Result<colophon_contract::TranslationVerification, Error> {
    client::get(url::translation_verification(run_id)).await
}

/// Stops a run; finished segments are kept.
pub async fn cancel(run_id: i64, key: &Key) -> Result<Run, Error> {
    ask(url::cancel(run_id), key).await
}

/// Resumes a run that ended without all its text, under its own version.
pub async fn resume(run_id: i64, key: &Key) -> Result<Run, Error> {
    ask(url::resume(run_id), key).await
}

/// Sends a request with an empty body; the reply is the run.
async fn ask(address: String, key: &Key) -> Result<Run, Error> {
    client::post(address, &JsonObject::new(), Some(key)).await
}
