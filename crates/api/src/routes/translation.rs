//! Translations (runs): start, list, get, segments, cancel, resume.

use crate::admission::Kind;
use crate::auth::{Translator, Viewer};
use crate::error::ApiResult;
use crate::extract::{ChapterPath, IfNoneMatch, NoBody, PageQuery, Query, TranslationPath};
use crate::idempotent::{IdempotencyKey, Key, Reply, change, idempotent};
use crate::openapi::problems;
use crate::reply;
use crate::state::State;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use colophon_contract::{Page, Run, Segment, url};
use colophon_domain::{Txn, run};

problems! {
    StartProblems: WorkNotFound, ChapterNotFound, PromptMissing, TranslationInProgress, ModelUnknown;
    ListProblems: WorkNotFound, ChapterNotFound;
    GetProblems: TranslationNotFound;
    CancelProblems: TranslationNotFound, TranslationEnded;
    ResumeProblems: TranslationNotFound, WorkNotFound, ChapterNotFound, TranslationInProgress, TranslationCompleted,
        TranslationLegacy, ModelUnknown;
}

/// Starts a run of a chapter under the latest version of its work's prompt.
///
/// The run continues in the server when the client disconnects.
#[utoipa::path(
    tag = "translations",
    params(ChapterPath, IdempotencyKey),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("run"))),
    responses(
        (status = 202, body = Run, description = "The run, queued.", headers(("Location" = String, description = "Its address."))),
        StartProblems
    )
)]
#[post("/works/{work_id}/chapters/{chapter_id}/translations")]
pub(crate) async fn start_translation(
    translator: Translator,
    path: ChapterPath,
    key: Key,
    request: HttpRequest,
    _body: NoBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let (actor, served) = (translator.actor, state.clone());
    let (by, address) = (actor.clone(), (request.method().clone(), request.path().to_owned()));
    // Runs apart from other requests: it reads, cuts and stores a chapter of up to a million code points.
    let start = move || async move {
        let cut = served.runner.cut(path.work_id, path.chapter_id).await?;
        let create = async |txn: &Txn| {
            let author = &actor.author;
            let (run, _) = served.runner.create_run(txn, author, path.work_id, path.chapter_id, &cut).await?;
            Reply::accepted(url::translation(run.id), &run)
        };
        change(&served, (address.0.as_str(), address.1.as_str()), &actor, &key, b"", create).await
    };
    let ((reply, replayed), _held) = state.admission.run_local(Kind::Write, &by, start).await?;
    state.runner.wake();
    Ok(reply.into_response(replayed))
}

/// Lists the runs of a chapter, newest first.
#[utoipa::path(
    tag = "translations",
    params(ChapterPath, PageQuery),
    responses((status = 200, body = Page<Run>, description = "A page of runs."), ListProblems)
)]
#[get("/works/{work_id}/chapters/{chapter_id}/translations")]
pub(crate) async fn list_translations(
    viewer: Viewer,
    path: ChapterPath,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    let list = async move { run::list_runs(&db, path.work_id, path.chapter_id, &query.page()).await };
    state.admission.reply(Kind::Read, &viewer.actor, list).await
}

/// Returns a run.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath),
    responses(
        (status = 200, body = Run, description = "The run.", headers(("ETag" = String, description = "For `If-None-Match`, once the run has ended."))),
        GetProblems
    )
)]
#[get("/translations/{translation_id}")]
pub(crate) async fn get_translation(
    _viewer: Viewer,
    path: TranslationPath,
    known: IfNoneMatch,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let run = run::get_run(&state.db, path.translation_id).await?;
    if run.status.is_ended() { reply::tagged(&known, &run) } else { reply::ok(&run) }
}

/// Lists the segments of a run by position, each with its text and the attempt that produced it.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath, PageQuery),
    responses((status = 200, body = Page<Segment>, description = "A page of segments."), GetProblems)
)]
#[get("/translations/{translation_id}/segments")]
pub(crate) async fn list_segments(
    viewer: Viewer,
    path: TranslationPath,
    Query(query): Query<PageQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let db = state.db.clone();
    let list = async move { run::list_segments(&db, path.translation_id, &query.page()).await };
    state.admission.reply(Kind::Read, &viewer.actor, list).await
}

/// Cancels a queued or running run at once, or the open retranslations of an ended run.
///
/// Finished segments are kept.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("run"))),
    responses((status = 200, body = Run, description = "The run."), CancelProblems)
)]
#[post("/translations/{translation_id}/cancel")]
pub(crate) async fn cancel_translation(
    translator: Translator,
    path: TranslationPath,
    _body: NoBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    reply::ok(&state.runner.cancel(&translator.actor, path.translation_id).await?)
}

/// Resumes a failed or cancelled run.
///
/// The run keeps its own version and snapshots, and tries only the segments that have no text. If the prompt
/// has a newer version (`latest_prompt_version_number`), only a new run uses it.
#[utoipa::path(
    tag = "translations",
    params(TranslationPath, IdempotencyKey),
    extensions(("x-role" = json!("operator")), ("x-scope" = json!("run"))),
    responses(
        (status = 202, body = Run, description = "The run, queued.", headers(("Location" = String, description = "Its address."))),
        ResumeProblems
    )
)]
#[post("/translations/{translation_id}/resume")]
pub(crate) async fn resume_translation(
    translator: Translator,
    path: TranslationPath,
    key: Key,
    request: HttpRequest,
    _body: NoBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let response = idempotent(&state, &request, &translator.actor, &key, b"", async |txn| {
        let (run, _) = state.runner.resume_run(txn, path.translation_id).await?;
        Reply::accepted(url::translation(run.id), &run)
    })
    .await?;
    state.runner.wake();
    Ok(response)
}
