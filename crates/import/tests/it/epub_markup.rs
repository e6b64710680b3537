//! What becomes of the elements of a page: pictures, notes, readings, furniture, invisible things.

use crate::build::Builder;
use crate::{codes, import_as, texts};
use colophon_import::{Book, Notes, Options, Ruby};

fn builder(body: &str) -> Builder {
    Builder::book(&[("a.xhtml", body)], "<ol><li><a href='a.xhtml'>一章</a></li></ol>")
}

fn read(body: &str) -> Book {
    import_as(&builder(body).bytes(), &Options::default()).unwrap()
}

fn text(body: &str) -> String {
    texts(&read(body))[0].to_owned()
}

fn kept(body: &str) -> String {
    let options = Options { ruby: Ruby::Keep, ..Options::default() };
    texts(&import_as(&builder(body).bytes(), &options).unwrap())[0].to_owned()
}

fn detail(book: &Book, code: &str) -> Option<u64> {
    book.warnings.iter().find(|warning| warning.code.as_str() == code).and_then(|warning| warning.count)
}

#[test]
fn readings_are_kept_in_brackets_and_dots_never() {
    for (body, dropped, with_readings) in [
        ("<ruby>夜<rt>ナイト</rt>渡<rt>ウォ</rt></ruby>だ", "夜渡だ", "夜渡（ナイトウォ）だ"),
        (
            "<ruby><rb>東</rb><rb>京</rb><rp>(</rp><rt>とう</rt><rt>きょう</rt><rp>)</rp></ruby>へ",
            "東京へ",
            "東京（とうきょう）へ",
        ),
        (
            "<ruby>旧金山<rt>jiù</rt><rt>jīn shān</rt><rtc><rt>San Francisco</rt></rtc></ruby>",
            "旧金山",
            "旧金山（jiù jīn shān／San Francisco）",
        ),
        ("<ruby>絶対<rt>・・</rt></ruby>に", "絶対に", "絶対に"),
        ("<ruby>絶<rt>﹅</rt>対<rt>﹅</rt></ruby>に", "絶対に", "絶対に"),
        ("<ruby>空<rt></rt></ruby>に", "空に", "空に"),
        ("<ruby>\n 漢\n <rt>かん</rt>\n 字\n <rt>じ</rt>\n</ruby>を", "漢字を", "漢字（かんじ）を"),
    ] {
        let body = format!("<p>{body}</p>");
        assert_eq!((text(&body), kept(&body)), (dropped.to_owned(), with_readings.to_owned()), "{body}");
    }
    assert_eq!(
        detail(&read("<p><ruby>絶対<rt>・・</rt></ruby><ruby>空<rt>そら</rt></ruby></p>"), "ruby_removed"),
        Some(1)
    );
    // A heading with readings is still the entry's title.
    assert_eq!(kept("<h1><ruby>一<rt>いち</rt></ruby>章</h1><p>あ</p>"), "あ");
}

#[test]
fn pictures_of_characters_become_text() {
    for (body, expected) in [
        ("狼に<img class='gaiji' alt='喰'/>い", "狼に喰い"),
        ("<span class=\"gaiji\"><img src='g.png'/></span>の", "〓の"),
        ("<ruby><img class='gaiji' src='g.png' alt=''/><rt>にしん</rt></ruby>漁", "にしん漁"),
        ("港の<img src='../gaiji/u9c0a.png' alt='gaiji'/>漁", "港の〓漁"),
        ("港の<img src='x.png' alt='鰊'/>漁", "港の鰊漁"),
        ("<img class='dropcap' src='t.png' alt='T'/>he gate", "The gate"),
    ] {
        let book = read(&format!("<p>{body}</p>"));
        assert_eq!(texts(&book), [expected], "{body}");
        assert_eq!(detail(&book, "pictures_as_text"), Some(1), "{body}");
    }
}

#[test]
fn other_pictures_leave_a_mark_on_a_line_of_its_own() {
    for (body, expected) in [
        ("<p>前</p><p><img src='a.jpg'/></p><p>後</p>", "前\n［図］\n後"),
        (
            "<p>before <img src='a.jpg' alt='A map of the harbour'/> after</p>",
            "before after\n［A map of the harbour］",
        ),
        (
            "<p>前</p><div><svg viewBox='0 0 1 1'><image xlink:href='a.jpg' width='1'/></svg></div>",
            "前\n［図］",
        ),
        ("<p>前</p><svg><title>海図</title><path d='M0 0'/></svg>", "前\n［海図］"),
        (
            "<p>前</p><figure><img src='a.jpg' alt='IMG_1.JPG'/><figcaption>港</figcaption></figure>",
            "前\n［図］\n港",
        ),
        ("<p>前</p><p><img src='a.jpg' alt='絵'/></p>", "前\n［絵］"),
    ] {
        let book = read(body);
        assert_eq!(texts(&book), [expected], "{body}");
        assert_eq!(detail(&book, "pictures_left_out"), Some(1), "{body}");
    }
    assert_eq!(text("<p>前</p><svg><text>看板</text><text>港</text></svg>"), "前\n看板\n港");
}

