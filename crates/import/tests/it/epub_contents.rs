//! Which entries of tables of contents become chapters, and what takes the place of tables that say too little.

use crate::build::Builder;
use crate::{codes, import_as, texts, titles};
use colophon_import::{Book, Options, Split};

fn read(builder: &Builder) -> Book {
    import_as(&builder.bytes(), &Options::default()).unwrap()
}

fn split(builder: &Builder, split: &str, pattern: Option<&str>) -> Book {
    let split = Split::from_parts(split, pattern).unwrap();
    import_as(&builder.bytes(), &Options { split, ..Options::default() }).unwrap()
}

fn volumes(book: &Book) -> Vec<Option<&str>> {
    book.chapters.iter().map(|chapter| chapter.volume.as_deref()).collect()
}

/// Files `0.xhtml`, `1.xhtml` … of these bodies.
fn files(bodies: &[&str], contents: &str) -> Builder {
    let names: Vec<String> = (0..bodies.len()).map(|n| format!("{n}.xhtml")).collect();
    let documents: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(bodies.iter().copied()).collect();
    Builder::book(&documents, contents)
}

fn entry(href: &str, label: &str, inner: &str) -> String {
    let inner = if inner.is_empty() { String::new() } else { format!("<ol>{inner}</ol>") };
    format!("<li><a href='{href}'>{label}</a>{inner}</li>")
}

/// With an NCX beside the table of EPUB 3.
fn with_ncx(builder: Builder, points: &str) -> Builder {
    let ncx = format!(
        r#"<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>"#
    );
    let item = r#"<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>"#;
    builder.with("OPS/toc.ncx", ncx).replace("OPS/package.opf", "</manifest>", item).replace(
        "OPS/package.opf",
        "<spine>",
        r#"<spine toc="ncx">"#,
    )
}

fn point(href: &str, label: &str, inner: &str) -> String {
    format!("<navPoint><navLabel><text>{label}</text></navLabel><content src='{href}'/>{inner}</navPoint>")
}

#[test]
fn text_before_the_first_chapter_of_a_volume_is_a_chapter_with_its_title() {
    let contents = entry(
        "0.xhtml",
        "Part One",
        &(entry("1.xhtml", "Chapter 1", "") + &entry("2.xhtml", "Chapter 2", "")),
    ) + &entry("3.xhtml", "Part Two", &entry("4.xhtml", "Chapter 3", ""));
    let book = read(&files(
        &[
            "<h1>Part One</h1><p>In which nothing happens.</p>",
            "<h2>Chapter 1</h2><p>One.</p>",
            "<h2>Chapter 2</h2><p>Two.</p>",
            "<h1>Part Two</h1>",
            "<h2>Chapter 3</h2><p>Three.</p>",
        ],
        &format!("<ol>{contents}</ol>"),
    ));
    assert_eq!(titles(&book), ["Part One", "Chapter 1", "Chapter 2", "Chapter 3"]);
    assert_eq!(volumes(&book), [Some("Part One"), Some("Part One"), Some("Part One"), Some("Part Two")]);
    assert_eq!(texts(&book), ["In which nothing happens.", "One.", "Two.", "Three."]);
    assert_eq!(book.warnings, []);
}

#[test]
fn a_page_with_the_names_of_volume_and_book_is_no_chapter() {
    for page in
        ["<h1>第1巻　霧の港</h1>", "<p>題名</p><p>第1巻</p><p>山田花子</p>", "<p>第1巻 題名</p><p>＊</p>"]
    {
        let contents =
            entry("0.xhtml", "第1巻", &(entry("1.xhtml", "第1話", "") + &entry("2.xhtml", "第2話", "")));
        let book = read(&files(&[page, "<p>あ</p>", "<p>い</p>"], &format!("<ol>{contents}</ol>")));
        assert_eq!(titles(&book), ["第1話", "第2話"], "{page}");
        assert_eq!((volumes(&book)[0], codes(&book)), (Some("第1巻"), vec![]), "{page}");
    }
}

