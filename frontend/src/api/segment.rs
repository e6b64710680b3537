//! Requests for one segment of a run: edit, retranslate, and all its attempts.

use super::{Error, Key, client};
use crate::route::with_query;
use colophon_contract::{
    AttemptMessages, AttemptReasoning, AttemptRemoved, Page, RestoreAttempt, RetranslateSegment, Segment,
    SegmentAttempt, UpdateSegment, url,
};

/// Returns a segment.
pub async fn get(run_id: i64, position: i32) -> Result<Segment, Error> {
    client::get(url::segment(run_id, position)).await
}

/// Replaces the text by a person's text.
pub async fn update(run_id: i64, position: i32, body: &UpdateSegment) -> Result<Segment, Error> {
    client::patch(url::segment(run_id, position), body).await
}

/// Requests a retranslation; the present text stays until that is complete.
pub async fn retranslate(
    run_id: i64,
    position: i32,
    body: &RetranslateSegment,
    key: &Key,
) -> Result<Segment, Error> {
    client::post(url::retranslate(run_id, position), body, Some(key)).await
}

/// Returns all attempts, newest first.
pub async fn list_attempts(run_id: i64, position: i32) -> Result<Vec<SegmentAttempt>, Error> {
    let mut attempts = Vec::new();
    let mut cursor = None;
    loop {
        let address = with_query(url::attempts(run_id, position), &[("cursor", cursor)]);
        let page: Page<SegmentAttempt> = client::get(address).await?;
        attempts.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(attempts);
        }
    }
}

/// Returns the messages that an attempt sent to its model.
pub async fn get_messages(run_id: i64, position: i32, attempt_id: i64) -> Result<AttemptMessages, Error> {
    client::get(url::attempt_messages(run_id, position, attempt_id)).await
}

/// Returns the parts that were removed from the content of an attempt's answer.
pub async fn get_removed(run_id: i64, position: i32, attempt_id: i64) -> Result<AttemptRemoved, Error> {
    client::get(url::attempt_removed(run_id, position, attempt_id)).await
}

/// Returns the reasoning that came with an attempt's answer.
pub async fn get_reasoning(run_id: i64, position: i32, attempt_id: i64) -> Result<AttemptReasoning, Error> {
    client::get(url::attempt_reasoning(run_id, position, attempt_id)).await
}

/// Restores the text of an attempt as a new attempt.
pub async fn restore(
    run_id: i64,
    position: i32,
    attempt_id: i64,
    body: &RestoreAttempt,
    key: &Key,
) -> Result<Segment, Error> {
    client::post(url::restore_attempt(run_id, position, attempt_id), body, Some(key)).await
}
