//! `colophon import`

use std::fs::File;
use std::io::{self, BufReader, Seek};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use colophon_contract::{CreateWork, ImportWarning};
use colophon_domain::work::{self, Imported};
use colophon_domain::{Actor, Db, chapter};
use colophon_import::{Book, Chapter, Notes, Options, Ruby, Split, TextEncoding};
use sha2::{Digest, Sha256};

use crate::{Failure, command::say, settings::Settings};

/// How much of a chapter's title and of its first line the preview shows, in code points.
const SHOWN: usize = 40;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A .txt, .md or .epub file; several make a work each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Shows what would be made, and makes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Instead of the file's own; for one file only.
    #[arg(long)]
    title: Option<String>,
    /// Instead of the file's own; for one file only.
    #[arg(long)]
    author: Option<String>,
    /// Language tag, instead of the file's own or the one its script suggests.
    #[arg(long)]
    source_language: Option<String>,
    /// Language tag, instead of the configured one.
    #[arg(long)]
    target_language: Option<String>,
    /// Label of the encoding (WHATWG), such as shift_jis; guessed where left out.
    #[arg(long)]
    encoding: Option<TextEncoding>,
    /// Where chapters begin; `pattern` needs --pattern.
    #[arg(long, value_parser = PossibleValuesParser::new(Split::NAMES.iter().copied()))]
    split: Option<String>,
    /// Regular expression for the lines at which chapters begin.
    #[arg(long)]
    pattern: Option<String>,
    /// Readings beside characters: drop (the default), or keep in brackets.
    #[arg(long)]
    ruby: Option<Ruby>,
    /// Footnotes and endnotes: keep (the default) at the end of their chapter, or drop.
    #[arg(long)]
    notes: Option<Notes>,
}

impl Arguments {
    fn options(&self) -> Result<Options, Failure> {
        Ok(Options {
            encoding: self.encoding,
            language: self.source_language.clone(),
            split: Split::from_parts(self.split.as_deref().unwrap_or_default(), self.pattern.as_deref())?,
            ruby: self.ruby.unwrap_or_default(),
            notes: self.notes.unwrap_or_default(),
        })
    }
}

