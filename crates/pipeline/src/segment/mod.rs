//! Cuts a chapter's text into ordered slices of a size that suits one model call.
//!
//! Joined, the slices are the text, byte for byte. Slices are made of whole paragraphs where possible, and of
//! whole sentences where a paragraph is too long. Only a sentence that is longer than the maximum is cut: at
//! a line's end, else after a comma, else between words, else between grapheme clusters. White space goes to
//! the slice before it, so slices of only white space (which need no translation) are rare.

mod boundary;
mod cut;
mod size;

pub use cut::Cut;
pub use size::token_estimate;

use boundary::{Boundary, Strength};
use colophon_contract::rule::is_blank;
use serde::Deserialize;
use size::{QUARTERS, quarters};
use std::num::NonZeroU32;
use unicode_segmentation::UnicodeSegmentation as _;

/// How long segments are, in estimated tokens (see [`token_estimate`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The intended size. Paragraphs are joined until another paragraph would lead further away from it.
    /// 1,200 by default: 1,200 Japanese characters or about 800 English words. A target greater than `max`
    /// counts as `max`.
    pub target: NonZeroU32,
    /// The maximum size, 2,400 by default. A longer paragraph is split.
    pub max: NonZeroU32,
}

impl Default for Options {
    fn default() -> Self {
        const fn tokens(n: u32) -> NonZeroU32 {
            NonZeroU32::MIN.saturating_add(n - 1)
        }
        Self { target: tokens(1_200), max: tokens(2_400) }
    }
}

/// Cuts `text` into segments. Joined, they are `text`; none is empty, and none exceeds `options.max`. An
/// empty text has none. Takes time linear in the text's length.
#[must_use]
pub fn segment(text: &str, options: Options) -> Vec<&str> {
    let max = u64::from(options.max.get()) * QUARTERS;
    let target = (u64::from(options.target.get()) * QUARTERS).min(max);
    pack(text, &pieces(text, max), target, max)
}

/// Returns slices of the text in order, none over `max`, each as whole as possible: paragraphs first.
fn pieces(text: &str, max: u64) -> Vec<&str> {
    let boundaries = boundary::boundaries(text);
    let mut pieces = Vec::new();
    split(text, 0, &boundaries, &Strength::DESCENDING, max, &mut pieces);
    pieces
}

/// Splits at the strongest boundaries, then splits slices that are over `max` at weaker boundaries. `start`
/// is the offset of `text` in the text that `boundaries` refers to.
fn split<'t>(
    text: &'t str,
    start: usize,
    boundaries: &[Boundary],
    strengths: &[Strength],
    max: u64,
    pieces: &mut Vec<&'t str>,
) {
    let Some((strength, weaker)) = strengths.split_first() else {
        return cut_sentence(text, max, pieces);
    };
    let mut rest = boundaries;
    let mut from = 0;
    while from < text.len() {
        let here = rest.iter().position(|b| b.strength >= *strength).unwrap_or(rest.len());
        let to = rest.get(here).map_or(text.len(), |b| b.at - start);
        let piece = &text[from..to];
        if quarters(piece) <= max {
            pieces.push(piece);
        } else {
            split(piece, start + from, &rest[..here], weaker, max, pieces);
        }
        rest = rest.get(here + 1..).unwrap_or_default();
        from = to;
    }
}

/// Cuts a sentence that is over `max`: after commas, else between words, graphemes, code points.
fn cut_sentence<'t>(text: &'t str, max: u64, pieces: &mut Vec<&'t str>) {
    for clause in text.split_inclusive(boundary::is_pause) {
        if quarters(clause) <= max {
            pieces.push(clause);
            continue;
        }
        for word in clause.split_inclusive(char::is_whitespace) {
            if quarters(word) <= max {
                pieces.push(word);
                continue;
            }
            for grapheme in word.graphemes(true) {
                if quarters(grapheme) <= max {
                    pieces.push(grapheme);
                } else {
                    pieces.extend(grapheme.split_inclusive(|_| true));
                }
            }
        }
    }
}

/// Joins neighbouring pieces while that leads closer to the target and not over the maximum.
fn pack<'t>(text: &'t str, pieces: &[&'t str], target: u64, max: u64) -> Vec<&'t str> {
    let mut segments: Vec<&str> = Vec::new();
    let (mut start, mut end, mut size, mut blank) = (0, 0, 0, true);
    for piece in pieces {
        let (more, more_blank) = (quarters(piece), is_blank(piece));
        let closer = (size + more).abs_diff(target) <= target.abs_diff(size);
        let joins = size + more <= max && (closer || blank || more_blank);
        if !joins && start < end {
            segments.push(&text[start..end]);
            (start, size, blank) = (end, 0, true);
        }
        end += piece.len();
        size += more;
        blank &= more_blank;
    }
    if start < end {
        segments.push(&text[start..end]);
    }
    join_short_tail(text, &mut segments, target, max);
    segments
}

/// Joins a short last segment to the segment before it if there is room: a few lines alone lack context.
fn join_short_tail<'t>(text: &'t str, segments: &mut Vec<&'t str>, target: u64, max: u64) {
    if let [.., before, last] = segments.as_slice() {
        let tail = quarters(last);
        if tail * 4 < target && quarters(before) + tail <= max {
            let start = text.len() - last.len() - before.len();
            segments.truncate(segments.len() - 2);
            segments.push(&text[start..]);
        }
    }
}

#[cfg(test)]
mod tests;
