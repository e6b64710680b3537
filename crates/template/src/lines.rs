//! Positions in lines, columns and code points.

use std::ops::Range;

use crate::problem::Span;

/// Number of bytes between two counted places.
const STRIDE: usize = 64;

/// Converts byte offsets of a text into counts of code points, in constant time each.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// Code points before each [`STRIDE`]th byte.
    counts: Vec<usize>,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut counts = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STRIDE) {
            count += chunk.iter().filter(|byte| starts_code_point(**byte)).count();
            counts.push(count);
        }
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect();
        Self { text, counts, starts }
    }

    /// Returns the number of code points that start before `byte`.
    pub(crate) fn count_before(&self, byte: usize) -> usize {
        let stride = byte / STRIDE;
        let rest = &self.text.as_bytes()[stride * STRIDE..byte];
        self.counts[stride] + rest.iter().filter(|byte| starts_code_point(**byte)).count()
    }

    pub(crate) fn span(&self, bytes: &Range<usize>) -> Span {
        let line = self.starts.partition_point(|start| *start <= bytes.start);
        let start = self.count_before(bytes.start);
        Span {
            line,
            column: start - self.count_before(self.starts[line - 1]) + 1,
            length: self.count_before(bytes.end) - start,
            offset: start,
        }
    }
}

fn starts_code_point(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_are_counted_across_lines() {
        let text = format!("夜{}\n一二{{a}}", "é".repeat(100));
        let lines = Lines::new(&text);
        let field = text.find('{').expect("a field");
        assert_eq!(lines.span(&(field..text.len())), Span { line: 2, column: 3, length: 3, offset: 104 });
        assert_eq!(lines.count_before(text.len()), text.chars().count());
        assert_eq!(lines.span(&(text.len()..text.len())).column, 6);
    }
}
