//! A diff as a table: line numbers, marks, text.

use super::fold::Block;
use colophon_diff::{Line, LineKind};
use leptos::prelude::*;

/// Renders the table. `opened` holds for each block whether it was unfolded.
pub fn view(
    blocks: &[Block],
    split: bool,
    opened: RwSignal<Vec<bool>>,
    counts: String,
) -> impl IntoView + use<> {
    let columns = if split { "4" } else { "3" };
    let bodies = blocks
        .iter()
        .enumerate()
        .map(|(index, block)| match block {
            Block::Open(lines) => view! { <tbody>{rows(lines, split)}</tbody> }.into_any(),
            Block::Folded(lines) => folded(index, lines.clone(), split, columns, opened).into_any(),
        })
        .collect_view();
    view! {
        <table class=if split { "diff-table diff-split" } else { "diff-table" }>
            <caption>{counts}</caption>
            <thead class="visually-hidden">{heads(split)}</thead>
            {bodies}
        </table>
    }
}

fn heads(split: bool) -> AnyView {
    if split {
        view! {
            <tr>
                <th scope="col">"Line before"</th>
                <th scope="col">"Before"</th>
                <th scope="col">"Line after"</th>
                <th scope="col">"After"</th>
            </tr>
        }
        .into_any()
    } else {
        view! {
            <tr>
                <th scope="col">"Line before"</th>
                <th scope="col">"Line after"</th>
                <th scope="col">"Text"</th>
            </tr>
        }
        .into_any()
    }
}

fn folded(
    index: usize,
    lines: Vec<Line>,
    split: bool,
    columns: &'static str,
    opened: RwSignal<Vec<bool>>,
) -> impl IntoView {
    let is_open = Memo::new(move |_| opened.with(|opened| opened[index]));
    view! {
        <tbody>
            {move || {
                if is_open.get() {
                    return rows(&lines, split);
                }
                let open = move |_| opened.update(|opened| opened[index] = true);
                view! {
                    <tr class="diff-fold">
                        <td colspan=columns>
                            <button type="button" on:click=open>
                                {format!("⋯ {} unchanged lines", lines.len())}
                            </button>
                        </td>
                    </tr>
                }
                .into_any()
            }}
        </tbody>
    }
}

fn rows(lines: &[Line], split: bool) -> AnyView {
    if !split {
        return lines.iter().map(unified_row).collect_view().into_any();
    }
    let mut rows = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].kind == LineKind::Context {
            rows.push(split_row(Some(&lines[at]), Some(&lines[at])));
            at += 1;
            continue;
        }
        // All deleted lines of a replaced block precede the inserted ones: put them in pairs.
        let run = |from: usize, kind: LineKind| lines[from..].iter().take_while(|l| l.kind == kind).count();
        let deleted = run(at, LineKind::Delete);
        let inserted = run(at + deleted, LineKind::Insert);
        for n in 0..deleted.max(inserted) {
            let old = (n < deleted).then(|| &lines[at + n]);
            let new = (n < inserted).then(|| &lines[at + deleted + n]);
            rows.push(split_row(old, new));
        }
        at += deleted + inserted;
    }
    rows.into_any()
}

fn unified_row(line: &Line) -> impl IntoView + use<> {
    view! {
        <tr class=class_of(Some(line))>
            <td class="diff-number">{line.old_line}</td>
            <td class="diff-number">{line.new_line}</td>
            <td class="diff-text">{text(line)}</td>
        </tr>
    }
}

fn split_row(old: Option<&Line>, new: Option<&Line>) -> impl IntoView + use<> {
    view! {
        <tr>
            <td class=format!("diff-number {}", class_of(old))>{old.and_then(|line| line.old_line)}</td>
            <td class=format!("diff-text {}", class_of(old))>{old.map(text)}</td>
            <td class=format!("diff-number {}", class_of(new))>{new.and_then(|line| line.new_line)}</td>
            <td class=format!("diff-text {}", class_of(new))>{new.map(text)}</td>
        </tr>
    }
}

fn class_of(line: Option<&Line>) -> &'static str {
    match line.map(|line| line.kind) {
        None => "diff-absent",
        Some(LineKind::Context) => "",
        Some(LineKind::Delete) => "diff-delete",
        Some(LineKind::Insert) => "diff-insert",
    }
}

fn text(line: &Line) -> AnyView {
    let spans = line
        .segments
        .iter()
        .map(|span| {
            let text = span.text.trim_end_matches(['\n', '\r']).to_owned();
            if span.changed {
                view! { <span class="diff-word">{text}</span> }.into_any()
            } else {
                text.into_any()
            }
        })
        .collect_view();
    let end = line.missing_newline.then(|| view! { <small>" No newline at the end"</small> });
    match line.kind {
        LineKind::Context => view! { {spans}{end} }.into_any(),
        LineKind::Delete => {
            view! { <span class="diff-mark" aria-hidden="true">"−"</span><del>{spans}</del>{end} }.into_any()
        }
        LineKind::Insert => {
            view! { <span class="diff-mark" aria-hidden="true">"+"</span><ins>{spans}</ins>{end} }.into_any()
        }
    }
}
