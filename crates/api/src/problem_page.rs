//! `/problems/` and `/problems/{code}`: where the `type` of an error reply is documented.

use crate::error::{ApiError, ApiResult};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use colophon_contract::Code;

fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .body(format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Colophon</title>\n\
             <main><h1>{title}</h1>\n{body}</main></html>\n"
        ))
}

/// Lists every code, by status.
pub(crate) async fn list_problems() -> HttpResponse {
    let rows: String = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "<tr><td>{}</td><td><a href=\"/problems/{1}\"><code>{1}</code></a></td><td>{2}</td></tr>\n",
                code.status(),
                code.as_str(),
                code.title(),
            )
        })
        .collect();
    page(
        "Problems",
        &format!(
            "<table><thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead>\n{rows}</table>\n"
        ),
    )
}

/// Shows one code: what it means and what to do.
///
/// # Errors
/// `not_found`.
pub(crate) async fn show_problem(code: web::Path<String>) -> ApiResult<HttpResponse> {
    // All text is ours: nothing from the request is shown.
    Code::ALL.iter().find(|known| known.as_str() == code.as_str()).map_or_else(
        || Err(ApiError::new(Code::NotFound, "There is no problem with that code.")),
        |code| {
            let (name, status) = (code.as_str(), code.status());
            Ok(page(
                code.title(),
                &format!(
                    "<p><code>{name}</code>, HTTP status {status}.</p>\n<p>{}</p>\n\
                     <p><a href=\"/problems/\">All problems</a></p>\n",
                    code.meaning()
                ),
            ))
        },
    )
}
