//! Finds the headings that break the numbering.

use super::choose::{Candidate, Choice, Role};
use super::line::Kind;
use super::number::Number;
use crate::lines::Lines;
use std::collections::HashSet;

/// Returns the candidates, by index, whose number does not continue those before it. A single wrong number is
/// irregular alone; if the numbers continue from it, it ends a gap. Names (`Prologue`, `番外一`) are ignored.
pub(super) fn irregular(lines: &Lines<'_>, candidates: &[Candidate], choices: &[Choice]) -> HashSet<usize> {
    let mut numbered: Vec<(usize, Number, bool)> = Vec::new();
    let mut new_volume = false;
    let mut volume = 0;
    for choice in choices {
        let candidate = &candidates[choice.at];
        new_volume |= choice.role != Role::Chapter || (candidate.volume != 0 && candidate.volume != volume);
        volume = candidate.volume;
        let counts =
            choice.role == Role::Chapter && matches!(candidate.parsed.kind, Kind::Unit(_) | Kind::Bare);
        if let (true, Some(number)) = (counts, candidate.parsed.number) {
            numbered.push((choice.at, number, new_volume));
            new_volume = false;
        }
    }
    let mut found = HashSet::new();
    let mut before: Option<(Number, usize)> = None;
    for (index, (at, number, in_new_volume)) in numbered.iter().copied().enumerate() {
        let Some((last, last_at)) = before else {
            before = Some((number, at));
            continue;
        };
        let text = |at: usize| lines.at(candidates[at].line);
        let regular = number.continues(last)
            || (in_new_volume && number.major <= 1)
            // A heading may be printed twice.
            || (text(at).trim() == text(last_at).trim()
                && super::nothing_between(lines, candidates[last_at].line, candidates[at].line))
            || (number == last && has_part_mark(text(at)) && has_part_mark(text(last_at)));
        if regular {
            before = Some((number, at));
            continue;
        }
        found.insert(at);
        let next = numbered.get(index + 1).map(|(_, next, _)| *next);
        let takes_place_of = Number::whole(last.major + 1);
        before = match next {
            // 10, 111, 12: 111 replaces 11. 10, 111, 11: 111 is superfluous.
            Some(next) if !next.continues(number) && next.continues(takes_place_of) => {
                Some((takes_place_of, at))
            }
            Some(next) if !next.continues(number) && next.continues(last) => Some((last, last_at)),
            _ => Some((number, at)),
        };
    }
    found
}

/// `第三章（上）` and `第三章（下）` share a number.
fn has_part_mark(line: &str) -> bool {
    const MARKS: &[&str] = &[
        "上",
        "中",
        "下",
        "前",
        "後",
        "后",
        "①",
        "②",
        "③",
        "④",
        "⑤",
        "(1)",
        "(2)",
        "(3)",
        "（1）",
        "（2）",
        "（3）",
        "（一）",
        "（二）",
        "（三）",
        "(一)",
        "(二)",
        "(三)",
        "part 1",
        "part 2",
        "part 3",
        "상",
        "중",
        "하",
    ];
    let line = line.to_lowercase();
    MARKS.iter().any(|mark| line.contains(mark))
}
