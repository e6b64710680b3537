//! Removes ruby and typesetting notes from plain text, in the notations of Aozora Bunko and of sites for
//! serial novels.

use super::ruby::{self, LONGEST_READING, Notation, reading};
use crate::options::Ruby;

/// Rank of a heading that Aozora Bunko marks: `［＃「一」は中見出し］`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Large,
    Medium,
    Small,
}

/// Text without ruby and notes, and counts of what was removed.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    pub(super) text: String,
    /// Number of readings left out.
    pub(super) ruby: usize,
    /// Number of emphases by dots.
    pub(super) emphasis: usize,
    pub(super) annotations: usize,
    /// Characters that only a note describes; `※` replaces them.
    pub(super) unmapped: usize,
    /// Running titles of narou.rb.
    pub(super) furniture: usize,
    /// Lines of `text` (from 0) that notes mark as headings.
    pub(super) marked_headings: Vec<(usize, Rank)>,
    /// Lines of `text` before which a line with only notes was removed, ascending.
    gone: Vec<usize>,
    notation: Notation,
    keep: bool,
}

const LONGEST_ANNOTATION: usize = 200;

/// Removes notes (`［＃…］`) and readings (`漢字《かんじ》`, `｜base《reading》`, `<ruby>`). If readings are
/// kept, they follow their base in brackets. `《》` without a reading are kept: they are also quotation
/// marks. A line with only notes is removed completely.
pub(super) fn strip(text: String, ruby: Ruby) -> Stripped {
    let notation = Notation::of(&text);
    let has_parentheses = notation.parentheses && text.contains(['(', '（']);
    if !has_parentheses && !text.contains(['《', '｜', '|', '［', '<', '※']) {
        return Stripped { text, notation, ..Default::default() };
    }
    let mut stripped = Stripped {
        text: String::with_capacity(text.len()),
        notation,
        keep: ruby == Ruby::Keep,
        ..Default::default()
    };
    let mut lines = 0;
    for line in text.split('\n') {
        let start = stripped.text.len();
        let annotations = stripped.annotations;
        let line = stripped.without_running_title(line);
        let rank = stripped.push_line(&line);
        let only_notes = stripped.annotations > annotations && stripped.text[start..].trim().is_empty();
        if only_notes {
            stripped.text.truncate(start);
            stripped.gone.push(lines);
            continue;
        }
        if let Some(rank) = rank {
            stripped.marked_headings.push((lines, rank));
        }
        stripped.text.push('\n');
        lines += 1;
    }
    // `split` returns one line more than there are line ends.
    stripped.text.pop();
    stripped
}

impl Stripped {
    /// Returns the line of the file, from 0, that became line `line` of the text.
    pub(super) fn line_of(&self, line: usize) -> usize {
        line + self.gone.partition_point(|before| *before <= line)
    }

