//! Chinese and Sino-Korean numerals.

use super::number::LARGEST;

enum Part {
    Digit(u32),
    /// Ten, hundred, thousand: multiplies the digit before it.
    Power(u32),
    /// Twenty, thirty or forty as one character.
    Tens(u32),
    TenThousand,
}

fn han_part(c: char) -> Option<Part> {
    Some(match c {
        '〇' | '○' | '◯' | '零' => Part::Digit(0),
        '一' | '壹' | '壱' | '弌' => Part::Digit(1),
        '二' | '两' | '兩' | '贰' | '貳' | '弐' => Part::Digit(2),
        '三' | '叁' | '參' | '参' | '叄' => Part::Digit(3),
        '四' | '肆' => Part::Digit(4),
        '五' | '伍' => Part::Digit(5),
        '六' | '陆' | '陸' => Part::Digit(6),
        '七' | '柒' => Part::Digit(7),
        '八' | '捌' => Part::Digit(8),
        '九' | '玖' => Part::Digit(9),
        '十' | '拾' => Part::Power(10),
        '百' | '佰' => Part::Power(100),
        '千' | '仟' => Part::Power(1000),
        '廿' | '卄' => Part::Tens(20),
        '卅' => Part::Tens(30),
        '卌' => Part::Tens(40),
        '万' | '萬' => Part::TenThousand,
        _ => return None,
    })
}

fn korean_part(c: char) -> Option<Part> {
    Some(match c {
        '영' | '공' => Part::Digit(0),
        '일' => Part::Digit(1),
        '이' => Part::Digit(2),
        '삼' => Part::Digit(3),
        '사' => Part::Digit(4),
        '오' => Part::Digit(5),
        '육' | '륙' => Part::Digit(6),
        '칠' => Part::Digit(7),
        '팔' => Part::Digit(8),
        '구' => Part::Digit(9),
        '십' => Part::Power(10),
        '백' => Part::Power(100),
        '천' => Part::Power(1000),
        '만' => Part::TenThousand,
        _ => return None,
    })
}

/// Returns whether a number may begin with the character.
pub(super) fn is_han_numeral(c: char) -> bool {
    han_part(c).is_some()
}

/// Takes `二十一`, `二〇三` (by position), `两千零一`, `廿三`, `壹佰`.
pub(super) fn take_han(text: &str, korean: bool) -> Option<(u32, &str)> {
    const LONGEST: usize = 12;
    // A zero sign alone is a decorating mark.
    let rest = text.trim_start_matches(['○', '◯']);
    if rest.len() < text.len() && rest.chars().next().and_then(han_part).is_none() {
        return None;
    }
    let part = |c| han_part(c).or_else(|| korean.then(|| korean_part(c)).flatten());
    let (mut total, mut section, mut pending) = (0u32, 0u32, None::<u32>);
    let mut end = 0;
    for (count, c) in text.chars().enumerate() {
        let Some(part) = part(c) else { break };
        if count == LONGEST {
            return None;
        }
        match part {
            Part::Digit(value) => pending = Some(pending.unwrap_or(0).checked_mul(10)? + value),
            Part::Power(power) => {
                section = section.checked_add(pending.take().unwrap_or(1).checked_mul(power)?)?;
            }
            Part::Tens(_) if pending.is_some_and(|digit| digit > 0) => return None,
            Part::Tens(value) => section = section.checked_add(value)?,
            Part::TenThousand => {
                let count = (section.checked_add(pending.take().unwrap_or(0))?).max(1);
                total = total.checked_add(count.checked_mul(10_000)?)?;
                section = 0;
            }
        }
        end += c.len_utf8();
    }
    let value = total.checked_add(section)?.checked_add(pending.unwrap_or(0))?;
    (end > 0 && value <= LARGEST).then_some((value, &text[end..]))
}
