//! Which of the lines that look like headings are the headings of chapters.

use super::aozora::Rank;
use super::heading::{self, Heading, Style, Unit};
use std::collections::HashMap;

/// How many starts of a numbering are tried before giving up: a contents list, front matter, the text.
const STARTS: usize = 8;

/// More lines than this that look like headings are no headings, and would cost memory.
const MOST_CANDIDATES: usize = 200_000;

/// The lines (from 0) at which chapters begin, ascending.
pub(super) fn find(lines: &[&str], marked: &[(usize, Rank)]) -> Vec<usize> {
    if !marked.is_empty() {
        return find_marked(marked);
    }
    let candidates: Vec<(usize, Heading)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| heading::find(line).map(|heading| (at, heading)))
        .take(MOST_CANDIDATES)
        .collect();
    let mut chosen = find_units(&candidates);
    if chosen.is_empty() {
        chosen = find_numbers(&candidates, lines);
    }
    chosen.extend(candidates.iter().filter(|(_, h)| h.style == Style::Named).map(|(at, _)| *at));
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// Headings that Aozora Bunko marks: the two widest ranks; small ones divide chapters.
fn find_marked(marked: &[(usize, Rank)]) -> Vec<usize> {
    let has_wider = marked.iter().any(|(_, rank)| *rank != Rank::Small);
    marked.iter().filter(|(_, rank)| !has_wider || *rank != Rank::Small).map(|(at, _)| *at).collect()
}

/// Numbered units. Numbers go up, with gaps (a serial may start anywhere), or start again at 1 (in the next
/// part); a line that steps back is a false one. Sections count only where there is nothing wider.
fn find_units(candidates: &[(usize, Heading)]) -> Vec<usize> {
    let unit_of = |heading: &Heading| match heading.style {
        Style::Unit(unit) => Some(unit),
        _ => None,
    };
    let has_wider = candidates.iter().filter_map(|(_, h)| unit_of(h)).any(|unit| unit != Unit::Section);
    let mut last: HashMap<Unit, u32> = HashMap::new();
    let mut chosen = Vec::new();
    for (at, heading) in candidates {
        let Some(unit) = unit_of(heading) else { continue };
        if has_wider && unit == Unit::Section {
            continue;
        }
        let goes_on = last.get(&unit).is_none_or(|last| heading.number >= *last || heading.number <= 1);
        if goes_on {
            last.insert(unit, heading.number);
            chosen.push(*at);
        }
    }
    chosen
}

/// Bare numbers count only as an unbroken row from 1 (or 0) with text under each: a line of dialogue that
/// begins with a number makes no row, and a list has no text between its items.
fn find_numbers(candidates: &[(usize, Heading)], lines: &[&str]) -> Vec<usize> {
    let mut styles: HashMap<Style, Vec<(usize, u32)>> = HashMap::new();
    for (at, heading) in candidates {
        if matches!(heading.style, Style::Bare { .. }) {
            styles.entry(heading.style).or_default().push((*at, heading.number));
        }
    }
    let rows = styles.values().filter_map(|numbers| longest_row(numbers, lines));
    rows.max_by_key(|row| (row.len(), std::cmp::Reverse(row.first().copied()))).unwrap_or_default()
}

fn longest_row(numbers: &[(usize, u32)], lines: &[&str]) -> Option<Vec<usize>> {
    let starts = numbers.iter().enumerate().filter(|(_, (_, number))| *number <= 1).take(STARTS);
    starts
        .filter_map(|(index, (_, first))| {
            let mut next = *first;
            let mut row = Vec::new();
            for (at, number) in &numbers[index..] {
                if *number == next {
                    row.push(*at);
                    next += 1;
                }
            }
            (row.len() >= 2 && row_has_text(&row, lines)).then_some(row)
        })
        .max_by_key(Vec::len)
}

fn row_has_text(row: &[usize], lines: &[&str]) -> bool {
    row.iter().enumerate().all(|(index, at)| {
        let end = row.get(index + 1).copied().unwrap_or(lines.len());
        lines[at + 1..end].iter().any(|line| !line.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Vec<usize> {
        find(&text.split('\n').collect::<Vec<_>>(), &[])
    }

    #[test]
    fn numbers_make_a_row() {
        assert_eq!(outline("題\n一　朝\n本文\n二　昼\n本文\n三　夜\n本文"), [1, 3, 5]);
        assert_eq!(outline("1\n本文\n2\n本文"), [0, 2]);
    }

    #[test]
    fn a_stray_number_is_no_heading() {
        assert_eq!(outline("本文\n一　二人で行こう\n本文\n五　六\n本文"), [0usize; 0]);
        assert_eq!(outline("一　朝\n本文\n一　二の三\n二　昼\n本文"), [0, 3]);
    }

    #[test]
    fn a_list_is_no_row_of_headings() {
        assert_eq!(
            outline("決まりは次の通り。\n1. 走らない\n2. 騒がない\n3. 笑わない\nそれだけだ。"),
            [0usize; 0]
        );
    }

    #[test]
    fn a_contents_list_in_front_does_not_hide_the_headings() {
        assert_eq!(outline("一　朝\n二　昼\n\n一　朝\n本文\n二　昼\n本文"), [3, 5]);
    }

    #[test]
    fn sections_stay_inside_chapters_and_chapters_restart_in_parts() {
        let text =
            "第一部\n第一章\n本文\n第一節\n本文\n第二章\n本文\n第二部\n第一章\n本文\n一\n本文\n二\n本文";
        assert_eq!(outline(text), [0, 1, 5, 7, 8]);
    }

    #[test]
    fn a_number_that_steps_back_is_no_heading() {
        assert_eq!(outline("第5話\n本文\n第6話\n本文\n第4話 参照\n本文\n第7話\n本文"), [0, 2, 6]);
    }

    #[test]
    fn prologue_and_epilogue_count() {
        assert_eq!(outline("プロローグ\n本文\n第1話\n本文\nエピローグ\n本文"), [0, 2, 4]);
    }
}
