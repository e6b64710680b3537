//! How a file sets its prose, and how lines stand out from it.

use crate::lines::Lines;

/// Where a line stands among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Set like prose, in a file that sets headings and prose apart.
    Within,
    /// The file sets both alike.
    Neutral,
    /// Set apart from prose.
    Apart,
}

/// What is common among lines of prose.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Lines of prose that were looked at.
    prose: usize,
    indented: usize,
    after_blank: usize,
}

/// Speech is set without indentation in many files, so it tells nothing.
const SPEECH: &[char] = &['「', '『', '“', '"', '（', '(', '‘', '—', '―', '-', '－', '\''];

/// Fewer lines of prose than this show no habit.
const FEWEST: usize = 3;

impl Layout {
    /// Looks over the lines that are no candidates for headings.
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

    /// How `lines[at]` stands; `joined`: the line before it is a heading, too.
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
