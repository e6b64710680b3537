//! Tables that become slips of paper on a phone, where each cell says what it is.

use leptos::prelude::*;

/// A table of `rows` under the heads of its columns; an empty head is that of what can be done.
pub fn table(
    label: &'static str,
    columns: &'static [&'static str],
    rows: impl IntoView + 'static,
) -> impl IntoView {
    let heads = columns
        .iter()
        .map(|name| {
            let name = match *name {
                "" => view! { <span class="visually-hidden">"Actions"</span> }.into_any(),
                name => name.into_any(),
            };
            view! { <th role="columnheader" scope="col">{name}</th> }
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table class="table slips" role="table" aria-label=label>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

/// The cell by which a row is known.
pub fn head(content: impl IntoView + 'static) -> impl IntoView {
    view! { <th role="rowheader" scope="row">{content}</th> }
}

/// A cell under the head `column`.
pub fn cell(column: &'static str, content: impl IntoView + 'static) -> impl IntoView {
    view! { <td role="cell" data-column=column>{content}</td> }
}

/// The way to the rest of a list that comes in pages.
pub fn pager(first: Option<(String, &'static str)>, next: Option<(String, &'static str)>) -> impl IntoView {
    let links = [first, next]
        .into_iter()
        .flatten()
        .map(|(href, label)| view! { <a class="button" href=href>{label}</a> })
        .collect_view();
    view! { <nav class="pager" aria-label="Pages">{links}</nav> }
}
