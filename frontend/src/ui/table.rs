//! Tables that become slips of paper on a phone, where each cell says what it is.

use crate::prelude::*;

/// A table of `rows` under the heads of its columns; an empty head is that of what can be done.
pub fn table(label: &'static str, columns: &[&'static str], rows: impl IntoChild) -> AnyView {
    let heads = columns
        .iter()
        .map(|name| {
            let name = match *name {
                "" => view! { <span class="visually-hidden">"Actions"</span> }.into_any(),
                name => name.into_child(),
            };
            view! { <th role="columnheader" scope="col">{name}</th> }.into_any()
        })
        .collect_view();
    framed(label, heads, rows.into_child())
}

fn framed(label: &'static str, heads: Vec<AnyView>, rows: AnyView) -> AnyView {
    view! {
        <div class="table-wrap">
            <table class="table slips" role="table" aria-label=label>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The cell by which a row is known.
pub fn head(content: impl IntoChild) -> AnyView {
    view! { <th role="rowheader" scope="row">{content}</th> }.into_any()
}

/// A cell under the head `column`.
pub fn cell(column: &'static str, content: impl IntoChild) -> AnyView {
    view! { <td role="cell" data-column=column>{content}</td> }.into_any()
}

/// The way to the rest of a list that comes in pages.
pub fn pager(first: Option<(String, &'static str)>, next: Option<(String, &'static str)>) -> AnyView {
    let links = [first, next]
        .into_iter()
        .flatten()
        .map(|(href, label)| view! { <a class="button" href=href>{label}</a> }.into_any())
        .collect_view();
    view! { <nav class="pager" aria-label="Pages">{links}</nav> }.into_any()
}
