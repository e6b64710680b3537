//! EPUBs made to do harm: each gets its own clear error.

use crate::build::{Builder, CONTAINER, small, xhtml};
use crate::{codes, import, import_with, titles};
use colophon_import::Limits;
use zip::CompressionMethod;

fn code_of(bytes: &[u8]) -> &'static str {
    let error = import("a.epub", bytes).unwrap_err();
    let detail = error.detail();
    assert!(detail.ends_with('.') && detail.chars().count() < 500, "{detail}");
    error.code()
}

fn code(builder: &Builder) -> &'static str {
    code_of(&builder.bytes())
}

#[test]
fn a_bomb_of_declared_size_is_refused_before_inflating() {
    let zeros = vec![b' '; 140_000_000];
    assert_eq!(code(&small().with("OPS/bomb.bin", zeros)), "archive_too_large");
}

#[test]
fn a_bomb_is_refused_by_its_ratio() {
    let text = xhtml(&format!("<p>{}</p>", " ".repeat(5_000_000)));
    assert_eq!(code(&small().with("OPS/a.xhtml", text)), "archive_too_large");
    let package = format!("{}{}", "\n".repeat(11_000_000), CONTAINER);
    assert_eq!(code(&small().with("META-INF/container.xml", package)), "archive_too_large");
}

#[test]
fn a_bomb_that_lies_about_its_size_is_refused() {
    let text = xhtml(&format!("<p>{}</p>", " ".repeat(5_000_000)));
    let size = u32::try_from(text.len()).unwrap().to_le_bytes();
    let mut bytes = small().with("OPS/a.xhtml", &text).bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size).collect();
    assert!(places.len() >= 2);
    for at in places {
        bytes[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
    }
    // Cut off at the size it claims, or found out by its checksum: never inflated whole.
    assert!(matches!(code_of(&bytes), "archive_too_large" | "epub_invalid" | "xml_invalid" | "no_text"));
}

#[test]
fn the_sum_counts_even_if_each_file_is_small() {
    let limits = Limits { archive_bytes: 20_000, ..Limits::default() };
    let mut builder = small();
    for index in 0..30 {
        builder = builder.with(&format!("OPS/{index}.css"), "a".repeat(1000));
    }
    let error = import_with(Some("a.epub"), &builder.bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "archive_too_large");
}

