//! JSON as a list of names and values.

use leptos::prelude::*;
use serde_json::{Map, Value};

/// An object as names and values; objects within it as lists within the list.
#[component]
pub fn JsonTree(
    /// The object.
    object: Map<String, Value>,
) -> impl IntoView {
    view! {
        <dl class="json">
            {object
                .into_iter()
                .map(|(key, value)| view! { <div><dt>{key}</dt><dd>{value_view(value)}</dd></div> })
                .collect_view()}
        </dl>
    }
}

/// Returns a value as JSON in one line. (`Value`'s own `Display` would be a second serializer in the app.)
pub fn text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn value_view(value: Value) -> AnyView {
    match value {
        Value::Object(object) if !object.is_empty() => view! { <JsonTree object /> }.into_any(),
        Value::String(text) => view! { <span class="json-text">{text}</span> }.into_any(),
        other => view! { <code>{text(&other)}</code> }.into_any(),
    }
}
