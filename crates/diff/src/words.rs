//! Finds the words that differ between the lines of a replaced block.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

use crate::text::Span;

/// Maximum number of words and characters on both sides of a replaced block together. Lines of a larger block
/// are shown as replaced whole. This bounds the work; templates (50,000 characters) stay below it on both
/// sides.
const MAX_TOKENS: usize = 120_000;

/// Minimum share of text in common. Below it, two blocks are different texts, not an edit of each other, and
/// marks would only show chance similarities.
const MIN_COMMON: f64 = 0.35;

/// Returns the segments of each line of a replaced block: those of the old lines, then those of the new
/// lines.
pub(crate) fn segments_of(old: &[&str], new: &[&str]) -> (Vec<Vec<Span>>, Vec<Vec<Span>>) {
    let (old_tokens, new_tokens) = (Tokens::of(old), Tokens::of(new));
    if old_tokens.all.len() + new_tokens.all.len() > MAX_TOKENS {
        return (whole_lines(old), whole_lines(new));
    }
    let mut ops = capture_diff_slices(Algorithm::Myers, &old_tokens.all, &new_tokens.all);
    join_over_blanks(&mut ops, &old_tokens.all);
    if common_share(&ops, &old_tokens.all, &new_tokens.all) < MIN_COMMON {
        return (whole_lines(old), whole_lines(new));
    }
    let mut old_changed = vec![true; old_tokens.all.len()];
    let mut new_changed = vec![true; new_tokens.all.len()];
    for op in &ops {
        if let DiffOp::Equal { old_index, new_index, len } = *op {
            old_changed[old_index..old_index + len].fill(false);
            new_changed[new_index..new_index + len].fill(false);
        }
    }
    for (at, op) in ops.iter().enumerate() {
        let equal = |at: Option<usize>| match at.and_then(|at| ops.get(at)) {
            Some(DiffOp::Equal { len, .. }) => *len,
            _ => 0,
        };
        let (before, after) = (equal(at.checked_sub(1)), equal(Some(at + 1)));
        match op {
            DiffOp::Insert { .. } => align(&mut new_changed, &new_tokens.all, op.new_range(), before, after),
            DiffOp::Delete { .. } => align(&mut old_changed, &old_tokens.all, op.old_range(), before, after),
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => {}
        }
    }
    (old_tokens.into_segments(&old_changed), new_tokens.into_segments(&new_changed))
}

/// Returns one unmarked segment for each line.
pub(crate) fn whole_lines(lines: &[&str]) -> Vec<Vec<Span>> {
    lines.iter().map(|line| vec![Span { text: (*line).to_owned(), changed: false }]).collect()
}

/// The tokens of several lines, and where each line ends among them.
struct Tokens<'a> {
    all: Vec<&'a str>,
    line_ends: Vec<usize>,
}

impl<'a> Tokens<'a> {
    fn of(lines: &[&'a str]) -> Self {
        let (mut all, mut line_ends) = (Vec::new(), Vec::with_capacity(lines.len()));
        for line in lines {
            tokenise(line, &mut all);
            line_ends.push(all.len());
        }
        Self { all, line_ends }
    }

    fn into_segments(self, changed: &[bool]) -> Vec<Vec<Span>> {
        let mut start = 0;
        let mut lines = Vec::with_capacity(self.line_ends.len());
        for end in self.line_ends {
            let mut spans: Vec<Span> = Vec::new();
            for (token, &changed) in self.all[start..end].iter().zip(&changed[start..end]) {
                match spans.last_mut() {
                    Some(span) if span.changed == changed => span.text.push_str(token),
                    _ => spans.push(Span { text: (*token).to_owned(), changed }),
                }
            }
            lines.push(spans);
            start = end;
        }
        lines
    }
}

/// Splits at Unicode word boundaries (UAX #29). They keep words, numbers and runs of spaces together, and
/// split Han and Hiragana into characters. A run of Katakana is one word there; it is split here as well.
fn tokenise<'a>(line: &'a str, tokens: &mut Vec<&'a str>) {
    for word in line.split_word_bounds() {
        if word.chars().any(is_katakana) {
            split_characters(word, tokens);
        } else {
            tokens.push(word);
        }
    }
}

/// Splits into characters, each with its combining marks and the invisible characters after it. The word
/// boundaries also define which characters combine: tables of grapheme clusters would make the web app larger
/// for this alone.
fn split_characters<'a>(word: &'a str, tokens: &mut Vec<&'a str>) {
    let mut start = 0;
    for (at, c) in word.char_indices().skip(1) {
        if !is_mark(c) {
            tokens.push(&word[start..at]);
            start = at;
        }
    }
    tokens.push(&word[start..]);
}

