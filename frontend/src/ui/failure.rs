//! Shows failures in the place where they happened.

use crate::{api::Error, route, ui::Button};
use leptos::prelude::*;

/// A failure: what happened, what to do, and a button for another try if that makes sense.
#[component]
pub fn Failure(
    /// The error.
    error: Error,
    /// Whether nothing else is on the page.
    #[prop(optional)]
    heading: bool,
    /// Tries again.
    #[prop(optional, into)]
    retry: Option<UnsyncCallback<()>>,
) -> impl IntoView {
    let signed_out = error.is_signed_out();
    let places = error
        .field_errors()
        .iter()
        .map(|e| {
            let place = e.pointer.as_deref().or(e.parameter.as_deref()).unwrap_or_default().to_owned();
            view! { <li>{(!place.is_empty()).then(|| view! { <code>{place}</code> " " })}{e.detail.clone()}</li> }
        })
        .collect_view();
    let has_places = !error.field_errors().is_empty();
    let title = if heading {
        view! { <h1 class="failure-title">{error.title()}</h1> }.into_any()
    } else {
        view! { <p class="failure-title">{error.title()}</p> }.into_any()
    };
    view! {
        <div class="failure" role="alert">
            {title}
            <p>{error.detail()}</p>
            {has_places.then(|| view! { <ul>{places}</ul> })}
            {signed_out
                .then(|| {
                    view! {
                        <p>
                            <a href=route::sign_in("") target="_blank">
                                "Sign in in another tab"
                            </a>
                            ", then try again here: nothing on this page is lost."
                        </p>
                    }
                })}
            {heading.then(|| view! { <p><a href=route::works()>"Go to the works"</a></p> })}
            {retry.map(|retry| view! { <Button on_click=retry>"Try again"</Button> })}
        </div>
    }
}

/// Shows `error` while there is one.
pub fn failed(error: Signal<Option<Error>>) -> impl IntoView {
    move || error.get().map(|error| view! { <Failure error /> })
}
