//! EPUBs that break the rules in ways that are safe to repair.

use crate::build::{Builder, package, small, xhtml};
use crate::{codes, import_as, texts, titles};
use colophon_import::{Book, Options};
use zip::CompressionMethod;

fn read(builder: &Builder) -> Book {
    import_as(&builder.bytes(), &Options::default()).unwrap()
}

fn text(body: &str) -> String {
    let book = read(&small().with("OPS/a.xhtml", xhtml(body)));
    assert!(codes(&book).contains(&"markup_repaired"), "{body}");
    texts(&book)[0].to_owned()
}

#[test]
fn markup_is_read_as_browsers_do() {
    for (body, expected) in [
        ("<p>Smith & Sons, R&D, &unknown; &copy2</p>", "Smith & Sons, R&D, &unknown; ©2"),
        ("<p>a<br>b<p>c", "a\nb\nc"),
        ("<p>1 < 2 and <i>so</p><p>on</i></p>", "1 < 2 and so\non"),
        ("<p class=one id=two>a<img src=x alt=\"A map of it\">", "a\n［A map of it］"),
        ("<script/><title/><style/><p>a &</p>", "a &"),
        ("<p>a<a id='x'/> b & c</p><div/><p>d</p>", "a b & c\nd"),
        ("<p>a <![CDATA[<b>]]> & c</p>", "a <b> & c"),
        ("<table><p>a & b</p><tr><td>c</table>", "a & b\nc"),
        ("<ul><li>a<li>b & c</ul>", "a\nb & c"),
        ("<p>&nbsp;&#151;&amp;&lt; & x</p>", "\u{a0}—&< & x"),
        ("<ruby>山<rt>やま</ruby>と<ruby>川<rt>かわ</ruby> & x", "山と川 & x"),
    ] {
        assert_eq!(text(body), expected, "{body}");
    }
}

#[test]
fn a_repaired_file_says_which_one_it_is() {
    let book = read(&small().with("OPS/a.xhtml", xhtml("<p>a & b")));
    assert_eq!(book.warnings[0].file.as_deref(), Some("OPS/a.xhtml"));
    assert_eq!(book.warnings.len(), 1);
}

#[test]
fn broken_tables_and_packages_are_read() {
    let builder = small()
        .replace("OPS/nav.xhtml", "</nav>", "& so on")
        .replace("OPS/package.opf", "題名", "題 & 名")
        .replace("OPS/package.opf", "</package>", "");
    let book = read(&builder);
    assert_eq!((titles(&book), book.title.as_deref()), (vec!["一章"], Some("題 & 名")));
    assert_eq!(codes(&book), ["markup_repaired", "markup_repaired"]);
}

