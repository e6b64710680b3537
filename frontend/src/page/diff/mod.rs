//! The differences between two versions: the model, the template as a proof, the parameters as a table.

mod fold;
mod table;

use crate::ui::json;
use colophon_contract::{
    JsonObject, PromptVersion,
    parameters::with_line_feeds_in_variables,
    text::{is_same_text, with_line_feeds},
};
use colophon_diff::{ChangeKind, KeyChange, diff_json, diff_text_with_context};
use fold::{Block, fold};
use leptos::prelude::*;
use serde_json::Value;

/// The parts of a version that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// An id of the model catalogue.
    pub model: String,
    /// The template.
    pub template: String,
    /// The parameters with variables and metadata.
    pub parameters: JsonObject,
}

impl Content {
    /// Returns the content with LF for every line end of the template and the variables, as new versions are
    /// stored.
    pub fn with_line_feeds(self) -> Self {
        Self {
            model: self.model,
            template: with_line_feeds(&self.template).into_owned(),
            parameters: with_line_feeds_in_variables(self.parameters),
        }
    }

    /// Whether both are equal if all line ends count as equal. The server refuses to save one after the other
    /// then.
    pub fn is_same_text(&self, other: &Self) -> bool {
        self == other || self.clone().with_line_feeds() == other.clone().with_line_feeds()
    }
}

impl From<&PromptVersion> for Content {
    fn from(version: &PromptVersion) -> Self {
        Self {
            model: version.model.clone(),
            template: version.template.clone(),
            parameters: version.parameters.clone(),
        }
    }
}

/// The differences between two versions. All line ends count as equal.
#[component]
pub fn VersionDiffView(
    /// The version compared from.
    old: Content,
    /// The version compared to.
    new: Content,
    /// Side by side, or in one column.
    #[prop(into)]
    split: Signal<bool>,
) -> impl IntoView {
    if old == new {
        return view! { <p class="diff-none">"Model, template and parameters are the same."</p> }.into_any();
    }
    if old.is_same_text(&new) {
        return view! {
            <p class="diff-none">"Line ends only: model, template and parameters are the same otherwise."</p>
        }
        .into_any();
    }
    let line_ends_only = (old.template != new.template && is_same_text(&old.template, &new.template))
        .then(|| view! { <p class="diff-none">"Template: line ends only."</p> });
    let (old, new) = (old.with_line_feeds(), new.with_line_feeds());
    let model = (old.model != new.model).then(|| {
        view! {
            <section class="diff-part">
                <h3>"Model"</h3>
                <p><del class="diff-value">{old.model.clone()}</del>" → "<ins class="diff-value">{new.model.clone()}</ins></p>
            </section>
        }
    });
    let template = (old.template != new.template).then(|| {
        view! {
            <section class="diff-part">
                <h3>"Template"</h3>
                <DiffView old=old.template.clone() new=new.template.clone() split />
            </section>
        }
    });
    let changes = diff_json(&Value::Object(old.parameters), &Value::Object(new.parameters));
    let parameters = (!changes.is_empty()).then(|| {
        view! {
            <section class="diff-part">
                <h3>"Parameters"</h3>
                <ParameterChanges changes />
            </section>
        }
    });
    view! {
        {model}
        {line_ends_only}
        {template}
        {parameters}
    }
    .into_any()
}

/// The differences between two texts, by lines and words; unchanged blocks fold. All line ends count as
/// equal.
#[component]
pub fn DiffView(
    /// The text before.
    #[prop(into)]
    old: String,
    /// The text after.
    #[prop(into)]
    new: String,
    /// Side by side, or in one column.
    #[prop(into)]
    split: Signal<bool>,
    /// The accessible name.
    #[prop(default = "Template, before and after")]
    label: &'static str,
) -> impl IntoView {
    let diff = diff_text_with_context(&old, &new, usize::MAX);
    if diff.line_ends_only {
        return view! { <p class="diff-none">"Line ends only: the texts are the same otherwise."</p> }
            .into_any();
    }
    let counts = format!("{} deleted, {} inserted", lines(diff.deleted), lines(diff.inserted));
    let blocks: Vec<Block> = fold(diff.hunks.into_iter().flat_map(|hunk| hunk.lines).collect());
    let opened = RwSignal::new(vec![false; blocks.len()]);
    let blocks = StoredValue::new(blocks);
    view! {
        <div class="diff" tabindex="0" role="group" aria-label=label>
            {move || {
                let split = split.get();
                let counts = counts.clone();
                blocks.with_value(|blocks| table::view(blocks, split, opened, counts))
            }}
        </div>
    }
    .into_any()
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

/// The changed parameters before and after, key by key.
#[component]
pub fn ParameterChanges(
    /// The changes.
    changes: Vec<KeyChange>,
) -> impl IntoView {
    let rows = changes.into_iter().map(|change| {
        let what = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        view! {
            <tr>
                <th scope="row"><code>{change.pointer}</code></th>
                <td>{what}</td>
                <td>{change.old.map(|value| view! { <del class="diff-value">{shown(&value)}</del> })}</td>
                <td>{change.new.map(|value| view! { <ins class="diff-value">{shown(&value)}</ins> })}</td>
            </tr>
        }
    });
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Parameters, before and after">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Before"</th>
                        <th scope="col">"After"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| json::text(value), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::fixture::object;
    use serde_json::json;

    fn content(template: &str, tone: &str) -> Content {
        let parameters = object(json!({"variables": {"tone": tone}, "stop": ["\r\n"]}));
        Content { model: "demo".to_owned(), template: template.to_owned(), parameters }
    }

    #[test]
    fn contents_that_differ_in_line_ends_only_are_the_same_text() {
        let old = content("one\r\n{source_text}\r\n", "dry\r\ncalm");
        let new = content("one\n{source_text}\n", "dry\ncalm");
        assert!(old != new && old.is_same_text(&new) && new.is_same_text(&old));
        assert_eq!(old.clone().with_line_feeds(), new, "other parameters keep theirs");
        assert!(!old.is_same_text(&content("one\n{source_text}\n", "dry calm")));
        assert!(!old.is_same_text(&content("1\n{source_text}\n", "dry\ncalm")));
    }
}
