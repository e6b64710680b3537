//! Media of style rules. Rules for screens apply, since a translation has no printed edition.

use cssparser::{Parser, Token};

/// Returns whether a list of media, read to its end, includes every screen. It does if it is empty, or if a
/// query is `all`, `screen` or similar without a condition.
pub(super) fn includes_screen(input: &mut Parser<'_>) -> bool {
    if input.is_exhausted() {
        return true;
    }
    let queries = input.parse_comma_separated(|query| {
        let mut words: Vec<String> = Vec::new();
        let mut is_plain = true;
        while let Ok(token) = query.next() {
            match token {
                Token::Ident(word) if words.len() < 3 => words.push(word.to_ascii_lowercase()),
                _ => is_plain = false,
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let includes = match words.as_slice() {
            ["all" | "screen"] | ["only", "all" | "screen"] => true,
            ["not", medium] => !matches!(*medium, "all" | "screen"),
            _ => false,
        };
        Ok::<_, cssparser::ParseError<()>>(is_plain && includes)
    });
    queries.is_ok_and(|queries| queries.contains(&true))
}

/// Same as [`includes_screen`], for the value of a `media` attribute.
pub(super) fn attribute_includes_screen(media: &str) -> bool {
    includes_screen(&mut Parser::new(media))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_are_told_from_other_media() {
        for media in ["", " ", "all", "Screen", "only screen", "print, screen", "not print", "not amzn-mobi"]
        {
            assert!(attribute_includes_screen(media), "{media}");
        }
        for media in [
            "print",
            "amzn-kf8",
            "screen and (max-width: 600px)",
            "(orientation: portrait)",
            "not screen",
            "speech, tty",
            "only",
            "not print and (color)",
        ] {
            assert!(!attribute_includes_screen(media), "{media}");
        }
    }
}
