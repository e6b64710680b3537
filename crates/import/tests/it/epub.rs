//! What EPUBs become.

use crate::build::{Builder, package, small, xhtml};
use crate::{codes, import, import_with, texts, titles};
use colophon_import::Book;

fn read(builder: &Builder) -> Book {
    import("a.epub", &builder.bytes()).unwrap()
}

#[test]
fn metadata_and_a_chapter() {
    let book = read(&small());
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("題名"), Some("山田花子")));
    assert_eq!(book.language.as_deref(), Some("ja"));
    assert_eq!((titles(&book), texts(&book)), (vec!["一章"], vec!["本文。"]));
    assert_eq!(book.warnings, []);
}

#[test]
fn the_content_tells_the_type_whatever_the_name() {
    assert_eq!(titles(&import("a.txt", &small().bytes()).unwrap()), ["一章"]);
    assert_eq!(titles(&import_with(None, &small().bytes(), &Default::default()).unwrap()), ["一章"]);
}

#[test]
fn chapters_split_one_file_and_join_several() {
    let book = read(&Builder::book(
        &[
            ("a.xhtml", "<h2 id='x'>一</h2><p>あ</p><section id='y'><h2>二</h2><p>い</p></section>"),
            ("b.xhtml", "<p>いの続き</p>"),
            ("c.xhtml", "<p>いの終わり</p><h2>三<a id='z'/></h2><p>う</p>"),
        ],
        "<ol><li><a href='a.xhtml#x'>一</a></li><li><a href='a.xhtml#y'>二</a></li><li><a href='c.xhtml#z'>三</a></li></ol>",
    ));
    assert_eq!(titles(&book), ["一", "二", "三"]);
    assert_eq!(texts(&book), ["あ", "い\n\nいの続き\n\nいの終わり", "う"]);
}

#[test]
fn nested_entries_are_chapters_of_a_volume() {
    let book = read(&Builder::book(
        &[
            ("a.xhtml", "<h1>第一部</h1>"),
            ("b.xhtml", "<h2>一</h2><p>あ</p>"),
            ("c.xhtml", "<h2>二</h2><p>い</p>"),
        ],
        "<ol><li><span>第一部</span><ol><li><a href='a.xhtml'>扉</a></li><li><a href='b.xhtml'>一</a></li></ol></li><li><a href='c.xhtml'>二</a></li></ol>",
    ));
    let volumes: Vec<_> = book.chapters.iter().map(|chapter| chapter.volume.as_deref()).collect();
    assert_eq!((titles(&book), volumes), (vec!["一", "二"], vec![Some("第一部"), None]));
    assert_eq!(texts(&book), ["あ", "い"]);
}

#[test]
fn pages_that_are_no_text_are_skipped_with_a_warning_each() {
    let typed = |kind: &str| format!("<section epub:type='{kind}'><p>何か</p></section>");
    let pages = ["cover", "titlepage", "imprint", "chapter", "afterword", "copyright-page", "colophon"];
    let bodies: Vec<String> = pages.iter().map(|kind| typed(kind)).collect();
    let names: Vec<String> = pages.iter().map(|kind| format!("{kind}.xhtml")).collect();
    let documents: Vec<(&str, &str)> =
        names.iter().zip(&bodies).map(|(name, body)| (name.as_str(), body.as_str())).collect();
    let contents: String = names.iter().map(|name| format!("<li><a href='{name}'>{name}</a></li>")).collect();
    let book = read(&Builder::book(&documents, &format!("<ol>{contents}</ol>")));
    assert_eq!(titles(&book), ["chapter.xhtml", "afterword.xhtml"]);
    let expected = [
        "cover_skipped",
        "title_page_skipped",
        "imprint_skipped",
        "copyright_page_skipped",
        "colophon_skipped",
    ];
    assert_eq!(codes(&book), expected);
}

