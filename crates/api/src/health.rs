//! `/healthz` and `/readyz`, open to all.

use crate::error::{ApiError, ApiResult};
use crate::state::State;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use colophon_contract::Code;
use std::time::Duration;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Detail of a ready server whose database takes no writes.
const READS_ONLY: &str = "Requests that read are answered. The database took no write when it was last tried; it is tried \
    again every few seconds, and runs wait.";

fn ok() -> HttpResponse {
    answer(&serde_json::json!({"status": "ok"}))
}

fn answer(body: &serde_json::Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

/// Answers that the process runs.
pub(crate) async fn show_health() -> HttpResponse {
    ok()
}

/// Answers whether requests can be served: the tables that they read are readable, and the server is not
/// stopping. Migrations are done before a [`State`] is made. The reply says if reads work but the server's
/// last own write was refused.
///
/// # Errors
/// `database_unavailable`, `shutting_down`.
pub(crate) async fn show_readiness(state: web::Data<State>) -> ApiResult<HttpResponse> {
    if state.stopping.is_cancelled() {
        return Err(ApiError::new(Code::ShuttingDown, Code::ShuttingDown.meaning()));
    }
    // One check at a time: checks that wait for a lock would take the connections that requests need.
    let look = async {
        let _alone = state.readiness.lock().await;
        state.db.check_readiness().await
    };
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(Ok(())) if state.runner.can_write() => Ok(ok()),
        Ok(Ok(())) => Ok(answer(&serde_json::json!({"status": "ok", "detail": READS_ONLY}))),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ApiError::Unavailable("the database did not answer within a second")),
    }
}
