//! EPUBs whose archive is sound and whose documents are not.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::file::{check_import, limits};

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
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut write = |name: &str, content: &[u8]| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(name, options).expect("a file in memory can be begun");
        zip.write_all(content).expect("memory can be written");
    };
    let mut has_container = false;
    for (name, content) in NAMES.iter().zip(rest.split(|byte| *byte == SEPARATOR)) {
        if !content.is_empty() {
            write(name, content);
            has_container |= *name == "META-INF/container.xml";
        }
    }
    if !has_container {
        write("META-INF/container.xml", CONTAINER);
    }
    let bytes = zip.finish().expect("memory can be written").into_inner();
    check_import(Some("a.epub"), &bytes, &limits(choice & 1 != 0));
}
