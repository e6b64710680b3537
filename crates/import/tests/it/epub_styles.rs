//! Text that the style sheets of a book hide.

use crate::build::{Builder, xhtml};
use crate::{codes, import_as, texts, titles};
use colophon_import::{Book, Options};

/// A book of one page with a head of its own, and a sheet beside it.
fn builder(head: &str, sheet: &str, body: &str) -> Builder {
    let page = xhtml(body).replace("<title>t</title>", &format!("<title>t</title>{head}"));
    Builder::book(&[("text/a.xhtml", "")], "<ol><li><a href='text/a.xhtml'>一章</a></li></ol>")
        .with("OPS/text/a.xhtml", page)
        .with("OPS/css/main.css", sheet)
}

fn read(builder: &Builder) -> Book {
    import_as(&builder.bytes(), &Options::default()).unwrap()
}

const LINK: &str = "<link rel='stylesheet' type='text/css' href='../css/main.css'/>";

fn count(book: &Book, code: &str) -> Option<u64> {
    book.warnings.iter().find(|warning| warning.code.as_str() == code).and_then(|warning| warning.count)
}

#[test]
fn what_a_sheet_hides_is_left_out_and_counted() {
    for (sheet, body, expected, passages) in [
        (
            ".cnJ1 { display: none; speak: never }",
            "<p>He ran.</p><p class='cnJ1'>Stolen from its rightful place.</p><p>She ran.</p>",
            "He ran.\nShe ran.",
            Some(1),
        ),
        ("#w { visibility: hidden }", "<p>a</p><p id='w'>b</p><p>c</p>", "a\nc", Some(1)),
        ("aside, .x, #y {display:none}", "<p>a</p><aside>b</aside><p class='z x'>c</p>", "a", Some(2)),
        (
            ".box p > span { display:none }",
            "<p>a<span>1</span></p><div class='box'><p>b<span>2</span></p></div>",
            "a1\nb",
            Some(1),
        ),
        ("p { display: none } .show { display: block }", "<p class='show'>a</p><p>b</p>", "a", Some(1)),
        (
            ".x{visibility:hidden} .x b{visibility:visible}",
            "<p>a</p><p class='x'>b <b>c</b> d</p>",
            "a\nc",
            Some(1),
        ),
        (".x{display:none} .x b{display:inline}", "<p>a</p><p class='x'>b <b>c</b> d</p>", "a", Some(1)),
        ("@media print { p { display:none } }", "<p>a</p>", "a", None),
        ("@media screen { .x { display:none } }", "<p>a</p><p class='x'>b</p>", "a", Some(1)),
        (".x:first-child { display:none }", "<p class='x'>a</p>", "a", None),
        ("[hidden] ~ p { display:none }", "<p>a</p>", "a", None),
        (".x { display:none", "<p>a</p><p class='x'>b</p>", "a", Some(1)),
        ("{{{ .x { display:none }", "<p>a</p><p class='x'>b</p>", "a\nb", None),
        ("rp, rt { display:none }", "<p><ruby>空<rp>(</rp><rt>そら</rt><rp>)</rp></ruby></p>", "空", None),
        ("br { display:none }", "<p>a<br/>b</p>", "a\nb", None),
        ("body { visibility:hidden }", "<p>a</p>", "a", None),
        (".x { display:none }", "<p>a</p><p class='x'> </p><p class='x'><img src='a.png'/></p>", "a", None),
    ] {
        let book = read(&builder(LINK, sheet, body));
        assert_eq!(texts(&book), [expected], "{sheet} {body}");
        assert_eq!(count(&book, "hidden_text_removed"), passages, "{sheet} {body}");
    }
}

