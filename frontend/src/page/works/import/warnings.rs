//! The warnings of an import by kind: parts that were left out, repaired or guessed.

use crate::{route, ui::number::grouped};
use colophon_contract::ImportWarning;
use leptos::prelude::*;

/// Warnings of one kind.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    code: String,
    warnings: Vec<ImportWarning>,
}

/// Returns the list; `None` without warnings. A kind with several warnings is folded.
pub fn warnings(list: Vec<ImportWarning>) -> Option<impl IntoView> {
    let groups = groups(list);
    (!groups.is_empty()).then(|| {
        view! {
            <ul class="warnings import-warnings" aria-label="Worth a look">
                {groups.into_iter().map(group_view).collect_view()}
            </ul>
        }
    })
}

/// Groups warnings by code, in the order of first appearance.
fn groups(list: Vec<ImportWarning>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for warning in list {
        match groups.iter_mut().find(|group| group.code == warning.code) {
            Some(group) => group.warnings.push(warning),
            None => groups.push(Group { code: warning.code.clone(), warnings: vec![warning] }),
        }
    }
    groups
}

fn group_view(group: Group) -> impl IntoView {
    let name = name(&group.code);
    let total = total(&group.warnings);
    let mut warnings = group.warnings.into_iter();
    match (warnings.next(), warnings.len()) {
        (Some(warning), 0) => view! { <li><strong>{name}": "</strong>{sentence(warning)}</li> }.into_any(),
        (first, _) => {
            let items =
                first.into_iter().chain(warnings).map(|warning| view! { <li>{sentence(warning)}</li> });
            view! {
                <li>
                    <details>
                        <summary>{format!("{name} ({})", grouped(total))}</summary>
                        <ul>{items.collect_view()}</ul>
                    </details>
                </li>
            }
            .into_any()
        }
    }
}

/// A warning's sentence, its place, and the related work.
pub fn sentence(warning: ImportWarning) -> impl IntoView {
    let place = place(&warning);
    let work = warning.work_id;
    view! {
        {warning.detail}
        {place.map(|place| view! { " " <span class="warning-place">{place}</span> })}
        {work.map(|id| view! { " " <a href=route::work(id) target="_blank">"Open that work in another tab"</a> })}
    }
}

/// Returns `chapter2.xhtml, line 12`.
fn place(warning: &ImportWarning) -> Option<String> {
    let line = warning.line.map(|line| format!("line {}", grouped(line as i64)));
    match (warning.file.clone(), line) {
        (Some(file), Some(line)) => Some(format!("{file}, {line}")),
        (file, line) => file.or(line),
    }
}

/// Returns the number of occurrences that the warnings report.
fn total(warnings: &[ImportWarning]) -> i64 {
    warnings.iter().map(|warning| warning.count.map_or(1, |count| count as i64)).sum()
}

/// Returns a code as words: `Markup repaired`.
fn name(code: &str) -> String {
    let words = code.replace("epub", "EPUB").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(code: &str) -> ImportWarning {
        ImportWarning { code: code.to_owned(), detail: "It was.".to_owned(), ..ImportWarning::default() }
    }

    #[test]
    fn warnings_are_grouped_by_code_in_order_of_first_appearance() {
        let list = ["b", "a", "b"].map(warning).to_vec();
        let groups: Vec<_> =
            groups(list).into_iter().map(|group| (group.code, group.warnings.len())).collect();
        assert_eq!(groups, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    }

    #[test]
    fn a_place_is_a_file_a_line_or_both() {
        let at = |file: Option<&str>, line| {
            place(&ImportWarning { file: file.map(str::to_owned), line, ..warning("a") })
        };
        assert_eq!(at(Some("a.xhtml"), Some(12)).as_deref(), Some("a.xhtml, line 12"));
        assert_eq!(at(Some("a.xhtml"), None).as_deref(), Some("a.xhtml"));
        assert_eq!(at(None, Some(12_345)).as_deref(), Some("line 12,345"));
        assert_eq!(at(None, None), None);
    }

    #[test]
    fn a_group_counts_what_its_warnings_are_about() {
        let counting = |count| ImportWarning { count, ..warning("a") };
        assert_eq!(total(&[counting(None), counting(Some(20)), counting(Some(3))]), 24);
        assert_eq!(total(&[]), 0);
    }

    #[test]
    fn a_code_is_shown_as_words() {
        let cases = [
            ("markup_repaired", "Markup repaired"),
            ("epub_repaired", "EPUB repaired"),
            ("already_imported", "Already imported"),
            ("", ""),
        ];
        for (code, text) in cases {
            assert_eq!(name(code), text);
        }
    }
}
