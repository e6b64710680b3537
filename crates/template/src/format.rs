//! Formats values by their format specs (`Python/formatter_unicode.c` of CPython). The specs must already be
//! checked against the value.

use crate::spec::{FormatSpec, character_of};

/// Returns `text` cut to the precision and padded to the width.
pub(crate) fn format_text(text: &str, spec: &FormatSpec) -> String {
    let cut = match spec.precision {
        Some(precision) => text.char_indices().nth(precision).map_or(text, |(end, _)| &text[..end]),
        None => text,
    };
    // Counts at most `width` code points: the text may be far longer.
    let padding = spec.width - cut.chars().take(spec.width).count();
    let left = match spec.align {
        '>' => padding,
        '^' => padding / 2,
        _ => 0,
    };
    let mut out = String::with_capacity(cut.len() + padding * spec.fill.len_utf8());
    pad(&mut out, spec.fill, left);
    out.push_str(cut);
    pad(&mut out, spec.fill, padding - left);
    out
}

/// Returns the number of code points that [`format_text`] writes.
pub(crate) fn text_width(text: &str, spec: &FormatSpec) -> usize {
    let cut = text.chars().take(spec.precision.unwrap_or(usize::MAX)).count();
    cut.max(spec.width)
}

/// Returns `number` in the presentation of `spec`.
pub(crate) fn format_integer(number: i64, spec: &FormatSpec) -> String {
    let magnitude = number.unsigned_abs();
    let negative = number < 0;
    let alternate = |prefix| if spec.alternate { prefix } else { "" };
    match spec.presentation {
        'c' => {
            let character = character_of(number).map(String::from).unwrap_or_default();
            lay_out(spec, false, "", "", &character)
        }
        'b' => lay_out(spec, negative, alternate("0b"), &format!("{magnitude:b}"), ""),
        'o' => lay_out(spec, negative, alternate("0o"), &format!("{magnitude:o}"), ""),
        'x' => lay_out(spec, negative, alternate("0x"), &format!("{magnitude:x}"), ""),
        'X' => lay_out(spec, negative, alternate("0X"), &format!("{magnitude:X}"), ""),
        'd' | 'n' => lay_out(spec, negative, "", &magnitude.to_string(), ""),
        _ => {
            let (whole, rest) = as_float(number, spec);
            lay_out(spec, negative, "", &whole, &rest)
        }
    }
}

/// Formats the number as a double with `e`, `f`, `g` or `%`. Returns the digits before the point, and the
/// rest.
///
/// A double made from a 64-bit integer is a whole number. So its exact decimal digits decide all rounding
/// (half to even, like `dtoa`).
fn as_float(number: i64, spec: &FormatSpec) -> (String, String) {
    let mut float = (number as f64).abs();
    if spec.presentation == '%' {
        float *= 100.0;
    }
    let digits = (float as u128).to_string();
    let precision = spec.precision.unwrap_or(6);
    match spec.presentation {
        'e' | 'E' => exponential(&digits, precision + 1, precision, spec),
        'g' | 'G' => general(&digits, precision.max(1), spec),
        _ => {
            let mut rest = fraction("", precision, spec.alternate);
            if spec.presentation == '%' {
                rest.push('%');
            }
            (digits, rest)
        }
    }
}

fn general(digits: &str, precision: usize, spec: &FormatSpec) -> (String, String) {
    let (rounded, point) = round(digits, precision);
    let significant = rounded.trim_end_matches('0').len().max(1);
    if point > precision {
        let kept = if spec.alternate { precision } else { significant };
        exponential(digits, precision, kept - 1, spec)
    } else {
        let decimals = if spec.alternate { precision - point } else { 0 };
        let whole = format!("{rounded:0<point$}");
        (whole[..point].to_owned(), fraction("", decimals, spec.alternate))
    }
}

/// Rounds `digits` to `significant` digits. Returns the first digit, and the rest: point, `decimals` digits,
/// exponent.
fn exponential(digits: &str, significant: usize, decimals: usize, spec: &FormatSpec) -> (String, String) {
    let (rounded, point) = round(digits, significant);
    let (first, others) = rounded.split_at(1);
    let mut rest = fraction(&others[..others.len().min(decimals)], decimals, spec.alternate);
    rest.push(if spec.presentation.is_uppercase() { 'E' } else { 'e' });
    rest.push_str(&format!("+{:02}", point - 1));
    (first.to_owned(), rest)
}

/// Returns a point and `digits` padded with zeros to `decimals`. Without decimals, returns the point only if
/// `always`.
fn fraction(digits: &str, decimals: usize, always: bool) -> String {
    if decimals == 0 && !always { String::new() } else { format!(".{digits:0<decimals$}") }
}

