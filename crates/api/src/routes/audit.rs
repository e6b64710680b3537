//! `/audit`: the audit log, in pages and as a file.

use crate::admission::{Kind, Turn};
use crate::auth::Admin;
use crate::error::ApiResult;
use crate::extract::{AuditFilterQuery, AuditQuery, Query};
use crate::reply;
use crate::state::State;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use colophon_contract::{AuditEntry, MAX_LIMIT, Page};
use colophon_domain::audit::{self, AuditFilter};
use colophon_domain::{Error, PageRequest};
use futures::Stream;

/// Lists the audit log, newest first: who did what, when, and from where.
///
/// The log cannot be changed.
#[utoipa::path(
    tag = "audit",
    params(AuditQuery),
    extensions(("x-role" = json!("admin"))),
    responses((status = 200, body = Page<AuditEntry>, description = "A page of entries."))
)]
#[get("/audit")]
pub(crate) async fn list_audit(
    _admin: Admin,
    Query(query): Query<AuditQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let filter = query.filter.filter()?;
    reply::ok(&audit::list_audit(&state.db, &filter, &query.page.page()).await?)
}

/// Downloads the audit log as JSON Lines, newest first, with one entry per line.
#[utoipa::path(
    tag = "audit",
    params(AuditFilterQuery),
    extensions(("x-role" = json!("admin"))),
    responses((
        status = 200,
        description = "The entries.",
        headers(("Content-Disposition" = String, description = "That it is a file to keep.")),
        content_type = "application/jsonl",
        body = String,
        example = "{\"id\":7,\"at\":\"2026-11-22T15:43:48.000001Z\",\"action\":\"sign_in\"}\n"
    ))
)]
#[get("/audit/export")]
pub(crate) async fn export_audit(
    admin: Admin,
    Query(query): Query<AuditFilterQuery>,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let filter = query.filter()?;
    let turn = state.admission.take(Kind::Download, &admin.actor).await?;
    // If the first read fails, the answer is an error. A later failure cuts the answer off: the status is
    // already sent.
    let first = audit::list_audit(&state.db, &filter, &page(None)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"colophon-audit.jsonl\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(lines(state, filter, first, turn)))
}

fn page(cursor: Option<String>) -> PageRequest {
    PageRequest { limit: MAX_LIMIT, cursor }
}

fn lines(
    state: web::Data<State>,
    filter: AuditFilter,
    first: Page<AuditEntry>,
    turn: Turn,
) -> impl Stream<Item = Result<Bytes, Error>> {
    async_stream::try_stream! {
        // Hold the turn until the last page is taken or the client disconnects.
        let _turn = turn;
        let mut entries = first;
        loop {
            let mut lines = Vec::new();
            for entry in &entries.items {
                serde_json::to_writer(&mut lines, entry).map_err(|error| Error::Internal(error.into()))?;
                lines.push(b'\n');
            }
            yield Bytes::from(lines);
            let Some(cursor) = entries.next_cursor else { return };
            entries = audit::list_audit(&state.db, &filter, &page(Some(cursor))).await?;
        }
    }
}
