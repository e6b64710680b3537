//! Chapters.

use super::{Key, Reply, client};
use colophon_contract::{Chapter, ChapterSummary, CreateChapter, Page, url};

/// A page of a work's chapters, by number; at most `limit` of them.
pub fn list(work_id: i64, cursor: Option<String>, limit: u32) -> Reply<Page<ChapterSummary>> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(client::with_query(url::chapters(work_id), &parameters))
}

/// One chapter with its text.
pub fn get(work_id: i64, chapter_id: i64) -> Reply<Chapter> {
    client::get(url::chapter(work_id, chapter_id))
}

/// Adds a chapter.
pub fn create(work_id: i64, body: &CreateChapter, key: &Key) -> Reply<Chapter> {
    client::post(url::chapters(work_id), body, Some(key))
}
