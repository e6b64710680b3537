//! `colophon import`

use std::path::{Path, PathBuf};

use clap::Args;
use colophon_contract::CreateWork;
use colophon_domain::{Actor, Db, chapter};
use colophon_import::{Book, Limits};

use crate::{Failure, command::say, settings::Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A .txt, .md or .epub file; several make a work each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
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
}

/// Makes a work of each file.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    if arguments.files.len() > 1 && (arguments.title.is_some() || arguments.author.is_some()) {
        return Err("--title and --author are for one file".into());
    }
    let db = super::open(settings).await?;
    for file in &arguments.files {
        import(settings, &db, &arguments, file).await.map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

async fn import(settings: &Settings, db: &Db, arguments: &Arguments, file: &Path) -> Result<(), Failure> {
    let limits = &Limits::default();
    if std::fs::metadata(file)?.len() > limits.file_bytes as u64 {
        return Err(format!("larger than the {} bytes that an import may have", limits.file_bytes).into());
    }
    let bytes = std::fs::read(file)?;
    let name = file.file_name().map(|n| n.to_string_lossy());
    let book = colophon_import::import(name.as_deref(), &bytes, limits)?;
    let work = work_of(&book, arguments, settings)?;
    let chapters: Vec<_> = book
        .chapters
        .into_iter()
        .map(|c| chapter::NewChapter { title: c.title, source_text: c.source_text })
        .collect();
    let txn = db.begin_write_by(Actor::system("command")).await?;
    let work = chapter::import_book(&txn, &work, &chapters).await?;
    txn.commit().await?;
    say!("work {}: {} by {}, {} chapters", work.id, work.title, work.author, work.chapters);
    for warning in book.warnings {
        say!("  {}: {}", warning.code.as_str(), warning.detail);
    }
    Ok(())
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
