//! Fields: a label, a control, a hint, and an error beside the control.

use crate::ui::id;
use leptos::{html, prelude::*};

/// A line of text.
#[component]
pub fn TextField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The text.
    value: RwSignal<String>,
    /// The error, if any.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The hint.
    #[prop(optional)]
    hint: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// The value that browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it has the focus at first.
    #[prop(optional)]
    autofocus: bool,
    /// The keyboard that phones show.
    #[prop(optional)]
    inputmode: &'static str,
    /// Whether it is code rather than prose.
    #[prop(optional)]
    code: bool,
) -> impl IntoView {
    let id = id::unique("field");
    let node = NodeRef::<html::Input>::new();
    if autofocus {
        // The attribute alone works in dialogs and in pages that the browser loads, not in pages of the app.
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                request_animation_frame(move || drop(input.focus()));
            }
        });
    }
    let input = view! {
        <input
            id=id.clone()
            class=if code { "input code" } else { "input" }
            node_ref=node
            type=kind
            spellcheck=code.then_some("false")
            autocomplete=autocomplete
            autofocus=autofocus
            inputmode=(!inputmode.is_empty()).then_some(inputmode)
            prop:value=value
            on:input:target=move |event| value.set(event.target().value())
            aria-invalid=move || error.get().is_some().then_some("true")
            aria-describedby=described_by(&id, hint)
        />
    };
    frame(id, label, hint, error, input)
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The label.
    #[prop(into)]
    label: String,
    /// The text.
    value: RwSignal<String>,
    /// The error, if any.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The hint.
    #[prop(optional)]
    hint: &'static str,
    /// The minimum number of visible lines.
    #[prop(default = 4)]
    rows: u32,
    /// Whether it is code rather than prose.
    #[prop(optional)]
    code: bool,
    /// The language of the text.
    #[prop(optional, into)]
    lang: Option<String>,
) -> impl IntoView {
    let id = id::unique("field");
    let input = view! {
        <textarea
            id=id.clone()
            class=if code { "input code" } else { "input" }
            rows=rows.to_string()
            lang=lang
            spellcheck=if code { "false" } else { "true" }
            prop:value=value
            on:input:target=move |event| value.set(event.target().value())
            aria-invalid=move || error.get().is_some().then_some("true")
            aria-describedby=described_by(&id, hint)
        ></textarea>
    };
    frame(id, label, hint, error, input)
}

/// Returns the ids of the elements that explain the control `id`.
pub fn described_by(id: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{id}-error") } else { format!("{id}-hint {id}-error") }
}

/// Returns the control `input` of id `id` with its label, hint and error.
pub fn frame(
    id: String,
    label: String,
    hint: &'static str,
    error: Signal<Option<String>>,
    input: impl IntoView + 'static,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    view! {
        <div class="field">
            <label class="label" for=id>
                {label}
            </label>
            {input}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id aria-live="polite">
                {error}
            </p>
        </div>
    }
}