/// Makes a work of each file, or shows what would be made.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    if arguments.files.len() > 1 && (arguments.title.is_some() || arguments.author.is_some()) {
        return Err("--title and --author are for one file".into());
    }
    let options = arguments.options()?;
    let db = if arguments.dry_run {
        // A preview also works before a database exists.
        super::open_as_it_is(settings)
            .await
            .inspect_err(|error| say!("not compared with imported works: {error}"))
            .ok()
    } else {
        Some(super::open(settings).await?)
    };
    for file in &arguments.files {
        let done = match &db {
            Some(db) if !arguments.dry_run => import(settings, db, &arguments, &options, file).await,
            db => preview(settings, db.as_ref(), &arguments, &options, file).await,
        };
        done.map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

async fn import(
    settings: &Settings,
    db: &Db,
    arguments: &Arguments,
    options: &Options,
    file: &Path,
) -> Result<(), Failure> {
    let (book, file_sha256) = read(settings, options, file)?;
    let new = work_of(&book, arguments, settings)?;
    let warnings =
        warnings_of(Some(db), &book, &file_sha256, Some(&new.source_language), &new.target_language);
    let warnings = warnings.await?;
    let chapters = book
        .chapters
        .into_iter()
        .map(|Chapter { volume, title, source_text }| chapter::NewChapter { volume, title, source_text });
    let txn = db.begin_write_by(Actor::system("command")).await?;
    let work = chapter::import_book(&txn, &new, &file_sha256, chapters).await?;
    txn.commit().await?;
    say!("work {}: {} by {}, {} chapters", work.id, work.title, work.author, work.chapters);
    warnings.iter().for_each(show_warning);
    Ok(())
}

async fn preview(
    settings: &Settings,
    db: Option<&Db>,
    arguments: &Arguments,
    options: &Options,
    file: &Path,
) -> Result<(), Failure> {
    let (book, file_sha256) = read(settings, options, file)?;
    let title = arguments.title.as_ref().or(book.title.as_ref());
    let author = arguments.author.as_ref().or(book.author.as_ref());
    let source = arguments.source_language.as_ref().or(book.language.as_ref()).map(String::as_str);
    let target = arguments.target_language.as_ref().unwrap_or(&settings.api.target_language);
    let unknown = "(unknown)";
    say!("{}", file.display());
    say!("  title:     {}", title.map_or("(none: give --title)", String::as_str));
    say!("  author:    {}", author.map_or(unknown, String::as_str));
    say!("  languages: {} to {target}", source.unwrap_or("(unknown: give --source-language)"));
    say!(
        "  format:    {}{}",
        book.format.as_str(),
        book.encoding.map(|name| format!(", {name}")).unwrap_or_default()
    );
    say!("  chapters:  {}", book.chapters.len());
    say!("  number  characters  title | first line");
    let mut volume = None;
    for (number, chapter) in (1..).zip(&book.chapters) {
        if chapter.volume.as_deref() != volume {
            volume = chapter.volume.as_deref();
            say!("  = {}", volume.unwrap_or("(no volume)"));
        }
        say!("  {}", row(number, chapter));
    }
    for warning in warnings_of(db, &book, &file_sha256, source, target).await? {
        show_warning(&warning);
    }
    Ok(())
}

fn row(number: usize, chapter: &Chapter) -> String {
    let text = &chapter.source_text;
    let first_line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let characters = text.chars().count();
    format!("{number:>6}  {characters:>10}  {} | {}", shortened(&chapter.title), shortened(first_line))
}

/// Shortens a text for one line of a terminal, and replaces control characters by spaces.
fn shortened(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    if text.chars().nth(SHOWN).is_none() {
        return text;
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// Returns the book, and the SHA-256 hash of the file in hexadecimal digits.
fn read(settings: &Settings, options: &Options, file: &Path) -> Result<(Book, String), Failure> {
    let name = file.file_name().map(|name| name.to_string_lossy());
    let mut file = File::open(file)?;
    let limits = settings.api.import.limits();
    let book = colophon_import::import(name.as_deref(), BufReader::new(&file), options, &limits)?;
    file.rewind()?;
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash)?;
    Ok((book, hex::encode(hash.finalize())))
}

fn work_of(book: &Book, arguments: &Arguments, settings: &Settings) -> Result<CreateWork, Failure> {
    let work = CreateWork {
        title: arguments
            .title
            .clone()
            .or_else(|| book.title.clone())
            .ok_or("no title in it: give --title")?,
        author: arguments.author.clone().or_else(|| book.author.clone()).unwrap_or_default(),
        source_language: arguments
            .source_language
            .clone()
            .or_else(|| book.language.clone())
            .ok_or("no language in it: give --source-language")?,
        target_language: arguments
            .target_language
            .clone()
            .unwrap_or_else(|| settings.api.target_language.clone()),
    };
    validator::Validate::validate(&work).map_err(|e| e.to_string().replace('\n', "; "))?;
    Ok(work)
}

/// Returns the same warnings as the API.
async fn warnings_of(
    db: Option<&Db>,
    book: &Book,
    file_sha256: &str,
    source_language: Option<&str>,
    target_language: &str,
) -> Result<Vec<ImportWarning>, Failure> {
    let first_text = book.chapters.first().map(|chapter| &*chapter.source_text);
    let imported = Imported { file_sha256, title: book.title.as_deref(), first_text };
    let before = match db {
        Some(db) => work::find_imported(db, &imported).await?,
        None => None,
    };
    let same = source_language.and_then(|source| ImportWarning::same_language(source, target_language));
    let of_book = book.warnings.iter().map(|warning| ImportWarning {
        code: warning.code.as_str().to_owned(),
        detail: warning.detail.clone(),
        line: warning.line,
        file: warning.file.clone(),
        count: warning.count,
        work_id: None,
    });
    Ok(before.map(ImportWarning::already_imported).into_iter().chain(same).chain(of_book).collect())
}

fn show_warning(warning: &ImportWarning) {
    let file = warning.file.as_ref().map(|file| format!(" in {file}")).unwrap_or_default();
    let line = warning.line.map(|line| format!(" at line {line}")).unwrap_or_default();
    say!("  {}{file}{line}: {}", warning.code, warning.detail);
}
