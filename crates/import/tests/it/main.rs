//! Imports as the server makes them: whole files in, books or errors out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod build;
mod epub;
mod hostile;
mod random;
mod real;
mod text;

use colophon_import::{Book, ImportError, Limits};

fn import(name: &str, bytes: &[u8]) -> Result<Book, ImportError> {
    colophon_import::import(Some(name), bytes, &Limits::default())
}

fn codes(book: &Book) -> Vec<&'static str> {
    book.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

fn titles(book: &Book) -> Vec<&str> {
    book.chapters.iter().map(|chapter| chapter.title.as_str()).collect()
}
