//! Numbers for people.

/// `12345` as `12,345`.
#[expect(clippy::cast_precision_loss, reason = "counts of tokens and characters are far below 2^53")]
pub fn grouped(number: i64) -> String {
    js_sys::Number::from(number as f64).to_locale_string("en").into()
}

/// A span of time, in its greatest unit: `40 seconds`, `3 minutes`, `2 hours`.
pub fn span(seconds: f64) -> String {
    let (count, unit) = match seconds {
        s if s < 59.5 => (s.round().max(1.0), "second"),
        s if s < 3570.0 => ((s / 60.0).round(), "minute"),
        s => ((s / 3600.0).round(), "hour"),
    };
    let count = count as i64;
    if count > 1 { format!("{count} {unit}s") } else { format!("{count} {unit}") }
}
