//! Determines how a file sets its prose, and how other lines differ from it.

use crate::lines::Lines;

/// The layout of a line compared with prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Set like prose, in a file that sets headings and prose differently.
    Within,
    /// The file sets both in the same way.
    Neutral,
    /// Set differently from prose.
    Apart,
}

/// Counts of layout features among lines of prose.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Number of lines of prose examined.
    prose: usize,
    indented: usize,
    after_blank: usize,
}

/// Starts of dialogue. Many files do not indent dialogue, so it is no evidence.
const SPEECH: &[char] = &['「', '『', '“', '"', '（', '(', '‘', '—', '―', '-', '－', '\''];

/// Fewest lines of prose that show a habit.
const FEWEST: usize = 3;

impl Layout {
    /// Examines the lines that are no candidates for headings.
    pub(super) fn of(lines: &Lines<'_>, is_candidate: impl Fn(usize) -> bool) -> Self {
        const SAMPLE: usize = 200_000;
        let mut layout = Self::default();
        let mut blank = true;
        for (at, line) in lines.iter().enumerate().take(SAMPLE) {
            let trimmed = line.trim();
            if trimmed.is_empty() {
                blank = true;
                continue;
            }
            if !is_candidate(at) && !trimmed.starts_with(SPEECH) {
                layout.prose += 1;
                layout.indented += usize::from(is_indented(line));
                layout.after_blank += usize::from(blank);
            }
            blank = false;
        }
        layout
    }

    fn indents(self) -> bool {
        self.prose >= FEWEST && self.indented * 10 >= self.prose * 6
    }

    fn spaces(self) -> bool {
        self.prose < FEWEST || self.after_blank * 10 >= self.prose * 5
    }

    /// Returns the layout of `lines[at]`. `joined`: the previous line is a heading too.
    pub(super) fn place(self, lines: &Lines<'_>, at: usize, joined: bool) -> Place {
        let indented = is_indented(lines.at(at));
        let after_blank = joined || at == 0 || lines.at(at - 1).trim().is_empty();
        match (self.indents(), self.spaces()) {
            (true, _) if !indented => Place::Apart,
            (_, false) if after_blank => Place::Apart,
            (true, _) => Place::Within,
            _ => Place::Neutral,
        }
    }
}

pub(super) fn is_indented(line: &str) -> bool {
    line.starts_with(char::is_whitespace)
}
