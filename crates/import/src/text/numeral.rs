//! Chapter numbers: Arabic, full-width, Chinese, Roman, and the first English number words.

/// How a number is written; headings of one book agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Script {
    Arabic,
    Kanji,
    Roman,
    Word,
}

const WORDS: &[(&str, u32)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
];

/// A script, which characters belong to it, and how a run of them is read.
type Reader = (Script, fn(char) -> bool, fn(&str) -> Option<u32>);

/// The number at the start of the text, how it is written, and what follows it.
pub(super) fn take(text: &str) -> Option<(u32, Script, &str)> {
    let readers: [Reader; 4] = [
        (Script::Arabic, |c| arabic_digit(c).is_some(), arabic),
        (Script::Kanji, |c| kanji_part(c).is_some(), kanji),
        (Script::Roman, |c| "IVXLCDM".contains(c) || ('Ⅰ'..='Ⅻ').contains(&c), roman),
        (Script::Word, |c| c.is_ascii_alphabetic() || c == '-', word),
    ];
    readers.into_iter().find_map(|(script, belongs, read)| {
        let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
        let number = (end > 0).then(|| read(&text[..end])).flatten()?;
        Some((number, script, &text[end..]))
    })
}

fn arabic_digit(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        _ => c.to_digit(10),
    }
}

fn arabic(text: &str) -> Option<u32> {
    let digits = text.chars().count();
    (digits <= 5).then(|| text.chars().filter_map(arabic_digit).fold(0, |sum, digit| sum * 10 + digit))
}

enum Part {
    Digit(u32),
    Power(u32),
}

fn kanji_part(c: char) -> Option<Part> {
    let digits = "〇一二三四五六七八九".chars().position(|digit| digit == c);
    match c {
        _ if digits.is_some() => digits.map(|digit| Part::Digit(digit as u32)),
        '零' => Some(Part::Digit(0)),
        '壱' => Some(Part::Digit(1)),
        '弐' => Some(Part::Digit(2)),
        '参' => Some(Part::Digit(3)),
        '十' => Some(Part::Power(10)),
        '百' => Some(Part::Power(100)),
        '千' => Some(Part::Power(1000)),
        _ => None,
    }
}

/// `二十一` and, by position, `二一`.
fn kanji(text: &str) -> Option<u32> {
    if text.chars().count() > 7 {
        return None;
    }
    let (mut sum, mut digit) = (0u32, None);
    for part in text.chars().filter_map(kanji_part) {
        match part {
            Part::Digit(value) => digit = Some(digit.unwrap_or(0) * 10 + value),
            Part::Power(power) => sum += digit.take().unwrap_or(1) * power,
        }
    }
    Some(sum + digit.unwrap_or(0))
}

fn roman(text: &str) -> Option<u32> {
    let mut chars = text.chars();
    if let (Some(c @ 'Ⅰ'..='Ⅻ'), None) = (chars.next(), chars.next()) {
        return Some(u32::from(c) - u32::from('Ⅰ') + 1);
    }
    const SIGNS: &[(&str, u32)] =
        &[("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    let (mut rest, mut sum) = (text, 0);
    for (sign, value) in SIGNS {
        let most = if sign.len() == 1 && !matches!(*value, 50 | 5) { 3 } else { 1 };
        for _ in 0..most {
            let Some(after) = rest.strip_prefix(sign) else { break };
            rest = after;
            sum += value;
        }
    }
    (rest.is_empty() && sum > 0).then_some(sum)
}

fn word(text: &str) -> Option<u32> {
    let find = |word: &str| {
        WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, number)| *number)
    };
    match text.split_once('-') {
        Some((tens, units)) => {
            let (tens, units) = (find(tens)?, find(units)?);
            (tens >= 20 && units < 10).then_some(tens + units)
        }
        None => find(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_script_are_read() {
        for (text, number, rest) in [
            ("12.", 12, "."),
            ("１２話", 12, "話"),
            ("二十一　家", 21, "　家"),
            ("十", 10, ""),
            ("百二", 102, ""),
            ("二〇三", 203, ""),
            ("XIV.", 14, "."),
            ("Ⅻ", 12, ""),
            ("Twenty-One: x", 21, ": x"),
        ] {
            let (found, _, after) = take(text).expect(text);
            assert_eq!((found, after), (number, rest), "{text}");
        }
        for text in ["", "IIII", "VX", "家", "123456", "once", "-", "one-one"] {
            assert!(take(text).is_none(), "{text}");
        }
    }
}
