//! Numbered lines of a text without a list of them. A list takes 16 bytes a line, which is 16 times the text
//! if all lines are blank.

use memchr::memchr_iter;
use std::ops::Range;

/// The place of every `STEP`-th line is stored; the others are found from it.
const STEP: usize = 32;

/// The lines of one text, or of several texts in sequence. Lines end at `\n`; a last line without it counts
/// only if it is not empty.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    parts: Vec<Part<'a>>,
    count: usize,
}

#[derive(Debug)]
struct Part<'a> {
    text: &'a str,
    /// Number of the first line.
    first: usize,
    /// Byte at which every `STEP`-th line begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self::of([text])
    }

    /// Numbers the lines of several texts consecutively.
    pub(crate) fn of(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut lines = Self { parts: Vec::new(), count: 0 };
        for text in texts {
            let mut part = Part { text, first: lines.count, starts: Vec::new() };
            if text.is_empty() {
                lines.parts.push(part);
                continue;
            }
            part.starts.push(0);
            let mut ends = 0;
            for end in memchr_iter(b'\n', text.as_bytes()) {
                ends += 1;
                if ends % STEP == 0 {
                    part.starts.push(end + 1);
                }
            }
            lines.count += ends + usize::from(!text.ends_with('\n'));
            part.starts.shrink_to_fit();
            lines.parts.push(part);
        }
        lines
    }

    /// Returns the number of lines.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns line `at`, from 0.
    pub(crate) fn get(&self, at: usize) -> Option<&'a str> {
        self.range(at..self.count).next()
    }

    /// Returns line `at`, from 0; blank after the last line.
    pub(crate) fn at(&self, at: usize) -> &'a str {
        self.get(at).unwrap_or_default()
    }

    /// Returns all lines in order.
    pub(crate) fn iter(&self) -> Walk<'a, '_> {
        self.range(0..self.count)
    }

    /// Returns the lines of a range; numbers after the last line are ignored.
    pub(crate) fn range(&self, range: Range<usize>) -> Walk<'a, '_> {
        let end = range.end.min(self.count);
        let left = end.saturating_sub(range.start);
        let (part, rest) = match left {
            0 => (self.parts.len(), ""),
            _ => {
                let (part, byte) = self.place(range.start);
                (part, &self.parts[part].text[byte..])
            }
        };
        Walk { lines: self, part, rest, left }
    }

    /// Returns whether all lines of a range are blank.
    pub(crate) fn are_blank(&self, range: Range<usize>) -> bool {
        self.range(range).all(|line| line.trim().is_empty())
    }

    /// Returns the text of a range of lines in the first part, with the line ends between them. It is a
    /// slice: nothing is copied.
    pub(crate) fn text(&self, range: Range<usize>) -> &'a str {
        let Some(part) = self.parts.first() else { return "" };
        let byte = |at: usize| if at >= self.count { part.text.len() } else { self.place(at).1 };
        let (start, end) = (byte(range.start), byte(range.end));
        let text = part.text.get(start..end).unwrap_or_default();
        text.strip_suffix('\n').unwrap_or(text)
    }

    /// Returns the part that contains a line, and the byte at which the line begins there.
    pub(crate) fn place(&self, at: usize) -> (usize, usize) {
        // A part without lines has the same first number as the part after it.
        let index = self.parts.partition_point(|part| part.first <= at).saturating_sub(1);
        let Some(part) = self.parts.get(index) else { return (0, 0) };
        let within = at - part.first;
        let start = part.starts.get(within / STEP).copied().unwrap_or(part.text.len());
        match within % STEP {
            0 => (index, start),
            nth => {
                let end = memchr_iter(b'\n', &part.text.as_bytes()[start..]).nth(nth - 1);
                (index, end.map_or(part.text.len(), |end| start + end + 1))
            }
        }
    }
}

/// Lines of a range, in order.
#[derive(Clone)]
pub(crate) struct Walk<'a, 'l> {
    lines: &'l Lines<'a>,
    part: usize,
    /// The rest of the part.
    rest: &'a str,
    left: usize,
}

impl<'a> Iterator for Walk<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.left = self.left.checked_sub(1)?;
        while self.rest.is_empty() {
            self.part += 1;
            self.rest = self.lines.parts.get(self.part)?.text;
        }
        match memchr::memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                Some(line)
            }
            None => Some(std::mem::take(&mut self.rest)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

/// Empties the lines for which `is_kept` returns false, in place. Returns the text and the number of emptied
/// lines.
pub(crate) fn empty_lines(text: String, mut is_kept: impl FnMut(&str) -> bool) -> (String, usize) {
    let mut bytes = text.into_bytes();
    let (mut read, mut written, mut count) = (0, 0, 0);
    while read < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[read..]).map_or(bytes.len(), |length| read + length);
        let is_line = std::str::from_utf8(&bytes[read..end]).map(&mut is_kept);
        if is_line.unwrap_or(true) {
            bytes.copy_within(read..end, written);
            written += end - read;
        } else {
            count += 1;
        }
        if end < bytes.len() {
            bytes[written] = b'\n';
            written += 1;
        }
        read = end + 1;
    }
    bytes.truncate(written);
    // Whole lines of UTF-8 are UTF-8.
    (String::from_utf8(bytes).unwrap_or_default(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_a_list() {
        let many: String = (0..1000).map(|n| format!("{}\n", "x".repeat(n % 7))).collect();
        for text in ["", "a", "a\n", "\n", "\n\n", "a\nb", "あ\n\nい\n", many.as_str()] {
            let list: Vec<&str> = text.split_terminator('\n').collect();
            let lines = Lines::new(text);
            assert_eq!(lines.len(), list.len(), "{text:.40?}");
            assert_eq!(lines.iter().collect::<Vec<_>>(), list);
            for at in 0..list.len() + 2 {
                assert_eq!(lines.get(at), list.get(at).copied(), "{at} of {text:.40?}");
                let end = (at + 40).min(list.len()).max(at);
                assert_eq!(lines.range(at..end).collect::<Vec<_>>(), list.get(at..end).unwrap_or_default());
                if end <= list.len() {
                    assert_eq!(lines.text(at..end), list[at..end].join("\n"));
                }
            }
        }
    }

    #[test]
    fn lines_of_several_texts_are_numbered_through() {
        let lines = Lines::of(["", "a\nb\n", "", "", "c", "d\n", ""]);
        assert_eq!(lines.iter().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(lines.range(1..3).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((0..4).map(|at| lines.place(at)).collect::<Vec<_>>(), [(1, 0), (1, 2), (4, 0), (5, 0)]);
        assert_eq!(Lines::of([]).len(), 0);
        assert_eq!(Lines::of([]).get(0), None);
    }

    #[test]
    fn lines_are_emptied_in_place() {
        let (text, count) = empty_lines("あ\nb\r\n\nb\r\nう".to_owned(), |line| line != "b\r");
        assert_eq!((text.as_str(), count), ("あ\n\n\n\nう", 2));
        assert_eq!(empty_lines("x".to_owned(), |_| false), (String::new(), 1));
        assert_eq!(empty_lines("a\nb\n".to_owned(), |_| true), ("a\nb\n".to_owned(), 0));
    }
}
