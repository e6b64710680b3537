//! Where a page is below its work.

use crate::route;
use colophon_contract::Work;
use leptos::prelude::*;
use leptos_router::components::A;

/// Works, the work, and what the page adds.
#[component]
pub fn Crumbs(
    /// The work's id, known before the work.
    work_id: i64,
    /// The work as far as it is loaded. While it is not there the link has another name.
    #[prop(into)]
    work: Signal<Option<Work>>,
    /// The rest of the way, as list items.
    children: Children,
) -> impl IntoView {
    let name = move || match work.get() {
        Some(work) => view! { <span lang=work.source_language>{work.title}</span> }.into_any(),
        None => "The work".into_any(),
    };
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <ol class="crumb-list">
                <li><A href=route::works() exact=true>"Works"</A></li>
                <li><A href=route::work(work_id) exact=true>{name}</A></li>
                {children()}
            </ol>
        </nav>
    }
}
