//! EPUBs made in memory.

use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) const CONTAINER: &str = r#"<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;

/// A file tree that becomes an EPUB; later files replace earlier ones of their name.
#[derive(Clone, Default)]
pub(crate) struct Builder {
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Builder {
    /// An EPUB 3 of these documents (file name, body), all in the spine in their order, and this `<ol>` of
    /// contents.
    pub(crate) fn book(documents: &[(&str, &str)], contents: &str) -> Self {
        let mut builder = Self::default().with("mimetype", "application/epub+zip");
        builder = builder.with("META-INF/container.xml", CONTAINER);
        let mut items = String::new();
        let mut itemrefs = String::new();
        for (index, (name, body)) in documents.iter().enumerate() {
            items += &format!(r#"<item id="d{index}" href="{name}" media-type="application/xhtml+xml"/>"#);
            itemrefs += &format!(r#"<itemref idref="d{index}"/>"#);
            builder = builder.with(&format!("OPS/{name}"), xhtml(body));
        }
        items += r#"<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>"#;
        let nav = format!(r#"<nav epub:type="toc">{contents}</nav>"#);
        builder.with("OPS/package.opf", package(&items, &itemrefs, "")).with("OPS/nav.xhtml", xhtml(&nav))
    }

    pub(crate) fn with(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.retain(|(known, _)| known != name);
        self.files.push((name.to_owned(), content.as_ref().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.files.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn replace(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, content) = self.files.iter_mut().find(|(known, _)| known == name).unwrap();
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(text.contains(from));
        *content = text.replace(from, to).into_bytes();
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes_with(CompressionMethod::Deflated)
    }

    pub(crate) fn bytes_with(&self, method: CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.files {
            zip.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

pub(crate) fn package(items: &str, itemrefs: &str, more: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x</dc:identifier><dc:title>題名</dc:title><dc:creator>山田 花子</dc:creator><dc:language>ja-JP</dc:language></metadata><manifest>{items}</manifest><spine>{itemrefs}</spine>{more}</package>"#
    )
}

pub(crate) fn xhtml(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head><body>{body}</body></html>"#
    )
}

/// The smallest book that is read.
pub(crate) fn small() -> Builder {
    Builder::book(
        &[("a.xhtml", "<h1>一章</h1><p>本文。</p>")],
        r#"<ol><li><a href="a.xhtml">一章</a></li></ol>"#,
    )
}
