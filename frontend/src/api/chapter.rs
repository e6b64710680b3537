//! Requests for chapters.

use super::{Error, Key, client};
use crate::route::with_query;
use colophon_contract::{Chapter, ChapterSummary, CreateChapter, Page, UpdateChapter, url};

/// Returns a page of at most `limit` chapters of a work, by number.
pub async fn list(work_id: i64, cursor: Option<String>, limit: u32) -> Result<Page<ChapterSummary>, Error> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(with_query(url::chapters(work_id), &parameters)).await
}

/// Returns a chapter with its text.
pub async fn get(work_id: i64, chapter_id: i64) -> Result<Chapter, Error> {
    client::get(url::chapter(work_id, chapter_id)).await
}

/// Adds a chapter.
pub async fn create(work_id: i64, body: &CreateChapter, key: &Key) -> Result<Chapter, Error> {
    client::post(url::chapters(work_id), body, Some(key)).await
}

/// Changes the given fields.
pub async fn update(work_id: i64, chapter_id: i64, body: &UpdateChapter) -> Result<Chapter, Error> {
    client::patch(url::chapter(work_id, chapter_id), body).await
}
