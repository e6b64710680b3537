//! Roman numerals.

use super::number::is_cjk;

/// Takes `XIV`, `xiv`, `Ⅻ`, `ⅩⅢ`. A letter after the numeral makes it a word.
pub(super) fn take_roman(text: &str) -> Option<(u32, &str)> {
    const SINGLE: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
    const LONGEST: usize = 15;
    let mut letters = String::new();
    let mut end = 0;
    let mut lower = None;
    for c in text.chars() {
        let number = |one: char| u32::from(c).checked_sub(u32::from(one)).map(|at| at as usize);
        if let Some(single) = number('Ⅰ').and_then(|at| SINGLE.get(at)) {
            letters += single;
        } else if let Some(single) = number('ⅰ').and_then(|at| SINGLE.get(at)) {
            letters += single;
        } else if "IVXLCDM".contains(c.to_ascii_uppercase()) {
            if *lower.get_or_insert(c.is_ascii_lowercase()) != c.is_ascii_lowercase() {
                return None;
            }
            letters.push(c.to_ascii_uppercase());
        } else {
            break;
        }
        end += c.len_utf8();
        if letters.len() > LONGEST {
            return None;
        }
    }
    let rest = &text[end..];
    let is_word =
        rest.starts_with(|c: char| c.is_alphanumeric() && !is_cjk(c)) || rest.starts_with(['\'', '’']);
    if letters.is_empty() || is_word {
        return None;
    }
    roman(&letters).map(|number| (number, rest))
}

/// Parses only the usual spelling: `IIII` and `VX` are not numerals.
fn roman(text: &str) -> Option<u32> {
    const SIGNS: &[(&str, u32, usize)] = &[
        ("M", 1000, 3),
        ("CM", 900, 1),
        ("D", 500, 1),
        ("CD", 400, 1),
        ("C", 100, 3),
        ("XC", 90, 1),
        ("L", 50, 1),
        ("XL", 40, 1),
        ("X", 10, 3),
        ("IX", 9, 1),
        ("V", 5, 1),
        ("IV", 4, 1),
        ("I", 1, 3),
    ];
    let (mut rest, mut sum) = (text, 0);
    for (sign, value, most) in SIGNS {
        for _ in 0..*most {
            let Some(after) = rest.strip_prefix(sign) else { break };
            rest = after;
            sum += value;
        }
    }
    // `IXI` and `XCX` also consume all letters, but their spelling is not canonical.
    (rest.is_empty() && sum > 0 && spell(sum) == text).then_some(sum)
}

fn spell(mut number: u32) -> String {
    const SIGNS: &[(u32, &str)] = &[
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while number >= *value {
            text += sign;
            number -= value;
        }
    }
    text
}