#[test]
fn the_package_is_found_without_a_container() {
    for builder in [
        small().without("META-INF/container.xml"),
        small().without("META-INF/container.xml").without("mimetype"),
        small().with("META-INF/container.xml", "<container/>"),
        small().replace("META-INF/container.xml", "OPS/package.opf", "OEBPS/content.opf"),
        small().replace("META-INF/container.xml", "OPS/package.opf", "ops/Package.opf"),
    ] {
        let book = read(&builder);
        assert_eq!((titles(&book), codes(&book)), (vec!["一章"], vec!["epub_repaired"]));
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    for (href, name) in [
        ("A.XHTML", "OPS/a.xhtml"),
        ("a%20b.xhtml", "OPS/a%20b.xhtml"),
        ("a b.xhtml", "OPS/a%20b.xhtml"),
        ("/OPS/a.xhtml", "OPS/a.xhtml"),
        ("Text\\a.xhtml", "OPS/Text/a.xhtml"),
        ("text/a.xhtml", "OPS\\Text\\a.xhtml"),
    ] {
        let builder = small()
            .without("OPS/a.xhtml")
            .with(name, xhtml("<p>本文。</p>"))
            .replace("OPS/package.opf", "\"a.xhtml\"", &format!("\"{href}\""))
            .replace("OPS/nav.xhtml", "\"a.xhtml\"", &format!("\"{href}\""));
        let book = read(&builder);
        assert_eq!((titles(&book), texts(&book)), (vec!["一章"], vec!["本文。"]), "{href} {name}");
        assert_eq!(codes(&book), ["epub_repaired"], "{href} {name}");
    }
    // Two files whose names differ in case only are two files.
    let builder = Builder::book(
        &[("a.xhtml", "<p>あ</p>"), ("A.xhtml", "<p>い</p>")],
        "<ol><li><a href='a.xhtml'>一</a></li><li><a href='A.xhtml'>二</a></li></ol>",
    );
    assert_eq!((texts(&read(&builder)), codes(&read(&builder))), (vec!["あ", "い"], vec![]));
}

#[test]
fn names_that_begin_at_a_root_are_taken_if_the_package_lists_them() {
    let rooted = |mut builder: Builder| {
        for (name, _) in builder.files.iter_mut().filter(|(name, _)| name.starts_with("OPS/")) {
            // The ZIP writer corrects such names. The test therefore writes a correct name of the same length, and
            // replaces it in the finished file.
            *name = format!("X{name}");
        }
        let mut bytes = builder.bytes_with(CompressionMethod::Stored);
        for at in (0..bytes.len() - 5).filter(|at| bytes[*at..*at + 5] == *b"XOPS/").collect::<Vec<_>>() {
            bytes[at] = b'/';
        }
        import_as(&bytes, &Options::default())
    };
    let book = rooted(small()).unwrap();
    assert_eq!((titles(&book), codes(&book)), (vec!["一章"], vec!["epub_repaired"]));
    assert_eq!(rooted(small().with("OPS/passwd", "x")).unwrap_err().code(), "unsafe_path");
}

#[test]
fn items_that_the_manifest_lacks_are_found_by_their_names() {
    let builder = Builder::book(
        &[("a.xhtml", "<p>あ</p>"), ("chapter2.xhtml", "<p>い</p>"), ("c.xhtml", "<p>う</p>")],
        "<ol><li><a href='a.xhtml'>一</a></li><li><a href='chapter2.xhtml'>二</a></li><li><a href='c.xhtml'>三</a></li></ol>",
    )
    .replace("OPS/package.opf", r#"<item id="d1" href="chapter2.xhtml" media-type="application/xhtml+xml"/>"#, "")
    .replace("OPS/package.opf", r#"idref="d1""#, r#"idref="Chapter2""#);
    let book = read(&builder);
    assert_eq!((titles(&book), texts(&book)), (vec!["一", "二", "三"], vec!["あ", "い", "う"]));
    assert_eq!(codes(&book), ["epub_repaired"]);
}

#[test]
fn a_file_of_the_reading_order_may_be_missing_with_a_warning() {
    let builder = Builder::book(
        &[("a.xhtml", "<p>あ</p>"), ("b.xhtml", "<p>い</p>")],
        "<ol><li><a href='a.xhtml'>一</a></li><li><a href='b.xhtml'>二</a></li></ol>",
    );
    let book = read(&builder.without("OPS/b.xhtml"));
    assert_eq!((titles(&book), codes(&book)), (vec!["一"], vec!["files_missing", "contents_entry_broken"]));
    assert!(book.warnings[0].detail.contains("OPS/b.xhtml"));
}

#[test]
fn a_wrong_media_type_is_no_reason_to_lose_a_chapter() {
    let item = r#"<item id="d0" href="a.html" media-type="text/plain"/>"#;
    let builder = small().with("OPS/package.opf", package(item, r#"<itemref idref="d0"/>"#, ""));
    let book = read(&builder.with("OPS/a.html", "<p>本文。</p>"));
    assert_eq!(texts(&book), ["本文。"]);
}

#[test]
fn plain_entities_of_a_file_are_read() {
    let document =
        "<!DOCTYPE html [<!ENTITY house \"Smith &amp; Sons\">]><html><body><p>&house;.</p></body></html>";
    assert_eq!(texts(&read(&small().with("OPS/a.xhtml", document))), ["Smith & Sons."]);
}

#[test]
fn encrypted_fonts_are_no_copy_protection() {
    let encryption = r#"<encryption xmlns:enc="x"><enc:EncryptedData><enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/><enc:CipherData><enc:CipherReference URI="OPS/font.otf"/></enc:CipherData></enc:EncryptedData></encryption>"#;
    assert_eq!(titles(&read(&small().with("META-INF/encryption.xml", encryption))), ["一章"]);
}

#[test]
fn deep_and_long_markup_is_read_to_its_end() {
    // Work in proportion to the square of these lengths would take hours.
    let attributes: String = (0..200_000).map(|n| format!(" a{n}='x'")).collect();
    let deep = "<div>".repeat(100_000);
    let formatting: String = (0..200).map(|n| format!("<font a{n}='x'>")).collect();
    let paragraphs = "<p>x".repeat(100_000);
    for body in [
        format!("<p{attributes}>a & b</p>"),
        format!("& {deep}"),
        format!("& {formatting}{paragraphs}"),
        format!("& {}", "<table><tr><td>".repeat(50_000)),
        format!("& {}", "</p>".repeat(200_000)),
        format!("& {}", "<a><b>".repeat(100_000)),
    ] {
        let builder = small().with("OPS/a.xhtml", xhtml(&body));
        let result = import_as(&builder.bytes_with(CompressionMethod::Stored), &Options::default());
        let code = result.map_or_else(|error| error.code(), |_| "read");
        assert!(matches!(code, "read" | "xml_invalid" | "xml_too_deep"), "{code}: {:.40}", body);
    }
}