#[test]
fn a_page_of_pictures_is_no_chapter_and_is_counted() {
    let contents = "<ol><li><a href='p.xhtml'>口絵</a></li><li><a href='a.xhtml'>一</a></li></ol>";
    let builder = Builder::book(
        &[("p.xhtml", "<p><img src='1.jpg'/></p><p><img src='2.jpg'/></p>"), ("a.xhtml", "<p>あ</p>")],
        contents,
    );
    let book = import_as(&builder.bytes(), &Options::default()).unwrap();
    assert_eq!(texts(&book), ["あ"]);
    assert_eq!(
        (detail(&book, "pictures_left_out"), detail(&book, "picture_pages_skipped")),
        (Some(2), Some(1))
    );
}

#[test]
fn references_stay_apart_from_words_and_numbers() {
    for (body, expected) in [
        ("3<sup>2</sup> maps, H<sub>2</sub>O, 10<sup>−3</sup>", "3² maps, H₂O, 10⁻³"),
        ("the 1<sup>st</sup> and 2<sup>nd</sup>", "the 1st and 2nd"),
        ("freedoms.<sup>55</sup> He", "freedoms.⁵⁵ He"),
        ("freedoms.<a href='#n'><sup>55</sup></a> He", "freedoms.[55] He"),
        (
            "freedoms<sup><a href='notes.xhtml#n'>5</a></sup> in 1911<a class='footnote' href='#m'>6</a>",
            "freedoms[5] in 1911[6]",
        ),
        ("港<a href='#n'>［注１］</a>と石<a href='#m'>※2</a>", "港［注１］と石[※2]"),
        ("word<a href='#n'>*</a> and <a href='b.xhtml#c2'>chapter 2</a>", "word[*] and chapter 2"),
        ("港<a class='duokan-footnote' href='#n'><img src='note.png' alt='注'/></a>の", "港[1]の"),
    ] {
        assert_eq!(text(&format!("<p>{body}</p>")), expected, "{body}");
    }
}

#[test]
fn notes_move_to_the_end_of_the_chapter_or_go() {
    for (body, moved, dropped) in [
        (
            "<p>あ<a epub:type='noteref' href='#n1'>1</a>い</p><aside epub:type='footnote' id='n1' hidden='hidden'><p>注の文</p></aside><p>う</p>",
            "あ[1]い\nう\n\n[1] 注の文",
            "あい\nう",
        ),
        (
            "<p>Sea.<sup><a id='r1' href='#n1'>1</a></sup> Land.<sup><a id='r2' href='#n2'>2</a></sup></p><p>End.</p><hr/><ol><li id='n1'>A register. <a href='#r1'>↩</a></li><li id='n2'>A map. <a href='#r2'>↩</a></li></ol>",
            "Sea.[1] Land.[2]\nEnd.\n\n[1] A register.\n[2] A map.",
            "Sea. Land.\nEnd.",
        ),
        (
            "<p>Sea.<a id='r1' href='#n1'>[1]</a></p><p><a id='n1' href='#r1'>[1]</a> See the <i>register</i>.</p><p>After.</p>",
            "Sea.[1]\nAfter.\n\n[1] See the register.",
            "Sea.\nAfter.",
        ),
        (
            "<p>港<img class='qqreader-footnote' src='n.png' alt='今の横浜。'/>へ</p>",
            "港[1]へ\n\n[1] 今の横浜。",
            "港へ",
        ),
        (
            "<p>Sea.<a role='doc-noteref' href='#a'>*</a></p><div role='doc-footnote' id='a'><p>One.</p><p>Two.</p></div>",
            "Sea.[*]\n\n[*] One.\nTwo.",
            "Sea.",
        ),
    ] {
        let book = read(body);
        assert_eq!(texts(&book), [moved], "{body}");
        assert!(codes(&book).contains(&"notes_moved"));
        let options = Options { notes: Notes::Drop, ..Options::default() };
        let book = import_as(&builder(body).bytes(), &options).unwrap();
        assert_eq!(texts(&book), [dropped], "{body}");
        assert!(codes(&book).contains(&"notes_removed"));
    }
}

