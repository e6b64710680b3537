//! Parses headings that begin with the work's title, or end with their number: `열쇠의 집 2화`,
//! `霧の港（３）`.

use super::line;
use super::line::{Kind, Look, Parsed, Tail, parse_bare};
use super::number::is_cjk;
use super::prefilter::is_number_sign;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most places in a line that are tried as the start of its heading.
const MOST_PLACES: usize = 8;
const LONGEST_PREFIX: usize = 40;

/// Parses the heading after a prefix. `titles` are the file's first lines.
pub(super) fn parse(text: &str, titles: &[String]) -> Option<Parsed> {
    for title in titles {
        if let Some(rest) = text.strip_prefix(title.as_str()) {
            let heading = rest.trim_start_matches(|c: char| c.is_whitespace() || "-–—:：|·、,，".contains(c));
            if let Some(mut found) = parse_after(heading) {
                found.form.prefix = hash(title);
                found.volume_chars = moved(found.volume_chars, text, heading);
                return Some(found);
            }
        }
    }
    // A quick check: most prose has no such sign.
    if !text.contains(is_number_sign) {
        return None;
    }
    let is_gap = |c: char| c.is_whitespace() || "-–—:：|([【〈<".contains(c);
    let mut places: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| *at > 0 && (is_gap(*c) || *c == '第'))
        .map(|(at, _)| at)
        .take(MOST_PLACES)
        .collect();
    places.dedup();
    places.into_iter().find_map(|at| parse_at(text, at))
}

fn parse_after(heading: &str) -> Option<Parsed> {
    let inner = heading
        .strip_prefix(['(', '[', '【', '〈', '<'])
        .and_then(|rest| rest.strip_suffix([')', ']', '】', '〉', '>']));
    let heading = inner.unwrap_or(heading);
    line::parse_unit(heading).or_else(|| parse_bare(heading, None))
}

fn parse_at(text: &str, at: usize) -> Option<Parsed> {
    let prefix = text[..at].trim_end_matches(|c: char| c.is_whitespace() || "-–—:：|".contains(c));
    let heading = text[at..].trim_start_matches(|c: char| c.is_whitespace() || "-–—:：|".contains(c));
    if !is_prefix(prefix) {
        return None;
    }
    let mut found = parse_after(heading)?;
    // `그는 3화` may be ordinary prose; a bare number at the end is even less certain.
    found.look = match (found.kind, found.form.tail) {
        (Kind::Unit(_), Tail::None) if !found.weak => found.look.min(Look::Plausible),
        _ => Look::Doubtful,
    };
    found.form.prefix = hash(prefix);
    found.volume_chars = moved(found.volume_chars, text, heading);
    Some(found)
}

/// Converts `volume_chars` to count from the line's start instead of the heading's.
fn moved(volume_chars: usize, text: &str, heading: &str) -> usize {
    let before = text.find(heading).map_or(0, |at| text[..at].chars().count());
    if volume_chars > 0 { volume_chars + before } else { 0 }
}

/// Returns whether the prefix is a few words that form no sentence.
fn is_prefix(prefix: &str) -> bool {
    const SENTENCE: &[char] =
        &['。', '，', '、', '！', '？', '!', '?', ',', ';', '；', '「', '」', '“', '”', '"', '『', '』', '…'];
    !prefix.is_empty()
        && prefix.chars().nth(LONGEST_PREFIX).is_none()
        && prefix.contains(char::is_alphabetic)
        && !prefix.contains(SENTENCE)
        && !prefix.ends_with('.')
        // A heading in Latin script begins with a capital, unlike `it was in chapter 4`.
        && (prefix.starts_with(is_cjk) || !prefix.starts_with(char::is_lowercase))
}

/// Returns a hash that is never 0 or 1, which have other meanings in a form.
fn hash(prefix: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    prefix.hash(&mut hasher);
    hasher.finish() | 2
}
