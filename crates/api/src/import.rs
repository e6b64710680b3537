//! Makes a book from a file, and the work and the preview from the book.

use crate::admission::Turn;
use crate::error::{ApiError, ApiResult};
use crate::state::State;
use crate::uploads::UploadedFile;
use actix_web::web;
use colophon_contract::{
    Code, CreateWork, FieldError, ImportFields, ImportFormat, ImportPreview, ImportWarning, PreviewChapter,
};
use colophon_domain::chapter::NewChapter;
use colophon_domain::work::{self, Imported};
use colophon_domain::{Actor, Db};
use colophon_import::{Book, Chapter, Format, Options, Warning};
use std::sync::Arc;

/// How much of a chapter's first line a preview shows, in code points.
const FIRST_LINE_MAX: usize = 120;

/// A book in memory, and the turn that bounds how many there are. Keep the turn as long as the book.
pub(crate) struct ReadBook {
    pub(crate) book: Book,
    pub(crate) turn: Turn,
}

/// Reads a file in its turn, on a thread that may block.
///
/// # Errors
/// `busy`; `import_failed` and `payload_too_large` from the importer.
pub(crate) async fn read_book(
    state: &State,
    actor: &Actor,
    file: &Arc<UploadedFile>,
    options: &Options,
) -> ApiResult<ReadBook> {
    let turn = state.admission.take_import(actor, file.len()).await?;
    let (file, options, limits) = (file.clone(), options.clone(), state.options.import.limits());
    let read = web::block(move || {
        let book = colophon_import::import(file.name.as_deref(), file.reader(), &options, &limits)?;
        Ok(ReadBook { book, turn })
    });
    read.await.map_err(ApiError::internal)?
}

/// Returns the work to create. Each field comes from the client, else the file, else the configuration.
///
/// # Errors
/// `validation_failed` if neither the client nor the file gives the title or the source language.
pub(crate) fn work_of(book: &Book, fields: &ImportFields, target_language: &str) -> ApiResult<CreateWork> {
    let missing = |name: &str, detail: &str| {
        ApiError::with_errors(
            Code::ValidationFailed,
            format!("`/{name}` {detail}."),
            vec![FieldError::at(format!("/{name}"), "missing", detail)],
        )
    };
    let Drafted { title, author, source_language, target_language } = draft(book, fields, target_language);
    Ok(CreateWork {
        title: title.ok_or_else(|| missing("title", "must be given: the file has none"))?,
        author,
        source_language: source_language
            .ok_or_else(|| missing("source_language", "must be given: it cannot be told from the text"))?,
        target_language,
    })
}

/// The fields of a work, as far as they are known.
struct Drafted {
    title: Option<String>,
    author: String,
    source_language: Option<String>,
    target_language: String,
}

fn draft(book: &Book, fields: &ImportFields, target_language: &str) -> Drafted {
    Drafted {
        title: fields.title.clone().or_else(|| book.title.clone()),
        author: fields.author.clone().or_else(|| book.author.clone()).unwrap_or_default(),
        source_language: fields.source_language.clone().or_else(|| book.language.clone()),
        target_language: fields.target_language.clone().unwrap_or_else(|| target_language.to_owned()),
    }
}

/// Returns what an import would make of the book.
///
/// # Errors
/// Returns database errors only.
pub(crate) async fn preview_of(
    state: &State,
    upload_id: String,
    file: &UploadedFile,
    book: &Book,
    fields: &ImportFields,
) -> ApiResult<ImportPreview> {
    let Drafted { title, author, source_language, target_language } =
        draft(book, fields, &state.options.target_language);
    let warnings = warnings_of(&state.db, file, book, source_language.as_deref(), &target_language).await?;
    Ok(ImportPreview {
        upload_id,
        title,
        author,
        source_language,
        target_language,
        format: match book.format {
            Format::Text => ImportFormat::Text,
            Format::Markdown => ImportFormat::Markdown,
            Format::Epub => ImportFormat::Epub,
        },
        encoding: book.encoding.map(str::to_owned),
        chapters: (1..)
            .zip(&book.chapters)
            .map(|(number, chapter)| preview_chapter(number, chapter))
            .collect(),
        warnings,
    })
}

fn preview_chapter(number: i32, chapter: &Chapter) -> PreviewChapter {
    let characters = chapter.source_text.chars().count();
    PreviewChapter {
        number,
        volume: chapter.volume.clone(),
        title: chapter.title.clone(),
        characters: i64::try_from(characters).unwrap_or(i64::MAX),
        first_line: first_line(&chapter.source_text),
    }
}

/// Returns the start of the first line that is not blank.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().nth(FIRST_LINE_MAX).is_none() {
        return line.to_owned();
    }
    line.chars().take(FIRST_LINE_MAX - 1).chain(['…']).collect()
}

/// Returns the warnings: first about possible mistakes of the import, then those of the importer.
///
/// # Errors
/// Returns database errors only.
pub(crate) async fn warnings_of(
    db: &Db,
    file: &UploadedFile,
    book: &Book,
    source_language: Option<&str>,
    target_language: &str,
) -> ApiResult<Vec<ImportWarning>> {
    let imported = Imported {
        file_sha256: &file.sha256,
        title: book.title.as_deref(),
        first_text: book.chapters.first().map(|chapter| &*chapter.source_text),
    };
    let before = work::find_imported(db, &imported).await?;
    let same = source_language.and_then(|source| ImportWarning::same_language(source, target_language));
    let own = before.map(ImportWarning::already_imported).into_iter().chain(same);
    Ok(own.chain(book.warnings.iter().map(warning)).collect())
}

fn warning(warning: &Warning) -> ImportWarning {
    ImportWarning {
        code: warning.code.as_str().to_owned(),
        detail: warning.detail.clone(),
        line: warning.line,
        file: warning.file.clone(),
        count: warning.count,
        work_id: None,
    }
}

/// Converts chapters for the domain.
pub(crate) fn new_chapters(chapters: Vec<Chapter>) -> impl Iterator<Item = NewChapter> {
    chapters.into_iter().map(|Chapter { volume, title, source_text }| NewChapter {
        volume,
        title,
        source_text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_short_and_not_blank() {
        assert_eq!(first_line("\n　\n　夜でした。\n朝。"), "夜でした。");
        assert_eq!(first_line(&"夜".repeat(120)), "夜".repeat(120));
        assert_eq!(first_line(&"夜".repeat(121)), format!("{}…", "夜".repeat(119)));
        assert_eq!(first_line(""), "");
    }
}
