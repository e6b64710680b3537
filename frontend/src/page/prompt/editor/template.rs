//! The template's field: variables are highlighted behind the text, problems are listed below it, and each suggested
//! correction is a button.

use crate::page::prompt::template::marked;
use colophon_template::{BUILT_INS, Problem, Suggestion, SuggestionKind, check};
use leptos::{html, prelude::*};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

/// Problems shown at once: a pasted program has hundreds.
const PROBLEMS_SHOWN: usize = 12;

/// The field with everything around it.
#[component]
pub fn TemplateField(
    /// The template.
    template: RwSignal<String>,
    /// The version's own variables.
    own: Memo<BTreeMap<String, String>>,
    /// What the server's rules say of it.
    error: Signal<Option<String>>,
    /// Whether it has the keyboard at first.
    autofocus: bool,
) -> impl IntoView {
    let found = Memo::new(move |_| template.with(|template| own.with(|own| check(template, own))));
    let area = NodeRef::<html::Textarea>::new();
    let seams = move || {
        let offsets: Vec<usize> =
            found.with(|found| found.problems.iter().map(|problem| problem.span.offset).collect());
        template.with(|template| own.with(|own| marked(template, own, &offsets)))
    };
    let is_wrong = move || error.get().is_some() || found.with(|found| !found.problems.is_empty());
    view! {
        <div class="field">
            <label class="label" for="template">"Template"</label>
            <p class="hint" id="template-hint">
                "Python format strings: {variable} is replaced, {{ and }} are single braces."
            </p>
            <div class="editor">
                <pre class="editor-seams" aria-hidden="true">{seams}"\n"</pre>
                <textarea
                    id="template"
                    class="editor-text"
                    node_ref=area
                    autofocus=autofocus
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby="template-hint template-problems"
                    aria-invalid=move || is_wrong().then_some("true")
                    prop:value=template
                    on:input:target=move |event| template.set(event.target().value())
                ></textarea>
            </div>
            <p class="field-error" aria-live="polite">{error}</p>
            <Problems template found=Signal::derive(move || found.get().problems) area />
            <ul class="warnings-plain">
                {move || {
                    let warnings = found.get().warnings;
                    warnings.into_iter().map(|warning| view! { <li class="hint">{warning.detail}</li> }).collect_view()
                }}
            </ul>
            <Insertions own area template />
        </div>
    }
}

#[component]
fn Problems(
    template: RwSignal<String>,
    found: Signal<Vec<Problem>>,
    area: NodeRef<html::Textarea>,
) -> impl IntoView {
    let summary = move || match found.with(Vec::len) {
        0 => String::new(),
        1 => "1 problem keeps the template from being saved.".to_owned(),
        count => format!("{count} problems keep the template from being saved."),
    };
    let rows = move || {
        let shown = found.get().into_iter().take(PROBLEMS_SHOWN);
        shown.map(|problem| view! { <ProblemRow template problem area /> }).collect_view()
    };
    let more = move || found.with(Vec::len).saturating_sub(PROBLEMS_SHOWN);
    view! {
        <div id="template-problems">
            <p class="field-error" role="status">{summary}</p>
            <ul class="problems">{rows}</ul>
            {move || (more() > 0).then(|| view! { <p class="hint">{format!("and {} more", more())}</p> })}
        </div>
    }
}

#[component]
fn ProblemRow(template: RwSignal<String>, problem: Problem, area: NodeRef<html::Textarea>) -> impl IntoView {
    let span = problem.span;
    let go = move |_| {
        if let Some(area) = area.get_untracked() {
            select(&area, span.offset, span.length);
        }
    };
    let correction = problem.suggestion.map(|suggestion| {
        let label = match suggestion.kind {
            SuggestionKind::Variable => format!("Use {}", suggestion.replacement),
            SuggestionKind::DoubleBraces => "Double the braces".to_owned(),
        };
        let click = move |_| correct(template, area, &suggestion);
        view! { <button type="button" class="button small" on:click=click>{label}</button> }
    });
    view! {
        <li class="problem">
            <button type="button" class="problem-place" on:click=go>
                {format!("{}:{}", span.line, span.column)}
                <span class="visually-hidden">" (line and column: go there)"</span>
            </button>
            <span class="problem-detail">{problem.detail}</span>
            {correction}
        </li>
    }
}

/// The variables there are; a click puts one where the cursor is.
#[component]
fn Insertions(
    own: Memo<BTreeMap<String, String>>,
    area: NodeRef<html::Textarea>,
    template: RwSignal<String>,
) -> impl IntoView {
    let row = move |(name, description): (String, String)| {
        let field = format!("{{{name}}}");
        let text = field.clone();
        let click = move |_| {
            if let Some(area) = area.get_untracked() {
                insert(&area, template, &text);
            }
        };
        view! {
            <li>
                <button type="button" class="button small code" on:click=click>{field}</button>
                <span class="hint">{description}</span>
            </li>
        }
    };
    let rows = move || {
        let own = own.get().into_iter().map(|(name, value)| (name, format!("This version's own: {value}")));
        let built_in = BUILT_INS.iter().map(|b| (b.name.to_owned(), b.description.to_owned()));
        own.chain(built_in).map(row).collect_view()
    };
    view! {
        <details class="insertions">
            <summary>"Variables to insert"</summary>
            <ul>{rows}</ul>
        </details>
    }
}

fn correct(template: RwSignal<String>, area: NodeRef<html::Textarea>, suggestion: &Suggestion) {
    let text = template.get_untracked();
    match area.get_untracked() {
        // Browsers show `\r\n` as `\n`: offsets of the template are then not those of the field.
        Some(area) if !text.contains('\r') => {
            select(&area, suggestion.span.offset, suggestion.span.length);
            insert(&area, template, &suggestion.replacement);
        }
        _ => template.set(suggestion.apply(&text)),
    }
}

/// Selects `length` code points from `offset` on, and brings them into sight.
fn select(area: &HtmlTextAreaElement, offset: usize, length: usize) {
    let text = area.value();
    let units = |count: usize| text.chars().take(count).map(char::len_utf16).sum::<usize>() as u32;
    let _ = area.focus();
    let _ = area.set_selection_range(units(offset), units(offset + length));
}

/// Replaces what is selected, as if typed: so that the browser's own undo takes it back.
fn insert(area: &HtmlTextAreaElement, template: RwSignal<String>, text: &str) {
    let _ = area.focus();
    let document: HtmlDocument = document().unchecked_into();
    let typed = document.exec_command_with_show_ui_and_value("insertText", false, text).unwrap_or(false);
    if !typed {
        let _ = area.set_range_text(text);
        template.set(area.value());
    }
}
