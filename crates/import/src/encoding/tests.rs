//! Tests with texts in every encoding.

use super::*;
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, GB18030, GBK, ISO_2022_JP, KOI8_R, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252,
};

const JAPANESE: &str =
    "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n「何でも薄暗い」と云った。\n";
const CHINESE: &str =
    "第一章 启程\n我是一只猫，还没有名字。天色已经暗了，他一个人走在回家的路上，心里想着昨天发生的事情。\n";
const TAIWANESE: &str =
    "第一章 啟程\n我是一隻貓，還沒有名字。天色已經暗了，他一個人走在回家的路上，心裡想著昨天發生的事情。\n";
const KOREAN: &str =
    "제1화 문\n도윤은 첫 번째 문 앞에서 걸음을 멈췄다.\n\"열쇠는 내가 가지고 있어.\" 그녀가 말했다.\n";
const RUSSIAN: &str =
    "Глава 1\nВсе счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.\n";

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn decoded(bytes: &[u8]) -> Result<String, ImportError> {
    decode(bytes.to_vec(), None, None, &mut Vec::new()).map(|decoded| decoded.text)
}

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    decode(bytes.to_vec(), None, None, &mut warnings).unwrap();
    warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn japanese_encodings_are_told_apart() {
    assert_eq!(decoded(JAPANESE.as_bytes()).unwrap(), JAPANESE);
    assert_eq!(decoded(format!("\u{feff}{JAPANESE}").as_bytes()).unwrap(), JAPANESE);
    for encoding in [SHIFT_JIS, EUC_JP, ISO_2022_JP] {
        assert_eq!(decoded(&encoding.encode(JAPANESE).0).unwrap(), JAPANESE, "{}", encoding.name());
        assert!(codes(&encoding.encode(JAPANESE).0).is_empty());
    }
}

#[test]
fn utf_16_and_utf_32_are_found_with_and_without_their_mark() {
    for text in [JAPANESE, RUSSIAN, KOREAN, CHINESE, "plain English\n"] {
        for mark in ["", "\u{feff}"] {
            let marked = format!("{mark}{text}");
            assert_eq!(decoded(&utf_16(&marked, u16::to_le_bytes)).unwrap(), text);
            assert_eq!(decoded(&utf_16(&marked, u16::to_be_bytes)).unwrap(), text);
            for bytes in [u32::to_le_bytes as fn(u32) -> [u8; 4], u32::to_be_bytes] {
                let encoded: Vec<u8> = marked.chars().flat_map(|c| bytes(u32::from(c))).collect();
                assert_eq!(decoded(&encoded).unwrap(), text);
            }
        }
    }
}

#[test]
fn short_japanese_files_are_told_apart() {
    for text in ["第一章　出発\n朝だった。\n", "一　午後の授業\n「はい」\n", "ｶﾀｶﾅ と 漢字 の テスト です\n"]
    {
        for encoding in [SHIFT_JIS, EUC_JP] {
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy);
            assert_eq!(decoded(&bytes).unwrap(), text, "{}", encoding.name());
        }
    }
}

#[test]
fn other_encodings_are_taken_with_a_warning() {
    let french = "Le garçon préféra le café où l’été s’achève. « Déjà ? » dit-elle, à peine étonnée.\n";
    let polish = "Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi pod względem swej godności.\n";
    for (encoding, text) in [
        (GBK, CHINESE),
        (GB18030, CHINESE),
        (BIG5, TAIWANESE),
        (EUC_KR, KOREAN),
        (WINDOWS_1251, RUSSIAN),
        (KOI8_R, RUSSIAN),
        (WINDOWS_1252, french),
        (WINDOWS_1252, "“We should’ve brought the map,” said Ines. “It’s late.”\n"),
        (WINDOWS_1250, polish),
    ] {
        let text = text.repeat(3);
        let (bytes, _, lossy) = encoding.encode(&text);
        assert!(!lossy, "{}", encoding.name());
        assert_eq!(decoded(&bytes).unwrap(), text, "{}", encoding.name());
        assert_eq!(codes(&bytes), ["encoding_guessed"], "{}", encoding.name());
    }
}

