//! The app's own addresses, built and read in one place.

use crate::router::Router;
use leptos::prelude::{Get, GetUntracked, Memo, window};

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

/// A run, wherever its chapter is.
pub fn translation(run_id: i64) -> String {
    format!("/translations/{run_id}")
}

/// Signing in, and where to go on afterwards.
pub fn sign_in(next: &str) -> String {
    if next.is_empty() || next == "/" {
        "/sign-in".to_owned()
    } else {
        with_query("/sign-in", &[("next", next)])
    }
}

/// One's own account.
pub fn account() -> String {
    "/account".to_owned()
}

/// Those who may sign in, from `cursor` on.
pub fn users(cursor: Option<&str>) -> String {
    page("/users", cursor)
}

/// API tokens, from `cursor` on.
pub fn tokens(cursor: Option<&str>) -> String {
    page("/tokens", cursor)
}

/// The audit log's entries that the filter leaves: names and values as the page has them in its address.
pub fn audit(filter: &[(&str, &str)]) -> String {
    with_query("/audit", filter)
}

fn page(path: &str, cursor: Option<&str>) -> String {
    match cursor {
        Some(cursor) => with_query(path, &[("cursor", cursor)]),
        None => path.to_owned(),
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

/// The pages there are. Ids are read by [`id_param`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/`, `/works`
    Works,
    /// `/works/{work}`
    Work,
    /// `/works/{work}/history`
    History,
    /// `/works/{work}/history/{number}`
    Version,
    /// `/works/{work}/compare`
    Compare,
    /// `/works/{work}/chapters/{chapter}`
    Chapter,
    /// `/translations/{run}`
    Translation,
    /// `/sign-in`
    SignIn,
    /// `/setup`
    Setup,
    /// `/password`
    Password,
    /// `/account`
    Account,
    /// `/users`
    Users,
    /// `/tokens`
    Tokens,
    /// `/audit`
    Audit,
    /// Any other.
    Nowhere,
}

/// The page at `path`, with the names and texts of what varies in it.
fn read(path: &str) -> (Place, [(&'static str, &str); 2]) {
    const NONE: (&str, &str) = ("", "");
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match [(); 5].map(|()| parts.next().unwrap_or_default()) {
        ["", ..] | ["works", "", ..] => (Place::Works, [NONE, NONE]),
        ["works", work, "", ..] if !work.is_empty() => (Place::Work, [("work", work), NONE]),
        ["works", work, "history", "", _] => (Place::History, [("work", work), NONE]),
        ["works", work, "history", number, ""] => (Place::Version, [("work", work), ("number", number)]),
        ["works", work, "compare", "", _] => (Place::Compare, [("work", work), NONE]),
        ["works", work, "chapters", chapter, ""] if !chapter.is_empty() => {
            (Place::Chapter, [("work", work), ("chapter", chapter)])
        }
        ["translations", run, "", ..] if !run.is_empty() => (Place::Translation, [("run", run), NONE]),
        ["sign-in", "", ..] => (Place::SignIn, [NONE, NONE]),
        ["setup", "", ..] => (Place::Setup, [NONE, NONE]),
        ["password", "", ..] => (Place::Password, [NONE, NONE]),
        ["account", "", ..] => (Place::Account, [NONE, NONE]),
        ["users", "", ..] => (Place::Users, [NONE, NONE]),
        ["tokens", "", ..] => (Place::Tokens, [NONE, NONE]),
        ["audit", "", ..] => (Place::Audit, [NONE, NONE]),
        _ => (Place::Nowhere, [NONE, NONE]),
    }
}

/// The page that the app is at.
pub fn place() -> Memo<Place> {
    let path = Router::expect().path();
    Memo::new(move |_| read(&path.get()).0)
}

/// An id in the path; `None` where it is not one. Once the app is at another page, it stays as it was.
pub fn id_param(name: &'static str) -> Memo<Option<i64>> {
    let path = Router::expect().path();
    let here = read(&path.get_untracked()).0;
    Memo::new(move |last: Option<&Option<i64>>| {
        let path = path.get();
        let (place, parameters) = read(&path);
        if place != here {
            return last.copied().flatten();
        }
        parameters.into_iter().find(|(known, _)| *known == name).and_then(|(_, text)| text.parse().ok())
    })
}

/// A parameter of the query; `None` where it is absent or empty. Once the app is at another page, it stays as it
/// was.
pub fn query_param(name: &'static str) -> Memo<Option<String>> {
    let router = Router::expect();
    let here = read(&router.path().get_untracked()).0;
    Memo::new(move |last: Option<&Option<String>>| {
        if read(&router.path().get()).0 != here {
            return last.cloned().flatten();
        }
        router.query(name).filter(|text| !text.is_empty())
    })
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
