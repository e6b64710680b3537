//! The two real books, where they are at hand.

use crate::{codes, import, titles};
use colophon_import::Book;
use std::path::Path;

fn read(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        skipped(name);
    }
    bytes
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn skipped(name: &str) {
    println!("skipped: {name} is not there");
}

#[test]
fn a_text_of_nine_chapters() {
    let Some(bytes) = read("ginga-tetsudo-no-yoru.txt") else { return };
    let book = import("ginga-tetsudo-no-yoru.txt", &bytes).unwrap();
    assert_eq!(book.title.as_deref(), Some("銀河鉄道の夜"));
    assert_eq!(book.author.as_deref(), Some("宮沢賢治"));
    assert_eq!(book.language.as_deref(), Some("ja"));
    let expected = [
        "一　午後の授業",
        "二　活版所",
        "三　家",
        "四　ケンタウル祭の夜",
        "五　天気輪の柱",
        "六　銀河ステーション",
        "七　北十字とプリオシン海岸",
        "八　鳥を捕る人",
        "九　ジョバンニの切符",
    ];
    assert_eq!(titles(&book), expected);
    assert_eq!(book.warnings, []);
    // Nothing is lost: the lines of the file are the front, the headings and the chapters.
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = vec!["銀河鉄道の夜", "宮沢賢治"];
    for chapter in &book.chapters {
        lines.push(&chapter.title);
        lines.extend(chapter.source_text.lines());
    }
    assert_eq!(lines, text.lines().collect::<Vec<_>>());
}

#[test]
fn the_same_text_in_every_encoding() {
    let Some(bytes) = read("ginga-tetsudo-no-yoru.txt") else { return };
    let text = String::from_utf8(bytes.clone()).unwrap();
    // The same book but for the encoding's name.
    let import = |bytes: &[u8]| Book { encoding: None, ..import("a.txt", bytes).unwrap() };
    let book = import(&bytes);
    for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP] {
        let (encoded, _, lossy) = encoding.encode(&text);
        assert!(!lossy);
        assert_eq!(import(&encoded), book, "{}", encoding.name());
    }
    for units in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let encoded: Vec<u8> = text.encode_utf16().flat_map(units).collect();
        assert_eq!(import(&encoded), book);
    }
    let windows = text.replace('\n', "\r\n");
    assert_eq!(import(windows.as_bytes()), book);
}

#[test]
fn an_epub_of_thirteen_chapters() {
    let Some(bytes) = read("kusamakura.epub") else { return };
    let book = import("kusamakura.epub", &bytes).unwrap();
    assert_eq!(book.title.as_deref(), Some("草枕"));
    assert_eq!(book.author.as_deref(), Some("夏目漱石"));
    assert_eq!(book.language.as_deref(), Some("ja"));
    let expected = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三"];
    assert_eq!(titles(&book), expected);
    assert_eq!(
        codes(&book),
        ["files_missing", "cover_skipped", "contents_skipped", "colophon_skipped", "ruby_removed"]
    );
    let first = &book.chapters[0].source_text;
    assert!(
        first.starts_with("山路を登りながら、こう考えた。\n智に働けば角が立つ。情に棹させば流される。"),
        "{first:.100}"
    );
    for chapter in &book.chapters {
        assert!(!chapter.source_text.contains("やまみち"));
        assert!(chapter.source_text.chars().count() > 3_000, "{}", chapter.title);
        assert!(!chapter.source_text.contains("<") && !chapter.source_text.contains("  "));
    }
}
