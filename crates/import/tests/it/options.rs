//! What a person may choose about a text file, and what the file itself decides.

use crate::{codes, import, titles};
use colophon_import::{Book, ImportError, Limits, Options, Ruby, Split};
use std::io::Cursor;

fn read(text: &str, options: &Options) -> Book {
    try_read(text, options, &Limits::default()).unwrap()
}

fn try_read(text: &str, options: &Options, limits: &Limits) -> Result<Book, ImportError> {
    colophon_import::import(Some("題.txt"), Cursor::new(text), options, limits)
}

fn split(name: &str, pattern: Option<&str>) -> Options {
    Options { split: Split::from_parts(name, pattern).unwrap(), ..Options::default() }
}

fn volumes(book: &Book) -> Vec<Option<&str>> {
    book.chapters.iter().map(|chapter| chapter.volume.as_deref()).collect()
}

const NOVEL: &str = "霧の港\n甲野乙女\n\n第一部　海\n　部の前書き。\n\n第1話　朝\n　本文一。\n\n第2話　昼\n　本文二。\n\n第二部　山\n\n第3話　夜\n　本文三。\n◆4\n　本文四。\n";

#[test]
fn volumes_come_from_their_headings() {
    let book = read(NOVEL, &Options::default());
    assert_eq!(titles(&book), ["第一部　海", "第1話　朝", "第2話　昼", "第3話　夜", "◆4"]);
    let (first, second) = (Some("第一部　海"), Some("第二部　山"));
    assert_eq!(volumes(&book), [first, first, first, second, second]);
    assert_eq!(book.chapters[0].source_text, "　部の前書き。");
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("霧の港"), Some("甲野乙女")));
}

#[test]
fn parts_inside_volumes_have_both_names() {
    let text = "第一巻　海\n第一部　港\n第一章\n本文。\n第二章\n本文。\n第二部　沖\n第三章\n本文。\n第二巻　山\n第一部　麓\n第四章\n本文。\n";
    let book = read(text, &Options::default());
    let expected =
        ["第一巻　海 第一部　港", "第一巻　海 第一部　港", "第一巻　海 第二部　沖", "第二巻　山 第一部　麓"];
    assert_eq!(volumes(&book), expected.map(Some));
    assert_eq!(titles(&book), ["第一章", "第二章", "第三章", "第四章"]);
    let turned = text.replace('巻', "囗").replace('部', "巻").replace('囗', "部");
    let book = read(&turned, &Options::default());
    assert_eq!(volumes(&book)[0], Some("第一部　海 第一巻　港"));
}

#[test]
fn a_volume_without_text_is_a_warning_with_its_line() {
    let book = read("第一巻\n第一章\n本文。\n第二章\n本文。\n第二巻\n", &Options::default());
    let found = book.warnings.iter().find(|warning| warning.code.as_str() == "chapter_without_text").unwrap();
    assert_eq!(found.line, Some(6));
}

#[test]
fn without_a_split_the_text_is_one_chapter() {
    let book = read(NOVEL, &split("none", None));
    assert_eq!(book.chapters.len(), 1);
    for line in NOVEL.lines().skip(3).filter(|line| !line.is_empty()) {
        assert!(book.chapters[0].source_text.contains(line), "{line}");
    }
}

#[test]
fn a_pattern_says_where_chapters_begin() {
    let book = read(NOVEL, &split("pattern", Some(r"^◆\d|^第.部")));
    assert_eq!(titles(&book), ["第一部　海", "第二部　山", "◆4"]);
    let book = read(NOVEL, &split("pattern", Some("nothing")));
    assert_eq!(book.chapters.len(), 1);
    for name in ["auto", "toc-1", "toc-2", "headings"] {
        assert_eq!(read(NOVEL, &split(name, None)), read(NOVEL, &Options::default()), "{name}");
    }
}

#[test]
fn readings_are_kept_where_that_is_asked_for() {
    let text = "題\n作者\n\n第1話\n　｜夜渡り《ナイトウォーカー》が門(もん)の前に《《必ず》》いる。これはひらがなだ。\n第2話\n　本文。\n";
    let keep = Options { ruby: Ruby::Keep, ..Options::default() };
    let book = read(text, &keep);
    assert_eq!(
        book.chapters[0].source_text,
        "　夜渡り（ナイトウォーカー）が門（もん）の前に必ずいる。これはひらがなだ。"
    );
    assert!(!codes(&book).contains(&"ruby_removed"));
    let book = read(text, &Options::default());
    assert_eq!(book.chapters[0].source_text, "　夜渡りが門の前に必ずいる。これはひらがなだ。");
    assert_eq!(codes(&book)[..2], ["ruby_removed", "emphasis_removed"]);
}

