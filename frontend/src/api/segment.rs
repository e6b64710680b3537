//! One segment of a run: by hand, again, and all attempts at it.

use super::{Error, Key, Reply, client};
use colophon_contract::{
    Page, RestoreAttempt, RetranslateSegment, Segment, SegmentAttempt, UpdateSegment, url,
};

/// One segment.
pub fn get(run_id: i64, position: i32) -> Reply<Segment> {
    client::get(url::segment(run_id, position))
}

/// Gives it a person's text.
pub fn update(run_id: i64, position: i32, body: &UpdateSegment) -> Reply<Segment> {
    client::patch(url::segment(run_id, position), body)
}

/// Asks for another translation; the text that is there stays until that is complete.
pub fn retranslate(run_id: i64, position: i32, body: &RetranslateSegment, key: &Key) -> Reply<Segment> {
    client::post(url::retranslate(run_id, position), body, Some(key))
}

/// All attempts at it, newest first.
pub async fn list_attempts(run_id: i64, position: i32) -> Result<Vec<SegmentAttempt>, Error> {
    let mut attempts = Vec::new();
    let mut cursor = None;
    loop {
        let address = client::with_query(url::attempts(run_id, position), &[("cursor", cursor)]);
        let page: Page<SegmentAttempt> = client::get(address).await?;
        attempts.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(attempts);
        }
    }
}

/// Brings the text of an attempt back, as a new one.
pub fn restore(
    run_id: i64,
    position: i32,
    attempt_id: i64,
    body: &RestoreAttempt,
    key: &Key,
) -> Reply<Segment> {
    client::post(url::restore_attempt(run_id, position, attempt_id), body, Some(key))
}
