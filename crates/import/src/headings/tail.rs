//! Judges the text after a heading's number: nothing, a title, or the rest of a sentence.

use super::line::{Look, Tail};
use super::number::is_cjk;

/// Longest title after a number, in code points.
const LONGEST_TITLE: usize = 60;

/// Characters that separate a title from the number before it.
const SEPARATORS: &[char] = &[
    '.', '．', '。', ':', '：', '—', '–', '―', '－', '-', '‐', '~', '～', '〜', '・', '·', '、', '|', '｜',
    '/', '／', '»', '>', '→',
];

/// Brackets that open a title directly after the number: `第３話「出会い」`.
const TITLE_BRACKETS: &[char] =
    &['「', '『', '【', '（', '(', '《', '〈', '〔', '［', '[', '<', '＜', '≪', '“', '"', '‘', '«'];

const SENTENCE_ENDS: &[char] = &['。', '！', '？', '!', '?', '．', '…', '‥'];

/// Kana that continue a sentence after `第一章`.
const PARTICLES: &[&str] = &[
    "は", "が", "を", "に", "の", "で", "も", "と", "へ", "や", "か", "だ", "じゃ", "って", "から", "まで",
    "より", "な", "し",
];

/// Chinese words that continue a sentence after `第一章`.
const CHINESE_SENTENCES: &[&str] = &[
    "的", "是", "里", "裡", "裏", "中", "讲", "講", "写", "寫", "说", "說", "就", "也", "都", "在", "了",
    "和", "与", "與", "以", "之", "后", "後", "结束", "結束", "开始", "開始", "有", "到", "被", "把", "将",
    "將", "已", "还", "還", "那", "这", "這", "，", "。", "？", "、", "；", "太", "很", "没", "沒", "时",
    "時",
];

/// Returns how the text after a number or name is attached, and how much it makes the line look like a
/// heading. `weak`: prose counts with this unit too. `None`: the number is part of a word.
pub(super) fn judge(rest: &str, weak: bool) -> Option<(Tail, Look)> {
    let Some(first) = rest.chars().next() else { return Some((Tail::None, Look::Clear)) };
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || SEPARATORS.contains(&c));
    if title.is_empty() {
        // `第三章。` and `Chapter 3?` may end a line of dialogue.
        let look = if rest.contains(['。', '、']) { Look::Plausible } else { Look::Clear };
        return Some((Tail::None, look));
    }
    if matches!(title, "!" | "?" | "！" | "？" | "…" | "……") {
        return Some((Tail::None, Look::Plausible));
    }
    if first.is_whitespace() || SEPARATORS.contains(&first) {
        let separator = &rest[..rest.len() - title.len()];
        return Some((Tail::SetOff, set_off(separator, title, weak)));
    }
    if TITLE_BRACKETS.contains(&first) {
        return Some((Tail::SetOff, if is_long(title) { Look::Doubtful } else { Look::Clear }));
    }
    glued(rest, weak).map(|look| (Tail::Glued, look))
}

fn is_long(title: &str) -> bool {
    title.chars().nth(LONGEST_TITLE).is_some()
}

/// Counts the sentences in the title, including one at its end.
fn sentences(title: &str) -> usize {
    let mut count = 0;
    let mut inside = false;
    for c in title.chars() {
        let ends = SENTENCE_ENDS.contains(&c);
        if inside && ends {
            count += 1;
        }
        inside = !ends && (inside || c.is_alphanumeric());
        if ends {
            inside = false;
        }
    }
    count
}

/// Judges a title after a space or a mark.
fn set_off(separator: &str, title: &str, weak: bool) -> Look {
    let first = title.chars().next().unwrap_or(' ');
    // U+3000 and marks are deliberate; spaces also occur in prose.
    let only_space = separator.chars().all(|c| c == ' ' || c == '\u{a0}');
    let latin = first.is_alphabetic() && !is_cjk(first);
    let hangul = ('\u{ac00}'..='\u{d7a3}').contains(&first);
    let ends_sentence = title.ends_with(['.', '。', '!', '?', '！', '？', '”', '"', ',', ';']);
    if is_long(title) || separator.contains(['。', '、']) && !separator.starts_with('、') {
        return Look::Doubtful;
    }
    if latin && only_space && first.is_lowercase() {
        // `Chapter 4 was the longest of them.`
        return Look::Doubtful;
    }
    if hangul && only_space && (weak || title.ends_with(['.', '?', '!']) || ends_korean_sentence(title)) {
        return if ends_sentence || ends_korean_sentence(title) { Look::Doubtful } else { Look::Plausible };
    }
    if only_space && sentences(title) > 1 && !title.ends_with(['…', '‥']) && !title.contains(['！', '!'])
    {
        return if first.is_uppercase() { Look::Plausible } else { Look::Doubtful };
    }
    let trails = title.ends_with(['。', '、', '，', ',', ';', '；']);
    let full_stop = latin && title.ends_with('.') && !title.ends_with("..");
    let speech = title.ends_with(['”', '"']) && !title.starts_with(['“', '"']);
    if trails || full_stop || speech || (weak && only_space) {
        return Look::Plausible;
    }
    Look::Clear
}

fn ends_korean_sentence(title: &str) -> bool {
    let title = title.trim_end_matches(['.', '!', '?', '…', '"', '”']);
    ["다", "요", "까", "죠", "네", "지만", "는데", "고", "며", "서"]
        .iter()
        .any(|ending| title.ends_with(ending))
        && title.contains(' ')
}