#[test]
fn the_sum_of_what_is_read_counts_where_declared_sizes_are_no_reason() {
    let paragraphs = |chapter: usize| {
        (0..100)
            .map(|line| format!("<p>第{chapter}話の{line:03}行目は、夜の駅の話である。</p>"))
            .collect::<String>()
    };
    let bodies: Vec<String> =
        (10..20).map(|chapter| format!("<h1>第{chapter}話</h1>{}", paragraphs(chapter))).collect();
    let names: Vec<String> = (10..20).map(|chapter| format!("{chapter}.xhtml")).collect();
    let documents: Vec<(&str, &str)> =
        names.iter().zip(&bodies).map(|(name, body)| (&**name, &**body)).collect();
    let contents: String =
        names.iter().map(|name| format!(r#"<li><a href="{name}">第{}話</a></li>"#, &name[..2])).collect();
    // Stored as they are, ten chapters are a large archive: they may expand to twice its size.
    let book =
        Builder::book(&documents, &format!("<ol>{contents}</ol>")).bytes_with(CompressionMethod::Stored);
    let size = xhtml(&bodies[0]).len();
    let with = |archive_bytes: usize| {
        let limits = Limits { archive_bytes: archive_bytes as u64, ..Limits::default() };
        import_with(Some("a.epub"), &book, &limits)
    };
    let error = with(size * 5).unwrap_err();
    assert_eq!(error.code(), "archive_too_large");
    assert!(error.detail().starts_with("The EPUB "), "no single file is too large: {}", error.detail());
    assert_eq!(with(size * 40).unwrap().chapters.len(), 10);
}

#[test]
fn too_many_entries_are_refused() {
    let limits = Limits { archive_entries: 20, ..Limits::default() };
    let builder = (0..20).fold(small(), |builder, index| builder.with(&format!("x{index}"), "x"));
    assert_eq!(
        import_with(Some("a.epub"), &builder.bytes(), &limits).unwrap_err().code(),
        "too_many_entries"
    );
}

#[test]
fn path_tricks_are_refused() {
    for name in ["../../etc/passwd", "/etc/passwd", "OPS/../../x", "OPS\\..\\..\\x", "C:/x", "C:\\x"] {
        // The ZIP writer corrects such names. So a harmless name of the same length is written and then replaced.
        let harmless = "q".repeat(name.len());
        let mut bytes = small().with(&harmless, "x").bytes();
        let places: Vec<usize> = (0..bytes.len() - name.len())
            .filter(|at| bytes[*at..].starts_with(harmless.as_bytes()))
            .collect();
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        assert_eq!(code_of(&bytes), "unsafe_path", "{name}");
    }
    for href in ["../../etc/passwd", "/etc/passwd", "..%2f..%2fx.xhtml", "%2e%2e/%2e%2e/x", "..\\x"] {
        let builder = small().replace("OPS/package.opf", "\"a.xhtml\"", &format!("\"{href}\""));
        assert_eq!(code(&builder), "unsafe_path", "{href}");
    }
    let builder = small().replace("META-INF/container.xml", "OPS/package.opf", "../package.opf");
    assert_eq!(code(&builder), "unsafe_path");
}

#[test]
fn missing_files_have_their_own_error() {
    assert_eq!(code(&small().without("OPS/package.opf")), "epub_file_missing");
    assert_eq!(code(&small().without("OPS/a.xhtml")), "epub_file_missing");
    let no_rootfile = small().with("META-INF/container.xml", "<container/>").without("OPS/package.opf");
    assert_eq!(code(&no_rootfile), "epub_invalid");
    let no_container = small().without("META-INF/container.xml").without("OPS/package.opf");
    assert_eq!(code(&no_container), "epub_file_missing");
    let no_item = small().replace("OPS/package.opf", "idref=\"d0\"", "idref=\"nothing\"");
    assert_eq!(code(&no_item), "epub_invalid");
    let no_spine = small().replace("OPS/package.opf", r#"<itemref idref="d0"/>"#, "");
    assert_eq!(code(&no_spine), "epub_invalid");
    let no_package = small().with("OPS/package.opf", "<other/>");
    assert_eq!(code(&no_package), "epub_invalid");
}

#[test]
fn a_missing_table_of_contents_is_no_reason_to_refuse() {
    let book = import("a.epub", &small().without("OPS/nav.xhtml").bytes()).unwrap();
    assert_eq!(titles(&book), ["一章"]);
}

#[test]
fn broken_xml_is_repaired_or_refused_and_never_half_read() {
    for broken in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&unknown;</a>",
        "<a>&#0;</a>",
        "<a>&#x8;</a>",
        "<a>&amp</a>",
        "<a><![CDATA[x</a>",
        "<a/>text",
        "<a><!-- </a>",
        "</a>",
    ] {
        assert_eq!(code(&small().with("OPS/package.opf", broken)), "epub_invalid", "{broken:?}");
        // Everything else can be found or done without.
        for path in ["META-INF/container.xml", "OPS/nav.xhtml"] {
            let book = import("a.epub", &small().with(path, broken).bytes()).unwrap();
            assert_eq!(book.chapters[0].source_text, "本文。", "{path}: {broken:?}");
        }
        let builder = Builder::book(
            &[("a.xhtml", "<h1>一章</h1><p>本文。</p>"), ("b.xhtml", "")],
            "<ol><li><a href='a.xhtml'>一章</a></li><li><a href='b.xhtml'>二章</a></li></ol>",
        );
        let book = import("a.epub", &builder.with("OPS/b.xhtml", broken).bytes()).unwrap();
        assert!(codes(&book).contains(&"markup_repaired"), "{broken:?}");
        assert_eq!(book.chapters[0].source_text, "本文。");
    }
}

#[test]
fn bad_bytes_in_xml_are_refused() {
    assert_eq!(code(&small().with("OPS/a.xhtml", b"\xef\xbb\xbf<a>\xff</a>")), "encoding_invalid");
    assert_eq!(code(&small().with("OPS/a.xhtml", b"<a>\0</a>")), "nul_character");
}

#[test]
fn entities_never_multiply() {
    let laughs = r#"<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><html><body><p>&c;</p></body></html>"#;
    assert_eq!(code(&small().with("OPS/a.xhtml", laughs)), "xml_invalid");
    // Markup that is broken elsewhere does not open another way.
    assert_eq!(code(&small().with("OPS/a.xhtml", laughs.replace("</p>", ""))), "xml_invalid");
    let outside =
        r#"<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>&x;</p></body></html>"#;
    assert_eq!(code(&small().with("OPS/a.xhtml", outside)), "xml_invalid");
    let unused = r#"<!DOCTYPE html [<!ENTITY x "y">]><html><body><p>本文</p></body></html>"#;
    assert!(import("a.epub", &small().with("OPS/a.xhtml", unused).bytes()).is_ok());
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let deep =
        |tag: &str, n: usize| format!("{}{}", format!("<{tag}>").repeat(n), format!("</{tag}>").repeat(n));
    let body = xhtml(&deep("div", 100_000));
    assert_eq!(
        code_of(&small().with("OPS/a.xhtml", body).bytes_with(CompressionMethod::Stored)),
        "xml_too_deep"
    );
    for (path, tag) in [("OPS/nav.xhtml", "li"), ("OPS/package.opf", "x"), ("META-INF/container.xml", "x")] {
        let builder = small().with(path, deep(tag, 100_000));
        assert_eq!(code_of(&builder.bytes_with(CompressionMethod::Stored)), "xml_too_deep", "{path}");
    }
}

#[test]
fn refinements_of_refinements_do_not_overflow_the_stack() {
    let chain: String = (1..50_000)
        .map(|n| format!(r##"<meta id="m{n}" refines="#m{}" property="role">aut</meta>"##, n - 1))
        .collect();
    let builder = small().replace("OPS/package.opf", "</metadata>", &format!("{chain}</metadata>"));
    let limits = Limits { expansion_ratio: 10_000, ..Limits::default() };
    assert!(import_with(Some("a.epub"), &builder.bytes(), &limits).is_ok());
    let cycle = r##"<meta id="m1" refines="#m2" property="a">x</meta><meta id="m2" refines="#m1" property="a">x</meta>"##;
    let builder = small().replace("OPS/package.opf", "</metadata>", &format!("{cycle}</metadata>"));
    assert!(import("a.epub", &builder.bytes()).is_ok());
}

#[test]
fn a_file_repeated_in_the_reading_order_is_read_once() {
    let many = r#"<itemref idref="d0"/>"#.repeat(20_000);
    let builder = small().replace("OPS/package.opf", r#"<itemref idref="d0"/>"#, &many);
    let book = import("a.epub", &builder.bytes_with(CompressionMethod::Stored)).unwrap();
    assert_eq!(titles(&book), ["一章"]);
}

#[test]
fn copy_protection_is_refused_and_obfuscated_fonts_are_not() {
    let encryption = |algorithm: &str, path: &str| {
        format!(
            r#"<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData><enc:CipherReference URI="{path}"/></enc:CipherData></enc:EncryptedData></encryption>"#
        )
    };
    let aes = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/a.xhtml");
    assert_eq!(code(&small().with("META-INF/encryption.xml", aes)), "epub_encrypted");
    let font = encryption("http://www.idpf.org/2008/embedding", "OPS/f.ttf");
    assert!(import("a.epub", &small().with("META-INF/encryption.xml", font).bytes()).is_ok());
    // The flag of the ZIP format itself, in both of the entry's headers.
    let mut bytes = small().bytes();
    for (signature, flag) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let places: Vec<usize> =
            (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == *signature).collect();
        places.into_iter().for_each(|at| bytes[at + flag] |= 1);
    }
    assert_eq!(code_of(&bytes), "epub_encrypted");
}

#[test]
fn other_zip_archives_are_no_epubs() {
    let docx = Builder::default().with("word/document.xml", "<x/>").with("[Content_Types].xml", "<x/>");
    assert_eq!(code(&docx), "unsupported_file_type");
    let odt = Builder::default().with("mimetype", "application/vnd.oasis.opendocument.text");
    assert_eq!(code(&odt), "unsupported_file_type");
    assert_eq!(code_of(&small().bytes()[..200]), "epub_invalid");
}

#[test]
fn a_book_without_text_is_refused() {
    assert_eq!(code(&small().with("OPS/a.xhtml", xhtml("<p><img src='a.png'/></p>"))), "no_text");
}

#[test]
fn large_books_are_read_whole() {
    let documents: Vec<(String, String)> = (0..3_000)
        .map(|n| {
            (format!("{n}.xhtml"), format!("<h2 id='h'>第{n}話</h2>{}", "<p>本文が続く。</p>".repeat(50)))
        })
        .collect();
    let documents: Vec<(&str, &str)> = documents.iter().map(|(n, b)| (n.as_str(), b.as_str())).collect();
    let contents: String =
        (0..3_000).map(|n| format!("<li><a href='{n}.xhtml#h'>第{n}話</a></li>")).collect();
    let book = import("a.epub", &Builder::book(&documents, &format!("<ol>{contents}</ol>")).bytes()).unwrap();
    assert_eq!(book.chapters.len(), 3_000);
    let marks: String = (0..30_000).map(|n| format!("<p id='p{n}'>文</p>")).collect();
    let contents: String = (0..9_000).map(|n| format!("<li><a href='a.xhtml#p{n}'>{n}番</a></li>")).collect();
    let builder = Builder::book(&[("a.xhtml", &marks)], &format!("<ol>{contents}</ol>"));
    let book = import("a.epub", &builder.bytes_with(CompressionMethod::Stored)).unwrap();
    assert_eq!(book.chapters.len(), 9_000);
}

#[test]
fn packages_made_to_cost_time_and_memory_are_read_with_few_warnings() {
    const SIZE: usize = 1_000_000;
    let filled = |unit: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        let mut n = 0;
        while text.len() < SIZE {
            text += &unit(n);
            n += 1;
        }
        text
    };
    let metas = filled(&|n| format!(r##"<meta id="m{n}" refines="#a" property="p{n}">x</meta>"##));
    let creators = filled(&|n| format!(r#"<dc:creator id="c{n}">x</dc:creator>"#));
    let items =
        filled(&|n| format!(r#"<item id="i{n}" href="i{n}" media-type="x/y" fallback="i{}"/>"#, n + 1));
    let attributes = filled(&|n| format!(r#" a{n}="x""#));
    let item = r#"<item id="d0""#;
    for (from, to) in [
        ("</metadata>", format!("{metas}</metadata>")),
        ("</metadata>", format!("{creators}</metadata>")),
        ("</manifest>", format!("{items}</manifest>")),
        ("<metadata", format!("<metadata{attributes}")),
        ("<spine", format!("<spine{attributes}")),
        (item, format!("{item}{attributes}")),
    ] {
        let builder = small().replace("OPS/package.opf", from, &to);
        let book = import("a.epub", &builder.bytes_with(CompressionMethod::Stored)).unwrap();
        assert!(book.warnings.len() < 30);
    }
    let entries = filled(&|n| format!("<li><a href='a.xhtml#f{n}'>x</a></li>"));
    let body = format!("<p{attributes}>本文</p>");
    let builder = Builder::book(&[("a.xhtml", &body)], &format!("<ol>{entries}</ol>"));
    let book = import("a.epub", &builder.bytes_with(CompressionMethod::Stored)).unwrap();
    assert!(book.warnings.len() < 30);
}

#[test]
fn an_archive_in_the_archive_is_never_opened() {
    let zeros = vec![b' '; 30_000_000];
    let inner = small().with("OPS/bomb.bin", zeros).bytes();
    let nested = small().with("OPS/inner.epub", &inner).with("OPS/inner.zip", &inner).bytes();
    assert_eq!(titles(&import("a.epub", &nested).unwrap()), ["一章"]);
    let as_document = small().with("OPS/a.xhtml", &inner).bytes();
    assert!(matches!(code_of(&as_document), "encoding_invalid" | "nul_character"));
}

/// An archive whose directory names one file's data so many times, each time as another file.
fn overlapping(file: &str, times: u16) -> Vec<u8> {
    let bytes = small().with(file, vec![b' '; 1_000_000]).bytes();
    let find = |what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what).unwrap();
    let end = find(b"PK\x05\x06");
    let directory = u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize;
    // The directory's last entry is the file's, for it was written last.
    let entry = &bytes[find(b"PK\x01\x02")..end];
    let name = entry.windows(file.len()).position(|window| window == file.as_bytes()).unwrap();
    let mut made = bytes[..end].to_vec();
    for n in 1..times {
        let mut copy = entry.to_vec();
        copy[name..name + 4].copy_from_slice(format!("{n:04}").as_bytes());
        made.extend(copy);
    }
    let size = u32::try_from(made.len() - directory).unwrap();
    let mut tail = bytes[end..].to_vec();
    let entries = u16::from_le_bytes(tail[10..12].try_into().unwrap()) + times - 1;
    for at in [8, 10] {
        tail[at..at + 2].copy_from_slice(&entries.to_le_bytes());
    }
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    made.extend(tail);
    made
}

#[test]
fn entries_that_share_their_data_count_each() {
    assert_eq!(titles(&import("a.epub", &overlapping("zzzz.bin", 1)).unwrap()), ["一章"]);
    assert_eq!(titles(&import("a.epub", &overlapping("zzzz.bin", 50)).unwrap()), ["一章"]);
    let bytes = overlapping("zzzz.bin", 9_000);
    assert!(bytes.len() < 1_000_000, "{}", bytes.len());
    assert_eq!(code_of(&bytes), "archive_too_large");
}
