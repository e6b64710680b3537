//! A list of a few values, one of which is chosen.

use crate::ui::{field, id};
use leptos::prelude::*;

/// Values with their labels.
pub type Choices = Vec<(String, String)>;

/// A field with a list of values.
#[component]
pub fn SelectField(
    /// The label.
    #[prop(into)]
    label: String,
    /// The chosen value.
    value: RwSignal<String>,
    /// The values.
    #[prop(into)]
    choices: Signal<Choices>,
    /// The error, if any.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The hint.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    let id = id::unique("select");
    let options = move || {
        let option = |(own, label): (String, String)| {
            let chosen = own.clone();
            view! { <option value=own prop:selected=move || value.with(|value| *value == chosen)>{label}</option> }
        };
        choices.get().into_iter().map(option).collect_view()
    };
    let select = view! {
        <select
            id=id.clone()
            class="input"
            on:change:target=move |event| value.set(event.target().value())
            aria-invalid=move || error.get().is_some().then_some("true")
            aria-describedby=field::described_by(&id, hint)
        >
            {options}
        </select>
    };
    field::frame(id, label, hint, error, select)
}

/// Returns choices that are known at compile time.
pub fn choices<const N: usize>(list: [(&str, &str); N]) -> Choices {
    list.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned())).collect()
}
