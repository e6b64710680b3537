//! Web pages instead of answers: from a proxy, a captive portal, or a server without this path.

use std::{sync::LazyLock, time::SystemTime};

use regex::Regex;
use reqwest::header::HeaderMap;

use super::{CHECK_ADDRESS, Sent, redact, wait};
use crate::fault::{Fault, FaultKind, Scope};

/// The hint that names the probable sender.
const OF_A_PROXY: &str =
    "It probably comes from a proxy in front of the provider, not from the provider itself.";
/// Maximum number of bytes read of a page.
const MAX_READ: usize = 64 << 10;

static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)<!--.*?-->|<script\b.*?(?:</script\s*>|\z)|<style\b.*?(?:</style\s*>|\z)|<head\b.*?(?:</head\s*>|\z)")
        .ok()
});
static TITLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?is)<title[^>]*>(.*?)</title\s*>").ok());
static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<h1[^>]*>(.*?)</h1\s*>").ok());
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)<[^>]*(?:>|\z)").ok());

/// Whether a body is a web page.
pub(super) fn is_page(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let begins = |mark: &[u8]| body.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    [
        b"<!doctype".as_slice(),
        b"<html",
        b"<head",
        b"<body",
        b"<title",
        b"<center",
        b"<h1",
        b"<p>",
        b"<!--",
        b"<?xml",
    ]
    .into_iter()
    .any(begins)
}

/// Returns the fault of a web page in place of an answer. Statuses that mean the same from a proxy and from
/// the provider (404, 413, 429, 5xx) decide the kind. A proxy's 401 or 403 must not pause the provider.
pub(super) fn of_status(status: Option<u16>, headers: &HeaderMap, body: &[u8], sent: Sent<'_>) -> Fault {
    let (kind, scope) = match status.unwrap_or(200) {
        429 => (FaultKind::RateLimited, Scope::Run),
        408 | 425 | 500.. => (FaultKind::ServerError, Scope::Segment),
        413 | 414 => (FaultKind::Refused, Scope::Segment),
        404 | 405 | 410 => (FaultKind::Refused, Scope::Run),
        _ => (FaultKind::Html, Scope::Segment),
    };
    let mut fault = Fault::new(kind);
    fault.scope = scope;
    fault.status = status;
    fault.message = text(body).and_then(|text| redact(&text, sent.secrets));
    fault.hint =
        Some(if scope == Scope::Run && kind == FaultKind::Refused { CHECK_ADDRESS } else { OF_A_PROXY });
    let is_rate = kind == FaultKind::RateLimited;
    let wait = wait::find(headers, &serde_json::Value::Null, "", is_rate, SystemTime::now());
    (fault.retry_after, fault.is_long_wait) = (wait.wait, wait.is_long);
    fault
}

/// Returns a page's title, its heading, or its first words.
fn text(body: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(&body[..body.len().min(MAX_READ)]);
    let inner = |regex: &LazyLock<Option<Regex>>| {
        let found = regex.as_ref()?.captures(&page)?;
        Some(plain(&found[1])).filter(|text| !text.is_empty())
    };
    let words = || {
        let shown = HIDDEN.as_ref()?.replace_all(&page, " ");
        Some(plain(&shown).chars().take(200).collect::<String>()).filter(|text| !text.is_empty())
    };
    inner(&TITLE).or_else(|| inner(&HEADING)).or_else(words)
}

/// Removes tags and resolves the most frequent character references.
fn plain(html: &str) -> String {
    let text = TAG.as_ref().map_or_else(|| html.into(), |tag| tag.replace_all(html, " "));
    let references = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&mdash;", "—"),
        ("&ndash;", "–"),
        ("&middot;", "·"),
        ("&copy;", "©"),
        ("&amp;", "&"),
    ];
    let text = references.iter().fold(text.into_owned(), |text, (from, to)| text.replace(from, to));
    text.trim_start_matches('\u{feff}').split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Fault {
        let sent = Sent { parameters: &[], secrets: &[], asks_for_usage: true };
        super::super::of_status(status, &HeaderMap::new(), body.as_bytes(), sent)
    }

    #[test]
    fn a_page_is_its_title_its_heading_or_its_first_words() {
        for (page, text) in [
            ("<!DOCTYPE html><html><head><title> 502 Bad\n Gateway</title></head></html>", "502 Bad Gateway"),
            (
                "<html><body><h1>No <b>way</b> &amp; no &lt;entry&gt;</h1>x</body></html>",
                "No way & no <entry>",
            ),
            ("<HTML><style>p{}</style><script>if (a<b) {}</script><p>Please sign in.</p>", "Please sign in."),
            ("\u{feff}\n<html><body>Welcome", "Welcome"),
        ] {
            assert!(is_page(page.as_bytes()), "{page}");
            assert_eq!(of(403, page).message.as_deref(), Some(text), "{page}");
        }
        assert_eq!(of(403, "<html></html>").message, None);
    }

    #[test]
    fn a_page_says_nothing_about_key_or_account() {
        let page = "<html><title>Sign in: your account</title></html>";
        for (status, kind, scope) in [
            (401, FaultKind::Html, Scope::Segment),
            (403, FaultKind::Html, Scope::Segment),
            (400, FaultKind::Html, Scope::Segment),
            (404, FaultKind::Refused, Scope::Run),
            (413, FaultKind::Refused, Scope::Segment),
            (429, FaultKind::RateLimited, Scope::Run),
            (502, FaultKind::ServerError, Scope::Segment),
            (530, FaultKind::ServerError, Scope::Segment),
        ] {
            let fault = of(status, page);
            assert_eq!((fault.kind, fault.scope, fault.status), (kind, scope, Some(status)));
            assert!(fault.hint.is_some() && fault.message.is_some());
        }
    }

    #[test]
    fn what_is_no_page_is_none() {
        for body in ["", "<", "<3", "<think>", "{\"html\": 1}", "data: <html>"] {
            assert!(!is_page(body.as_bytes()), "{body:?}");
        }
    }
}
