//! Segments of a run: get, edit by hand, their attempts, bringing one back.

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

/// One segment of a run, with its text and the attempt that made it.
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
    // A model's answer may be of megabytes.
    let get = async move { run::get_segment(&db, path.translation_id, path.position).await };
    state.admission.reply(Kind::Read, &viewer.actor, get).await
}

/// Gives a segment a person's text, as an attempt of its own. `base_attempt_id` is the attempt whose text the editor
/// saw: a stale edit never wins. While the run is active, only segments that have their text can be edited; a run
/// that had ended without all its text is completed with the last one.
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

/// Has a segment of an ended run translated again, under the run's own version or the latest. It goes on in the server;
/// the run's events tell of it. The old text stays until the new one is complete.
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

/// All attempts at a segment, newest first, each with what came. What was sent has an address of its own.
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

/// The messages that an attempt sent to its model; `null` where nothing was sent, as by a person.
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

/// What was removed from the content of an attempt's answer, because it is no translation: reasoning between tags, the
/// tags, markers. With the text it gives the content as received.
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

/// The reasoning that came beside the content of an attempt's answer, in a field of its own.
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

/// Brings the text of an attempt back, as a new attempt of the person who asks.
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
