//! EPUBs as tools make them: what a reader would see is what is read.

use crate::build::{Builder, package, xhtml};
use crate::{codes, import_as, texts, titles};
use colophon_import::{Book, Options};

const PROSE: &str = "Rain fell on the harbour all night.";

fn read(builder: &Builder) -> Book {
    import_as(&builder.bytes(), &Options::default()).unwrap()
}

/// The text of a page with this head and body, in a book of one chapter.
fn page(head: &str, body: &str) -> String {
    let page = xhtml(body).replace("<title>t</title>", &format!("<title>t</title>{head}"));
    let builder = Builder::book(&[("a.xhtml", "")], "<ol><li><a href='a.xhtml'>Chapter 1</a></li></ol>");
    texts(&read(&builder.with("OPS/a.xhtml", page)))[0].to_owned()
}

/// An EPUB 2 with a table of contents of its files (file, label, body).
fn epub_2(files: &[(&str, &str, &str)]) -> Builder {
    let (mut items, mut refs, mut points) = (String::new(), String::new(), String::new());
    let mut builder = Builder::book(&[], "").without("OPS/nav.xhtml").without("OPS/package.opf");
    for (n, (name, label, body)) in files.iter().enumerate() {
        items += &format!("<item id='f{n}' href='{name}' media-type='application/xhtml+xml'/>");
        refs += &format!("<itemref idref='f{n}'/>");
        if !label.is_empty() {
            points += &format!(
                "<navPoint id='n{n}' playOrder='{n}'><navLabel><text>{label}</text></navLabel><content src='{name}'/></navPoint>"
            );
        }
        builder = builder.with(&format!("OPS/{name}"), xhtml(body));
    }
    items += "<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/>";
    let opf = package(&items, &refs, "")
        .replace("version=\"3.0\"", "version=\"2.0\"")
        .replace("<spine>", "<spine toc='ncx'>");
    let ncx = format!(
        "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/' version='2005-1'><navMap>{points}</navMap></ncx>"
    );
    builder.with("OPS/package.opf", opf).with("OPS/toc.ncx", ncx)
}

#[test]
fn paragraphs_of_every_tool() {
    for (tool, body, expected) in [
        (
            "Calibre",
            "<div class='calibre'><p class='calibre1'><span class='calibre2'>a <span class='bold'>b</span></span></p>\n<p class='calibre1'>&nbsp;</p>\n<p class='calibre1'>c</p></div>",
            "a b\n\nc",
        ),
        (
            "Calibre, page break",
            "<p class='calibre1'>a</p><div class='mbp_pagebreak' id='calibre_pb_1'></div><p>b</p>",
            "a\nb",
        ),
        (
            "Word",
            "<div class='WordSection1'><p class='MsoNormal' style='margin:0'><a name='_Toc12'></a><span lang='EN-US' style='font-size:12.0pt'>a<span style='mso-spacerun:yes'>  </span>b</span></p><p class='MsoNormal'><span lang='EN-US'>&#160;</span></p><p class='MsoNormal'>c</p></div>",
            "a b\n\nc",
        ),
        ("Word, office elements", "<p class='MsoNormal'>a<o:p></o:p></p><p>b<o:p>&nbsp;</o:p></p>", "a\nb"),
        ("Sigil", "<p>a</p>\n  <hr class='sigil_split_marker' />\n  <p><br /></p>\n  <p>b</p>", "a\n\nb"),
        (
            "Kobo",
            "<div class='book-columns'><div class='book-inner'><p><span class='koboSpan' id='kobo.1.1'>One.</span><span class='koboSpan' id='kobo.1.2'> Two </span><i><span class='koboSpan' id='kobo.1.3'>three</span></i>.</p></div></div>",
            "One. Two three.",
        ),
        (
            "Google Docs",
            "<p class='c1'><span class='c0'>a</span><span class='c2 c0'>b </span><span>c</span></p><p class='c1 c3'><span class='c0'></span></p><p class='c1'><span>d</span></p>",
            "ab c\nd",
        ),
        (
            "Pages",
            "<p class='p1'><span class='s1'>a<br/></span></p><p class='p1'><span class='s1'><span class='Apple-converted-space'> </span>b</span></p>",
            "a\nb",
        ),
        (
            "Vellum",
            "<div class='text'><p class='first'><span class='first-letter'>R</span><span class='first-phrase'>AIN FELL</span> at night.</p><div class='ornamental-break'><img alt='Ornamental Break' src='o.png'/></div><p>b</p></div>",
            "RAIN FELL at night.\n［Ornamental Break］\nb",
        ),
        ("line breaks", "a<br/><br/>b<br/>\n<br/>c", "a\n\nb\n\nc"),
        (
            "a division a line",
            "<div>a</div><div><br/></div><div>b</div><div>&nbsp;</div><div>c</div>",
            "a\n\nb\n\nc",
        ),
        ("non-breaking indentation", "<p>&nbsp;&nbsp;&nbsp;a</p><p>　b</p>", "\u{a0}\u{a0}\u{a0}a\n　b"),
        (
            "a box",
            "<p>a</p><table><tbody><tr><td><p>[Level up]</p><p>Strength 5</p></td></tr></table><p>b</p>",
            "a\n[Level up]\nStrength 5\nb",
        ),
        ("lists", "<ul><li>a</li><li><p>b</p></li></ul><dl><dt>c</dt><dd>d</dd></dl>", "a\nb\nc\nd"),
        ("nested emphasis", "<p>a<i><b><span>b</span></b></i>c <em> d </em>e</p>", "abc d e"),
        ("ruby with parentheses", "<p><ruby>港<rp>（</rp><rt>みなと</rt><rp>）</rp></ruby>へ</p>", "港へ"),
        (
            "page list",
            "<p>a <a id='p12' epub:type='pagebreak' title='12'></a>b</p><nav epub:type='page-list'><ol><li><a href='#p12'>12</a></li></ol></nav>",
            "a b",
        ),
        ("duplicated ids", "<p id='x'>a</p><p id='x'>b</p>", "a\nb"),
        ("a lead-in", "<p>a</p><p class='blank'><br/></p><p class='blank'><br/></p><p>b</p>", "a\n\nb"),
        (
            "scripts and forms",
            "<p>a</p><script>var x = '<p>b</p>';</script><noscript><p>c</p></noscript>",
            "a\nc",
        ),
    ] {
        assert_eq!(page("", body), expected, "{tool}");
    }
}

