//! The page for unknown addresses.

use crate::{page::title::use_title, route};
use leptos::prelude::*;

/// Says that there is no page at this address.
#[component]
pub fn NotFound() -> impl IntoView {
    use_title(|| "Not found".to_owned());
    view! {
        <div class="narrow">
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or what it led to was deleted."</p>
            <p><a class="button primary" href=route::works()>"Go to the works"</a></p>
        </div>
    }
}
