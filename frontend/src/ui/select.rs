//! A list of few things, one of which is chosen.

use crate::ui::{field, id};
use leptos::prelude::*;

/// A value, and what is shown for it.
pub type Choices = Vec<(String, String)>;

/// A field to choose in.
#[component]
pub fn SelectField(
    /// What it is.
    #[prop(into)]
    label: String,
    /// The chosen value.
    value: RwSignal<String>,
    /// What there is to choose from.
    #[prop(into)]
    choices: Signal<Choices>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What one should know before choosing.
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

/// Choices that are known beforehand.
pub fn choices<const N: usize>(list: [(&str, &str); N]) -> Choices {
    list.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned())).collect()
}
