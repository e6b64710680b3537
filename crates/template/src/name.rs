//! Classifies a field's name like CPython (`field_name_split` and `get_integer` in
//! `Objects/stringlib/unicode_format.h`).

use crate::tables::DECIMAL_ZEROS;

/// The meaning of a field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    /// The variable with this name.
    Plain(&'a str),
    /// An argument by position: no name, a number, or a number too large to read.
    Positional,
    /// An attribute or an item of the variable with this name.
    Lookup(&'a str),
}

/// Classifies `name`: all characters between `{` and `}`, `:` or `!`.
pub(crate) fn classify(name: &str) -> Name<'_> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, rest) = name.split_at(end);
    if is_positional(first) {
        Name::Positional
    } else if rest.is_empty() {
        Name::Plain(name)
    } else {
        Name::Lookup(first)
    }
}

/// Whether CPython reads `name` as a position. CPython fails as soon as a number exceeds its largest index,
/// whatever follows.
fn is_positional(name: &str) -> bool {
    let mut number: i64 = 0;
    for character in name.chars() {
        let Some(digit) = decimal_digit(character) else { return false };
        match number.checked_mul(10).and_then(|tens| tens.checked_add(i64::from(digit))) {
            Some(next) => number = next,
            None => return true,
        }
    }
    true
}

/// Returns the value of a decimal digit of any script (`Py_UNICODE_TODECIMAL`).
pub(crate) fn decimal_digit(character: char) -> Option<u8> {
    if character.is_ascii() {
        return character.is_ascii_digit().then(|| character as u8 - b'0');
    }
    let code_point = u32::from(character);
    let index = DECIMAL_ZEROS.partition_point(|zero| *zero <= code_point).checked_sub(1)?;
    let digit = code_point - DECIMAL_ZEROS[index];
    u8::try_from(digit).ok().filter(|digit| *digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert_eq!(classify("a b"), Name::Plain("a b"));
        assert_eq!(classify("9223372036854775807a"), Name::Plain("9223372036854775807a"));
        assert_eq!(classify("9223372036854775808a"), Name::Positional);
        assert_eq!(classify(".x"), Name::Positional);
        assert_eq!(classify("0[x]"), Name::Positional);
        assert_eq!(classify("a.b"), Name::Lookup("a"));
        assert_eq!(classify("a[b.c"), Name::Lookup("a"));
    }

    #[test]
    fn digits_of_all_scripts_count() {
        for (character, digit) in [('7', 7), ('７', 7), ('٣', 3), ('𝟿', 9), ('०', 0)] {
            assert_eq!(decimal_digit(character), Some(digit));
        }
        for character in ['a', '²', '一', 'Ⅷ', '\u{10ffff}', '/', ':'] {
            assert_eq!(decimal_digit(character), None);
        }
    }
}