#[test]
fn pages_without_types_are_known_by_their_labels() {
    let documents: Vec<(String, String)> =
        (0..5).map(|n| (format!("{n}.xhtml"), format!("<p>文{n}</p>"))).collect();
    let documents: Vec<(&str, &str)> = documents.iter().map(|(n, b)| (n.as_str(), b.as_str())).collect();
    let contents = "<ol><li><a href='0.xhtml'>表紙</a></li><li><a href='1.xhtml'>目次</a></li><li><a href='2.xhtml'>第一章</a></li><li><a href='3.xhtml'>第二章</a></li><li><a href='4.xhtml'>奥付</a></li></ol>";
    let book = read(&Builder::book(&documents, contents));
    assert_eq!(titles(&book), ["第一章", "第二章"]);
    assert_eq!(codes(&book), ["cover_skipped", "contents_skipped", "colophon_skipped"]);
}

#[test]
fn landmarks_say_where_the_body_begins() {
    let documents = [("p.xhtml", "<p>献辞</p>"), ("a.xhtml", "<p>あ</p>"), ("b.xhtml", "<p>い</p>")];
    let contents = "<ol><li><a href='p.xhtml'>献辞</a></li><li><a href='a.xhtml'>一</a></li><li><a href='b.xhtml'>二</a></li></ol></nav><nav epub:type='landmarks'><ol><li><a epub:type='bodymatter' href='a.xhtml'>本文</a></li></ol>";
    let book = read(&Builder::book(&documents, contents));
    assert_eq!(titles(&book), ["一", "二"]);
    assert_eq!(codes(&book), ["front_matter_skipped"]);
}

#[test]
fn a_book_that_is_all_front_matter_is_still_read() {
    let book = read(&Builder::book(
        &[("a.xhtml", "<section epub:type='frontmatter'><p>あ</p></section>")],
        "<ol><li><a href='a.xhtml'>一</a></li></ol>",
    ));
    assert_eq!(titles(&book), ["一"]);
}

#[test]
fn text_that_no_entry_points_to_is_kept() {
    let book = read(&Builder::book(
        &[
            ("cover.xhtml", "<p>x</p>"),
            ("t.xhtml", "<h1>題名</h1><p>山田 花子</p>"),
            ("p.xhtml", "<h1>はじめに</h1><p>まえ</p>"),
            ("a.xhtml", "<p>あ</p>"),
        ],
        "<ol><li><a href='a.xhtml'>一</a></li></ol>",
    ));
    assert_eq!(titles(&book), ["はじめに", "一"]);
    assert_eq!(codes(&book), ["cover_skipped", "title_page_skipped"]);
}

#[test]
fn without_contents_each_file_is_a_chapter() {
    let book = read(&Builder::book(&[("a.xhtml", "<h1>一</h1><p>あ</p>"), ("b.xhtml", "<p>い</p>")], ""));
    assert_eq!(titles(&book), ["一", "t"]);
    assert_eq!(codes(&book), ["contents_missing", "contents_incomplete"]);
}

#[test]
fn an_epub_2_with_ncx_and_guide() {
    let items = r#"<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/><item id="c" href="c.html" media-type="application/xhtml+xml"/><item id="a" href="a%20b.html" media-type="application/xhtml+xml"/>"#;
    let opf = package(
        items,
        r#"<itemref idref="c"/><itemref idref="a"/>"#,
        r#"<guide><reference type="cover" title="x" href="c.html"/></guide>"#,
    );
    let opf = opf.replace("version=\"3.0\"", "version=\"2.0\"").replace("<spine>", "<spine toc=\"ncx\">");
    let ncx = r#"<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint id="1"><navLabel><text>Start</text></navLabel><content src="c.html"/></navPoint><navPoint id="2"><navLabel><text>One &amp; only</text></navLabel><content src="a%20b.html"/></navPoint></navMap></ncx>"#;
    let builder = small()
        .without("OPS/nav.xhtml")
        .with("OPS/package.opf", opf)
        .with("OPS/toc.ncx", ncx)
        .with("OPS/c.html", xhtml("<p>c</p>"))
        .with("OPS/a b.html", xhtml("<p>text&nbsp;here</p>"));
    let book = read(&builder);
    assert_eq!((titles(&book), texts(&book)), (vec!["One & only"], vec!["text\u{a0}here"]));
    assert_eq!(codes(&book), ["cover_skipped"]);
}

