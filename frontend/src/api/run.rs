//! Runs and their segments.

use super::{Key, Reply, client};
use colophon_contract::{JsonObject, Page, Run, Segment, url};

/// Starts a run under the latest version of the work's prompt.
pub fn start(work_id: i64, chapter_id: i64, key: &Key) -> Reply<Run> {
    ask(url::translations(work_id, chapter_id), key)
}

/// A page of a chapter's runs, newest first.
pub fn list(work_id: i64, chapter_id: i64, cursor: Option<String>) -> Reply<Page<Run>> {
    let address = url::translations(work_id, chapter_id);
    client::get(client::with_query(address, &[("cursor", cursor)]))
}

/// One run.
pub fn get(run_id: i64) -> Reply<Run> {
    client::get(url::translation(run_id))
}

/// A page of a run's segments, by position; at most `limit` of them.
pub fn list_segments(run_id: i64, cursor: Option<String>, limit: u32) -> Reply<Page<Segment>> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(client::with_query(url::segments(run_id), &parameters))
}

/// Recomputes a run from what is stored.
pub fn verify(run_id: i64) -> Reply<colophon_contract::TranslationVerification> {
    client::get(url::translation_verification(run_id))
}

/// Stops a run; finished segments are kept.
pub fn cancel(run_id: i64, key: &Key) -> Reply<Run> {
    ask(url::cancel(run_id), key)
}

/// Goes on with a run that ended without all its text, under its own version.
pub fn resume(run_id: i64, key: &Key) -> Reply<Run> {
    ask(url::resume(run_id), key)
}

/// What takes no body and answers with the run.
fn ask(address: String, key: &Key) -> Reply<Run> {
    client::post(address, &JsonObject::new(), Some(key))
}
