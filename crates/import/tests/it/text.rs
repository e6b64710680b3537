//! Text and Markdown files.

use crate::{codes, import, import_with, titles};
use colophon_import::Limits;

#[test]
fn a_markdown_file_has_front_matter_title_and_chapters() {
    let text = "---\ntitle: The Fox\nauthor: A. Writer\nlang: en-GB\n---\n\nA word before.\n\n## One\n\nText *one*.\n\n### inner\n\nMore.\n\n## Two\n\nText two.\n";
    let book = import("fox.md", text.as_bytes()).unwrap();
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("The Fox"), Some("A. Writer")));
    assert_eq!(book.language.as_deref(), Some("en-GB"));
    assert_eq!(titles(&book), ["The Fox", "One", "Two"]);
    assert_eq!(book.chapters[0].source_text, "A word before.");
    assert_eq!(book.chapters[1].source_text, "Text *one*.\n\n### inner\n\nMore.");
}

#[test]
fn a_markdown_file_with_one_title_heading() {
    let book = import(
        "a.md",
        "# 狐の話\n\n著者：山田\n\n## 第一話　山\n\n本文。\n\n## 第二話　川\n\n本文。\n".as_bytes(),
    )
    .unwrap();
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("狐の話"), Some("山田")));
    assert_eq!(titles(&book), ["第一話　山", "第二話　川"]);
    let book = import("a.md", b"# Only\n\nText.\n").unwrap();
    assert_eq!(titles(&book), ["Only"]);
    let book = import("a.md", b"# One\n\nText.\n\n# Two\n\nText.\n").unwrap();
    assert_eq!(titles(&book), ["One", "Two"]);
}

#[test]
fn an_english_novel() {
    let text = "A Long Tale\nby Jane Roe\n\nCHAPTER I. The Door\n\nIt was late. Chapter 4 was far.\n\nCHAPTER II. The House\n\nIt was later.\n\nEpilogue\n\nIt was over.\n";
    let book = import("tale.txt", text.as_bytes()).unwrap();
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("A Long Tale"), Some("Jane Roe")));
    assert_eq!(titles(&book), ["CHAPTER I. The Door", "CHAPTER II. The House", "Epilogue"]);
    assert_eq!(codes(&book), ["language_guessed"]);
}

#[test]
fn parts_belong_to_the_chapters_under_them() {
    let text = "題\n作者\n\n第一部　上京\n\n第一章　駅\n本文。\n第二章　街\n本文。\n\n第二部　帰郷\n\n第一章　村\n本文。\n";
    let book = import("a.txt", text.as_bytes()).unwrap();
    assert_eq!(titles(&book), ["第一章　駅", "第二章　街", "第一章　村"]);
    let volumes: Vec<_> = book.chapters.iter().map(|chapter| chapter.volume.as_deref()).collect();
    assert_eq!(volumes, [Some("第一部　上京"), Some("第一部　上京"), Some("第二部　帰郷")]);
    assert_eq!(codes(&book), [""; 0]);
}

#[test]
fn a_contents_list_is_left_out() {
    let text = "題\n作者\n\n目次\n第一章　駅\n第二章　街\n\n第一章　駅\n本文一。\n第二章　街\n本文二。\n";
    let book = import("a.txt", text.as_bytes()).unwrap();
    assert_eq!(titles(&book).last(), Some(&"第二章　街"));
    assert_eq!(book.chapters.iter().filter(|chapter| chapter.title == "第一章　駅").count(), 1);
    assert!(codes(&book).contains(&"contents_skipped"));
}

#[test]
fn text_before_the_first_heading_is_kept() {
    let text = "題\n\n作者\n\nこれは前の文である。\nもう一つある。\n\n第一章\n本文。\n";
    let book = import("a.txt", text.as_bytes()).unwrap();
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("題"), Some("作者")));
    assert_eq!(titles(&book), ["題", "第一章"]);
    assert_eq!(book.chapters[0].source_text, "これは前の文である。\nもう一つある。");
}

#[test]
fn a_text_without_headings_is_one_chapter() {
    let text = "　朝だった。\n\n「一　二　三」\n一つ、二つ。\n";
    let book = import("朝の話.txt", text.as_bytes()).unwrap();
    assert_eq!(book.title.as_deref(), Some("朝の話"));
    assert_eq!(book.chapters.len(), 1);
    assert_eq!(book.chapters[0].source_text, "　朝だった。\n\n「一　二　三」\n一つ、二つ。");
    assert_eq!(codes(&book), ["title_from_file_name"]);
}