#[test]
fn damage_is_replaced_and_counted_where_it_is_little() {
    for (encoding, text) in [
        (encoding_rs::UTF_8, JAPANESE),
        (SHIFT_JIS, JAPANESE),
        (EUC_JP, JAPANESE),
        (GB18030, CHINESE),
        (BIG5, TAIWANESE),
        (EUC_KR, KOREAN),
    ] {
        let text = text.repeat(20);
        for bad in [&b"\xff"[..], b"\x80"] {
            let mut bytes = encoding.encode(&text).0.into_owned();
            let line = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(9).unwrap().0 + 1;
            bytes.splice(line..line, bad.iter().copied());
            let mut warnings = Vec::new();
            let decoded = decode(bytes, None, None, &mut warnings).unwrap();
            let clean = decoded.text.replace(['\u{fffd}', '\u{80}', '€'], "");
            assert_eq!(clean, text, "{} {bad:?}", encoding.name());
            let damage = warnings.iter().find(|warning| warning.code == WarningCode::EncodingDamaged);
            // Byte 80 has a meaning in some encodings.
            if let Some(damage) = damage {
                assert_eq!((damage.count, damage.line), (Some(1), Some(11)), "{}", encoding.name());
            } else {
                assert_eq!(bad, b"\x80");
            }
        }
    }
}

#[test]
fn much_damage_is_refused_with_its_first_line() {
    let mut damaged = JAPANESE.as_bytes().to_vec();
    let second = JAPANESE.find('\n').unwrap() + 1;
    damaged[second] = 0xff;
    let error = decoded(&damaged).unwrap_err();
    assert_eq!(error.code(), "encoding_invalid");
    assert!(error.detail().contains("line 2"), "{error}");
    assert_eq!(decoded(b"a\0b").unwrap_err().code(), "nul_character");
    let noise: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    assert!(
        ["encoding_unknown", "encoding_invalid"].contains(&decoded(&noise).map(|_| ()).unwrap_err().code())
    );
}

#[test]
fn what_was_lost_before_is_told() {
    assert_eq!(codes("a\u{fffd}b\u{fffd}".as_bytes()), ["replacement_characters"]);
}

#[test]
fn the_encoding_that_is_asked_for_wins() {
    let asked = |label: &str, bytes: &[u8]| {
        decode(bytes.to_vec(), Some(label.parse().unwrap()), None, &mut Vec::new())
            .map(|decoded| (decoded.text, decoded.encoding))
    };
    let bytes = KOI8_R.encode("Глава").0;
    assert_eq!(asked("koi8-r", &bytes), Ok(("Глава".to_owned(), "KOI8-R")));
    assert_eq!(asked("windows-1251", &bytes).unwrap().0, "зМБЧБ");
    assert_eq!(asked("utf-8", b"\xef\xbb\xbfabc"), Ok(("abc".to_owned(), "UTF-8")));
    assert_eq!(asked("utf-16le", &utf_16("\u{feff}ab", u16::to_le_bytes)).unwrap().0, "ab");
    assert_eq!(asked("utf-8", &bytes).unwrap_err().code(), "encoding_invalid");
    assert_eq!(asked(UTF_16BE.name(), &utf_16("語", u16::to_be_bytes)).unwrap().1, "UTF-16BE");
    assert_eq!(asked(UTF_16LE.name(), &utf_16("語", u16::to_le_bytes)).unwrap().0, "語");
}

#[test]
fn a_language_helps_short_texts() {
    for (language, encoding, text) in [
        ("ja", SHIFT_JIS, "春の夜\n"),
        ("ja", EUC_JP, "春の夜の夢\n"),
        ("ko", EUC_KR, "봄밤의 꿈\n"),
        ("zh", GBK, "春天的夜晚\n"),
        ("zh-TW", BIG5, "春天的夜晚裡\n"),
        ("ru", WINDOWS_1251, "Весна\n"),
    ] {
        let bytes = encoding.encode(text).0.into_owned();
        let found = decode(bytes, None, Some(language), &mut Vec::new()).unwrap();
        assert_eq!(found.text, text, "{language}");
    }
}

#[test]
fn line_ends_are_normalized() {
    assert_eq!(decoded(b"a\r\nb\rc\n").unwrap(), "a\nb\nc\n");
}
