//! The app's own addresses: functions that build them, and types that parse them.

use leptos::{Params, prelude::*};
use leptos_router::{
    hooks::use_url,
    location::Url,
    params::{Params, ParamsMap},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters other than letters and digits that a query does not percent-encode: RFC 3986, section 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the address of the list of works.
pub fn works() -> String {
    "/".to_owned()
}

/// Returns the address of the works that `query` finds, from `cursor` on.
pub fn works_page(query: &str, cursor: Option<&str>) -> String {
    with_query(works(), &[("query", Some(query).filter(|query| !query.is_empty())), ("cursor", cursor)])
}

/// Returns the address of a work: its prompt and its chapters.
pub fn work(work_id: i64) -> String {
    format!("/works/{work_id}")
}

/// Returns the address of a work's chapters from `cursor` on.
pub fn work_page(work_id: i64, cursor: &str) -> String {
    with_query(work(work_id), &[("cursor", Some(cursor))])
}

/// Returns the address of the versions of a work's prompt.
pub fn history(work_id: i64) -> String {
    format!("/works/{work_id}/history")
}

/// Returns the address of one version of a work's prompt.
pub fn version(work_id: i64, number: i32) -> String {
    format!("/works/{work_id}/history/{number}")
}

/// Returns the address of the versions of a work's prompt from `cursor` on.
pub fn history_page(work_id: i64, cursor: &str) -> String {
    with_query(history(work_id), &[("cursor", Some(cursor))])
}

/// Returns the address of a comparison. `split`: side by side or in one column; `None` lets the window's
/// width decide.
pub fn compare(work_id: i64, from: i32, to: i32, split: Option<bool>) -> String {
    let view = match split {
        Some(true) => "&view=split",
        Some(false) => "&view=unified",
        None => "",
    };
    format!("/works/{work_id}/compare?from={from}&to={to}{view}")
}

/// Returns the address of a chapter with its newest run.
pub fn chapter(work_id: i64, chapter_id: i64) -> String {
    format!("/works/{work_id}/chapters/{chapter_id}")
}

/// Returns the address of a chapter with one of its runs.
pub fn chapter_run(work_id: i64, chapter_id: i64, run_id: i64) -> String {
    format!("/works/{work_id}/chapters/{chapter_id}?run={run_id}")
}

/// Returns the address of a run whose chapter is not known.
pub fn translation(run_id: i64) -> String {
    format!("/translations/{run_id}")
}

/// Returns the address of the sign-in page, which leads to `next` afterwards.
pub fn sign_in(next: &str) -> String {
    with_query("/sign-in".to_owned(), &[("next", Some(next).filter(|next| !next.is_empty() && *next != "/"))])
}

/// Returns the address of the user's own account.
pub fn account() -> String {
    "/account".to_owned()
}

/// Returns the address of the list of users, from `cursor` on.
pub fn users(cursor: Option<&str>) -> String {
    with_query("/users".to_owned(), &[("cursor", cursor)])
}

/// Returns the address of the API tokens, from `cursor` on.
pub fn tokens(cursor: Option<&str>) -> String {
    with_query("/tokens".to_owned(), &[("cursor", cursor)])
}

/// Returns the address of the audit log with a filter: names and values of [`AuditQuery`].
pub fn audit(filter: &[(&str, Option<String>)]) -> String {
    with_query("/audit".to_owned(), filter)
}

/// Returns path and query of a URL.
pub fn address(url: &Url) -> String {
    let search = url.search();
    if search.is_empty() { url.path().to_owned() } else { format!("{}?{search}", url.path()) }
}

/// Returns `next` if it is an address of this app, else the list of works. A link to the sign-in page must
/// not send people to another site.
pub fn safe_next(next: Option<String>) -> String {
    next.filter(|next| {
        next.starts_with('/') && !next[1..].starts_with(['/', '\\']) && !next.contains(['\t', '\n', '\r'])
    })
    .unwrap_or_else(works)
}

/// `/works/{work}` and the addresses below it.
#[derive(Params, Debug, Clone, Copy, PartialEq)]
pub struct WorkParams {
    /// The work's id.
    pub work: i64,
}

/// `/works/{work}/history/{number}`
#[derive(Params, Debug, Clone, Copy, PartialEq)]
pub struct VersionParams {
    /// The work's id.
    pub work: i64,
    /// The version's number.
    pub number: i32,
}

/// `/works/{work}/chapters/{chapter}`
#[derive(Params, Debug, Clone, Copy, PartialEq)]
pub struct ChapterParams {
    /// The work's id.
    pub work: i64,
    /// The chapter's id.
    pub chapter: i64,
}

/// `/translations/{run}`
#[derive(Params, Debug, Clone, Copy, PartialEq)]
pub struct RunParams {
    /// The run's id.
    pub run: i64,
}

/// `?query=…&cursor=…` of the works.
#[derive(Params, Debug, Clone, Default, PartialEq)]
pub struct WorksQuery {
    /// The search text.
    pub query: Option<String>,
    /// Where this page of the list begins.
    pub cursor: Option<String>,
}

/// `?cursor=…` of any list.
#[derive(Params, Debug, Clone, Default, PartialEq)]
pub struct PageQuery {
    /// Where this page of the list begins.
    pub cursor: Option<String>,
}

/// `?run=…` of a chapter.
#[derive(Params, Debug, Clone, Copy, Default, PartialEq)]
pub struct ChapterQuery {
    /// The run to show instead of the newest.
    pub run: Option<i64>,
}

/// `?from=1&to=3&view=split` of a comparison.
#[derive(Params, Debug, Clone, Default, PartialEq)]
pub struct CompareQuery {
    /// The number of the version compared from.
    pub from: Option<i32>,
    /// The number of the version compared to.
    pub to: Option<i32>,
    /// `split` or `unified`.
    pub view: Option<String>,
}

/// `?who=…&action=…&work=…&from=…&to=…&cursor=…` of the audit log.
#[derive(Params, Debug, Clone, Default, PartialEq)]
pub struct AuditQuery {
    /// `user-1`, `token-2` or `system`.
    pub who: Option<String>,
    /// The name of an action.
    pub action: Option<String>,
    /// A work's id.
    pub work: Option<String>,
    /// The first day, as `2026-11-23`, in the viewer's time zone.
    pub from: Option<String>,
    /// The last day, in the same form.
    pub to: Option<String>,
    /// Where this page of the list begins.
    pub cursor: Option<String>,
}

/// `?next=…` of the sign-in page.
#[derive(Params, Debug, Clone, Default, PartialEq)]
pub struct SignInQuery {
    /// Where to go after the sign-in.
    pub next: Option<String>,
}

/// Returns the query of the page's address, or the default if a value in it has the wrong type. An empty
/// value counts as absent.
///
/// Replaces leptos_router's `use_query`, which decodes each value twice (0.8.17): `%2526` becomes `&`, and a
/// `next` address with a query of its own is damaged.
pub fn use_query<T: Params + Clone + Default + PartialEq + Send + Sync + 'static>() -> Memo<T> {
    let url = use_url();
    Memo::new(move |_| url.with(|url| read_query(url.search())))
}

/// Parses a query string without its `?`. Returns the default if a value has the wrong type.
fn read_query<T: Params + Default>(search: &str) -> T {
    // `ParamsMap` decodes the percent-encoding.
    T::from_map(&split_query(search).collect::<ParamsMap>()).unwrap_or_default()
}

/// Splits a query string into names and values, each value still percent-encoded. Leaves out empty values.
fn split_query(search: &str) -> impl Iterator<Item = (String, String)> {
    search
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.replace('+', "%20")))
}

/// Returns `cursor` of the page's address; `None` if it is absent or empty.
pub fn use_cursor() -> Memo<Option<String>> {
    let query = use_query::<PageQuery>();
    Memo::new(move |_| query.with(|query| query.cursor.clone()))
}

/// Returns `address` with a query of the parameters that have a value, percent-encoded.
pub fn with_query(mut address: String, parameters: &[(&str, Option<impl AsRef<str>>)]) -> String {
    let mut mark = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            address.push(mark);
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value.as_ref(), UNRESERVED));
            mark = '&';
        }
    }
    address
}

#[cfg(test)]
mod tests;
