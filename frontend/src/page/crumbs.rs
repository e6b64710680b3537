//! Where a page is below its work.

use crate::prelude::*;
use crate::route;
use colophon_contract::Work;

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
                <li><a href=route::works()>"Works"</a></li>
                <li><a href=route::work(work_id)>{name}</a></li>
                {children()}
            </ol>
        </nav>
    }
    .into_any()
}
