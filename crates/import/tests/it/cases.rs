//! Small files built after what users of similar tools reported, with what must come out.

use crate::{codes, import};
use colophon_import::Book;
use std::path::Path;

/// What must come out of a file.
#[derive(Default)]
struct Expected {
    file: &'static str,
    chapters: usize,
    language: &'static str,
    warning: Option<&'static str>,
    contains: &'static [&'static str],
    contains_not: &'static [&'static str],
}

fn read(file: &str) -> Book {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/text").join(file);
    import(file, &std::fs::read(path).unwrap()).unwrap()
}

fn cases() -> Vec<Expected> {
    let case = |file, chapters, language, warning| Expected {
        file,
        chapters,
        language,
        warning,
        ..Default::default()
    };
    vec![
        case("c01_utf8_one_bad_byte.txt", 40, "zh", Some("encoding_damaged")),
        case("c02_gb18030_one_bad_byte.txt", 40, "zh", Some("encoding_damaged")),
        Expected {
            contains: &["“We should’ve brought the map,” said Ines."],
            ..case("c05_windows_1252_curly_quotes.txt", 20, "en", Some("encoding_guessed"))
        },
        case("c07_cp949_ko.txt", 20, "ko", Some("encoding_guessed")),
        case("h01_liang_numerals_zh.txt", 7, "zh", None),
        case("h03_one_mistyped_number_zh.txt", 12, "zh", Some("numbering_irregular")),
        case("h05_titles_with_full_stops_ja.txt", 5, "ja", None),
        case("h06_bare_numbers_with_gap_ko.txt", 11, "ko", Some("numbering_irregular")),
        case("h07_decorated_headings_zh.txt", 9, "zh", None),
        case("h08_chapter_dot_number.txt", 6, "zh", None),
        case("h10_title_before_number_ko.txt", 7, "ko", None),
        case("h12_titles_with_punctuation_zh.txt", 7, "zh", None),
        Expected {
            contains: &["彼女は絶対に振り向かない", "《これは心の声だ》", "門をくぐると、時計塔が見えた"],
            contains_not: &["《《", "(もん)", "《ルミエール》", "《grimoire》"],
            ..case("n01_kakuyomu_and_narou_notation_ja.txt", 2, "ja", None)
        },
    ]
}

#[test]
fn every_case_comes_out_as_expected() {
    for case in cases() {
        let book = read(case.file);
        let titles: Vec<&str> = book.chapters.iter().map(|chapter| chapter.title.as_str()).collect();
        assert_eq!(book.chapters.len(), case.chapters, "{}: {titles:?}", case.file);
        assert_eq!(book.language.as_deref(), Some(case.language), "{}", case.file);
        if let Some(warning) = case.warning {
            assert!(codes(&book).contains(&warning), "{}: {:?}", case.file, book.warnings);
        }
        let text: String = book.chapters.iter().map(|chapter| chapter.source_text.as_str()).collect();
        for words in case.contains {
            assert!(text.contains(words), "{} lacks {words}: {text:.400}", case.file);
        }
        for words in case.contains_not {
            assert!(!text.contains(words), "{} has {words}: {text:.400}", case.file);
        }
        assert!(book.title.is_some() && book.author.is_some(), "{}", case.file);
    }
}

#[test]
fn warnings_name_their_lines() {
    for (file, code, line, count) in [
        ("h03_one_mistyped_number_zh.txt", "numbering_irregular", 12, None),
        ("h06_bare_numbers_with_gap_ko.txt", "numbering_irregular", 28, None),
        ("c01_utf8_one_bad_byte.txt", "encoding_damaged", 82, Some(1)),
        ("c02_gb18030_one_bad_byte.txt", "encoding_damaged", 82, Some(1)),
    ] {
        let book = read(file);
        let found: Vec<_> = book.warnings.iter().filter(|warning| warning.code.as_str() == code).collect();
        assert_eq!(found.len(), 1, "{file}: {:?}", book.warnings);
        assert_eq!((found[0].line, found[0].count), (Some(line), count), "{file}");
    }
}

#[test]
fn volumes_and_side_stories_of_the_decorated_file() {
    let book = read("h07_decorated_headings_zh.txt");
    let titles: Vec<&str> = book.chapters.iter().map(|chapter| chapter.title.as_str()).collect();
    let expected = [
        "卷一 少年游",
        "正文 第一章 初雪",
        "【第二章】再会故人",
        "第３章 风雨欲来",
        "第四章 归程",
        "番外一 旧梦",
        "番外第一章 新酒",
        "附录",
        "后记",
    ];
    assert_eq!(titles, expected);
    assert!(book.chapters.iter().all(|chapter| chapter.volume.as_deref() == Some("卷一 少年游")));
}