#[test]
fn a_fiction_of_royal_road_by_web_to_epub() {
    let head = "<style type='text/css'>.cmQ1{display:none;speak:never}</style>";
    let body = "<h1>Chapter 1</h1><div class='chapter-inner chapter-content'><p>Rain fell.</p><p class='cmQ1'>This story has been stolen; report it.</p><p style='text-align: center'>***</p><p>It fell all night.</p></div>";
    assert_eq!(page(head, body), "Rain fell.\n***\nIt fell all night.");
}

#[test]
fn a_work_of_ao3() {
    let meta = "<div class='meta'><h2 class='toc-heading'>Chapter 1: Rain</h2></div>";
    let book = read(&epub_2(&[
        (
            "preface.xhtml",
            "Preface",
            "<div id='preface'><h1>The Mill</h1><p>Posted originally on the archive.</p><blockquote class='userstuff'><p>A tale of a mill.</p></blockquote></div>",
        ),
        (
            "c1.xhtml",
            "Chapter 1: Rain",
            &format!(
                "{meta}<div class='userstuff'><p>Rain fell.</p></div><div class='endnote'><p>Chapter End Notes</p><blockquote><p>Thanks.</p></blockquote></div>"
            ),
        ),
        (
            "c2.xhtml",
            "Chapter 2: Snow",
            "<div class='meta'><h2 class='toc-heading'>Chapter 2: Snow</h2></div><div class='userstuff'><p>Snow fell.</p></div>",
        ),
        ("afterword.xhtml", "Afterword", "<div id='afterword'><p>End Notes</p><p>See you.</p></div>"),
    ]));
    assert_eq!(titles(&book), ["Preface", "Chapter 1: Rain", "Chapter 2: Snow", "Afterword"]);
    assert_eq!(texts(&book)[1], "Rain fell.\nChapter End Notes\nThanks.");
    assert_eq!(texts(&book)[2], "Snow fell.");
}

#[test]
fn a_story_of_fanficfare() {
    let book = read(&epub_2(&[
        (
            "title_page.xhtml",
            "",
            "<h3><a href='https://a.example/1'>題名</a> by <a href='https://a.example/u'>山田 花子</a></h3><div><b>Words:</b> 1,234</div>",
        ),
        ("file0001.xhtml", "1. Rain", "<h3 class='fff_chapter_title'>1. Rain</h3><p>Rain fell.</p>"),
        ("file0002.xhtml", "2. Snow", "<h3 class='fff_chapter_title'>2. Snow</h3><p>Snow fell.</p>"),
    ]));
    assert_eq!(titles(&book)[titles(&book).len() - 2..], ["1. Rain", "2. Snow"]);
    assert_eq!(texts(&book)[texts(&book).len() - 2..], ["Rain fell.", "Snow fell."]);
}