#[test]
fn sheets_are_found_where_pages_have_them() {
    let body = "<p>a</p><p class='x'>b</p>";
    let hide = ".x { display: none }";
    for (head, sheet, expected) in [
        (LINK, hide, "a"),
        ("<link rel=\"STYLESHEET\" href='../CSS/main.css'/>", hide, "a"),
        ("<link rel='stylesheet' href='../css/main.css?v=2'/>", hide, "a"),
        ("<style>.x { display: none }</style>", "", "a"),
        ("<style><![CDATA[ .x > p, .x { display: none } ]]></style>", "", "a"),
        ("<style>@import url(../css/main.css);</style>", hide, "a"),
        ("<style media='print'>.x { display: none }</style>", "", "a\nb"),
        ("<link rel='alternate stylesheet' href='../css/main.css'/>", hide, "a\nb"),
        ("<link rel='stylesheet' href='https://a.example/main.css'/>", hide, "a\nb"),
        ("<link rel='stylesheet' href='../../../main.css'/>", hide, "a\nb"),
        ("", hide, "a\nb"),
        // A later sheet of the page shows it again.
        (&format!("{LINK}<style>.x {{ display: block }}</style>"), hide, "a\nb"),
    ] {
        assert_eq!(texts(&read(&builder(head, sheet, body))), [expected], "{head}");
    }
    // In markup that is repaired, too.
    let book = read(&builder(LINK, hide, "<p>a & b<br><p class=x>c"));
    assert_eq!(texts(&book), ["a & b"]);
    assert_eq!(codes(&book), ["markup_repaired", "hidden_text_removed"]);
}

#[test]
fn a_rule_never_hides_a_whole_chapter() {
    for (sheet, body, expected) in [
        (".c { display:none }", "<div class='c'><p>あ</p><p>い</p></div>", "あ\nい"),
        ("p { display:none }", "<h2>一章</h2><p>あ</p>", "あ"),
        ("section { visibility:hidden }", "<p><img src='a.png'/></p><section>あ</section>", "［図］\n\nあ"),
    ] {
        let book = read(&builder(LINK, sheet, body));
        assert_eq!((titles(&book), texts(&book)), (vec!["一章"], vec![expected]), "{sheet} {body}");
        assert!(codes(&book).contains(&"hidden_text_kept") && !codes(&book).contains(&"hidden_text_removed"));
    }
    let long = format!("<p>短い。</p><div class='c'><p>{}</p></div>", "長い文が続く。".repeat(1000));
    let book = read(&builder(LINK, ".c { display:none }", &long));
    assert!(texts(&book)[0].len() > 10_000 && codes(&book) == ["hidden_text_kept"]);
}

#[test]
fn notes_that_pop_up_are_no_hidden_text() {
    for (sheet, body) in [
        (
            "aside { display:none }",
            "<p>港<a epub:type='noteref' href='#n1'>1</a>へ</p><aside epub:type='footnote' id='n1'><p>横浜。</p></aside>",
        ),
        (
            ".duokan-footnote-content { display:none }",
            "<p>港<a class='duokan-footnote' href='#n1'>1</a>へ</p><ol class='duokan-footnote-content'><li class='duokan-footnote-item' id='n1'>横浜。</li></ol>",
        ),
        // Nothing but the reference says that it is one.
        (
            ".h { display:none }",
            "<p>港<sup><a href='#n1'>1</a></sup>へ</p><div class='h'><p id='n1'>横浜。</p><p>外。</p></div>",
        ),
        (
            ".h { display:none }",
            "<p>港<sup><a href='a.xhtml#n1'>1</a></sup>へ</p><p class='h'><a id='n1'></a>横浜。</p>",
        ),
        (
            "div { visibility:hidden }",
            "<p>港<a epub:type='noteref' href='#n1'>1</a>へ</p><div><aside epub:type='footnote' id='n1'>横浜。</aside></div>",
        ),
    ] {
        let book = read(&builder(LINK, sheet, body));
        assert_eq!(texts(&book), ["港[1]へ\n\n[1] 横浜。"], "{sheet} {body}");
        assert_eq!(count(&book, "notes_moved"), Some(1), "{sheet} {body}");
    }
}

#[test]
fn long_and_many_sheets_hide_nothing() {
    let body = "<p>a</p><p class='x'>b</p>";
    let hide = ".x { display: none }";
    let long = format!("{hide}{}", " ".repeat(1_000_001));
    assert_eq!(texts(&read(&builder(LINK, &long, body))), ["a\nb"]);
    assert_eq!(texts(&read(&builder(&format!("<style>{long}</style>"), "", body))), ["a\nb"]);
    let many = hide.repeat(2_001);
    assert_eq!(texts(&read(&builder(LINK, &many, body))), ["a\nb"]);
    // Rules for everything, elements inside one another, and many of both: the work has a bound.
    let sheet = "div p span { display: none }".repeat(2_000);
    let body = format!("<div><p>{}</p></div>", "<span>a</span> ".repeat(20_000));
    let book = read(&builder(LINK, &sheet, &body));
    assert!(!texts(&book)[0].is_empty());
}
