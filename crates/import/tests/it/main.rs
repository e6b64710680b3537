//! Imports as the server makes them: whole files in, books or errors out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod binary;
mod build;
mod cases;
mod containers;
mod epub;
mod epub_cases;
mod epub_contents;
mod epub_markup;
mod epub_repair;
mod epub_styles;
mod hostile;
mod languages;
mod makers;
mod options;
mod random;
mod real;
mod sizes;
mod text;

use colophon_import::{Book, ImportError, Limits, Options};
use std::io::Cursor;

fn import(name: &str, bytes: &[u8]) -> Result<Book, ImportError> {
    import_with(Some(name), bytes, &Limits::default())
}

fn import_with(name: Option<&str>, bytes: &[u8], limits: &Limits) -> Result<Book, ImportError> {
    colophon_import::import(name, Cursor::new(bytes), &Options::default(), limits)
}

fn import_as(bytes: &[u8], options: &Options) -> Result<Book, ImportError> {
    colophon_import::import(Some("a.epub"), Cursor::new(bytes), options, &Limits::default())
}

fn texts(book: &Book) -> Vec<&str> {
    book.chapters.iter().map(|chapter| chapter.source_text.as_str()).collect()
}

fn codes(book: &Book) -> Vec<&'static str> {
    book.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

fn titles(book: &Book) -> Vec<&str> {
    book.chapters.iter().map(|chapter| chapter.title.as_str()).collect()
}
