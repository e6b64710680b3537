//! Language tags, and a guess at the language from the script.

/// A language read off a text.
pub(crate) struct Guess {
    pub(crate) tag: &'static str,
    /// False where other languages use the same script.
    pub(crate) certain: bool,
}

/// Three-letter codes (ISO 639-2) that files use where BCP 47 wants two letters.
const THREE_LETTERS: &[(&str, &str)] = &[
    ("jpn", "ja"),
    ("eng", "en"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("kor", "ko"),
    ("rus", "ru"),
    ("deu", "de"),
    ("ger", "de"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("spa", "es"),
    ("ita", "it"),
    ("por", "pt"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("pol", "pl"),
    ("ukr", "uk"),
];

/// Regions that say no more than the language does (CLDR's likely subtags): `ja-JP` is `ja`.
const LIKELY_REGIONS: &[(&str, &str)] = &[
    ("ja", "JP"),
    ("en", "US"),
    ("zh", "CN"),
    ("ko", "KR"),
    ("ru", "RU"),
    ("de", "DE"),
    ("fr", "FR"),
    ("es", "ES"),
    ("it", "IT"),
    ("pt", "BR"),
    ("nl", "NL"),
    ("pl", "PL"),
    ("uk", "UA"),
];

/// The tag in the usual spelling (RFC 5646 §2.1.1), without a region that goes without saying; `None` where
/// it is no language tag or says that the language is unknown.
pub(crate) fn normalize(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let first = parts.next()?.to_ascii_lowercase();
    if !matches!(first.len(), 2..=3) || !first.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let known = THREE_LETTERS.iter().find(|(three, _)| *three == first);
    let language = known.map_or(first.as_str(), |(_, two)| two);
    if matches!(language, "und" | "mul" | "zxx" | "mis") {
        return None;
    }
    let mut normal = language.to_owned();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let part = match part.len() {
            2 => part.to_ascii_uppercase(),
            4 if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
                part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase()
            }
            _ => part.to_ascii_lowercase(),
        };
        if !LIKELY_REGIONS.contains(&(language, part.as_str())) {
            normal = normal + "-" + &part;
        }
    }
    (normal.len() <= 35).then_some(normal)
}

#[derive(Default)]
struct Letters {
    kana: usize,
    han: usize,
    hangul: usize,
    cyrillic: usize,
    greek: usize,
    arabic: usize,
    hebrew: usize,
    thai: usize,
    devanagari: usize,
    latin: usize,
}

impl Letters {
    fn count(&mut self, c: char) {
        let counter = match c {
            '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}' => &mut self.kana,
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => &mut self.han,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' => &mut self.hangul,
            '\u{400}'..='\u{52f}' => &mut self.cyrillic,
            '\u{370}'..='\u{3ff}' => &mut self.greek,
            '\u{600}'..='\u{6ff}' => &mut self.arabic,
            '\u{590}'..='\u{5ff}' => &mut self.hebrew,
            '\u{e00}'..='\u{e7f}' => &mut self.thai,
            '\u{900}'..='\u{97f}' => &mut self.devanagari,
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => &mut self.latin,
            _ => return,
        };
        *counter += 1;
    }
}

/// The language that the script of the texts speaks for; `None` where they hold no letters.
pub(crate) fn guess<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Guess> {
    const SAMPLE: usize = 200_000;
    let mut letters = Letters::default();
    texts.flat_map(str::chars).take(SAMPLE).for_each(|c| letters.count(c));
    // Japanese is Han with kana in between; a Chinese text may quote a few kana, hence the share.
    let cjk = letters.kana + letters.han;
    let japanese = letters.kana * 10 > cjk;
    let scripts = [
        (letters.hangul, "ko", true),
        (cjk, if japanese { "ja" } else { "zh" }, true),
        (letters.cyrillic, "ru", false),
        (letters.greek, "el", true),
        (letters.arabic, "ar", false),
        (letters.hebrew, "he", true),
        (letters.thai, "th", true),
        (letters.devanagari, "hi", false),
        (letters.latin, "en", false),
    ];
    let (count, tag, certain) = scripts.into_iter().max_by_key(|(count, ..)| *count)?;
    (count > 0).then_some(Guess { tag, certain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_normalized() {
        for (tag, normal) in [
            ("ja-jp", Some("ja")),
            ("ja", Some("ja")),
            ("JPN", Some("ja")),
            ("en_GB", Some("en-GB")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("zh-CN", Some("zh")),
            ("und", None),
            ("Japanese", None),
            ("", None),
            ("ja-'; drop", None),
        ] {
            assert_eq!(normalize(tag).as_deref(), normal, "{tag}");
        }
    }

    #[test]
    fn the_script_tells_the_language() {
        for (text, tag) in [
            ("ではみなさんは、そういうふうに川だと言われたり", "ja"),
            ("我是一只猫，还没有名字。", "zh"),
            ("그는 조용히 문을 열었다.", "ko"),
            ("Все счастливые семьи похожи друг на друга", "ru"),
            ("It was the best of times", "en"),
        ] {
            assert_eq!(guess([text].into_iter()).map(|guess| guess.tag), Some(tag));
        }
        assert!(guess(["123 …"].into_iter()).is_none());
    }
}
