//! Tables. On a phone each row becomes a card whose cells show their column's name.

use leptos::prelude::*;

/// Renders a table of `rows` under the heads of its columns; the column of actions has an empty head.
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

/// Renders the cell that identifies a row.
pub fn head(content: impl IntoView + 'static) -> impl IntoView {
    view! { <th role="rowheader" scope="row">{content}</th> }
}

/// Renders a cell of the column `column`.
pub fn cell(column: &'static str, content: impl IntoView + 'static) -> impl IntoView {
    view! { <td role="cell" data-column=column>{content}</td> }
}

/// Renders the links to the other pages of a list.
pub fn pager(first: Option<(String, &'static str)>, next: Option<(String, &'static str)>) -> impl IntoView {
    let links = [first, next]
        .into_iter()
        .flatten()
        .map(|(href, label)| view! { <a class="button" href=href>{label}</a> })
        .collect_view();
    view! { <nav class="pager" aria-label="Pages">{links}</nav> }
}