#[test]
fn the_split_may_name_the_level() {
    let contents = entry(
        "0.xhtml",
        "Chapter 1",
        &(entry("0.xhtml#a", "The Gate", "") + &entry("0.xhtml#b", "The Well", "")),
    ) + &entry("1.xhtml", "Chapter 2", "");
    let builder = files(
        &[
            "<h1>Chapter 1</h1><p>x</p><h2 id='a'>The Gate</h2><p>y</p><h2 id='b'>The Well</h2><p>z</p>",
            "<p>w</p>",
        ],
        &format!("<ol>{contents}</ol>"),
    );
    assert_eq!(titles(&read(&builder)), ["Chapter 1", "Chapter 2"]);
    assert_eq!(titles(&split(&builder, "toc-1", None)), ["Chapter 1", "Chapter 2"]);
    let second = split(&builder, "toc-2", None);
    assert_eq!(titles(&second), ["Chapter 1", "The Gate", "The Well", "Chapter 2"]);
    assert_eq!(volumes(&second), [Some("Chapter 1"), Some("Chapter 1"), Some("Chapter 1"), None]);
    let whole = split(&builder, "none", None);
    assert_eq!((titles(&whole), whole.chapters.len()), (vec!["題名"], 1));
    assert!(texts(&whole)[0].ends_with("z\n\nw"));
    assert_eq!(titles(&split(&builder, "pattern", Some("^The "))), ["Chapter 1", "The Gate", "The Well"]);
}

