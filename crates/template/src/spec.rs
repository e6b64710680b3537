//! The format-spec mini-language (`parse_internal_render_format_spec` in CPython's
//! `Python/formatter_unicode.c`).

use crate::name::decimal_digit;
use crate::variables::{Kind, Value};

/// Maximum width and maximum precision of a format spec, in code points.
pub const MAX_WIDTH: usize = 10_000;

/// A parsed format spec, not yet checked against a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FormatSpec {
    pub(crate) fill: char,
    pub(crate) align: char,
    pub(crate) sign: Option<char>,
    pub(crate) no_negative_zero: bool,
    pub(crate) alternate: bool,
    pub(crate) width: usize,
    /// The separator and the number of digits between two separators.
    pub(crate) grouping: Option<(char, usize)>,
    pub(crate) precision: Option<usize>,
    pub(crate) presentation: char,
}

/// Why a format spec is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SpecFault {
    /// A width or a precision over [`MAX_WIDTH`].
    TooLarge {
        /// What is too large: "width" or "precision".
        what: &'static str,
    },
    /// CPython refuses it. Holds the reason.
    Bad(String),
}

fn bad<T>(detail: impl Into<String>) -> Result<T, SpecFault> {
    Err(SpecFault::Bad(detail.into()))
}

impl FormatSpec {
    /// Parses `spec` for a value of `kind`, which decides the defaults.
    pub(crate) fn parse(spec: &str, kind: Kind) -> Result<Self, Vec<SpecFault>> {
        let mut faults = Vec::new();
        let parsed = Reader { rest: spec }.read(kind, &mut faults);
        match parsed {
            Err(fault) => faults.push(fault),
            Ok(parsed) if faults.is_empty() => return Ok(parsed),
            Ok(_) => {}
        }
        Err(faults)
    }

    /// Checks that `value` can be formatted with this spec.
    pub(crate) fn check(&self, value: Value<'_>) -> Result<(), SpecFault> {
        match value {
            Value::Text(_) => self.check_text(),
            Value::Integer(number) => self.check_integer(number),
        }
    }

    fn check_text(&self) -> Result<(), SpecFault> {
        if self.presentation != 's' {
            return bad(format!("“{}” is for numbers, and this is text.", self.presentation));
        }
        if let Some(sign) = self.sign {
            return bad(format!("A sign (“{sign}”) is for numbers, and this is text."));
        }
        if self.no_negative_zero {
            return bad("“z” is for numbers, and this is text.");
        }
        if self.alternate {
            return bad("“#” is for numbers, and this is text.");
        }
        if self.align == '=' {
            return bad("The alignment “=” is for numbers, and this is text.");
        }
        Ok(())
    }

    fn check_integer(&self, number: i64) -> Result<(), SpecFault> {
        match self.presentation {
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => return Ok(()),
            'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n' => {}
            's' => return bad("“s” is for text, and this is a whole number."),
            other => return bad(format!("There is no presentation “{other}” of a whole number.")),
        }
        if self.precision.is_some() {
            return bad("A whole number takes a precision only with e, f, g or %.");
        }
        if self.no_negative_zero {
            return bad("A whole number takes “z” only with e, f, g or %.");
        }
        if self.presentation != 'c' {
            return Ok(());
        }
        if let Some(sign) = self.sign {
            return bad(format!("A sign (“{sign}”) does not go with “c”."));
        }
        if self.alternate {
            return bad("“#” does not go with “c”.");
        }
        if character_of(number).is_none() {
            return bad(format!("There is no character of the number {number}."));
        }
        Ok(())
    }
}

/// Returns the character that `:c` writes. `None` for a surrogate, which text cannot hold.
pub(crate) fn character_of(number: i64) -> Option<char> {
    u32::try_from(number).ok().and_then(char::from_u32)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, accepts: impl Fn(char) -> bool) -> Option<char> {
        let character = self.peek().filter(|character| accepts(*character))?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn read(&mut self, kind: Kind, faults: &mut Vec<SpecFault>) -> Result<FormatSpec, SpecFault> {
        let is_align = |character| matches!(character, '<' | '>' | '=' | '^');
        let mut fill = None;
        if self.rest.chars().nth(1).is_some_and(is_align) {
            fill = self.take(|_| true);
        }
        let align = self.take(is_align);
        let sign = self.take(|character| matches!(character, ' ' | '+' | '-'));
        let no_negative_zero = self.take(|character| character == 'z').is_some();
        let alternate = self.take(|character| character == '#').is_some();
        let pads_with_zeros = fill.is_none() && self.take(|character| character == '0').is_some();
        let width = self.number("width", faults);
        let separator = self.separator()?;
        let mut precision = None;
        if self.take(|character| character == '.').is_some() {
            precision = self.number("precision", faults);
            if precision.is_none() {
                return bad("After the dot a precision is missing.");
            }
        }
        let presentation = self.take(|_| true);
        if !self.rest.is_empty() {
            return bad("This is no format spec: [[fill]align][sign][z][#][0][width][,_][.precision][type].");
        }
        let presentation = presentation.unwrap_or(match kind {
            Kind::Text => 's',
            Kind::Integer => 'd',
        });
        let default_align = match kind {
            Kind::Text => '<',
            Kind::Integer if pads_with_zeros => '=',
            Kind::Integer => '>',
        };
        Ok(FormatSpec {
            fill: if pads_with_zeros { '0' } else { fill.unwrap_or(' ') },
            align: align.unwrap_or(default_align),
            sign,
            no_negative_zero,
            alternate,
            width: width.unwrap_or(0),
            grouping: grouping(separator, presentation)?,
            precision,
            presentation,
        })
    }

    /// Reads decimal digits of any script, if there are any.
    fn number(&mut self, what: &'static str, faults: &mut Vec<SpecFault>) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(decimal_digit) {
            self.take(|_| true);
            number = Some((number.unwrap_or(0) * 10 + usize::from(digit)).min(MAX_WIDTH + 1));
        }
        if number.is_some_and(|number| number > MAX_WIDTH) {
            faults.push(SpecFault::TooLarge { what });
        }
        number
    }

    fn separator(&mut self) -> Result<Option<char>, SpecFault> {
        let separator = self.take(|character| matches!(character, ',' | '_'));
        match (separator, self.peek()) {
            (Some(','), Some('_')) | (Some('_'), Some(',')) => bad("It has both “,” and “_”: choose one."),
            _ => Ok(separator),
        }
    }
}

fn grouping(separator: Option<char>, presentation: char) -> Result<Option<(char, usize)>, SpecFault> {
    let Some(separator) = separator else { return Ok(None) };
    match presentation {
        'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(Some((separator, 3))),
        'b' | 'o' | 'x' | 'X' if separator == '_' => Ok(Some((separator, 4))),
        _ => bad(format!("“{separator}” does not go with the presentation “{presentation}”.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_in_its_parts() {
        let spec = FormatSpec::parse("夜^+z#0900_.3e", Kind::Integer).expect("a spec");
        assert_eq!((spec.fill, spec.align, spec.sign), ('夜', '^', Some('+')));
        assert_eq!((spec.width, spec.grouping, spec.precision), (900, Some(('_', 3)), Some(3)));
        assert!(spec.no_negative_zero && spec.alternate && spec.presentation == 'e');
    }

    #[test]
    fn both_limits_are_reported_at_once() {
        let faults = FormatSpec::parse("99999.10001", Kind::Text).expect_err("too large");
        let expected = ["width", "precision"].map(|what| SpecFault::TooLarge { what });
        assert_eq!(faults, expected);
        assert!(FormatSpec::parse("10000.10000", Kind::Text).is_ok());
    }
}