#[test]
fn notes_come_from_files_of_their_own() {
    let builder = Builder::book(
        &[
            ("a.xhtml", "<p>Sea.<a epub:type='noteref' href='n.xhtml#n1'>1</a></p>"),
            ("b.xhtml", "<p>Land.<a epub:type='noteref' href='n.xhtml#n2'>2</a></p>"),
            (
                "n.xhtml",
                "<section epub:type='endnotes'><h2>Notes</h2><ol><li id='n1' epub:type='endnote'>One.</li><li id='n2' epub:type='endnote'>Two.</li></ol></section>",
            ),
        ],
        "<ol><li><a href='a.xhtml'>A</a></li><li><a href='b.xhtml'>B</a></li><li><a href='n.xhtml'>Notes</a></li></ol>",
    );
    let book = import_as(&builder.bytes(), &Options::default()).unwrap();
    assert_eq!(texts(&book), ["Sea.[1]\n\n[1] One.", "Land.[2]\n\n[2] Two."]);
    assert_eq!((codes(&book), detail(&book, "notes_moved")), (vec!["notes_moved"], Some(2)));
}

#[test]
fn links_in_the_text_are_no_notes() {
    let body = "<ul><li><a href='#c1'>1</a></li><li><a href='#c2'>2</a></li></ul><section id='c1'><h2><a href='#toc'>1</a></h2><p>あ</p></section><section id='c2'><p>い</p></section>";
    let book = read(body);
    assert!(texts(&book)[0].starts_with("1\n2\n") && texts(&book)[0].ends_with("い"), "{:?}", texts(&book));
    assert!(!codes(&book).contains(&"notes_moved"));
}

#[test]
fn page_furniture_is_not_text() {
    let page = |body: &str| {
        format!(
            "<p>霧の港</p><p><a href='x'>前へ</a>　<a href='t'>目次</a>　<a href='y'>次へ</a></p><h2>{body}</h2><p>本文{body}。</p><p><a href='x'>前へ</a> <a href='y'>次へ</a></p>"
        )
    };
    let title = "<p>霧の港</p><p>甲野乙女</p><p>あらすじ：</p><p>港の話。</p><p>掲載ページ:</p><p><a href='https://a.example/n1/'>https://a.example/n1/</a></p>";
    let builder = Builder::book(
        &[("t.xhtml", title), ("1.xhtml", &page("第一話")), ("2.xhtml", &page("第二話"))],
        "<ol><li><a href='t.xhtml'>霧の港</a></li><li><a href='1.xhtml'>第一話</a></li><li><a href='2.xhtml'>第二話</a></li></ol>",
    )
    .replace("OPS/package.opf", "<dc:title>題名", "<dc:title>霧の港");
    let book = import_as(&builder.bytes(), &Options::default()).unwrap();
    assert_eq!(texts(&book)[1..], ["本文第一話。", "本文第二話。"], "{:?}", texts(&book));
    assert!(!texts(&book)[0].contains("掲載ページ") && !texts(&book)[0].contains("http"));
    assert!(texts(&book)[0].contains("港の話。"));
    assert!(detail(&book, "page_furniture_removed").unwrap() >= 6);
}

#[test]
fn invisible_things_and_layout() {
    for (body, expected) in [
        ("<p>in&#xad;visible&#x200b; &nbsp;and&mdash;that</p>", "invisible \u{a0}and—that"),
        (
            "<p>a</p><p style='display:none'>b</p><p hidden='hidden'>c</p><p style='color:red; visibility: hidden'>d</p>",
            "a",
        ),
        ("<p><span class='dropcap'>T</span>he gate</p>", "The gate"),
        ("<p><span class='dropcap'>T</span>\nhe gate</p>", "The gate"),
        ("<p><span class='dropcap'>A</span> gate</p>", "A gate"),
        ("<div class='drop-cap'>T</div><p>he gate</p>", "The gate"),
        ("<p class='dropcap'>The gate</p><p>b</p>", "The gate\nb"),
        ("<p>a<span class='pagenum'>[12]</span>b <a class='pagenum' id='p13'>13</a>c</p>", "ab c"),
        ("<p>a<span role='doc-pagebreak' id='p1'>9</span>b</p>", "ab"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ("<p>a<br/>b<br/><br/>c</p><hr/><p>d</p>", "a\nb\n\nc\n\nd"),
        ("<p>x<math alttext='x squared'><msup><mi>x</mi><mn>2</mn></msup></math></p>", "xx squared"),
        ("<p><math alttext='Alternative text not available'><mi>x</mi></math></p>", "x"),
        ("<p><math><mfrac><mn>1</mn><mn>2</mn></mfrac></math></p>", "1/2"),
        (
            "<p><epub:switch><epub:case>odd</epub:case><epub:default>even</epub:default></epub:switch></p>",
            "even",
        ),
        ("<P>upper <B>case</B></P>", "upper case"),
    ] {
        assert_eq!(text(body), expected, "{body}");
    }
}