/// Returns whether `c` never begins a word: word boundaries join only these characters to a full stop.
fn is_mark(c: char) -> bool {
    let is_letter = c.is_ascii() || is_katakana(c) && !matches!(c, '\u{FF9E}' | '\u{FF9F}');
    !is_letter && [".", c.encode_utf8(&mut [0; 4])].concat().split_word_bounds().nth(1).is_none()
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{3031}'..='\u{3035}' | '\u{30A0}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{FF66}'..='\u{FF9F}' | '\u{1AFF0}'..='\u{1B16F}')
}

fn is_blank(token: &str) -> bool {
    token.chars().all(|c| c.is_whitespace() && c != '\n')
}

/// Moves an insertion or deletion to where a person would say that it begins. Between equal tokens the
/// beginning is often ambiguous: where `{b}` became `{a}{b}`, both `{a}` and `a}{` may be new.
fn align(changed: &mut [bool], tokens: &[&str], range: Range<usize>, before: usize, after: usize) {
    let back = (1..=before.min(range.start)).take_while(|n| tokens[range.start - n] == tokens[range.end - n]);
    let on = (0..after).take_while(|n| tokens[range.start + n] == tokens[range.end + n]);
    let starts = range.start - back.count()..=range.start + on.count();
    let best = starts.max_by_key(|start| (beginning(tokens, *start), *start == range.start));
    let start = best.unwrap_or(range.start);
    changed[range.clone()].fill(false);
    changed[start..start + range.len()].fill(true);
}

/// Rates how well a change may begin there: best at a line, then at a word after a blank, then at a bracket.
fn beginning(tokens: &[&str], start: usize) -> u8 {
    match start.checked_sub(1).map(|last| tokens[last]) {
        None => 3,
        Some(last) if last.ends_with('\n') => 3,
        Some(last) if is_blank(last) => 2,
        Some(_) => u8::from(tokens.get(start).is_some_and(|token| "({[（「『【《".contains(token))),
    }
}

/// Joins two changes that only a blank separates: two new words then read as one change, not as two with a
/// gap.
fn join_over_blanks(ops: &mut Vec<DiffOp>, old: &[&str]) {
    let mut index = 0;
    let last = ops.len().saturating_sub(1);
    ops.retain(|op| {
        let inner = index > 0 && index < last;
        index += 1;
        match *op {
            DiffOp::Equal { old_index, len, .. } => {
                !(inner && old[old_index..old_index + len].iter().all(|token| is_blank(token)))
            }
            _ => true,
        }
    });
}

/// Returns how much of both texts together is the same, from 0 to 1, without blanks.
fn common_share(ops: &[DiffOp], old: &[&str], new: &[&str]) -> f64 {
    let weight = |tokens: &[&str]| -> usize {
        tokens.iter().filter(|token| !token.trim().is_empty()).map(|token| token.len()).sum()
    };
    let total = weight(old) + weight(new);
    if total == 0 {
        return 1.0;
    }
    let common: usize = ops
        .iter()
        .map(|op| match *op {
            DiffOp::Equal { old_index, len, .. } => weight(&old[old_index..old_index + len]),
            _ => 0,
        })
        .sum();
    2.0 * common as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(line: &str) -> Vec<&str> {
        let mut tokens = Vec::new();
        tokenise(line, &mut tokens);
        tokens
    }

    #[test]
    fn latin_is_cut_into_words_and_cjk_into_characters() {
        assert_eq!(
            tokens("Don't  {source_text}, 3.14!\r\n"),
            ["Don't", "  ", "{", "source_text", "}", ",", " ", "3.14", "!", "\r\n"]
        );
        assert_eq!(tokens("銀河GPT-5です"), ["銀", "河", "GPT", "-", "5", "で", "す"]);
        assert_eq!(tokens("カムパネルラー"), ["カ", "ム", "パ", "ネ", "ル", "ラ", "ー"]);
        assert_eq!(tokens("ﾊﾝｶｸ語"), ["ﾊ", "ﾝ", "ｶ", "ｸ", "語"]);
        assert_eq!(tokens("か\u{3099}き"), ["か\u{3099}", "き"]);
        assert_eq!(tokens("カ\u{3099}ｶﾞ\u{FE00}キ"), ["カ\u{3099}", "ｶﾞ\u{FE00}", "キ"]);
        assert_eq!(tokens("👩‍👩‍👧é"), ["👩‍👩‍👧", "é"]);
    }

    #[test]
    fn katakana_is_cut_as_grapheme_clusters_are() {
        for c in ('\0'..=char::MAX).filter(|c| !c.is_control()) {
            let word = format!("ア{c}ﾊ{c}");
            let clusters: Vec<_> = word.graphemes(true).collect();
            let is_invisible = is_mark(c) && clusters.len() != 2;
            if is_invisible || word.split_word_bounds().nth(1).is_some() {
                continue;
            }
            let mut cut = Vec::new();
            split_characters(&word, &mut cut);
            assert_eq!(cut, clusters, "{c:?}");
        }
    }

    #[test]
    fn a_line_ending_never_joins_changes_over_lines() {
        assert!(is_blank(" \t\u{3000}"));
        assert!(!is_blank("\r\n"));
    }
}
