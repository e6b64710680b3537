//! The template's field: variables are highlighted behind the text, problems are listed below it, and each
//! suggested correction is a button.

use crate::page::prompt::template::marked;
use colophon_template::{BUILT_INS, Problem, Span, Suggestion, SuggestionKind, Template, Warning, check};
use leptos::{html, prelude::*};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

/// The most problems and warnings with a place that are shown at once: a pasted program has hundreds.
const PROBLEMS_SHOWN: usize = 12;

/// The field with its problems, warnings and variables.
#[component]
pub fn TemplateField(
    /// The template.
    template: RwSignal<String>,
    /// The version's own variables.
    own: Memo<BTreeMap<String, String>>,
    /// The error of the server's rules, if any.
    error: Signal<Option<String>>,
    /// Whether it has the focus at first.
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
                    aria-describedby="template-hint template-problems template-warnings"
                    aria-invalid=move || is_wrong().then_some("true")
                    prop:value=template
                    on:input:target=move |event| template.set(event.target().value())
                ></textarea>
            </div>
            <p class="field-error" aria-live="polite">{error}</p>
            <Problems template found=Signal::derive(move || found.get().problems) area />
            <Warnings template own found=Signal::derive(move || found.get().warnings) area />
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
        let row = |Problem { span, detail, suggestion, .. }| {
            view! { <PlaceRow template span detail suggestion area class="problem" /> }
        };
        shown.map(row).collect_view()
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

/// The warnings: those with a place look like problems, in another colour; the others are sentences.
#[component]
fn Warnings(
    template: RwSignal<String>,
    own: Memo<BTreeMap<String, String>>,
    found: Signal<Vec<Warning>>,
    area: NodeRef<html::Textarea>,
) -> impl IntoView {
    let placed = Memo::new(move |_| {
        let mut warnings = found.get();
        warnings.retain(|warning| warning.span.is_some());
        warnings
    });
    let summary = move || match placed.with(Vec::len) {
        0 => String::new(),
        1 => "1 variable has doubled braces: the model receives its name, not its value.".to_owned(),
        count => format!("{count} variables have doubled braces: the model receives names, not values."),
    };
    let rows = move || {
        let shown = placed.get().into_iter().take(PROBLEMS_SHOWN);
        let row = |Warning { span, detail, suggestion, .. }| {
            span.map(
                |span| view! { <PlaceRow template span detail suggestion area class="problem caution" /> },
            )
        };
        shown.map(row).collect_view()
    };
    let correct_all = move |_| {
        let corrected = template.with_untracked(|template| {
            own.with_untracked(|own| Template::parse(template).with_single_braces(own))
        });
        replace_all(template, area, &corrected);
    };
    let all = move || {
        (placed.with(Vec::len) > 1).then(|| {
            view! {
                <button type="button" class="button small" on:click=correct_all>
                    "Use single braces for all"
                </button>
            }
        })
    };
    let sentences = move || {
        let warnings = found.get().into_iter().filter(|warning| warning.span.is_none());
        warnings.map(|warning| view! { <li class="hint">{warning.detail}</li> }).collect_view()
    };
    view! {
        <div id="template-warnings">
            <p class="hint" role="status">{summary}</p>
            <ul class="problems">{rows}</ul>
            {all}
        </div>
        <ul class="warnings-plain">{sentences}</ul>
    }
}

/// A place in the template with its message and a button that corrects it.
#[component]
fn PlaceRow(
    template: RwSignal<String>,
    span: Span,
    detail: String,
    suggestion: Option<Suggestion>,
    area: NodeRef<html::Textarea>,
    class: &'static str,
) -> impl IntoView {
    let go = move |_| {
        if let Some(area) = area.get_untracked() {
            select(&area, span.offset, span.length);
        }
    };
    let correction = suggestion.map(|suggestion| {
        let label = match suggestion.kind {
            SuggestionKind::Variable => format!("Use {}", suggestion.replacement),
            SuggestionKind::DoubleBraces => "Double the braces".to_owned(),
        };
        let click = move |_| correct(template, area, &suggestion);
        view! { <button type="button" class="button small" on:click=click>{label}</button> }
    });
    view! {
        <li class=class>
            <button type="button" class="problem-place" on:click=go>
                {format!("{}:{}", span.line, span.column)}
                <span class="visually-hidden">" (line and column: go there)"</span>
            </button>
            <span class="problem-detail">{detail}</span>
            {correction}
        </li>
    }
}

/// The available variables; a click inserts one at the cursor.
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
    match area.get_untracked() {
        Some(area) => {
            select(&area, suggestion.span.offset, suggestion.span.length);
            insert(&area, template, &suggestion.replacement);
        }
        None => template.update(|text| *text = suggestion.apply(text)),
    }
}

/// Replaces the whole template.
fn replace_all(template: RwSignal<String>, area: NodeRef<html::Textarea>, text: &str) {
    match area.get_untracked() {
        Some(area) => {
            area.select();
            insert(&area, template, text);
        }
        None => template.set(text.to_owned()),
    }
}

/// Selects `length` code points from `offset` on, and scrolls to them.
fn select(area: &HtmlTextAreaElement, offset: usize, length: usize) {
    let text = area.value();
    let units = |count: usize| text.chars().take(count).map(char::len_utf16).sum::<usize>() as u32;
    let _ = area.focus();
    let _ = area.set_selection_range(units(offset), units(offset + length));
}

/// Replaces the selection as typing does, so that the browser's own undo reverts it.
fn insert(area: &HtmlTextAreaElement, template: RwSignal<String>, text: &str) {
    let _ = area.focus();
    let document: HtmlDocument = document().unchecked_into();
    let typed = document.exec_command_with_show_ui_and_value("insertText", false, text).unwrap_or(false);
    if !typed {
        let _ = area.set_range_text(text);
        template.set(area.value());
    }
}
