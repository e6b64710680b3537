//! The app's own addresses, built and read in one place.

use leptos::prelude::{Memo, Read, window};
use leptos_router::hooks::{use_params_map, use_query_map};

/// The list of works.
pub fn works() -> String {
    "/".to_owned()
}

/// The list of works that `query` finds, from `cursor` on.
pub fn works_page(query: &str, cursor: Option<&str>) -> String {
    let mut pairs = Vec::new();
    if !query.is_empty() {
        pairs.push(("query", query));
    }
    if let Some(cursor) = cursor {
        pairs.push(("cursor", cursor));
    }
    with_query("/", &pairs)
}

/// A work: its prompt and its chapters.
pub fn work(work_id: i64) -> String {
    format!("/works/{work_id}")
}

/// A work's chapters from `cursor` on.
pub fn work_page(work_id: i64, cursor: &str) -> String {
    with_query(&work(work_id), &[("cursor", cursor)])
}

/// The versions of a work's prompt.
pub fn history(work_id: i64) -> String {
    format!("/works/{work_id}/history")
}

/// One version of a work's prompt.
pub fn version(work_id: i64, number: i32) -> String {
    format!("/works/{work_id}/history/{number}")
}

/// The versions of a work's prompt from `cursor` on.
pub fn history_page(work_id: i64, cursor: &str) -> String {
    with_query(&history(work_id), &[("cursor", cursor)])
}

/// Two versions side by side or in one column, or as suits the window.
pub fn compare(work_id: i64, from: i32, to: i32, split: Option<bool>) -> String {
    let view = match split {
        Some(true) => "&view=split",
        Some(false) => "&view=unified",
        None => "",
    };
    format!("/works/{work_id}/compare?from={from}&to={to}{view}")
}

/// A chapter with its newest run.
pub fn chapter(work_id: i64, chapter_id: i64) -> String {
    format!("/works/{work_id}/chapters/{chapter_id}")
}

/// A chapter with one of its runs.
pub fn chapter_run(work_id: i64, chapter_id: i64, run_id: i64) -> String {
    format!("/works/{work_id}/chapters/{chapter_id}?run={run_id}")
}

/// Signing in, and where to go on afterwards.
pub fn sign_in(next: &str) -> String {
    if next.is_empty() || next == "/" {
        "/sign-in".to_owned()
    } else {
        with_query("/sign-in", &[("next", next)])
    }
}

/// Where the browser is, as an address of the app.
pub fn current() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// `next` if it is an address of this app, the start otherwise: a link to the sign-in page must not be
/// able to send people elsewhere.
pub fn safe_next(next: Option<String>) -> String {
    next.filter(|next| {
        next.starts_with('/') && !next[1..].starts_with(['/', '\\']) && !next.contains(['\t', '\n', '\r'])
    })
    .unwrap_or_else(works)
}

/// An id in the path; `None` where it is not one.
pub fn id_param(name: &'static str) -> Memo<Option<i64>> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get_str(name).and_then(|text| text.parse().ok()))
}

/// A parameter of the query; `None` where it is absent or empty.
pub fn query_param(name: &'static str) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.read().get_str(name).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (index, (name, value)) in pairs.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    address
}
