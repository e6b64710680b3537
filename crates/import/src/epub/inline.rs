//! Parts of a line: raised and lowered digits, references to notes, readings, page numbers.

/// Converts raised or lowered characters to Unicode superscripts or subscripts; `None` if a character has
/// none.
///
/// `3<sup>2</sup>` must not become `32`, while `1<sup>st</sup>` may become `1st`.
pub(super) fn shifted(text: &str, raised: bool) -> Option<String> {
    const FIGURES: &str = "0123456789+-=()";
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾";
    const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎";
    let shapes = if raised { RAISED } else { LOWERED };
    let mut shifted = String::new();
    let mut has_figure = false;
    for c in text.trim().chars() {
        let c = match c {
            '\u{2212}' | '–' => '-',
            c => c,
        };
        let shape = FIGURES.chars().position(|figure| figure == c).and_then(|at| shapes.chars().nth(at));
        has_figure |= c.is_ascii_digit();
        shifted.push(shape?);
    }
    has_figure.then_some(shifted)
}

/// Returns the text with raised digits as normal digits.
pub(super) fn level(text: &str) -> String {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let figure = |c| RAISED.chars().position(|raised| raised == c);
    text.chars()
        .map(|c| {
            figure(c)
                .and_then(|digit| u32::try_from(digit).ok())
                .and_then(|digit| char::from_digit(digit, 10))
                .unwrap_or(c)
        })
        .collect()
}

/// Returns whether a link's text is a note mark: `55`, `*`, `[3]`, `注1`, `①`.
pub(super) fn is_marker(text: &str) -> bool {
    const LONGEST: usize = 10;
    let text = text.trim();
    let inner = without_brackets(text);
    let inner = ["注", "註", "※", "脚注", "译注", "訳注", "주", "note", "n.", "fn"]
        .iter()
        .find_map(|word| inner.strip_prefix(word))
        .unwrap_or(inner)
        .trim();
    if text.is_empty() || text.chars().nth(LONGEST).is_some() {
        return false;
    }
    let is_symbol = |c: char| "*†‡§¶‖#⁎∗＊".contains(c);
    let is_circled =
        |c: char| matches!(c, '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' | '\u{32b1}'..='\u{32bf}');
    let is_letter = inner.chars().count() == 1 && inner.chars().all(|c| c.is_ascii_lowercase());
    let is_roman = inner.chars().all(|c| "ivx".contains(c));
    let is_kanji_number = inner.chars().all(|c| "〇一二三四五六七八九十".contains(c));
    // Only the word, in brackets or small: `［注］`.
    (inner.is_empty() && text.chars().any(|c| "注註※".contains(c)))
        || (!inner.is_empty()
            && (inner.chars().all(|c| c.is_numeric() && !is_kanji(c))
                || inner.chars().all(|c| is_symbol(c) || is_circled(c))
                || is_letter
                || is_roman
                || (is_kanji_number && inner.chars().count() <= 3)))
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{3007}')
}

const BRACKETS: &[(char, char)] = &[
    ('[', ']'),
    ('(', ')'),
    ('{', '}'),
    ('（', '）'),
    ('［', '］'),
    ('〔', '〕'),
    ('【', '】'),
    ('〈', '〉'),
    ('<', '>'),
];

fn without_brackets(text: &str) -> &str {
    let pairs = BRACKETS.iter();
    let mut pairs = pairs.filter_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    pairs.next().unwrap_or(text).trim()
}

/// Returns a note mark as written in the text: separate from words and numbers.
pub(super) fn marked(label: &str) -> String {
    let label = label.trim();
    let stands_apart = without_brackets(label).len() < label.len()
        || label.chars().all(|c| matches!(c, '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}'));
    if stands_apart { label.to_owned() } else { format!("[{label}]") }
}

