//! Python's `repr` and `ascii` of a string (`unicode_repr` in CPython's `Objects/unicodeobject.c`), with the
//! printable code points of Unicode 14.0, like CPython 3.11.

use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::tables::PRINTABLE_RUNS;

/// Returns `repr(text)`.
pub(crate) fn repr(text: &str) -> String {
    quoted(text, is_printable)
}

/// Returns `ascii(text)`.
pub(crate) fn ascii(text: &str) -> String {
    quoted(text, |_| false)
}

fn quoted(text: &str, keeps_beyond_ascii: impl Fn(char) -> bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if character == quote => out.extend(['\\', quote]),
            ' '..='~' => out.push(character),
            _ if !character.is_ascii() && keeps_beyond_ascii(character) => out.push(character),
            _ => escape(character, &mut out),
        }
    }
    out.push(quote);
    out
}

fn escape(character: char, out: &mut String) {
    let code_point = u32::from(character);
    // Writing to a String cannot fail.
    let _ = match code_point {
        0..0x100 => write!(out, "\\x{code_point:02x}"),
        0x100..0x1_0000 => write!(out, "\\u{code_point:04x}"),
        _ => write!(out, "\\U{code_point:08x}"),
    };
}

/// Returns `str.isprintable` of one character.
fn is_printable(character: char) -> bool {
    static STARTS: OnceLock<Vec<u32>> = OnceLock::new();
    let starts = STARTS.get_or_init(starts_of_runs);
    // Runs alternate. The first run is unprintable.
    starts.partition_point(|start| *start <= u32::from(character)) % 2 == 0
}

/// Returns the start of each run of the table, ascending.
fn starts_of_runs() -> Vec<u32> {
    let (mut starts, mut start, mut length, mut shift) = (vec![0], 0, 0, 0);
    for byte in PRINTABLE_RUNS {
        length |= u32::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            start += length;
            starts.push(start);
            (length, shift) = (0, 0);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quote_is_chosen_by_content() {
        assert_eq!(repr("a"), "'a'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("\"k\""), "'\"k\"'");
        assert_eq!(repr("it's \"k\""), r#"'it\'s "k"'"#);
    }

    #[test]
    fn printable_code_points_are_kept_by_repr_alone() {
        assert_eq!(
            repr("夜é\u{a0}\u{200b}\u{3000}\u{e000}\u{10ffff}"),
            r"'夜é\xa0\u200b\u3000\ue000\U0010ffff'"
        );
        assert_eq!(ascii("夜é😀"), r"'\u591c\xe9\U0001f600'");
        assert_eq!(repr("\0\t\n\r\u{7f}\\"), r"'\x00\t\n\r\x7f\\'");
    }

    #[test]
    fn the_table_ends_with_unicode() {
        assert_eq!(starts_of_runs().last(), Some(&0x11_0000));
    }
}