/// Rounds `digits` half to even to at most `significant` digits. Also returns the number of digits before the
/// point.
fn round(digits: &str, significant: usize) -> (String, usize) {
    if digits.len() <= significant {
        return (digits.to_owned(), digits.len());
    }
    let (kept, cut) = digits.split_at(significant);
    let half = format!("{:0<width$}", "5", width = cut.len());
    let last_is_odd = kept.ends_with(['1', '3', '5', '7', '9']);
    if cut < half.as_str() || (cut == half && !last_is_odd) {
        return (kept.to_owned(), digits.len());
    }
    // At most 20 digits: the double is below 2^70, and at least one digit is cut.
    let next = kept.parse::<u128>().map_or_else(|_| kept.to_owned(), |kept| (kept + 1).to_string());
    let carried = next.len() - kept.len();
    (next[..significant].to_owned(), digits.len() + carried)
}

/// Joins sign, prefix, grouped digits and the rest, padded to the width (`calc_number_widths`).
fn lay_out(spec: &FormatSpec, negative: bool, prefix: &str, digits: &str, rest: &str) -> String {
    let sign = match spec.sign {
        _ if negative => "-",
        Some('+') => "+",
        Some(' ') => " ",
        _ => "",
    };
    let around = sign.len() + prefix.len() + rest.chars().count();
    let zeros_to = if spec.fill == '0' && spec.align == '=' { spec.width.saturating_sub(around) } else { 0 };
    let grouped = if digits.is_empty() { String::new() } else { group(digits, zeros_to, spec.grouping) };
    let padding = spec.width.saturating_sub(around + grouped.len());
    let (left, inner) = match spec.align {
        '<' => (0, 0),
        '^' => (padding / 2, 0),
        '=' => (0, padding),
        _ => (padding, 0),
    };
    let mut out = String::with_capacity(around + grouped.len() + padding * spec.fill.len_utf8() + 3);
    pad(&mut out, spec.fill, left);
    out.push_str(sign);
    out.push_str(prefix);
    pad(&mut out, spec.fill, inner);
    out.push_str(&grouped);
    out.push_str(rest);
    pad(&mut out, spec.fill, padding - left - inner);
    out
}

/// Adds separators to `digits`, and leading zeros (also grouped) up to `width`. The result may be one wider,
/// because a separator never comes first (`_PyUnicode_InsertThousandsGrouping`).
fn group(digits: &str, width: usize, grouping: Option<(char, usize)>) -> String {
    let Some((separator, size)) = grouping else { return format!("{digits:0>width$}") };
    // Each group has `size` digits and a separator, except the first group, which has no separator.
    let digits_for_width = width - width.saturating_sub(1) / (size + 1);
    let padded = format!("{digits:0>digits_for_width$}");
    let mut out = String::with_capacity(padded.len() * 2);
    for (index, digit) in padded.char_indices() {
        if index > 0 && (padded.len() - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

fn pad(out: &mut String, fill: char, count: usize) {
    out.extend(std::iter::repeat_n(fill, count));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Kind;

    fn integer(number: i64, spec: &str) -> String {
        format_integer(number, &FormatSpec::parse(spec, Kind::Integer).expect("a spec"))
    }

    #[test]
    fn zeros_are_grouped_like_digits() {
        let widths = (1..=9).map(|width| integer(7, &format!("0{width},"))).collect::<Vec<_>>();
        let grouped = ["7", "07", "007", "0,007", "0,007", "00,007", "000,007", "0,000,007", "0,000,007"];
        assert_eq!(widths, grouped);
    }

    #[test]
    fn the_width_is_that_of_what_is_written() {
        for text in ["", "夜", "銀河鉄道の夜", "a b c d e f g h"] {
            for spec in ["", "3", ">5.2", "夜^9", ".0", ".3", "12.40"] {
                let spec = FormatSpec::parse(spec, Kind::Text).expect("a spec");
                assert_eq!(
                    text_width(text, &spec),
                    format_text(text, &spec).chars().count(),
                    "{text} {spec:?}"
                );
            }
        }
    }

    #[test]
    fn halves_round_to_even_digits() {
        let rounded = [25, 35, 95, 250, 251].map(|number| integer(number, ".0e"));
        assert_eq!(rounded, ["2e+01", "4e+01", "1e+02", "2e+02", "3e+02"]);
        assert_eq!(integer(999_999_999, "g"), "1e+09");
        assert_eq!(integer(i64::MAX, "%"), "922337203685477580800.000000%");
    }
}
