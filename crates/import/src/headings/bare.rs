//! Finds chapters whose headings are numbers alone or before titles: `1`, `一　朝`, `001. 문`.

use super::chain::{self, Costs, Link};
use super::choose::Candidate;
use super::layout::Place;
use super::line::{Kind, Look};
use super::number::{Number, Script};
use crate::lines::Lines;
use std::collections::HashMap;

/// What the numbers of one row share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    script: Script,
    mark: Option<char>,
    prefix: u64,
    dotted: bool,
}

fn key(candidate: &Candidate) -> Option<Key> {
    let form = candidate.parsed.form;
    (candidate.parsed.kind == Kind::Bare).then_some(Key {
        script: form.script,
        mark: form.mark,
        prefix: form.prefix,
        dotted: form.dotted,
    })
}

/// Numbers in prose and lists form rows too. So a row must begin at 0 or 1 or be long, have few and narrow
/// gaps, and restart only in a new volume.
const COSTS: Costs = Costs { start: 10, gap: 4, widest_gap: 5, restart: 1_000_000, volume: 1_000_000 };

/// Returns the best row of bare numbers with text below each, as candidate indices. `volumes` are the lines
/// of the volumes' headings.
pub(super) fn find(lines: &Lines<'_>, candidates: &[Candidate], volumes: &[usize]) -> Vec<usize> {
    let mut groups: HashMap<Key, Vec<usize>> = HashMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if let Some(key) = key(candidate) {
            groups.entry(key).or_default().push(at);
        }
    }
    let rows = groups.iter().filter_map(|(key, members)| row_of(lines, candidates, *key, members, volumes));
    rows.max_by_key(|row| (row.len(), std::cmp::Reverse(row.first().copied()))).unwrap_or_default()
}

fn row_of(
    lines: &Lines<'_>,
    candidates: &[Candidate],
    key: Key,
    members: &[usize],
    volumes: &[usize],
) -> Option<Vec<usize>> {
    // List items follow each other without text between them.
    let headed: Vec<usize> = members
        .iter()
        .enumerate()
        .filter(|(nth, at)| {
            let next = members.get(nth + 1).map_or(lines.len(), |next| candidates[*next].line);
            !lines.are_blank(candidates[**at].line + 1..next)
        })
        .map(|(_, at)| *at)
        .collect();
    let links: Vec<Link> = headed
        .iter()
        .map(|at| {
            let candidate = &candidates[*at];
            let look = if candidate.parsed.look == Look::Clear || key.prefix > 1 { 4 } else { 1 };
            let place = match candidate.place {
                Place::Apart => 2,
                Place::Neutral => 0,
                Place::Within => -2,
            };
            Link {
                number: candidate.parsed.number.unwrap_or(Number::whole(0)),
                weight: look + place,
                volume: volumes.partition_point(|line| *line < candidate.line),
            }
        })
        .collect();
    let row = chain::best_row(&links, COSTS);
    let regular = chain::regular(&links, &row);
    let first = links[*row.first()?].number.major;
    let fewest = match first {
        0 | 1 => 2,
        // A mark or prefix shows that the number counts something.
        _ if key.mark.is_some() || key.prefix > 1 => 3,
        _ => 4,
    };
    // Most numbers continue the previous one; in a row of two, the second must.
    let is_row = row.len() >= fewest && regular * 5 >= (row.len() - 1) * 3 && (row.len() > 2 || regular == 1);
    let mut row: Vec<usize> = row.into_iter().map(|link| headed[link]).collect();
    if !is_row || !covers(lines, candidates, &row) {
        return None;
    }
    add_strays(candidates, key, &headed, &mut row);
    Some(row)
}

/// Returns whether the row divides the whole file, not only a passage.
fn covers(lines: &Lines<'_>, candidates: &[Candidate], row: &[usize]) -> bool {
    const SMALL: usize = 100;
    let starts: Vec<usize> = row.iter().map(|at| candidates[*at].line).collect();
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return false };
    let before = *first;
    let after = lines.len() - last;
    let longest = starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let apart = row.iter().all(|at| candidates[*at].place == Place::Apart);
    before <= (lines.len() / 3).max(SMALL)
        && (apart || after <= (longest * 4).max(lines.len() / 3).max(SMALL))
}

/// Adds numbers out of sequence whose form and layout equal those of a long row with marked numbers.
fn add_strays(candidates: &[Candidate], key: Key, headed: &[usize], row: &mut Vec<usize>) {
    const LONG: usize = 5;
    let (Some(first), Some(last)) = (row.first().copied(), row.last().copied()) else { return };
    if row.len() < LONG || !(key.dotted || key.mark.is_some()) {
        return;
    }
    let tail = candidates[first].parsed.form.tail;
    let place = row.iter().map(|at| candidates[*at].place).min();
    let same = |at: &usize| {
        let candidate = &candidates[*at];
        candidate.parsed.form.tail == tail
            && Some(candidate.place) >= place
            && candidate.place == Place::Apart
            && candidate.parsed.look == Look::Clear
    };
    let strays: Vec<usize> = headed
        .iter()
        .copied()
        .filter(|at| (first..=last).contains(at) && !row.contains(at) && same(at))
        .collect();
    row.extend(strays);
    row.sort_unstable();
}
