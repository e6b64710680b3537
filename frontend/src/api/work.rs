//! Works.

use super::{Error, Key, Reply, client};
use colophon_contract::{CreateWork, Page, UpdateWork, Work, url};

/// A page of works, newest first; `query` searches titles and authors.
pub fn list(query: Option<String>, cursor: Option<String>) -> Reply<Page<Work>> {
    client::get(client::with_query(url::works(), &[("query", query), ("cursor", cursor)]))
}

/// One work.
pub fn get(work_id: i64) -> Reply<Work> {
    client::get(url::work(work_id))
}

/// Makes a work without chapters.
pub fn create(body: &CreateWork, key: &Key) -> Reply<Work> {
    client::post(url::works(), body, Some(key))
}

/// Changes what is given.
pub fn update(work_id: i64, body: &UpdateWork) -> Reply<Work> {
    client::patch(url::work(work_id), body)
}

/// Takes it out of every list; its history stays.
pub async fn delete(work_id: i64) -> Result<(), Error> {
    client::delete(url::work(work_id)).await
}