    /// Removes the running title that narou.rb repeats on each page:
    /// `［＃ここから柱］題［＃ここで柱終わり］`.
    fn without_running_title<'a>(&mut self, line: &'a str) -> std::borrow::Cow<'a, str> {
        const OPEN: &str = "［＃ここから柱］";
        const CLOSE: &str = "［＃ここで柱終わり］";
        if let Some(open) = line.find(OPEN)
            && let Some(length) = line[open..].find(CLOSE)
        {
            self.furniture += 1;
            self.annotations += 2;
            let rest = &line[open + length + CLOSE.len()..];
            return std::borrow::Cow::Owned(format!("{}{rest}", &line[..open]));
        }
        std::borrow::Cow::Borrowed(line)
    }

    fn push_line(&mut self, line: &str) -> Option<Rank> {
        let line_start = self.text.len();
        // Start of the next reading's base, if `｜` marked it.
        let mut marked = None;
        let mut rank = None;
        let mut rest = line;
        let parentheses = self.notation.parentheses;
        let is_sign = |c: char| {
            matches!(c, '《' | '｜' | '|' | '［' | '<' | '※') || parentheses && matches!(c, '(' | '（')
        };
        while let Some(at) = rest.find(is_sign) {
            self.text.push_str(&rest[..at]);
            rest = &rest[at..];
            let taken = if let Some(note) = annotation(rest) {
                rank = rank.or_else(|| heading_rank(note));
                self.annotations += 1;
                note.len()
            } else if let Some(length) = self.take_described_character(rest) {
                length
            } else if let Some(length) = self.take_emphasis(rest) {
                length
            } else if let Some(length) = self.take_reading(rest, line_start, marked) {
                marked = None;
                length
            } else if let Some(length) = self.take_tag(rest) {
                length
            } else if let Some(length) = self.take_mark(rest) {
                marked = Some(self.text.len());
                length
            } else {
                let length = rest.chars().next().map_or(0, char::len_utf8);
                self.text.push_str(&rest[..length]);
                length
            };
            rest = &rest[taken..];
        }
        self.text.push_str(rest);
        rank
    }

    /// `｜` is a mark only if a reading follows; `｜《` is a plain `《` on some sites.
    fn take_mark(&mut self, rest: &str) -> Option<usize> {
        let after = rest.strip_prefix(['｜', '|'])?;
        let length = rest.len() - after.len();
        let plain =
            after.chars().next().filter(|c| *c == '《' || self.notation.parentheses && "(（".contains(*c));
        if let Some(plain) = plain {
            self.text.push(plain);
            return Some(length + plain.len_utf8());
        }
        let ends = |c: char| c == '《' || self.notation.parentheses && matches!(c, '(' | '（');
        let base: usize =
            after.chars().take(LONGEST_READING).take_while(|c| !ends(*c)).map(char::len_utf8).sum();
        let clear = base > 0 && !after[..base].contains(['｜', '|', '》']);
        let is_reading = reading(&after[base..]).is_some()
            || (self.notation.parentheses && ruby::in_parentheses(&after[base..]).is_some());
        (clear && is_reading).then_some(length)
    }

    fn take_emphasis(&mut self, rest: &str) -> Option<usize> {
        if !self.notation.japanese {
            return None;
        }
        let inside = ruby::emphasis(rest)?;
        self.text.push_str(inside);
        self.emphasis += 1;
        Some(inside.len() + 4 * '《'.len_utf8())
    }

    fn take_reading(&mut self, rest: &str, line_start: usize, marked: Option<usize>) -> Option<usize> {
        let base_is_marked = marked.is_some_and(|start| start < self.text.len());
        let kanji = ruby::kanji_before(&self.text[line_start..]);
        let (inside, length) = if rest.starts_with('《') {
            let inside = reading(rest)?;
            let reads = base_is_marked
                || kanji > 0 && (ruby::reads_unmarked(inside, self.notation) || ruby::is_dots(inside));
            (reads.then_some(inside)?, inside.len() + 2 * '《'.len_utf8())
        } else if self.notation.parentheses {
            let inside = ruby::in_parentheses(rest)?;
            let wide = rest.starts_with('（');
            let reads = base_is_marked
                || kanji > 0
                    && (!wide || self.notation.wide_parentheses)
                    && ruby::is_reading_of(inside, kanji);
            let bracket = if wide { '（' } else { '(' };
            (reads.then_some(inside)?, inside.len() + 2 * bracket.len_utf8())
        } else {
            return None;
        };
        if ruby::is_dots(inside) {
            self.emphasis += 1;
        } else {
            self.push_reading(inside);
        }
        Some(length)
    }

    fn push_reading(&mut self, inside: &str) {
        if self.keep {
            self.text.push('（');
            self.text.push_str(inside.trim());
            self.text.push('）');
        } else {
            self.ruby += 1;
        }
    }

    /// `※［＃「てへん＋劣」、U+6318、…］`: replaced by the character if the note gives its code.
    fn take_described_character(&mut self, rest: &str) -> Option<usize> {
        let note = annotation(rest.strip_prefix('※')?)?;
        let code = note.split_once("U+").map(|(_, code)| code);
        let code =
            code.map(|code| &code[..code.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(code.len())]);
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(c) if !c.is_control() => self.text.push(c),
            _ => {
                self.unmapped += 1;
                self.text.push('※');
            }
        }
        Some('※'.len_utf8() + note.len())
    }

    /// Removes `<ruby>` and `<rb>`, and `<rp>` with its content; `<rt>` is a reading.
    fn take_tag(&mut self, rest: &str) -> Option<usize> {
        const TAGS: &[&str] = &["<ruby>", "</ruby>", "<rb>", "</rb>"];
        let starts = |tag: &str| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        if let Some(tag) = TAGS.iter().find(|tag| starts(tag)) {
            return Some(tag.len());
        }
        let (open, close) =
            [("<rt>", "</rt>"), ("<rp>", "</rp>")].into_iter().find(|(open, _)| starts(open))?;
        let window: usize = rest.chars().take(LONGEST_READING).map(char::len_utf8).sum();
        let end = rest[..window].to_ascii_lowercase().find(close)?;
        let inside = &rest[open.len()..end.max(open.len())];
        if open == "<rt>" {
            if !inside.trim().is_empty() && ruby::is_dots(inside) {
                self.emphasis += 1;
            } else if !inside.trim().is_empty() {
                self.push_reading(inside);
            }
        }
        Some(end + close.len())
    }
}

/// Returns the note at the start of the text, with its brackets; notes nest (`［＃「※［＃…］」に傍点］`).
fn annotation(text: &str) -> Option<&str> {
    if !text.starts_with("［＃") {
        return None;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices().take(LONGEST_ANNOTATION) {
        match c {
            '［' => depth += 1,
            '］' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..at + c.len_utf8()]);
        }
    }
    None
}

fn heading_rank(note: &str) -> Option<Rank> {
    [("大見出し", Rank::Large), ("中見出し", Rank::Medium), ("小見出し", Rank::Small)]
        .into_iter()
        .find(|(words, _)| note.contains(words))
        .map(|(_, rank)| rank)
}

#[cfg(test)]
mod tests;