#[test]
fn an_aozora_bunko_file() {
    let rule = "-".repeat(55);
    let text = format!(
        "坊っちゃん\r\n夏目漱石\r\n\r\n{rule}\r\n【テキスト中に現れる記号について】\r\n\r\n《》：ルビ\r\n（例）坊《ぼ》っちゃん\r\n{rule}\r\n\r\n［＃５字下げ］一［＃「一」は中見出し］\r\n\r\n　親譲《おやゆず》りの無鉄砲《むてっぽう》で小供の時から損ばかりしている。\r\n［＃改ページ］\r\n［＃５字下げ］二［＃「二」は中見出し］\r\n\r\n　ぶうと云《い》って汽船がとまると。\r\n\r\n\r\n底本：「ちくま日本文学全集」\r\n"
    );
    let bytes = encoding_rs::SHIFT_JIS.encode(&text).0;
    let book = import("bocchan.txt", &bytes).unwrap();
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("坊っちゃん"), Some("夏目漱石")));
    assert_eq!(titles(&book), ["一", "二"]);
    assert_eq!(book.chapters[0].source_text, "　親譲りの無鉄砲で小供の時から損ばかりしている。");
    assert_eq!(book.chapters[1].source_text, "　ぶうと云って汽船がとまると。");
    assert_eq!(
        codes(&book),
        ["ruby_removed", "annotations_removed", "notation_notes_skipped", "colophon_skipped"]
    );
    // The explanation of the notation has one reading, too.
    assert!(book.warnings[0].detail.starts_with("4 "));
}

#[test]
fn what_is_no_text_is_refused_by_name() {
    for (name, bytes, code) in [
        ("a.txt", &b""[..], "no_text"),
        ("a.txt", b" \r\n\xe3\x80\x80\n", "no_text"),
        ("a.txt", b"a\0b", "nul_character"),
        ("a.txt", b"\xff\xfea", "encoding_invalid"),
        ("a.txt", b"\x81\xff\x00\xe9", "encoding_unknown"),
        ("a.txt", b"%PDF-1.7", "unsupported_file_type"),
        ("a.docx", b"text", "unsupported_file_type"),
        ("a.epub", b"text", "epub_invalid"),
        ("a.txt", b"PK\x03\x04text", "epub_invalid"),
    ] {
        let error = import(name, bytes).unwrap_err();
        assert_eq!(error.code(), code, "{name} {bytes:?}: {error}");
        assert!(error.detail().ends_with('.'));
    }
    assert!(import_with(None, b"Text.", &Limits::default()).is_ok());
}

#[test]
fn limits_hold() {
    let limits =
        Limits { text_bytes: 100, chapter_chars: 20, chapters: 2, title_chars: 8, ..Limits::default() };
    let check = |text: &str| import_with(Some("a.txt"), text.as_bytes(), &limits);
    assert_eq!(check(&"a".repeat(101)).unwrap_err().code(), "file_too_large");
    assert_eq!(check("第1話\n本文\n第2話\n本文\n第3話\n本文").unwrap_err().code(), "too_many_chapters");
    assert_eq!(check(&"あ".repeat(21)).unwrap_err().code(), "chapter_too_long");
    let book = check("第1話　長い長い長い題\n本文").unwrap();
    assert_eq!(titles(&book), ["第1話　長い長…"]);
    assert!(codes(&book).contains(&"title_shortened"));
}

#[test]
fn marks_without_end_are_read_to_the_end() {
    // What is quadratic in these would not come back before the run's own limit.
    const SIZE: usize = 100_000;
    for unit in
        ["《", "［＃", "｜漢字", "一\n", "第1話\n本文\n", "# a\n", "漢字《かんじ》\r\n", "<rt>", "a b\n"]
    {
        let text = unit.repeat(SIZE / unit.len());
        for name in ["a.txt", "a.md"] {
            match import(name, text.as_bytes()) {
                Ok(book) => assert!(!book.chapters.is_empty(), "{name} of {unit:?}"),
                Err(error) => assert!(
                    ["no_text", "too_many_chapters"].contains(&error.code()),
                    "{name} of {unit:?}: {error}"
                ),
            }
        }
    }
}