/// Returns whether a note's text begins with its mark.
pub(super) fn begins_with_label(note: &str, label: &str) -> bool {
    let plain = |text: &str| {
        level(text).chars().filter(|c| c.is_alphanumeric() || "*†‡§¶".contains(*c)).collect::<String>()
    };
    let (label, note) = (plain(label), plain(note.get(..note.floor_char_boundary(60)).unwrap_or_default()));
    !label.is_empty()
        && note.strip_prefix(label.as_str()).is_some_and(|rest| {
            // `1` is not a mark at the start of `12`.
            !(rest.starts_with(|c: char| c.is_ascii_digit()) && label.ends_with(|c: char| c.is_ascii_digit()))
        })
}

/// Returns whether a link leads from a note back to its reference: an arrow, or the word.
pub(super) fn is_way_back(text: &str) -> bool {
    let text: String = without_brackets(text.trim()).chars().filter(|c| *c != '\u{fe0e}').collect();
    matches!(
        text.to_lowercase().as_str(),
        "↩" | "↑"
            | "⏎"
            | "^"
            | "←"
            | "↵"
            | "«"
            | "⤴"
            | "⮌"
            | "▲"
            | "back"
            | "return"
            | "返回"
            | "戻る"
            | "本文へ"
            | "돌아가기"
    )
}

/// Returns whether a reading is emphasis: dots and similar marks beside characters.
pub(super) fn is_emphasis(reading: &str) -> bool {
    const DOTS: &str = "・･•●○◉◎▲△▼▽★☆◆◇■□﹅﹆﹑丶、､ヽゝ.．·⋅∙◦‧⦁⚫⚪’′‵'`´゛＊*";
    reading.chars().all(|c| DOTS.contains(c) || c.is_whitespace())
}

/// Returns whether the text is the number of a printed page: `12`, `[12]`, `{p. xii}`.
pub(super) fn is_page_number(text: &str) -> bool {
    let inner = without_brackets(text.trim()).to_lowercase();
    let inner = inner
        .trim_start_matches(['p', 'g', 's', '.', ' ', '|', '—', '-'])
        .trim_end_matches(['|', '—', '-', ' ']);
    let inner = inner.trim_start_matches("age").trim_start_matches("eite").trim();
    inner.len() <= 6
        && (inner.chars().all(|c| c.is_ascii_digit()) || inner.chars().all(|c| "ivxlcdm".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_raised_and_letters_are_not() {
        assert_eq!(shifted("2", true).as_deref(), Some("²"));
        assert_eq!(shifted(" −12 ", true).as_deref(), Some("⁻¹²"));
        assert_eq!(shifted("2", false).as_deref(), Some("₂"));
        for text in ["st", "", "*", "n", "2e", "(", "[5]"] {
            assert_eq!(shifted(text, true), None, "{text}");
        }
        assert_eq!(level("¹²a"), "12a");
    }

    #[test]
    fn marks_of_notes() {
        for text in [
            "55",
            "*",
            "**",
            "†",
            "[3]",
            "（12）",
            "注1",
            "［注］",
            "※2",
            "①",
            "a",
            "iv",
            "〔一〕",
            "註",
            "주3",
        ] {
            assert!(is_marker(text), "{text}");
        }
        for text in ["", "see", "Chapter 2", "the map", "第1章", "山", "2nd edition", "Iv", "十一二三"]
        {
            assert!(!is_marker(text), "{text}");
        }
        for (label, mark) in
            [("55", "[55]"), ("[3]", "[3]"), ("①", "①"), ("*", "[*]"), ("注1", "[注1]"), ("（一）", "（一）")]
        {
            assert_eq!(marked(label), mark);
        }
        assert!(begins_with_label("55. See the register.", "55") && begins_with_label("[1] あ", "1"));
        assert!(!begins_with_label("550 ships", "55") && !begins_with_label("See", "1"));
    }

    #[test]
    fn emphasis_is_no_reading() {
        assert!(is_emphasis("・・・") && is_emphasis("﹅") && is_emphasis("● ●") && is_emphasis(""));
        assert!(!is_emphasis("そら") && !is_emphasis("ナイト・ウォーカー"));
    }

    #[test]
    fn page_numbers() {
        for text in ["12", "[12]", "p. 3", "{xii}", "Page 7", "[pg 5]", ""] {
            assert!(is_page_number(text), "{text}");
        }
        assert!(!is_page_number("12 maps") && !is_page_number("1234567"));
    }
}
