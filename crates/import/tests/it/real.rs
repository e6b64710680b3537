//! Two small novels as publishers and readers have them, whole.

use crate::{codes, import, titles};
use colophon_import::Book;
use std::path::Path;

/// Of `crates/test-support/fixtures/novels`.
fn read(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-support/fixtures/novels");
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_text_of_nine_chapters() {
    let bytes = read("yoru-no-watashibune.txt");
    let book = import("yoru-no-watashibune.txt", &bytes).unwrap();
    assert_eq!(book.title.as_deref(), Some("夜の渡し舟"));
    assert_eq!(book.author.as_deref(), Some("柏木みなと"));
    assert_eq!(book.language.as_deref(), Some("ja"));
    let expected = [
        "一　渡し場",
        "二　舟の灯",
        "三　手紙",
        "四　霧の日",
        "五　橋の話",
        "六　市の立つ朝",
        "七　向こう岸",
        "八　冬の仕事",
        "九　最後の客",
    ];
    assert_eq!(titles(&book), expected);
    assert_eq!(book.warnings, []);
    // Nothing is lost: the lines of the file are the front, the headings and the chapters.
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = vec!["夜の渡し舟", "柏木みなと"];
    for chapter in &book.chapters {
        lines.push(&chapter.title);
        lines.extend(chapter.source_text.lines());
    }
    assert_eq!(lines, text.lines().collect::<Vec<_>>());
}

#[test]
fn the_same_text_in_every_encoding() {
    let bytes = read("yoru-no-watashibune.txt");
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
    let bytes = read("tabi-no-chaya.epub");
    let book = import("tabi-no-chaya.epub", &bytes).unwrap();
    assert_eq!(book.title.as_deref(), Some("旅の茶屋"));
    assert_eq!(book.author.as_deref(), Some("森野いずみ"));
    assert_eq!(book.language.as_deref(), Some("ja"));
    let expected = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三"];
    assert_eq!(titles(&book), expected);
    assert_eq!(
        codes(&book),
        ["files_missing", "cover_skipped", "contents_skipped", "colophon_skipped", "ruby_removed"]
    );
    // The file was made from this text, in which ｜word《reading》 is ruby.
    let text = String::from_utf8(read("tabi-no-chaya.txt")).unwrap();
    let mut lines: Vec<String> = text.lines().skip(2).map(str::to_owned).collect();
    for line in &mut lines {
        while let Some((before, (reading, after))) =
            line.split_once('《').and_then(|(before, rest)| Some((before, rest.split_once('》')?)))
        {
            assert!(!reading.is_empty());
            *line = format!("{}{after}", before.replace('｜', ""));
        }
    }
    let mut imported = Vec::new();
    for chapter in &book.chapters {
        imported.push(chapter.title.clone());
        imported.extend(chapter.source_text.lines().map(str::to_owned));
    }
    assert_eq!(imported, lines);
}
