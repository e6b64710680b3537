//! Requests for works.

use super::{Error, Key, client};
use crate::route::with_query;
use colophon_contract::{CreateWork, Page, UpdateWork, Work, url};

/// Returns a page of works, newest first; `query` searches titles and authors.
pub async fn list(query: Option<String>, cursor: Option<String>) -> Result<Page<Work>, Error> {
    client::get(with_query(url::works(), &[("query", query), ("cursor", cursor)])).await
}

/// Returns a work.
pub async fn get(work_id: i64) -> Result<Work, Error> {
    client::get(url::work(work_id)).await
}

/// Creates a work without chapters.
pub async fn create(body: &CreateWork, key: &Key) -> Result<Work, Error> {
    client::post(url::works(), body, Some(key)).await
}

/// Changes the given fields.
pub async fn update(work_id: i64, body: &UpdateWork) -> Result<Work, Error> {
    client::patch(url::work(work_id), body).await
}

/// Removes the work from every list; its history is kept.
pub async fn delete(work_id: i64) -> Result<(), Error> {
    client::delete(url::work(work_id)).await
}
