//! Builds text line by line, with white space as a browser shows it.

use std::ops::Range;

/// The text so far, and the current line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Finished lines; each ends with `\n`.
    pub(super) text: String,
    pub(super) line: String,
    /// White space since the last character; it counts only if another character follows.
    gap: Option<Gap>,
    /// A blank line must precede the next line.
    blank_due: bool,
    /// The line ends with a large first letter. The rest of its word follows, whatever white space the file
    /// has between them.
    glue: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Space,
    /// It contains a line end of the file.
    Newline,
}

/// A place in the current line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    text: usize,
    line: usize,
}

impl Lines {
    /// Makes lines for a text of at most `bytes` bytes; a growing text temporarily takes three times its
    /// memory.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        const MOST: usize = 64_000_000;
        Self { text: String::with_capacity(bytes.min(MOST)), ..Self::default() }
    }

    /// Appends text. White space collapses, except in preformatted text. Zero-width characters that only
    /// allow line breaks are left out.
    pub(super) fn push(&mut self, text: &str, preformatted: bool) {
        for c in text.chars() {
            match c {
                '\r' if preformatted => {}
                '\n' if preformatted => {
                    self.break_line();
                }
                ' ' | '\t' if preformatted => self.line.push(c),
                '\n' | '\r' => self.gap = Some(Gap::Newline),
                ' ' | '\t' | '\u{c}' => self.gap = self.gap.or(Some(Gap::Space)),
                '\u{ad}' | '\u{2060}' | '\u{feff}' => {}
                '\u{200b}' if !self.line.ends_with(is_written_without_spaces) => {}
                c if c.is_control() => {}
                c => {
                    self.fill_gap(c);
                    self.line.push(c);
                }
            }
        }
    }

    /// Appends text that already went through `push`.
    pub(super) fn push_again(&mut self, text: &str) {
        self.line.push_str(text);
    }

    /// Adds the pending white space. A line end in the file between two CJK characters is not a space (CSS
    /// Text 3, segment breaks).
    fn fill_gap(&mut self, next: char) {
        let glue = std::mem::take(&mut self.glue) && next.is_lowercase();
        let gap = self.gap.take();
        let Some(last) = self.line.chars().next_back() else { return };
        match gap {
            Some(_) if glue => {}
            Some(Gap::Newline) if is_wide(last) && is_wide(next) => {}
            Some(_) if !last.is_whitespace() => self.line.push(' '),
            _ => {}
        }
    }

    /// Joins the previous letter to the next word.
    pub(super) fn glue(&mut self) {
        self.glue = true;
    }

    /// Returns the end of the text so far.
    pub(super) fn place(&self) -> Place {
        Place { text: self.text.len(), line: self.line.len() }
    }

    /// Returns the byte in `text` at which the current line begins or will begin.
    pub(super) fn at(&self) -> usize {
        self.text.len()
    }

    /// Removes and returns what was added to the line since `place`; `None` if a line ended in between.
    pub(super) fn take_since(&mut self, place: Place) -> Option<String> {
        let same_line = self.text.len() == place.text && self.line.is_char_boundary(place.line);
        same_line.then(|| self.line.split_off(place.line))
    }

    /// Returns whether the line is still blank.
    pub(super) fn is_at_start(&self) -> bool {
        self.line.trim().is_empty()
    }

    /// Returns what was added to the line since `place`; `None` if a line ended in between.
    pub(super) fn since(&self, place: Place) -> Option<&str> {
        (self.text.len() == place.text).then(|| self.line.get(place.line..)).flatten()
    }

    /// Ends the line; returns its range in `text`, if it is not blank.
    pub(super) fn end_line(&mut self) -> Option<Range<usize>> {
        self.gap = None;
        self.glue = false;
        if self.line.is_empty() {
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end_matches([' ', '\t']);
        if line.trim().is_empty() {
            // `<p>&nbsp;</p>` stands for a blank line.
            self.blank_due = true;
            return None;
        }
        if std::mem::take(&mut self.blank_due) && !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(line);
        self.text.push('\n');
        Some(start..self.text.len() - 1)
    }

    /// Ends the line at a `<br/>`.
    pub(super) fn break_line(&mut self) -> Option<Range<usize>> {
        if self.line.is_empty() {
            self.blank_due = true;
        }
        self.end_line()
    }

    /// Puts a blank line before the next line.
    pub(super) fn blank_line(&mut self) {
        self.blank_due = true;
    }
}

pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// Thai, Lao, Myanmar and Khmer, in which U+200B separates words.
fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut lines = Lines::default();
        lines.push(text, false);
        lines.end_line();
        lines.text
    }

    #[test]
    fn invisible_characters_go_and_meaningful_ones_stay() {
        assert_eq!(line("in\u{ad}vis\u{200b}ible\u{feff}"), "invisible\n");
        assert_eq!(line("می\u{200c}خواهم 👨\u{200d}👩"), "می\u{200c}خواهم 👨\u{200d}👩\n");
        assert_eq!(line("สวัสดี\u{200b}ชาวโลก"), "สวัสดี\u{200b}ชาวโลก\n");
    }

    #[test]
    fn a_large_letter_belongs_to_its_word() {
        let mut lines = Lines::default();
        lines.push("T", false);
        lines.glue();
        lines.push("\n  he quick", false);
        lines.end_line();
        assert_eq!(lines.text, "The quick\n");
    }
}