#[test]
fn a_novel_of_lightnovel_crawler() {
    let chapter = |n: u32| {
        (
            format!("chapter_{n:05}.xhtml"),
            format!("<div id='chapter_{n}'><h1>Chapter {n} Rain</h1><p>{PROSE} {n}</p></div>"),
        )
    };
    let (first, second, third) = (chapter(1), chapter(2), chapter(3));
    let book = read(&Builder::book(
        &[
            ("intro.xhtml", "<div id='intro'><h1>題名</h1><h3>山田 花子</h3></div>"),
            ("volume_1.xhtml", "<div class='center'><h1>Volume 1</h1></div>"),
            (&first.0, &first.1),
            (&second.0, &second.1),
            ("volume_2.xhtml", "<div class='center'><h1>Volume 2</h1></div>"),
            (&third.0, &third.1),
        ],
        "<ol><li><a href='volume_1.xhtml'>Volume 1</a><ol><li><a href='chapter_00001.xhtml'>Chapter 1 Rain</a></li><li><a href='chapter_00002.xhtml'>Chapter 2 Rain</a></li></ol></li><li><a href='volume_2.xhtml'>Volume 2</a><ol><li><a href='chapter_00003.xhtml'>Chapter 3 Rain</a></li></ol></li></ol>",
    ));
    let volumes: Vec<_> = book.chapters.iter().map(|chapter| chapter.volume.as_deref()).collect();
    assert_eq!(titles(&book), ["Chapter 1 Rain", "Chapter 2 Rain", "Chapter 3 Rain"]);
    assert_eq!(volumes, [Some("Volume 1"), Some("Volume 1"), Some("Volume 2")]);
    assert_eq!(codes(&book), ["title_page_skipped"]);
}

#[test]
fn a_book_of_pandoc_with_notes() {
    let book = read(&Builder::book(
        &[
            (
                "title_page.xhtml",
                "<section epub:type='titlepage'><h1 class='title'>題名</h1><p class='author'>山田 花子</p></section>",
            ),
            (
                "ch001.xhtml",
                "<section id='rain' class='level1' data-number='1'><h1 data-number='1'><span class='header-section-number'>1</span> Rain</h1><p>Rain fell.<a href='#fn1' class='footnote-ref' id='fnref1' epub:type='noteref'>1</a></p><section id='footnotes' class='footnotes footnotes-end-of-document' epub:type='footnotes'><hr /><aside epub:type='footnote' role='doc-footnote' id='fn1'><p>All night. <a href='#fnref1' class='footnote-back' role='doc-backlink'>↩︎</a></p></aside></section></section>",
            ),
        ],
        "<ol><li><a href='ch001.xhtml#rain'><span class='toc-section-number'>1</span> Rain</a></li></ol>",
    ));
    assert_eq!((titles(&book), texts(&book)), (vec!["1 Rain"], vec!["Rain fell.[1]\n\n[1] All night."]));
    assert_eq!(codes(&book), ["title_page_skipped", "notes_moved"]);
}

