//! Normalizes language tags and guesses the language of a text: by script, and for shared scripts by the
//! frequency of letter groups ([`whatlang`]).

/// A language guessed from a text.
pub(crate) struct Guess {
    pub(crate) tag: &'static str,
    /// False if other languages use the same script.
    pub(crate) certain: bool,
}

/// Three-letter codes (ISO 639-2) that files use although BCP 47 requires two letters.
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

/// Default regions of languages (CLDR's likely subtags): `ja-JP` is `ja`.
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

/// Returns the tag in the usual spelling (RFC 5646 §2.1.1), without a default region. `None` if it is not a
/// language tag or means an unknown language.
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

/// Counts of letters, for scripts that identify a language.
#[derive(Default)]
struct Letters {
    kana: usize,
    han: usize,
    hangul: usize,
    others: usize,
}

impl Letters {
    fn count(&mut self, c: char) {
        match c {
            '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}' => self.kana += 1,
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => self.han += 1,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' => self.hangul += 1,
            c => self.others += usize::from(c.is_alphabetic()),
        }
    }

    /// Returns the East Asian language that most letters belong to.
    fn east_asian(&self) -> Option<&'static str> {
        // Japanese mixes Han with kana. A Chinese text may quote a few kana, so their share decides.
        let cjk = self.kana + self.han;
        let japanese = self.kana * 10 > cjk;
        if self.hangul >= cjk.max(self.others) && self.hangul > 0 {
            return Some("ko");
        }
        (cjk >= self.others && cjk > 0).then_some(if japanese { "ja" } else { "zh" })
    }
}

/// Most code points whose script is counted.
const SAMPLE: usize = 200_000;

/// Returns whether a text is Japanese, judged by its script.
pub(crate) fn is_japanese(text: &str) -> bool {
    let mut letters = Letters::default();
    text.chars().take(SAMPLE).for_each(|c| letters.count(c));
    letters.east_asian() == Some("ja")
}

/// Guesses the language of the texts; `None` if nothing indicates it.
pub(crate) fn guess(texts: &[&str]) -> Option<Guess> {
    let mut letters = Letters::default();
    texts.iter().flat_map(|text| text.chars()).take(SAMPLE).for_each(|c| letters.count(c));
    if let Some(tag) = letters.east_asian() {
        return Some(Guess { tag, certain: true });
    }
    let sample = sample(texts);
    let found = whatlang::detect(&sample);
    // Short texts give unreliable results, but frequent short words identify English. Scripts other than
    // Latin leave few candidate languages.
    let is_told = |info: &&whatlang::Info| info.is_reliable() || info.script() != whatlang::Script::Latin;
    let reliable = found.as_ref().filter(is_told).and_then(|info| tag_of(info.lang()));
    let tag = reliable.or_else(|| reads_as_english(&sample).then_some("en"))?;
    let alone = found.is_some_and(|info| is_script_of_one(info.script()));
    Some(Guess { tag, certain: alone })
}

/// Returns pieces from all over the texts: the start is often a title page or a note in another language.
fn sample(texts: &[&str]) -> String {
    const PIECES: usize = 8;
    const CHARS: usize = 600;
    let total: usize = texts.iter().map(|text| text.len()).sum();
    let mut sample = String::new();
    let mut texts = texts.iter();
    let (mut text, mut start) = (texts.next().copied().unwrap_or_default(), 0);
    for piece in 0..PIECES {
        let at = total / PIECES * piece;
        while start + text.len() <= at {
            let Some(next) = texts.next() else { return sample };
            start += text.len();
            text = next;
        }
        let from = text.ceil_char_boundary(at - start);
        // Start at the next word.
        let rest = text[from..]
            .split_once(char::is_whitespace)
            .filter(|_| from > 0)
            .map_or(&text[from..], |(_, rest)| rest);
        sample.extend(rest.chars().take(CHARS).filter(|c| !c.is_ascii_digit()));
        sample.push('\n');
        if total <= PIECES * CHARS {
            // The pieces would overlap, so take the whole text.
            sample.clear();
            sample.extend(
                std::iter::once(text).chain(texts.copied()).flat_map(|text| text.chars().chain(['\n'])),
            );
            return sample;
        }
    }
    sample
}