#[test]
fn the_encoding_that_is_asked_for_is_used() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("Глава 1\nТекст.\nГлава 2\nТекст.\n");
    let options = Options { encoding: Some("windows-1251".parse().unwrap()), ..Options::default() };
    let book = colophon_import::import(None, Cursor::new(&bytes[..]), &options, &Limits::default()).unwrap();
    assert_eq!((titles(&book), book.encoding), (vec!["Глава 1", "Глава 2"], Some("windows-1251")));
    assert!(!codes(&book).contains(&"encoding_guessed"));
}

#[test]
fn long_chapters_are_split_at_ends_of_paragraphs() {
    let paragraph = format!("　{}。\n", "あ".repeat(998));
    let text = format!("第1話　海\n{}\n第2話　山\n　短い。\n", paragraph.repeat(450));
    let book = read(&text, &Options::default());
    assert_eq!(titles(&book), ["第1話　海 (1/3)", "第1話　海 (2/3)", "第1話　海 (3/3)", "第2話　山"]);
    let lengths: Vec<usize> =
        book.chapters.iter().map(|chapter| chapter.source_text.chars().count()).collect();
    assert!(lengths[..3].iter().all(|length| (140_000..200_000).contains(length)), "{lengths:?}");
    let joined: Vec<&str> = book.chapters[..3].iter().map(|chapter| chapter.source_text.as_str()).collect();
    assert_eq!(joined.join("\n"), paragraph.repeat(450).trim_end());
    let warning = book.warnings.iter().find(|warning| warning.code.as_str() == "chapter_split").unwrap();
    assert_eq!(warning.count, Some(3));

    let whole = read(&text, &split("none", None));
    assert_eq!(whole.chapters.len(), 1);
    let error = try_read(&paragraph.repeat(1_010), &split("none", None), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "chapter_too_long");
    let error = try_read(&"あ".repeat(1_000_001), &Options::default(), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "chapter_too_long");
}

#[test]
fn a_file_from_narou_rb_has_arcs_and_no_furniture() {
    let text = "霧の港\n甲野乙女\n［＃区切り線］\n掲載ページ:\n<a href=\"https://ncode.example/n1/\">https://ncode.example/n1/</a>\n［＃区切り線］\n［＃改ページ］\n［＃ここから柱］霧の港［＃ここで柱終わり］\n［＃３字下げ］［＃大見出し］海の章［＃大見出し終わり］\n［＃改ページ］\n［＃３字下げ］［＃中見出し］朝［＃中見出し終わり］\n\n　本文一《いち》だ。\n［＃改ページ］\n［＃３字下げ］［＃中見出し］昼［＃中見出し終わり］\n\n　本文二だ。\n";
    let book = read(text, &Options::default());
    assert_eq!(titles(&book), ["朝", "昼"]);
    assert_eq!(volumes(&book), [Some("海の章"), Some("海の章")]);
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("霧の港"), Some("甲野乙女")));
    let furniture = book.warnings.iter().find(|warning| warning.code.as_str() == "page_furniture_removed");
    assert_eq!(furniture.and_then(|warning| warning.count), Some(3));
}

#[test]
fn lines_in_warnings_count_lines_of_the_file() {
    let text = "［＃改ページ］\n第1章\n本文。\n［＃改ページ］\n第2章\n本文。\n［＃改ページ］\n\n第7章\n本文。\n第8章\n本文。\n";
    let book = read(text, &Options::default());
    let found = book.warnings.iter().find(|warning| warning.code.as_str() == "numbering_irregular").unwrap();
    assert_eq!(found.line, Some(9));
}

#[test]
fn markdown_volumes_hold_chapters() {
    let text = "# 第一巻\n\n## 第1話\n本文。\n\n## 第2話\n本文。\n\n# 第二巻\n\n## 第3話\n本文。\n\n## 第4話\n本文。\n";
    let book = import("a.md", text.as_bytes()).unwrap();
    assert_eq!(titles(&book), ["第1話", "第2話", "第3話", "第4話"]);
    assert_eq!(volumes(&book), ["第一巻", "第一巻", "第二巻", "第二巻"].map(Some));
    let plain = import("a.md", "# 狐の話\n\n第1話\n本文。\n\n第2話\n本文。\n".as_bytes()).unwrap();
    assert_eq!((plain.title.as_deref(), titles(&plain)), (Some("狐の話"), vec!["第1話", "第2話"]));
}

#[test]
fn a_heading_that_is_printed_twice_is_one() {
    let book =
        read("第一章 雪\n\n第一章 雪\n　正文。\n\n第二章 雨\n\n第二章 雨\n　正文。\n", &Options::default());
    assert_eq!(titles(&book), ["第一章 雪", "第二章 雨"]);
    assert!(!codes(&book).contains(&"numbering_irregular"), "{:?}", book.warnings);
}
