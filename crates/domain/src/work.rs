//! Works: list, get, create, update, delete.

use crate::{Db, PageRequest, Result, Txn, unfinished};
use colophon_contract::{CreateWork, Page, UpdateWork, Work};

/// Works, newest first. `query` searches titles and authors, whatever the case; blank is no search.
///
/// # Errors
/// [`crate::Error::CursorInvalid`].
pub async fn list_works(db: &Db, query: Option<&str>, page: &PageRequest) -> Result<Page<Work>> {
    let _ = (db, query, page);
    unfinished()
}

/// One work.
///
/// # Errors
/// Not found.
pub async fn get_work(db: &Db, work_id: i64) -> Result<Work> {
    let _ = (db, work_id);
    unfinished()
}

/// Makes a work without chapters. The caller has validated the request.
///
/// # Errors
/// Of the database only.
pub async fn create_work(txn: &Txn, new: &CreateWork) -> Result<Work> {
    let _ = (txn, new);
    unfinished()
}

/// Changes what is given.
///
/// # Errors
/// Not found.
pub async fn update_work(txn: &Txn, work_id: i64, change: &UpdateWork) -> Result<Work> {
    let _ = (txn, work_id, change);
    unfinished()
}

/// Deletes softly: from now on it is not found; its history stays.
///
/// # Errors
/// Not found; [`crate::Error::TranslationInProgress`].
pub async fn delete_work(txn: &Txn, work_id: i64) -> Result<()> {
    let _ = (txn, work_id);
    unfinished()
}