/// Judges a title directly after the number, as in Chinese: `第一章启程`.
fn glued(rest: &str, weak: bool) -> Option<Look> {
    let first = rest.chars().next()?;
    // A particle or a counted noun: `3장의`, `Chapter 4s`.
    if !is_cjk(first) && first.is_alphanumeric() || ('\u{ac00}'..='\u{d7a3}').contains(&first) {
        return None;
    }
    if is_long(rest) || PARTICLES.iter().chain(CHINESE_SENTENCES).any(|word| rest.starts_with(word)) {
        return Some(Look::Doubtful);
    }
    let kana = rest.chars().any(|c| ('ぁ'..='ゖ').contains(&c));
    let comma = rest.contains(['，', '、', '；', '：', '“', '」', '”']);
    let stop = rest.ends_with('。');
    Some(match (sentences(rest), comma, stop) {
        (count, ..) if count > 1 => Look::Doubtful,
        (_, true, true) => Look::Doubtful,
        _ if kana && (stop || weak) => Look::Doubtful,
        _ if weak && (comma || stop) => Look::Doubtful,
        _ => Look::Plausible,
    })
}

/// Characters that separate a title from a name such as `Prologue`.
const NAME_SEPARATORS: &[char] = &[
    '.', '．', ':', '：', '—', '–', '―', '－', '-', '‐', '─', '~', '～', '〜', '・', '·', '•', '|', '｜',
    '/', '／', '_', '»', '→', ')',
];

/// Judges the text after a name such as `Prologue`; `None` if the line is no heading. After a space alone,
/// only a short title counts, and in scripts with capitals only a capitalized one.
/// `Introduction to the house` is a phrase.
pub(super) fn judge_name(rest: &str, name: &str) -> Option<(Tail, Look)> {
    let Some(first) = rest.chars().next() else { return Some((Tail::None, Look::Clear)) };
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || NAME_SEPARATORS.contains(&c));
    if title.is_empty() {
        return Some((Tail::None, Look::Clear));
    }
    let separator = rest[..rest.len() - title.len()].trim_start();
    let marked =
        separator.starts_with(NAME_SEPARATORS) || first == '\u{3000}' || TITLE_BRACKETS.contains(&first);
    // `외전. 안개` is a heading, but `Extra. Read all about it.` is dialogue.
    let dotted = separator.starts_with(['.', '．']);
    let spaced = first.is_whitespace();
    let latin_title = title.starts_with(|c: char| c.is_alphabetic() && !is_cjk(c));
    let ends_sentence =
        title.ends_with(['。', '.', ',', '、', '，', '”', '"', '」']) && !title.starts_with(['「', '“', '"']);
    let ends = ends_sentence || title.ends_with(['!', '?', '！', '？']);
    // A single Chinese character before a space also occurs in prose.
    let short_name = name.chars().count() == 1;
    let in_capitals = latin_title && is_in_capitals(title);
    // `番外之雪夜`
    let of =
        is_chinese(name) && rest.starts_with('之') && !CHINESE_OF.iter().any(|word| rest.starts_with(word));
    let set_off = marked || spaced && (!latin_title || in_capitals && !ends) || of && !ends;
    if is_long(title) || !set_off || (short_name && !marked) || sentences(title) > 1 || dotted && ends {
        return None;
    }
    let plausible = ends_sentence || !marked && (in_capitals || of);
    let tail = if of && !spaced { Tail::Glued } else { Tail::SetOff };
    Some((tail, if plausible { Look::Plausible } else { Look::Clear }))
}

/// Words that begin with `之` and continue a sentence.
const CHINESE_OF: &[&str] =
    &["之类", "之類", "之外", "之后", "之後", "之前", "之中", "之间", "之間", "之一", "之所"];

fn is_chinese(name: &str) -> bool {
    name.chars().all(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

/// Returns whether the title is a few words of which the first and all long ones are capitalized.
fn is_in_capitals(title: &str) -> bool {
    const MOST: usize = 7;
    const SHORT: usize = 3;
    let words = || title.split_whitespace();
    title.starts_with(char::is_uppercase)
        && words().count() <= MOST
        && words().all(|word| {
            word.chars().count() <= SHORT
                || !word.starts_with(char::is_alphabetic)
                || word.starts_with(char::is_uppercase)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_told_from_sentences() {
        use Look::{Clear, Doubtful, Plausible};
        for (rest, weak, expected) in [
            ("", false, Some(Clear)),
            (".", false, Some(Clear)),
            ("　それは、突然に。", false, Some(Plausible)),
            ("　どうして、君が？", false, Some(Clear)),
            ("　「さよなら」", false, Some(Clear)),
            ("：はじまり", false, Some(Clear)),
            ("「出会い」", false, Some(Clear)),
            (" 终了。", false, Some(Plausible)),
            (" Was It Over", false, Some(Clear)),
            (" was the longest of them.", false, Some(Doubtful)),
            (" – the end", false, Some(Clear)),
            ("夜雨", false, Some(Plausible)),
            ("一盏灯，一封信", false, Some(Plausible)),
            ("谁在敲门？", false, Some(Plausible)),
            ("归程……", false, Some(Plausible)),
            ("的内容他已经背熟了。", false, Some(Doubtful)),
            ("写完了，他合上书。", false, Some(Doubtful)),
            ("は長かった", false, Some(Doubtful)),
            ("의 내용", false, None),
            ("s of it", false, None),
            (" 연속으로 졌다.", true, Some(Doubtful)),
            (" 돌아온 사람", false, Some(Clear)),
        ] {
            assert_eq!(judge(rest, weak).map(|(_, look)| look), expected, "{rest}");
        }
    }
}
