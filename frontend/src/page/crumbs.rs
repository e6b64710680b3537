//! The breadcrumbs of a page below its work.

use crate::route;
use colophon_contract::Work;
use leptos::prelude::*;
use leptos_router::components::A;

/// Links to the works and the work, and the page's own crumbs.
#[component]
pub fn Crumbs(
    /// The work's id, known before the work.
    work_id: i64,
    /// The work. The link has a general name until the work is loaded.
    #[prop(into)]
    work: Signal<Option<Work>>,
    /// The further crumbs, as list items.
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
