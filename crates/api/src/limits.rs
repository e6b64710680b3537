//! The maximum body size of each operation. The extractors enforce it and the OpenAPI document shows it.

use actix_web::HttpRequest;
use actix_web::http::Method;
use colophon_contract::url;

/// A secret, a name or both, sent before signing in; and operations without a body.
const SMALL: usize = 4 * 1024;
/// A few names, or a note or instruction of up to 2,000 code points. JSON may use 12 bytes per code point.
const FIELDS: usize = 32 * 1024;
/// A template of 50,000 code points, or a segment's text of 100,000.
const TEXT: usize = 1024 * 1024;
/// A chapter's text of a million code points.
const CHAPTER: usize = 16 * 1024 * 1024;

/// Method, path as in the OpenAPI document, and maximum body size in bytes. Imports are not listed: the
/// configuration sets the largest file.
const BODY_LIMITS: &[(Method, &str, usize)] = &[
    (Method::POST, "/session", SMALL),
    (Method::POST, "/session/password", FIELDS),
    (Method::POST, "/setup", SMALL),
    (Method::POST, "/password", SMALL),
    (Method::POST, "/users", FIELDS),
    (Method::PATCH, "/users/{user_id}", SMALL),
    (Method::POST, "/users/{user_id}/link", SMALL),
    (Method::POST, "/tokens", FIELDS),
    (Method::POST, "/works", FIELDS),
    (Method::PATCH, "/works/{work_id}", FIELDS),
    (Method::POST, "/works/{work_id}/chapters", CHAPTER),
    (Method::PATCH, "/works/{work_id}/chapters/{chapter_id}", CHAPTER),
    (Method::POST, "/works/{work_id}/prompt", TEXT),
    (Method::PATCH, "/works/{work_id}/prompt", FIELDS),
    (Method::POST, "/works/{work_id}/prompt/preview", TEXT),
    (Method::POST, "/works/{work_id}/prompt/versions", TEXT),
    (Method::POST, "/works/{work_id}/prompt/versions/{number}/restore", FIELDS),
    (Method::POST, "/templates/check", TEXT),
    (Method::POST, "/providers/{name}/resume", SMALL),
    (Method::POST, "/works/{work_id}/chapters/{chapter_id}/translations", SMALL),
    (Method::POST, "/translations/{translation_id}/cancel", SMALL),
    (Method::POST, "/translations/{translation_id}/resume", SMALL),
    (Method::PATCH, "/translations/{translation_id}/segments/{position}", TEXT),
    (Method::POST, "/translations/{translation_id}/segments/{position}/retranslate", FIELDS),
    (Method::POST, "/translations/{translation_id}/segments/{position}/attempts/{attempt_id}/restore", SMALL),
];

/// Returns the limit of an operation, by method and documented path; `None` if the table has no row.
pub(crate) fn find_body_limit(method: &Method, path: &str) -> Option<usize> {
    let path = path.strip_prefix(url::BASE)?;
    let row = BODY_LIMITS.iter().find(|(of, known, _)| of == method && *known == path);
    row.map(|(.., limit)| *limit)
}

/// Returns the limit of a request's operation. Without a row it is the smallest; a test finds such
/// operations.
pub(crate) fn body_limit(request: &HttpRequest) -> usize {
    let pattern = request.match_pattern();
    pattern.and_then(|path| find_body_limit(request.method(), &path)).unwrap_or(SMALL)
}

/// Lists all rows: method, documented path, bytes.
#[cfg(test)]
pub(crate) fn list_body_limits() -> impl Iterator<Item = (&'static Method, String, usize)> {
    BODY_LIMITS.iter().map(|(method, path, limit)| (method, format!("{}{path}", url::BASE), *limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::openapi;

    #[test]
    fn every_operation_with_a_body_has_its_row_and_every_row_its_operation() {
        let document = serde_json::to_value(openapi()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let mut rows: Vec<_> = list_body_limits().map(|(method, path, _)| (method.clone(), path)).collect();
        for (path, item) in paths {
            for (name, operation) in item.as_object().expect("an item") {
                let method: Method = name.to_uppercase().parse().expect("a method");
                let limit = &operation["responses"]["413"]["x-body-limit"];
                let is_form = !operation["requestBody"]["content"]["multipart/form-data"].is_null();
                if is_form {
                    assert!(limit.is_null(), "{method} {path}");
                    continue;
                }
                let takes_body = !operation["requestBody"].is_null() || method == Method::POST;
                assert_eq!(limit.as_u64().is_some(), takes_body, "{method} {path}");
                if takes_body {
                    let row = rows.iter().position(|row| *row == (method.clone(), path.clone()));
                    rows.swap_remove(row.unwrap_or_else(|| panic!("{method} {path} has no row")));
                }
            }
        }
        assert_eq!(rows, [], "rows of no operation");
    }
}
