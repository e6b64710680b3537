//! Verification of a history against its hashes, and its result.

use crate::{
    api::Error,
    state::Mutation,
    ui::{Button, failed},
};
use colophon_contract::{Mismatch, MismatchPlace, PromptVerification, TranslationVerification};
use leptos::prelude::*;

/// The result of a check in words.
#[derive(Clone)]
pub struct Finding {
    words: String,
    /// The hash that covers the whole history.
    head: Option<(String, String)>,
    mismatch: Option<Mismatch>,
    /// The parts that could not be checked.
    rest: Vec<String>,
}

/// A button that starts a check by the server, and the result beside it.
pub fn check<F, T>(label: &'static str, request: impl Fn() -> F + 'static) -> impl IntoView
where
    F: Future<Output = Result<T, Error>> + 'static,
    T: 'static,
    Finding: From<T>,
{
    let found = RwSignal::new(None::<Finding>);
    let check = Mutation::new(move |(), _| request(), move |reply: T| found.set(Some(Finding::from(reply))));
    let start = move |()| {
        found.set(None);
        check.send(());
    };
    view! {
        <div class="check-history">
            <Button class="quiet small" busy=check.pending() on_click=start>{label}</Button>
            {failed(check.error())}
            <div role="status">{move || found.get().map(result)}</div>
        </div>
    }
}

fn result(finding: Finding) -> impl IntoView {
    let head = finding.head.map(|(name, hash)| {
        view! { <dl class="facts"><div><dt>{name}</dt><dd><code>{hash}</code></dd></div></dl> }
    });
    let class = if finding.mismatch.is_some() { "failure check-result" } else { "check-result" };
    let rest = finding.rest.into_iter().map(|words| view! { <p class="hint">{words}</p> }).collect_view();
    view! {
        <div class=class>
            <p><strong>{finding.words}</strong></p>
            {finding.mismatch.map(wrong)}
            {head}
            {rest}
        </div>
    }
}

fn wrong(mismatch: Mismatch) -> impl IntoView {
    let facts =
        [("Where", Some(place(&mismatch.place))), ("Expected", mismatch.expected), ("Found", mismatch.found)];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some(view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> })
        })
        .collect_view();
    view! {
        <p>{mismatch.detail}</p>
        <dl class="facts">{facts}</dl>
    }
}

/// Returns `run 7, segment 3, attempt 12`.
fn place(place: &MismatchPlace) -> String {
    let parts = [
        ("version", place.version_number),
        ("run", place.translation_id),
        ("segment", place.position),
        ("attempt", place.attempt_id),
        ("event", place.event),
    ];
    let named =
        parts.into_iter().filter_map(|(name, number)| number.map(|number| format!("{name} {number}")));
    named.collect::<Vec<_>>().join(", ")
}

/// Returns `1 version`, `2 versions`.
fn count(count: i64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

impl From<PromptVerification> for Finding {
    fn from(found: PromptVerification) -> Self {
        let versions = count(found.versions, "version");
        let words = if found.verified {
            format!("{versions} checked: each is as its hashes say.")
        } else {
            format!("{versions} checked before something was found that is not as it was written.")
        };
        let head = found.head.map(|head| (format!("Chain up to v{}", head.number), head.chain_hash));
        Self { words, head, mismatch: found.mismatch, rest: Vec::new() }
    }
}

impl From<TranslationVerification> for Finding {
    fn from(found: TranslationVerification) -> Self {
        let checked = format!(
            "{}, {} and {} checked",
            count(found.segments, "segment"),
            count(found.attempts, "attempt"),
            count(found.events, "event")
        );
        let words = if found.verified {
            format!("{checked}: nothing contradicts what made them.")
        } else {
            format!("{checked} before something was found that is not as it was written.")
        };
        let rest =
            found.unverifiable.into_iter().map(|left| format!("Not checked: {}", left.detail)).collect();
        Self { words, head: None, mismatch: found.mismatch, rest }
    }
}
