//! Segments of a run: get, edit, retranslate, list and read attempts, restore an attempt.

use crate::admission::Kind;
use crate::auth::{Operator, Translator, Viewer};
use crate::error::ApiResult;
use crate::extract::{AttemptPath, Body, PageQuery, Query, SegmentPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, idempotent};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use colophon_contract::{
    AttemptMessages, AttemptReasoning, AttemptRemoved, Page, RestoreAttempt, RetranslateSegment, Segment,
    SegmentAttempt, UpdateSegment, url,
};
use colophon_domain::run::{self, LongColumn};

problems! {
    GetProblems: TranslationNotFound, SegmentNotFound;
    AttemptProblems: TranslationNotFound, SegmentNotFound, AttemptNotFound;
    UpdateProblems: TranslationNotFound, WorkNotFound, ChapterNotFound, SegmentNotFound, StaleBaseAttempt,
        SegmentBlank, TranslationInProgress;
    RetranslateProblems: TranslationNotFound, WorkNotFound, ChapterNotFound, SegmentNotFound, StaleBaseAttempt,
        SegmentBlank, TranslationInProgress, TranslationLegacy, ModelUnknown;
    RestoreProblems: TranslationNotFound, WorkNotFound, ChapterNotFound, SegmentNotFound, AttemptNotFound,
        StaleBaseAttempt, SegmentBlank, AttemptWithoutText, TranslationInProgress;
}

/// Returns a segment of a run, with its text and the attempt that produced the text.
#[utoipa::path(
    tag = "translations",
    params(SegmentPath),
    responses((status = 200, body = Segment, description = "The segment."), GetProblems)
)]
#[get("/translations/{translation_id}/segments/{position}")]
pub(crate) async fn get_segment(
    viewer: Viewer,
    path: SegmentPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    // A model's answer may be several megabytes long.
    let get = async move { run::get_segment(&db, path.translation_id, path.position).await };
    state.admission.reply(Kind::Read, &viewer.actor, get).await
}

/// Sets a segment's text to a person's text.
///
/// The text is stored as a new attempt. `base_attempt_id` is the attempt whose text the editor saw; if it is
/// no longer the current attempt, the edit is refused. While the run is active, only segments that have a
/// text can be edited. If the run ended with texts missing, the edit that adds the last missing text
/// completes it.
#[utoipa::path(
    tag = "translations",
    params(SegmentPath),
    request_body = UpdateSegment,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses((status = 200, body = Segment, description = "The segment with its new text."), UpdateProblems)
)]
#[patch("/translations/{translation_id}/segments/{position}")]
pub(crate) async fn update_segment(
    operator: Operator,
    path: SegmentPath,
    body: Body<UpdateSegment>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let author = &operator.actor.author;
    let (segment, events) = reply::write(&state, &operator.actor, async |txn| {
        run::update_segment(txn, author, path.translation_id, path.position, &body.value).await
    })
    .await?;
    state.runner.publish(path.translation_id, events);
    reply::ok(&segment)
}

/// Requests another translation of a segment of an ended run.
///
/// It uses the run's own version or the latest. The translation continues in the server, and the run's events
/// report it. The segment keeps its text until the new text is complete.
#[utoipa::path(
    tag = "translations",
    params(SegmentPath, IdempotencyKey),
    request_body = RetranslateSegment,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("run"))),
    responses(
        (status = 202, body = Segment, description = "The segment as it is, with `retranslation`.", headers(("Location" = String, description = "Its address."))),
        RetranslateProblems
    )
)]
#[post("/translations/{translation_id}/segments/{position}/retranslate")]
pub(crate) async fn retranslate_segment(
    translator: Translator,
    path: SegmentPath,
    key: Key,
    request: HttpRequest,
    body: Body<RetranslateSegment>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let place = (path.translation_id, path.position);
    let author = &translator.actor.author;
    let response = idempotent(&state, &request, &translator.actor, &key, &body.bytes, async |txn| {
        let segment = state.runner.retranslate(txn, author, place, &body.value).await?;
        Reply::accepted(url::segment(place.0, place.1), &segment)
    })
    .await?;
    state.runner.wake();
    Ok(response)
}

