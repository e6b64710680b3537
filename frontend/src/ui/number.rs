//! Numbers formatted for people.

/// Formats `12345` as `12,345`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number with what it counts: `1 chapter`, `2,400 chapters`.
pub fn counted(number: i64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// Formats a size in bytes: `812 kB`, `20.5 MB`.
pub fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1_000.0 => format!("{b:.0} bytes"),
        b if b < 1_000_000.0 => format!("{:.0} kB", b / 1_000.0),
        b => format!("{:.1} MB", b / 1_000_000.0),
    }
}

/// Formats a duration in its greatest unit: `40 seconds`, `3 minutes`, `2 hours`.
pub fn span(seconds: f64) -> String {
    let (count, unit) = match seconds {
        s if s < 59.5 => (s.round().max(1.0), "second"),
        s if s < 3570.0 => ((s / 60.0).round(), "minute"),
        s => ((s / 3600.0).round(), "hour"),
    };
    let count = count as i64;
    if count > 1 { format!("{count} {unit}s") } else { format!("{count} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        let cases = [
            (0, "0"),
            (12, "12"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
            (-1, "-1"),
            (-999, "-999"),
            (-12_345, "-12,345"),
            (i64::MAX, "9,223,372,036,854,775,807"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn what_is_counted_is_in_its_number() {
        let cases = [(0, "0 chapters"), (1, "1 chapter"), (2_400, "2,400 chapters")];
        for (number, text) in cases {
            assert_eq!(counted(number, "chapter"), text);
        }
    }

    #[test]
    fn a_size_has_a_unit_of_its_own() {
        let cases = [
            (0.0, "0 bytes"),
            (999.0, "999 bytes"),
            (1_000.0, "1 kB"),
            (811_600.0, "812 kB"),
            (20_480_000.0, "20.5 MB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn a_time_span_is_rounded_to_its_largest_unit() {
        let cases = [
            (0.0, "1 second"),
            (1.4, "1 second"),
            (1.5, "2 seconds"),
            (59.4, "59 seconds"),
            (59.5, "1 minute"),
            (60.0, "1 minute"),
            (150.0, "3 minutes"),
            (3_569.0, "59 minutes"),
            (3_570.0, "1 hour"),
            (7_200.0, "2 hours"),
            (180_000.0, "50 hours"),
        ];
        for (seconds, text) in cases {
            assert_eq!(span(seconds), text, "{seconds}");
        }
    }
}