#[test]
fn a_coarse_table_gives_way_to_a_finer_one() {
    let bodies: Vec<String> = (1..=6).map(|n| format!("<h2>{n}</h2><p>Text of chapter {n}.</p>")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let coarse = files(&bodies, "<ol><li><a href='0.xhtml'>Begin Reading</a></li></ol>");
    let points: String =
        (0..6).map(|n| point(&format!("{n}.xhtml"), &format!("Chapter {}", n + 1), "")).collect();
    let book = read(&with_ncx(coarse, &points));
    assert_eq!(book.chapters.len(), 6, "{:?}", titles(&book));
    assert!(codes(&book).contains(&"contents_incomplete"));
    // The other way round, the table of EPUB 3 is the better one.
    let fine: String =
        (0..6).map(|n| entry(&format!("{n}.xhtml"), &format!("Chapter {}", n + 1), "")).collect();
    let fine = with_ncx(files(&bodies, &format!("<ol>{fine}</ol>")), &point("0.xhtml", "Start", ""));
    let book = read(&fine);
    assert_eq!((book.chapters.len(), codes(&book)), (6, vec![]));
}

#[test]
fn volumes_of_an_ncx_nest() {
    let points =
        point("0.xhtml", "Том 1", &(point("1.xhtml", "Глава 1", "") + &point("2.xhtml", "Глава 2", "")))
            + &point("3.xhtml", "Том 2", &point("4.xhtml", "Глава 3", ""));
    let bodies = ["<h1>Том 1</h1>", "<h2>Глава 1</h2><p>а</p>", "<p>б</p>", "<h1>Том 2</h1>", "<p>в</p>"];
    let builder = with_ncx(files(&bodies, ""), &points).without("OPS/nav.xhtml");
    let book = read(&builder);
    assert_eq!(titles(&book), ["Глава 1", "Глава 2", "Глава 3"]);
    assert_eq!(volumes(&book), [Some("Том 1"), Some("Том 1"), Some("Том 2")]);
}

#[test]
fn chapters_that_the_table_leaves_out_are_found() {
    // Only the volumes are listed; the files between them begin with headings.
    let bodies: Vec<String> = (1..=6)
        .map(|n| {
            let volume = if n % 3 == 1 { format!("<h1>第{}巻</h1>", n / 3 + 1) } else { String::new() };
            format!("{volume}<h2>第{n}話</h2><p>本文{n}。</p>")
        })
        .collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let contents = entry("0.xhtml", "第1巻", "") + &entry("3.xhtml", "第2巻", "");
    let book = read(&files(&bodies, &format!("<ol>{contents}</ol>")));
    assert_eq!(titles(&book), ["第1話", "第2話", "第3話", "第4話", "第5話", "第6話"]);
    assert_eq!(volumes(&book)[1..4], [Some("第1巻"), Some("第1巻"), Some("第2巻")]);
    assert!(codes(&book).contains(&"contents_incomplete"));
}

#[test]
fn sections_in_files_of_their_own_are_no_chapters() {
    let bodies = [
        "<h1>Chapter 1</h1><p>a</p>",
        "<h2>The Gate</h2><p>b</p>",
        "<h2>The Well</h2><p>c</p>",
        "<h1>Chapter 2</h1><p>d</p>",
        "<h2>The Hill</h2><p>e</p>",
        "<h1>Chapter 3</h1><p>f</p>",
    ];
    let contents = entry("0.xhtml", "Chapter 1", "")
        + &entry("3.xhtml", "Chapter 2", "")
        + &entry("5.xhtml", "Chapter 3", "");
    let book = read(&files(&bodies, &format!("<ol>{contents}</ol>")));
    assert_eq!(titles(&book), ["Chapter 1", "Chapter 2", "Chapter 3"]);
    assert_eq!(texts(&book)[0], "a\n\nThe Gate\n\nb\n\nThe Well\n\nc");
    assert_eq!(codes(&book), [""; 0]);
}

#[test]
fn one_file_with_everything_is_split_at_its_headings() {
    for (contents, body) in [
        ("", "<h1>題名</h1><h2>第一章</h2><p>あ</p><h2>第二章</h2><p>い</p><h2>第三章</h2><p>う</p>"),
        (
            "<ol><li><a href='0.xhtml'>本文</a></li></ol>",
            "<h2>第一章</h2><p>あ</p><h2>第二章</h2><p>い</p><h2>第三章</h2><p>う</p>",
        ),
        ("", "<p>第一章</p><p>あ</p><p>第二章</p><p>い</p><p>第三章</p><p>う</p>"),
        (
            "",
            "<h3>第一章</h3><h4>はじまり</h4><p>あ</p><h3>第二章</h3><h4>つづき</h4><p>い</p><h3>第三章</h3><p>う</p>",
        ),
    ] {
        let book = read(&files(&[body], contents));
        assert_eq!(book.chapters.len(), 3, "{body}: {:?}", titles(&book));
        assert_eq!(texts(&book), ["あ", "い", "う"], "{body}");
        assert!(titles(&book)[1].starts_with("第二章"));
        assert!(codes(&book).contains(&"contents_incomplete"));
    }
}

#[test]
fn headings_make_volumes_too() {
    let body = "<h1>Part I</h1><h2>Chapter 1</h2><p>a</p><h2>Chapter 2</h2><p>b</p><h1>Part II</h1><h2>Chapter 3</h2><p>c</p>";
    let book = read(&files(&[body], ""));
    assert_eq!(titles(&book), ["Chapter 1", "Chapter 2", "Chapter 3"]);
    assert_eq!(volumes(&book), [Some("Part I"), Some("Part I"), Some("Part II")]);
    assert_eq!(
        titles(&split(&files(&[body], "<ol><li><a href='0.xhtml'>x</a></li></ol>"), "headings", None)),
        titles(&book)
    );
}

#[test]
fn entries_whose_fragments_are_missing_are_found_by_their_labels() {
    let body = "<h2>The Gate</h2><p>a</p><h2>The Well</h2><p>b</p>";
    let contents = entry("0.xhtml#x1", "The Gate", "") + &entry("0.xhtml#x2", "The Well", "");
    let book = read(&files(&[body], &format!("<ol>{contents}</ol>")));
    assert_eq!((titles(&book), texts(&book)), (vec!["The Gate", "The Well"], vec!["a", "b"]));
}

#[test]
fn a_title_that_all_files_share_names_no_chapter() {
    let documents: Vec<(String, String)> =
        (0..4).map(|n| (format!("{n}.xhtml"), format!("<p>Text {n}.</p>"))).collect();
    let documents: Vec<(&str, &str)> = documents.iter().map(|(n, b)| (n.as_str(), b.as_str())).collect();
    let book = read(&Builder::book(&documents, ""));
    assert_eq!(titles(&book), ["Text 0.", "Text 1.", "Text 2.", "Text 3."]);
}

#[test]
fn an_ncx_that_the_spine_does_not_name_is_found() {
    let builder = with_ncx(
        files(&["<p>a</p>", "<p>b</p>"], ""),
        &(point("0.xhtml", "One", "") + &point("1.xhtml", "Two", "")),
    );
    let builder =
        builder.without("OPS/nav.xhtml").replace("OPS/package.opf", r#"<spine toc="ncx">"#, "<spine>");
    assert_eq!(titles(&read(&builder)), ["One", "Two"]);
}