#[test]
fn ruby_is_left_out_of_text_and_titles() {
    let book = read(&Builder::book(
        &[(
            "a.xhtml",
            "<h1><ruby>山路<rt>やまみち</rt></ruby></h1><p><ruby>角<rt>かど</rt></ruby>が立つ</p>",
        )],
        "<ol><li><a href='a.xhtml'><ruby>山路<rp>(</rp><rt>やまみち</rt><rp>)</rp></ruby></a></li></ol>",
    ));
    assert_eq!((titles(&book), texts(&book)), (vec!["山路"], vec!["角が立つ"]));
    assert_eq!(book.warnings[0].detail, "2 readings (ruby) were left out; their base text stays.");
}

#[test]
fn names_may_be_japanese_decomposed_or_encoded() {
    // ガ composed in the package, decomposed in the archive.
    let book = read(
        &Builder::book(
            &[("ガ.xhtml", "<p>あ</p>"), ("%E4%B8%80.xhtml", "<p>い</p>")],
            "<ol><li><a href='ガ.xhtml'>一</a></li><li><a href='一.xhtml'>二</a></li></ol>",
        )
        .with("OPS/一.xhtml", xhtml("<p>い</p>"))
        .with("OPS/カ\u{3099}.xhtml", xhtml("<p>あ</p>"))
        .without("OPS/ガ.xhtml"),
    );
    assert_eq!(titles(&book), ["一", "二"]);
}

#[test]
fn missing_files_that_the_text_does_not_need_are_a_warning() {
    let builder = small().replace(
        "OPS/package.opf",
        "</manifest>",
        r#"<item id="m" href="audio/a.mp3" media-type="audio/mpeg"/><item id="r" href="https://example.org/v.mp4" media-type="video/mp4"/></manifest>"#,
    );
    let book = read(&builder);
    assert_eq!(codes(&book), ["files_missing"]);
    assert!(book.warnings[0].detail.contains("OPS/audio/a.mp3"));
}

#[test]
fn broken_entries_and_empty_chapters_are_warnings() {
    let book = read(&Builder::book(
        &[("a.xhtml", "<p>あ</p>"), ("b.xhtml", "<p><img src='x.png' alt='絵'/></p>")],
        "<ol><li><a href='a.xhtml'>一</a></li><li><a href='b.xhtml'>口絵</a></li><li><a href='z.xhtml'>二</a></li></ol>",
    ));
    assert_eq!(titles(&book), ["一"]);
    assert_eq!(codes(&book), ["contents_entry_broken", "pictures_left_out", "picture_pages_skipped"]);
}

#[test]
fn a_file_outside_the_reading_order_is_left_out() {
    let builder = Builder::book(
        &[("a.xhtml", "<p>あ</p>"), ("n.xhtml", "<p>注</p>")],
        "<ol><li><a href='a.xhtml'>一</a></li></ol>",
    )
    .replace("OPS/package.opf", r#"<itemref idref="d1"/>"#, r#"<itemref idref="d1" linear="no"/>"#);
    let book = read(&builder);
    assert_eq!(texts(&book), ["あ"]);
    assert_eq!(codes(&book), ["non_linear_skipped"]);
}

#[test]
fn files_in_other_encodings_are_read() {
    let utf_16: Vec<u8> =
        "\u{feff}<html><body><p>あ</p></body></html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let shift_jis = encoding_rs::SHIFT_JIS
        .encode("<?xml version='1.0' encoding='Shift_JIS'?><html><body><p>い</p></body></html>")
        .0
        .into_owned();
    for (bytes, text) in [(utf_16, "あ"), (shift_jis, "い")] {
        assert_eq!(texts(&read(&small().with("OPS/a.xhtml", bytes))), [text]);
    }
}
