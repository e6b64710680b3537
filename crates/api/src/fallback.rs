//! Addresses, methods and queries below `/api/v1` that no route takes.

use crate::error::{ApiError, ApiResult};
use crate::extract::refuse_query;
use crate::openapi::served;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};
use colophon_contract::Code;

/// Answers 405 with `Allow` (to OPTIONS: 204) if the address takes other methods, else 404.
///
/// # Errors
/// `method_not_allowed`, `not_found`.
pub(crate) async fn answer_unmatched(request: HttpRequest) -> ApiResult<HttpResponse> {
    let path = request.path();
    // A literal path takes precedence over one with an id in its place.
    let mut found: Vec<_> = served().methods.iter().filter(|(template, _)| fits(template, path)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    let Some((_, methods)) = found.first() else {
        return Err(ApiError::new(Code::NotFound, "There is nothing at this address."));
    };
    let allow = methods.join(", ");
    if *request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish());
    }
    Err(ApiError::MethodNotAllowed(allow))
}

/// Checks whether a path matches a template such as `/works/{work_id}`.
fn fits(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    template.split('/').all(|expected| {
        parts.next().is_some_and(|part| part == expected || (expected.starts_with('{') && !part.is_empty()))
    }) && parts.next().is_none()
}

/// Refuses a query if the route documents none. Routes with query parameters read it themselves.
///
/// # Errors
/// `malformed_query`.
pub(crate) fn refuse_unknown_query(request: &HttpRequest) -> ApiResult<()> {
    let takes = || {
        let with_query = &served().with_query;
        with_query.iter().any(|(method, path)| method == request.method() && fits(path, request.path()))
    };
    if request.query_string().is_empty() || takes() {
        return Ok(());
    }
    refuse_query(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_template_alone() {
        assert!(fits("/api/v1/works/{work_id}", "/api/v1/works/x"));
        assert!(!fits("/api/v1/works/{work_id}", "/api/v1/works/"));
        assert!(!fits("/api/v1/works/{work_id}", "/api/v1/works/1/prompt"));
        assert!(fits("/api/v1/works", "/api/v1/works"));
    }
}
