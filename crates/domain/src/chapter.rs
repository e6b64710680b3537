//! Chapters: list, get, create, update, delete, and a whole book at once.

use crate::{Db, PageRequest, Result, Txn, unfinished};
use colophon_contract::{Chapter, ChapterSummary, CreateChapter, CreateWork, Page, UpdateChapter, Work};

/// A chapter of a book to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChapter {
    /// As in the book; may be empty.
    pub title: String,
    /// The whole text.
    pub source_text: String,
}

/// Chapters by number, each with its newest run.
///
/// # Errors
/// The work is not found; [`crate::Error::CursorInvalid`].
pub async fn list_chapters(db: &Db, work_id: i64, page: &PageRequest) -> Result<Page<ChapterSummary>> {
    let _ = (db, work_id, page);
    unfinished()
}

/// One chapter with its text.
///
/// # Errors
/// The work or the chapter is not found.
pub async fn get_chapter(db: &Db, work_id: i64, chapter_id: i64) -> Result<Chapter> {
    let _ = (db, work_id, chapter_id);
    unfinished()
}

/// Adds a chapter, after the last one where the request gives no number. The caller has validated it.
///
/// # Errors
/// The work is not found; [`crate::Error::ChapterNumberTaken`].
pub async fn create_chapter(txn: &Txn, work_id: i64, new: &CreateChapter) -> Result<Chapter> {
    let _ = (txn, work_id, new);
    unfinished()
}

/// Changes what is given; runs keep their own copy of the text.
///
/// # Errors
/// The work or the chapter is not found; [`crate::Error::ChapterNumberTaken`].
pub async fn update_chapter(
    txn: &Txn,
    work_id: i64,
    chapter_id: i64,
    change: &UpdateChapter,
) -> Result<Chapter> {
    let _ = (txn, work_id, chapter_id, change);
    unfinished()
}

/// Deletes softly; its number is free again.
///
/// # Errors
/// The work or the chapter is not found; [`crate::Error::TranslationInProgress`].
pub async fn delete_chapter(txn: &Txn, work_id: i64, chapter_id: i64) -> Result<()> {
    let _ = (txn, work_id, chapter_id);
    unfinished()
}

/// Makes a work with all its chapters, numbered from 1.
///
/// # Errors
/// Of the database only.
pub async fn import_book(txn: &Txn, work: &CreateWork, chapters: &[NewChapter]) -> Result<Work> {
    let _ = (txn, work, chapters);
    unfinished()
}
