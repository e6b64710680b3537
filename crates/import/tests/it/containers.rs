//! Archives and packages as tools write them, in and out of the rules.

use crate::build::{Builder, package, small, xhtml};
use crate::{codes, import, texts, titles};
use colophon_import::Book;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn read(bytes: &[u8]) -> Book {
    import("a.epub", bytes).unwrap()
}

/// The small book with options for its entries.
fn zipped(options: impl Fn(&str) -> SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in small().files {
        zip.start_file(name.as_str(), options(&name)).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn is_the_small_book(bytes: &[u8], what: &str) {
    let book = read(bytes);
    assert_eq!((titles(&book), texts(&book)), (vec!["一章"], vec!["本文。"]), "{what}");
}

#[test]
fn archives_of_every_kind() {
    let deflated = SimpleFileOptions::default();
    let stored = deflated.compression_method(CompressionMethod::Stored);
    is_the_small_book(&zipped(|_| deflated), "mimetype compressed");
    is_the_small_book(&zipped(|_| stored), "stored");
    is_the_small_book(&zipped(|_| deflated.large_file(true)), "sizes of 64 bits");
    is_the_small_book(&small().without("mimetype").bytes(), "no mimetype");
    is_the_small_book(
        &small().with("mimetype", "application/epub+zip\r\n").bytes(),
        "mimetype with a line end",
    );
    // Without seeking, sizes come after the data.
    let mut zip = ZipWriter::new_stream(Vec::new());
    for (name, content) in small().files {
        zip.start_file(name.as_str(), deflated).unwrap();
        zip.write_all(&content).unwrap();
    }
    is_the_small_book(&zip.finish().unwrap().into_inner(), "data descriptors");
    let mut folders = ZipWriter::new(Cursor::new(Vec::new()));
    for folder in ["META-INF/", "OPS/", "empty/"] {
        folders.add_directory(folder, deflated).unwrap();
    }
    for (name, content) in small().files {
        folders.start_file(name.as_str(), deflated).unwrap();
        folders.write_all(&content).unwrap();
    }
    folders.set_comment("made by hand").unwrap();
    is_the_small_book(&folders.finish().unwrap().into_inner(), "folders and a comment");
    let mut after = small().bytes();
    after.extend(b"\r\n");
    is_the_small_book(&after, "bytes after the archive");
}

#[test]
fn bytes_before_the_archive() {
    for before in [&b"\xef\xbb\xbf"[..], b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"] {
        let bytes = [before, &small().bytes()].concat();
        is_the_small_book(&bytes, "bytes before the archive");
    }
}

#[test]
fn fonts_may_be_encrypted_and_text_may_not() {
    let encryption = |algorithm: &str, file: &str| {
        format!(
            "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container' xmlns:enc='http://www.w3.org/2001/04/xmlenc#'><enc:EncryptedData><enc:EncryptionMethod Algorithm='{algorithm}'/><enc:CipherData><enc:CipherReference URI='{file}'/></enc:CipherData></enc:EncryptedData></encryption>"
        )
    };
    for (algorithm, file) in [
        ("http://www.idpf.org/2008/embedding", "OPS/a.otf"),
        ("http://ns.adobe.com/pdf/enc#RC", "OPS/a.ttf"),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/Fonts/a.woff2"),
    ] {
        is_the_small_book(
            &small().with("META-INF/encryption.xml", encryption(algorithm, file)).bytes(),
            file,
        );
    }
    let drm = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/a.xhtml");
    let error = import("a.epub", &small().with("META-INF/encryption.xml", drm).bytes()).unwrap_err();
    assert_eq!(error.code(), "epub_encrypted");
    assert!(error.detail().contains("copy protection") && error.detail().contains("OPS/a.xhtml"));
}

#[test]
fn encodings_of_pages() {
    let page = xhtml("<h1>一章</h1><p>本文。</p>");
    let utf_16 = |page: &str, order: fn(u16) -> [u8; 2], mark: &[u8]| {
        let units = page.encode_utf16().flat_map(order);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let declared = page.replace("UTF-8", "UTF-16");
    let shift_jis = page.replace("UTF-8", "Shift_JIS");
    for (what, bytes) in [
        ("UTF-16 with a mark", utf_16(&declared, u16::to_le_bytes, b"\xff\xfe")),
        ("UTF-16, the other order", utf_16(&declared, u16::to_be_bytes, b"\xfe\xff")),
        ("UTF-16 without a mark", utf_16(&declared, u16::to_be_bytes, b"")),
        ("UTF-8 that says UTF-16", declared.clone().into_bytes()),
        ("UTF-8 that says Latin 1", page.replace("UTF-8", "ISO-8859-1").into_bytes()),
        ("UTF-8 that says Shift_JIS", shift_jis.clone().into_bytes()),
        ("Shift_JIS", encoding_rs::SHIFT_JIS.encode(&shift_jis).0.into_owned()),
        ("UTF-8 with a mark", [b"\xef\xbb\xbf", page.as_bytes()].concat()),
        ("an unknown encoding", page.replace("UTF-8", "x-none").into_bytes()),
    ] {
        let bytes = small().with("OPS/a.xhtml", bytes).bytes();
        is_the_small_book(&bytes, what);
    }
}

#[test]
fn names_of_files_are_found() {
    for (stored, reference) in [
        ("OPS/第一章.xhtml", "%E7%AC%AC%E4%B8%80%E7%AB%A0.xhtml"),
        ("OPS/第一章.xhtml", "第一章.xhtml"),
        ("OPS/%E7%AC%AC.xhtml", "%E7%AC%AC.xhtml"),
        ("OPS/100% sure.xhtml", "100%25%20sure.xhtml"),
        ("OPS/100% sure.xhtml", "100% sure.xhtml"),
        ("OPS/a#b.xhtml", "a%23b.xhtml"),
        ("OPS\\Text\\a.xhtml", "Text/a.xhtml"),
        ("OPS/Text/a.xhtml", "Text\\a.xhtml"),
        ("OPS/Text/A.XHTML", "text/a.xhtml"),
        ("/OPS/Text/a.xhtml", "Text/a.xhtml"),
        ("OPS/Text/a.xhtml", "/OPS/Text/a.xhtml"),
        ("OPS/Text/a.xhtml", "./Text/../Text/a.xhtml"),
        ("OPS/a & b.xhtml", "a%20&amp;%20b.xhtml"),
    ] {
        let items = format!(
            "<item id='d' href='{reference}' media-type='application/xhtml+xml'/><item id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/>"
        );
        let nav = format!("<nav epub:type='toc'><ol><li><a href='{reference}'>一章</a></li></ol></nav>");
        let builder = small()
            .without("OPS/a.xhtml")
            .with(stored, xhtml("<h1>一章</h1><p>本文。</p>"))
            .with("OPS/package.opf", package(&items, "<itemref idref='d'/>", ""))
            .with("OPS/nav.xhtml", xhtml(&nav));
        is_the_small_book(&builder.bytes(), &format!("{stored} {reference}"));
    }
}

fn two() -> Builder {
    Builder::book(
        &[("a.xhtml", "<h1>一章</h1><p>あ</p>"), ("b.xhtml", "<h1>二章</h1><p>い</p>")],
        "<ol><li><a href='a.xhtml'>一章</a></li><li><a href='b.xhtml'>二章</a></li></ol>",
    )
}

#[test]
fn tables_of_contents_in_and_out_of_order() {
    let ncx = "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap><navPoint id='1'><navLabel><text>一章</text></navLabel><content src='a.xhtml'/></navPoint><navPoint id='2'><navLabel><text>二章</text></navLabel><content src='b.xhtml'/></navPoint></navMap></ncx>";
    let ncx_item = "<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/></manifest>";
    let nav_item =
        "<item id=\"nav\" href=\"nav.xhtml\" properties=\"nav\" media-type=\"application/xhtml+xml\"/>";
    let ncx_only = || {
        let builder = two().without("OPS/nav.xhtml").replace("OPS/package.opf", nav_item, "");
        builder.replace("OPS/package.opf", "</manifest>", ncx_item).with("OPS/toc.ncx", ncx)
    };
    for (what, builder) in [
        ("nav only", two()),
        ("NCX only", ncx_only()),
        ("both", two().replace("OPS/package.opf", "</manifest>", ncx_item).with("OPS/toc.ncx", ncx)),
        ("an NCX that nobody names", ncx_only().replace("OPS/package.opf", "<spine>", "<spine toc='gone'>")),
        ("a nav that is gone", two().without("OPS/nav.xhtml")),
        ("a nav by another name", two().without("OPS/nav.xhtml").with("OPS/toc.xhtml", "<html/>")),
        ("no table at all", two().without("OPS/nav.xhtml").replace("OPS/package.opf", nav_item, "")),
        ("an empty nav", two().with("OPS/nav.xhtml", xhtml("<nav epub:type='toc'><ol/></nav>"))),
        (
            "a nav in the reading order",
            two().replace("OPS/package.opf", "<spine>", "<spine><itemref idref='nav'/>"),
        ),
        ("places that are gone", two().replace("OPS/nav.xhtml", "b.xhtml", "b.xhtml#gone")),
        ("a wrong folder", two().replace("OPS/nav.xhtml", "b.xhtml", "Text/b.xhtml")),
    ] {
        let book = read(&builder.bytes());
        assert_eq!((titles(&book), texts(&book)), (vec!["一章", "二章"], vec!["あ", "い"]), "{what}");
    }
}

#[test]
fn items_outside_the_order_and_in_other_formats() {
    let linear = "<itemref idref=\"d1\"/>";
    let book = read(&two().replace("OPS/package.opf", linear, "<itemref idref='d1' linear='no'/>").bytes());
    assert_eq!(titles(&book), ["一章", "二章"], "what the table lists is read");
    let unlisted = two().replace("OPS/package.opf", linear, "<itemref idref='d1' linear='no'/>").replace(
        "OPS/nav.xhtml",
        "<li><a href='b.xhtml'>二章</a></li>",
        "",
    );
    let book = read(&unlisted.bytes());
    assert_eq!((titles(&book), codes(&book)), (vec!["一章"], vec!["non_linear_skipped"]));
    let fallback = two().replace("OPS/package.opf", "<item id=\"d1\" href=\"b.xhtml\" media-type=\"application/xhtml+xml\"/>", "<item id='d1' href='b.pdf' media-type='application/pdf' fallback='f'/><item id='f' href='b.xhtml' media-type='application/xhtml+xml'/>").with("OPS/b.pdf", "%PDF-1.7");
    let book = read(&fallback.bytes());
    assert_eq!((titles(&book), texts(&book)), (vec!["一章", "二章"], vec!["あ", "い"]));
}
