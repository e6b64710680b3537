//! The changes of the new version.

use super::draft::Draft;
use crate::page::diff::{Content, VersionDiffView};
use colophon_contract::FieldError;
use leptos::prelude::*;

/// The typed content compared with the version that it started from.
#[component]
pub fn Review(
    /// The typed values.
    draft: Draft,
    /// Its model, template and parameters.
    content: Memo<Result<Content, Vec<FieldError>>>,
) -> impl IntoView {
    let split = RwSignal::new(false);
    let diff = move || match (draft.base.get(), content.get()) {
        (None, _) => {
            view! { <p class="hint">"This will be the first version: there is nothing to compare with."</p> }
                .into_any()
        }
        (_, Err(errors)) => {
            let details = errors.into_iter().map(|error| view! { <li>{error.detail}</li> }).collect_view();
            view! { <p>"Some parameters are not right yet:"</p><ul class="warnings">{details}</ul> }
                .into_any()
        }
        (Some(base), Ok(new)) => {
            let number = base.version.number;
            let old = Content::from(&base.version);
            view! {
                <p class="hint">{format!("Version {number} → version {}", number + 1)}</p>
                <VersionDiffView old new split />
            }
            .into_any()
        }
    };
    view! {
        <div class="stack">
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=split
                    on:change:target=move |event| split.set(event.target().checked())
                />
                "Side by side"
            </label>
            {diff}
        </div>
    }
}
