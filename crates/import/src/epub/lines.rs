//! Text put together line by line, white space as a browser would show it.

use std::ops::Range;

/// The text so far, and the line that is being put together.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Finished lines, each ended by `\n`.
    pub(super) text: String,
    pub(super) line: String,
    /// White space met since the last character; it counts only if another one follows.
    gap: Option<Gap>,
    /// The next line is set off by a blank one.
    blank_due: bool,
    /// A large first letter: the rest of its word follows, whatever white space the file has between them.
    glue: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Space,
    /// With a line end of the file in it.
    Newline,
}

/// A place in the line that is being put together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    text: usize,
    line: usize,
}

impl Lines {
    /// For a text of at most so many bytes: one that grows takes three times its memory for a while.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        const MOST: usize = 64_000_000;
        Self { text: String::with_capacity(bytes.min(MOST)), ..Self::default() }
    }

    /// Adds text. White space collapses, except in preformatted text. Characters without a width of their own
    /// that only say where a line may be broken are left out.
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

    /// Adds text that has been through `push` already.
    pub(super) fn push_again(&mut self, text: &str) {
        self.line.push_str(text);
    }

    /// A line end between two CJK characters of the file is no space (CSS Text 3, segment breaks).
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

    /// The letter before belongs to the word after it.
    pub(super) fn glue(&mut self) {
        self.glue = true;
    }

    /// The end of the text so far.
    pub(super) fn place(&self) -> Place {
        Place { text: self.text.len(), line: self.line.len() }
    }

    /// The byte in `text` where the current line begins or will begin.
    pub(super) fn at(&self) -> usize {
        self.text.len()
    }

    /// Takes away what was added to the line since `place`; `None` if a line ended in between.
    pub(super) fn take_since(&mut self, place: Place) -> Option<String> {
        let same_line = self.text.len() == place.text && self.line.is_char_boundary(place.line);
        same_line.then(|| self.line.split_off(place.line))
    }

    /// Whether the line has had nothing but white space so far.
    pub(super) fn is_at_start(&self) -> bool {
        self.line.trim().is_empty()
    }

    /// What was added to the line since `place`; `None` if a line ended in between.
    pub(super) fn since(&self, place: Place) -> Option<&str> {
        (self.text.len() == place.text).then(|| self.line.get(place.line..)).flatten()
    }

    /// Ends the line; where the line is in `text`, if it is not blank.
    pub(super) fn end_line(&mut self) -> Option<Range<usize>> {
        self.gap = None;
        self.glue = false;
        if self.line.is_empty() {
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end_matches([' ', '\t']);
        if line.trim().is_empty() {
            // `<p>&nbsp;</p>` is how a blank line is made.
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

    /// Ends the line, at a `<br/>`.
    pub(super) fn break_line(&mut self) -> Option<Range<usize>> {
        if self.line.is_empty() {
            self.blank_due = true;
        }
        self.end_line()
    }

    /// Sets the next line off.
    pub(super) fn blank_line(&mut self) {
        self.blank_due = true;
    }
}

pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// Thai, Lao, Myanmar and Khmer: U+200B is what separates their words.
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
