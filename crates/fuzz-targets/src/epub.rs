//! EPUBs whose archive is sound and whose documents are not.

use std::io::{Cursor, Write as _};

use colophon_import::{Notes, Options, Ruby, Split};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::file::{check_import, check_import_as, limits};

const CONTAINER: &[u8] = br#"<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;

/// In the order of the documents in the input.
const NAMES: &[&str] = &[
    "OPS/package.opf",
    "OPS/nav.xhtml",
    "OPS/a.xhtml",
    "OPS/b.xhtml",
    "OPS/toc.ncx",
    "META-INF/encryption.xml",
    "META-INF/container.xml",
];

/// Between documents: no byte of UTF-8.
const SEPARATOR: u8 = 0xff;

/// The first byte chooses the limits; what remains are the documents, those that are empty left out. What must hold
/// is as for any file.
pub fn check_epub(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let documents = NAMES.iter().copied().zip(rest.split(|byte| *byte == SEPARATOR));
    let documents: Vec<(&str, &[u8])> = documents.filter(|(_, content)| !content.is_empty()).collect();
    let has_container = documents.iter().any(|(name, _)| *name == "META-INF/container.xml");
    let container = (!has_container).then_some(("META-INF/container.xml", CONTAINER));
    let bytes = packed(documents.into_iter().chain(container));
    check_import(Some("a.epub"), &bytes, &limits(choice & 1 != 0));
}

const PACKAGE: &[u8] = br#"<package version="3.0"><metadata><title>T</title></metadata><manifest><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>"#;
const NAVIGATION: &[u8] =
    br#"<html><body><nav epub:type="toc"><ol><li><a href="a.xhtml">A</a></li></ol></nav></body></html>"#;

/// The first byte chooses the limits and options; what remains is a page, which is read as XHTML, and by the rules
/// of HTML where it is not well-formed. A second one may follow it.
///
/// Whatever the page is, reading it ends soon: the fuzzer stops at inputs that take long.
pub fn check_html(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let mut pages = rest.splitn(2, |byte| *byte == SEPARATOR);
    let (first, second) = (pages.next().unwrap_or_default(), pages.next().unwrap_or_default());
    let documents = [
        ("META-INF/container.xml", CONTAINER),
        ("OPS/package.opf", PACKAGE),
        ("OPS/nav.xhtml", NAVIGATION),
        ("OPS/a.xhtml", first),
        ("OPS/b.xhtml", second),
    ];
    let options = Options {
        ruby: if choice & 2 == 0 { Ruby::Drop } else { Ruby::Keep },
        notes: if choice & 4 == 0 { Notes::Keep } else { Notes::Drop },
        split: if choice & 8 == 0 { Split::Auto } else { Split::Headings },
        ..Options::default()
    };
    check_import_as(Some("a.epub"), &packed(documents), &options, &limits(choice & 1 != 0));
}

fn packed<'a>(documents: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in documents {
        zip.start_file(name, options).expect("a file in memory can be begun");
        zip.write_all(content).expect("memory can be written");
    }
    zip.finish().expect("memory can be written").into_inner()
}