/// Returns the tag of a language that `whatlang` knows by three letters (ISO 639-3).
fn tag_of(language: whatlang::Lang) -> Option<&'static str> {
    const TAGS: &[(&str, &str)] = &[
        ("afr", "af"),
        ("aka", "ak"),
        ("amh", "am"),
        ("ara", "ar"),
        ("aze", "az"),
        ("bel", "be"),
        ("ben", "bn"),
        ("bul", "bg"),
        ("cat", "ca"),
        ("ces", "cs"),
        ("cym", "cy"),
        ("dan", "da"),
        ("deu", "de"),
        ("ell", "el"),
        ("eng", "en"),
        ("epo", "eo"),
        ("est", "et"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("guj", "gu"),
        ("heb", "he"),
        ("hin", "hi"),
        ("hrv", "hr"),
        ("hun", "hu"),
        ("hye", "hy"),
        ("ind", "id"),
        ("ita", "it"),
        ("jav", "jv"),
        ("kan", "kn"),
        ("kat", "ka"),
        ("khm", "km"),
        ("kir", "ky"),
        ("lat", "la"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("mal", "ml"),
        ("mar", "mr"),
        ("mkd", "mk"),
        ("mya", "my"),
        ("nep", "ne"),
        ("nld", "nl"),
        ("nob", "nb"),
        ("ori", "or"),
        ("pan", "pa"),
        ("pes", "fa"),
        ("pol", "pl"),
        ("por", "pt"),
        ("ron", "ro"),
        ("rus", "ru"),
        ("sin", "si"),
        ("slk", "sk"),
        ("slv", "sl"),
        ("sna", "sn"),
        ("spa", "es"),
        ("srp", "sr"),
        ("swe", "sv"),
        ("tam", "ta"),
        ("tel", "te"),
        ("tgl", "tl"),
        ("tha", "th"),
        ("tuk", "tk"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("urd", "ur"),
        ("uzb", "uz"),
        ("vie", "vi"),
        ("yid", "yi"),
        ("zul", "zu"),
    ];
    let code = language.code();
    TAGS.iter().find(|(known, _)| *known == code).map(|(_, tag)| *tag)
}

fn is_script_of_one(script: whatlang::Script) -> bool {
    use whatlang::Script::{Greek, Thai};
    matches!(script, Greek | Thai)
}

/// Returns whether a quarter of the words are among the most frequent English words.
fn reads_as_english(text: &str) -> bool {
    const FREQUENT: &[&str] = &[
        "the", "of", "and", "to", "was", "it", "he", "she", "his", "her", "that", "with", "had", "for", "on",
        "you", "they", "is", "at", "as", "but", "were", "not", "him", "from", "there", "what", "this", "one",
        "would", "could", "said", "which", "when", "out", "been", "their", "them",
    ];
    const FEWEST: usize = 8;
    let words = || text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let frequent = words().filter(|word| FREQUENT.contains(&word.to_ascii_lowercase().as_str())).count();
    let all = words().count();
    all >= FEWEST && frequent * 4 >= all
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
            ("他沒有說話，只是把燈吹滅了。", "zh"),
            ("그는 조용히 문을 열었다.", "ko"),
            ("Στην αρχή δεν είπε τίποτα, μόνο κοίταξε τη θάλασσα.", "el"),
            ("ในคืนนั้นฝนตกหนักมากจนเขาไม่ได้ยินเสียงใคร", "th"),
        ] {
            let found = guess(&[text]);
            assert_eq!(found.as_ref().map(|guess| (guess.tag, guess.certain)), Some((tag, true)), "{text}");
        }
        assert!(guess(&["123 …"]).is_none() && guess(&[]).is_none());
    }

    /// A few sentences of each language, invented.
    const TEXTS: &[(&str, &str)] = &[
        (
            "en",
            "The rain had not stopped since the morning, and nobody in the house wanted to go out. She put the key on the table and looked at the door, as if somebody were standing behind it.",
        ),
        (
            "vi",
            "Mưa đã rơi từ sáng sớm và không ai trong nhà muốn ra ngoài. Cô đặt chiếc chìa khóa lên bàn rồi nhìn về phía cánh cửa, như thể có người đang đứng đằng sau nó.",
        ),
        (
            "es",
            "La lluvia no había cesado desde la mañana y nadie en la casa quería salir. Ella dejó la llave sobre la mesa y miró la puerta, como si alguien estuviera de pie detrás de ella.",
        ),
        (
            "fr",
            "La pluie n’avait pas cessé depuis le matin et personne dans la maison ne voulait sortir. Elle posa la clef sur la table et regarda la porte, comme si quelqu’un se tenait derrière.",
        ),
        (
            "de",
            "Der Regen hatte seit dem Morgen nicht aufgehört, und niemand im Haus wollte hinausgehen. Sie legte den Schlüssel auf den Tisch und sah zur Tür, als stünde jemand dahinter.",
        ),
        (
            "pt",
            "A chuva não tinha parado desde a manhã e ninguém na casa queria sair. Ela pôs a chave em cima da mesa e olhou para a porta, como se alguém estivesse de pé atrás dela.",
        ),
        (
            "it",
            "La pioggia non era cessata dalla mattina e nessuno nella casa voleva uscire. Lei posò la chiave sul tavolo e guardò la porta, come se qualcuno stesse in piedi dietro di essa.",
        ),
        (
            "id",
            "Hujan belum berhenti sejak pagi dan tidak ada seorang pun di rumah itu yang ingin keluar. Dia meletakkan kunci di atas meja lalu memandang pintu, seolah-olah ada orang yang berdiri di belakangnya.",
        ),
        (
            "tr",
            "Yağmur sabahtan beri dinmemişti ve evdeki hiç kimse dışarı çıkmak istemiyordu. Anahtarı masanın üstüne koydu ve sanki arkasında biri duruyormuş gibi kapıya baktı.",
        ),
        (
            "pl",
            "Deszcz nie ustawał od rana i nikt w domu nie chciał wychodzić. Położyła klucz na stole i spojrzała na drzwi, jakby ktoś za nimi stał.",
        ),
        (
            "ru",
            "Дождь не прекращался с самого утра, и никто в доме не хотел выходить. Она положила ключ на стол и посмотрела на дверь, как будто за ней кто-то стоял.",
        ),
        (
            "uk",
            "Дощ не вщухав від самого ранку, і ніхто в будинку не хотів виходити. Вона поклала ключ на стіл і подивилася на двері, ніби за ними хтось стояв.",
        ),
        (
            "ar",
            "لم يتوقف المطر منذ الصباح ولم يرغب أحد في البيت في الخروج. وضعت المفتاح على الطاولة ونظرت إلى الباب كأن شخصا ما يقف خلفه.",
        ),
        (
            "fa",
            "باران از صبح بند نیامده بود و هیچ کس در خانه نمی‌خواست بیرون برود. او کلید را روی میز گذاشت و به در نگاه کرد، گویی کسی پشت آن ایستاده است.",
        ),
        (
            "hi",
            "सुबह से बारिश नहीं रुकी थी और घर में कोई भी बाहर नहीं जाना चाहता था। उसने चाबी मेज पर रखी और दरवाजे की ओर देखा, जैसे उसके पीछे कोई खड़ा हो।",
        ),
        (
            "he",
            "הגשם לא פסק מאז הבוקר ואיש בבית לא רצה לצאת. היא הניחה את המפתח על השולחן והביטה בדלת, כאילו מישהו עומד מאחוריה.",
        ),
    ];

    #[test]
    fn the_words_tell_languages_of_one_script_apart() {
        for (tag, text) in TEXTS {
            let long = [*text; 3].join("\n");
            assert_eq!(guess(&[&long]).map(|guess| guess.tag), Some(*tag));
            // A title page in English does not change the result.
            let pages = ["All rights reserved. No part of this book may be copied.", &long, &long, &long];
            assert_eq!(guess(&pages).map(|guess| guess.tag), Some(*tag));
        }
    }

    #[test]
    fn a_short_text_is_nobodys() {
        for text in ["Rain.", "Anna Karenina", "Ja, ja", "x y z", "Karl, Ida, Max"] {
            assert!(guess(&[text]).is_none(), "{text}");
        }
        let english = "It was late. Chapter 4 was far. It was later, and it was over.";
        assert_eq!(guess(&[english]).map(|guess| guess.tag), Some("en"));
    }
}