/// Lists all attempts at a segment, newest first, with their answers.
///
/// The messages sent to the model have their own address.
#[utoipa::path(
    tag = "translations",
    params(SegmentPath, PageQuery),
    responses((status = 200, body = Page<SegmentAttempt>, description = "A page of attempts."), GetProblems)
)]
#[get("/translations/{translation_id}/segments/{position}/attempts")]
pub(crate) async fn list_attempts(
    viewer: Viewer,
    path: SegmentPath,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    let list =
        async move { run::list_attempts(&db, path.translation_id, path.position, &query.page()).await };
    state.admission.reply(Kind::Read, &viewer.actor, list).await
}

/// Returns the messages that an attempt sent to its model.
///
/// `messages` is `null` if nothing was sent, for example for a person's text.
#[utoipa::path(
    tag = "translations",
    params(AttemptPath),
    responses((status = 200, body = AttemptMessages, description = "The messages."), AttemptProblems)
)]
#[get("/translations/{translation_id}/segments/{position}/attempts/{attempt_id}/messages")]
pub(crate) async fn get_attempt_messages(
    viewer: Viewer,
    path: AttemptPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (db, place) = (state.db.clone(), (path.translation_id, path.position, path.attempt_id));
    let size = run::count_attempt_bytes(&state.db, place, LongColumn::Messages);
    let get = async move { run::get_messages(&db, place).await };
    state.admission.reply_of_size(&viewer.actor, size, get).await
}

/// Returns what was removed from the content of an attempt's answer.
///
/// Parts that are not translation are removed: reasoning between tags, the tags, markers. The text and the
/// removed pieces together give the content as received.
#[utoipa::path(
    tag = "translations",
    params(AttemptPath),
    responses((status = 200, body = AttemptRemoved, description = "The pieces, with their places."), AttemptProblems)
)]
#[get("/translations/{translation_id}/segments/{position}/attempts/{attempt_id}/removed")]
pub(crate) async fn get_attempt_removed(
    viewer: Viewer,
    path: AttemptPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (db, place) = (state.db.clone(), (path.translation_id, path.position, path.attempt_id));
    let size = run::count_attempt_bytes(&state.db, place, LongColumn::Removed);
    let get = async move { run::get_removed(&db, place).await };
    state.admission.reply_of_size(&viewer.actor, size, get).await
}

/// Returns the reasoning that an attempt's answer had in a separate field.
#[utoipa::path(
    tag = "translations",
    params(AttemptPath),
    responses((status = 200, body = AttemptReasoning, description = "The reasoning."), AttemptProblems)
)]
#[get("/translations/{translation_id}/segments/{position}/attempts/{attempt_id}/reasoning")]
pub(crate) async fn get_attempt_reasoning(
    viewer: Viewer,
    path: AttemptPath,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (db, place) = (state.db.clone(), (path.translation_id, path.position, path.attempt_id));
    let size = run::count_attempt_bytes(&state.db, place, LongColumn::Reasoning);
    let get = async move { run::get_reasoning(&db, place).await };
    state.admission.reply_of_size(&viewer.actor, size, get).await
}

/// Restores the text of an attempt, as a new attempt by the person who sends the request.
#[utoipa::path(
    tag = "translations",
    params(AttemptPath, IdempotencyKey),
    request_body = RestoreAttempt,
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("write"))),
    responses(
        (status = 201, body = Segment, description = "The segment with that text.", headers(("Location" = String, description = "The segment's address."))),
        RestoreProblems
    )
)]
#[post("/translations/{translation_id}/segments/{position}/attempts/{attempt_id}/restore")]
pub(crate) async fn restore_attempt(
    operator: Operator,
    path: AttemptPath,
    key: Key,
    request: HttpRequest,
    body: Body<RestoreAttempt>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let AttemptPath { translation_id, position, attempt_id } = path;
    let author = &operator.actor.author;
    let mut recorded = Vec::new();
    let response = idempotent(&state, &request, &operator.actor, &key, &body.bytes, async |txn| {
        let place = (translation_id, position, attempt_id);
        let (segment, events) = run::restore_attempt(txn, author, place, &body.value).await?;
        recorded = events;
        Reply::created(url::segment(translation_id, position), &segment)
    })
    .await?;
    state.runner.publish(translation_id, recorded);
    Ok(response)
}
