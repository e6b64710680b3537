//! Files to import, as they come.

use std::io::Cursor;

use colophon_import::{Book, ImportError, Limits, Options, Warning};

const NAMES: &[Option<&str>] = &[Some("a.txt"), Some("a.md"), Some("a.epub"), None];

/// The first byte chooses the file's name and the limits; what remains is the file.
///
/// It becomes a book within its limits, which can be stored and shown, or an error that can be; the same each time;
/// and text becomes the same book whatever its encoding is.
pub fn check_file(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let name = NAMES[usize::from(choice & 3)];
    let limits = limits(choice & 4 != 0);
    check_import(name, bytes, &limits);
    if choice & 8 != 0
        && let Ok(text) = str::from_utf8(bytes)
    {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_encodings(name, text, &limits);
    }
}

/// The product's limits, or such that a small file comes to.
pub(crate) fn limits(are_small: bool) -> Limits {
    if !are_small {
        return Limits::default();
    }
    Limits {
        text_bytes: 4096,
        epub_bytes: 4096,
        archive_entries: 6,
        archive_bytes: 3000,
        package_document_bytes: 1000,
        expansion_ratio: 2,
        xml_depth: 8,
        chapters: 3,
        chapter_chars: 60,
        split_chars: 40,
        title_chars: 12,
    }
}

fn import(name: Option<&str>, bytes: &[u8], limits: &Limits) -> Result<Book, ImportError> {
    colophon_import::import(name, Cursor::new(bytes), &Options::default(), limits)
}

pub(crate) fn check_import(name: Option<&str>, bytes: &[u8], limits: &Limits) {
    check_import_as(name, bytes, &Options::default(), limits);
}

pub(crate) fn check_import_as(name: Option<&str>, bytes: &[u8], options: &Options, limits: &Limits) {
    let imported = || colophon_import::import(name, Cursor::new(bytes), options, limits);
    let first = imported();
    check_imported(&first, limits);
    assert_eq!(first, imported(), "another time, another book");
}

pub(crate) fn check_imported(imported: &Result<Book, ImportError>, limits: &Limits) {
    let book = match imported {
        Ok(book) => book,
        Err(error) => {
            assert!(can_be_shown(&error.detail()) && !error.code().is_empty(), "{error:?}");
            return;
        }
    };
    assert!((1..=limits.chapters).contains(&book.chapters.len()));
    for chapter in &book.chapters {
        for title in chapter.volume.iter().chain([&chapter.title]) {
            assert!(is_title(title, limits), "{title:?}");
        }
        let text = &chapter.source_text;
        assert!(!text.trim().is_empty() && text.chars().count() <= limits.chapter_chars);
        assert!(!text.contains(['\0', '\r']) && !text.starts_with('\n') && !text.ends_with('\n'));
    }
    for title in [&book.title, &book.author].into_iter().flatten() {
        assert!(is_title(title, limits), "{title:?}");
    }
    let is_tag = |tag: &str| tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    assert!(book.language.as_deref().is_none_or(is_tag), "{:?}", book.language);
    for Warning { detail, .. } in &book.warnings {
        assert!(can_be_shown(detail), "{detail:?}");
    }
}

fn is_title(title: &str, limits: &Limits) -> bool {
    !title.is_empty() && title.chars().count() <= limits.title_chars && !title.contains(char::is_control)
}

/// A sentence for people, of bounded length, without anything that would break a line or a terminal.
fn can_be_shown(detail: &str) -> bool {
    !detail.is_empty() && detail.chars().count() < 1000 && !detail.contains(char::is_control)
}

/// Marked, so that no guess is made: what is in the file is then the same text.
fn check_encodings(name: Option<&str>, text: &str, limits: &Limits) {
    // U+0000 after the mark of UTF-16 makes it that of UTF-32.
    if text.starts_with('\0') {
        return;
    }
    let limits =
        Limits { text_bytes: limits.text_bytes * 2, epub_bytes: limits.epub_bytes * 2, ..limits.clone() };
    let utf_8 = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let little: Vec<u8> = units(text).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units(text).flat_map(u16::to_be_bytes).collect();
    let [of_utf_8, of_little, of_big] = [utf_8, little, big]
        .map(|bytes| import(name, &bytes, &limits).ok().map(|book| Book { encoding: None, ..book }));
    assert_eq!(of_utf_8, of_little, "another encoding, another book");
    assert_eq!(of_utf_8, of_big, "another encoding, another book");
    // Without a mark it is told from the bytes: it may be taken for another, or refused, but never panics.
    for encoding in
        [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP, encoding_rs::GB18030]
    {
        check_imported(&import(name, &encoding.encode(text).0, &limits), &limits);
    }
}

fn units(text: &str) -> impl Iterator<Item = u16> {
    std::iter::once(0xfeff).chain(text.encode_utf16())
}
