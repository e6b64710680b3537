//! The web app in the binary: compressed at build time, cached permanently by content hash, under a strict
//! Content-Security-Policy. Every address of an app's page gets `index.html`.

use crate::error::{ApiError, ApiResult};
use crate::extract::IfNoneMatch;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use colophon_contract::Code;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A file of the web app, as built.
struct Embedded {
    name: &'static str,
    /// Hash of its bytes, hexadecimal.
    hash: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

#[cfg(feature = "embed")]
static FILES: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/web/table.rs"));
#[cfg(not(feature = "embed"))]
static FILES: &[Embedded] = &[];

/// The app's page in a build without the web app.
const NO_APP: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Colophon</title>\n\
    <h1>Colophon</h1>\n<p>This build has no web app. The API is described at \
    <a href=\"/swagger-ui/\">/swagger-ui/</a>.</p></html>\n";

/// The files by name, and the page's policy.
struct Site {
    files: HashMap<&'static str, &'static Embedded>,
    policy: String,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let files: HashMap<_, _> = FILES.iter().map(|file| (file.name, file)).collect();
        let page = files.get("index.html").map_or("", |f| std::str::from_utf8(f.plain).unwrap_or_default());
        Site { policy: content_security_policy(page), files }
    })
}

/// Returns the policy that allows a page's own inline scripts by their hashes, and nothing from elsewhere.
fn content_security_policy(page: &str) -> String {
    let mut scripts = String::from("'self' 'wasm-unsafe-eval'");
    for text in inline_scripts(page) {
        scripts.push_str(&format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes()))));
    }
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Returns the text of each `<script>` without a `src`, unchanged, because browsers hash it so.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let (Some(open), Some(end)) = (rest.find('>'), rest.find("</script>")) else { break };
        if open < end && !rest[..open].contains(" src=") {
            found.push(&rest[open + 1..end]);
        }
        rest = &rest[end + "</script>".len()..];
    }
    found
}

/// Answers requests that match no other route: with a file of the app, one of its pages, or 404.
///
/// # Errors
/// `not_found`, `method_not_allowed`.
pub(crate) async fn serve_web_app(request: HttpRequest, known: IfNoneMatch) -> ApiResult<HttpResponse> {
    let path = request.path();
    if path.starts_with("/api/") || path == "/api" {
        return Err(ApiError::new(Code::NotFound, "There is nothing at this address."));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD".to_owned()));
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = site().files.get(name).filter(|file| file.name != "index.html") {
        let forever = request.query_string() == format!("v={}", file.hash);
        return Ok(file_reply(file, request.headers(), &known, forever));
    }
    // A last part with a dot names a missing file, not a page of the app.
    let is_page = !name.rsplit('/').next().unwrap_or_default().contains('.') || name == "index.html";
    if !is_page || !takes_html(request.headers()) {
        return Err(ApiError::new(Code::NotFound, "There is nothing at this address."));
    }
    Ok(match site().files.get("index.html") {
        Some(page) => page_reply(page, request.headers(), &known),
        None => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
            .body(NO_APP),
    })
}

fn takes_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_none_or(|accepted| {
        accepted.contains("text/html") || accepted.contains("*/*") || accepted.contains("text/*")
    })
}

fn page_reply(page: &Embedded, headers: &HeaderMap, known: &IfNoneMatch) -> HttpResponse {
    let mut reply = file_reply(page, headers, known, false);
    if let Ok(policy) = header::HeaderValue::from_str(&site().policy) {
        reply.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    reply
}

fn file_reply(file: &Embedded, headers: &HeaderMap, known: &IfNoneMatch, forever: bool) -> HttpResponse {
    let (coding, bytes) = chosen(file, headers);
    // One strong tag for each coding: the bytes differ.
    let tag = format!("\"{}{}\"", file.hash, coding.map_or(String::new(), |coding| format!("-{coding}")));
    let cache = if forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut reply = if known.holds(&tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    reply
        .insert_header((header::ETAG, tag.as_str()))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "accept-encoding"));
    if known.holds(&tag) {
        return reply.finish();
    }
    reply.insert_header((header::CONTENT_TYPE, media_type(file.name)));
    // `identity` keeps the compressing layer from compressing these bytes: they are compressed already or do
    // not shrink.
    reply.insert_header((header::CONTENT_ENCODING, coding.unwrap_or("identity")));
    reply.status(StatusCode::OK).body(bytes)
}

/// Returns the best coding that the client accepts: brotli, gzip, none.
fn chosen(file: &Embedded, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let takes = |coding: &str| {
        accepted.split(',').any(|part| {
            let (name, quality) = part.split_once(';').unwrap_or((part, ""));
            let refused = matches!(quality.trim().strip_prefix("q="), Some("0" | "0.0" | "0.00" | "0.000"));
            name.trim().eq_ignore_ascii_case(coding) && !refused
        })
    };
    if let Some(bytes) = file.brotli.filter(|_| takes("br")) {
        return (Some("br"), bytes);
    }
    if let Some(bytes) = file.gzip.filter(|_| takes("gzip")) {
        return (Some("gzip"), bytes);
    }
    (None, file.plain)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_each_inline_script_by_its_hash() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">\nrun()\n</script>";
        assert_eq!(inline_scripts(page), ["\nrun()\n"]);
        let policy = content_security_policy(page);
        assert!(policy.contains("'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }

    #[test]
    fn codings_are_chosen_as_accepted() {
        let file = Embedded { name: "a.js", hash: "h", plain: b"p", brotli: Some(b"b"), gzip: Some(b"g") };
        let with = |accepted: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static(accepted));
            chosen(&file, &headers).0
        };
        assert_eq!(with("gzip, deflate, br"), Some("br"));
        assert_eq!(with("gzip;q=1.0, br;q=0"), Some("gzip"));
        assert_eq!(with("identity"), None);
    }
}