#[test]
fn a_book_of_standard_ebooks() {
    let chapter = |n: &str, title: &str| {
        format!(
            "<section id='chapter-{n}' role='doc-chapter' epub:type='chapter'><hgroup><h3 epub:type='ordinal z3998:roman'>{n}</h3><p epub:type='title'>{title}</p></hgroup><p>{PROSE}<a href='endnotes.xhtml#note-1' id='noteref-1' epub:type='noteref'>1</a></p></section>"
        )
    };
    let (one, two) = (
        chapter("I", "Rain"),
        chapter("II", "Snow")
            .replace("<a href='endnotes.xhtml#note-1' id='noteref-1' epub:type='noteref'>1</a>", ""),
    );
    let book = read(&Builder::book(
        &[
            (
                "titlepage.xhtml",
                "<section epub:type='titlepage'><h1>題名</h1><p>By <b>山田 花子</b>.</p></section>",
            ),
            (
                "imprint.xhtml",
                "<section epub:type='imprint'><p>This ebook is the product of volunteers.</p></section>",
            ),
            ("halftitle.xhtml", "<section epub:type='halftitlepage'><h2>題名</h2></section>"),
            (
                "part-1.xhtml",
                "<section id='part-1' epub:type='part'><hgroup><h2><span epub:type='label'>Part</span> <span epub:type='ordinal z3998:roman'>I</span></h2></hgroup></section>",
            ),
            ("chapter-1.xhtml", &one),
            ("chapter-2.xhtml", &two),
            (
                "endnotes.xhtml",
                "<section id='endnotes' role='doc-endnotes' epub:type='endnotes backmatter'><h2>Endnotes</h2><ol><li id='note-1' epub:type='endnote'><p>In autumn. <a href='chapter-1.xhtml#noteref-1' role='doc-backlink' epub:type='backlink'>↩</a></p></li></ol></section>",
            ),
            ("colophon.xhtml", "<section epub:type='colophon backmatter'><p>Set by hand.</p></section>"),
            (
                "uncopyright.xhtml",
                "<section epub:type='copyright-page backmatter'><h2>Uncopyright</h2><p>May you do good.</p></section>",
            ),
        ],
        "<ol><li><a href='titlepage.xhtml'>Titlepage</a></li><li><a href='imprint.xhtml'>Imprint</a></li><li><a href='part-1.xhtml'>Part I</a><ol><li><a href='chapter-1.xhtml'><span>I</span>: Rain</a></li><li><a href='chapter-2.xhtml'><span>II</span>: Snow</a></li></ol></li><li><a href='endnotes.xhtml'>Endnotes</a></li><li><a href='colophon.xhtml'>Colophon</a></li><li><a href='uncopyright.xhtml'>Uncopyright</a></li></ol>",
    ));
    assert_eq!(titles(&book), ["I: Rain", "II: Snow"]);
    assert!(book.chapters.iter().all(|chapter| chapter.volume.as_deref() == Some("Part I")));
    assert_eq!(texts(&book)[0].replace("I\nRain\n", "").trim(), format!("{PROSE}[1]\n\n[1] In autumn."));
    assert!(texts(&book)[1].ends_with(PROSE));
}

#[test]
fn a_book_of_project_gutenberg() {
    let header = "<section class='pg-boilerplate pgheader' id='pg-header' lang='en'><h2 id='pg-header-heading'>The Project Gutenberg eBook of <span>Alice</span></h2><div>This ebook is for the use of anyone anywhere.</div><div id='pg-start-separator'><span>*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***</span></div></section>";
    let footer = "<section class='pg-boilerplate pgheader' id='pg-footer' lang='en'><div id='pg-end-separator'>*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***</div><div>Updated editions will replace the previous one.</div></section>";
    let book = read(&epub_2(&[
        ("0.xhtml", "", &format!("{header}<h1>題名</h1><h2>山田 花子</h2>")),
        (
            "1.xhtml",
            "CHAPTER I. Rain",
            &format!(
                "<div class='chapter'><h2><a id='c1'></a>CHAPTER I.<br/>Rain</h2><p><span class='pagenum'>[Pg 3]</span>{PROSE}</p></div>"
            ),
        ),
        (
            "2.xhtml",
            "CHAPTER II. Snow",
            &format!("<div class='chapter'><h2>CHAPTER II.<br/>Snow</h2><p>{PROSE}</p></div>{footer}"),
        ),
    ]));
    assert_eq!(
        (titles(&book), texts(&book)),
        (vec!["CHAPTER I. Rain", "CHAPTER II. Snow"], vec![PROSE, PROSE])
    );
    assert!(codes(&book).contains(&"colophon_skipped"), "{:?}", codes(&book));
}

#[test]
fn a_document_of_google_in_one_file() {
    let body = format!(
        "<p class='c4 title' id='h.t'><span class='c1'>題名</span></p><h1 class='c5' id='h.a'><span class='c2'>Rain</span></h1><p class='c3'><span class='c0'>{PROSE}</span></p><h1 class='c5' id='h.b'><span class='c2'>Snow</span></h1><p class='c3'><span>{PROSE}</span></p>"
    );
    let book = read(&Builder::book(
        &[("doc.xhtml", &body)],
        "<ol><li><a href='doc.xhtml#h.a'>Rain</a></li><li><a href='doc.xhtml#h.b'>Snow</a></li></ol>",
    ));
    assert_eq!((titles(&book), texts(&book)), (vec!["Rain", "Snow"], vec![PROSE, PROSE]));
}
