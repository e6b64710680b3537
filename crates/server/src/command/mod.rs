//! The subcommands, one per file. They print to standard output for people; the log goes to standard error.

pub(crate) mod anchors;
pub(crate) mod import;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod seed_prompts;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod verify;

use std::io::Write;

use colophon_contract::FieldError;
use colophon_domain::{Db, Error};

use crate::{Failure, settings::Settings};

/// Prints a line for the person who ran the command.
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::command::print(&format!($($argument)*))
    };
}
pub(crate) use say;

/// Prints a line. Unlike `println!`, it does not panic if the pipe is closed at the other end.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Prints why a command failed, with all causes.
pub(crate) fn complain(failure: &(dyn std::error::Error + 'static)) {
    let mut line = format!("colophon: {failure}");
    let mut cause = failure.source();
    while let Some(inner) = cause {
        line.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    // The values that break a rule, and the rules; a rule's text never contains the value.
    let broken = match failure.downcast_ref() {
        Some(Error::ValidationFailed(errors) | Error::ParametersInvalid(errors)) => errors.clone(),
        Some(Error::TemplateInvalid(problems)) => problems.iter().cloned().map(FieldError::from).collect(),
        _ => Vec::new(),
    };
    for FieldError { pointer, detail, .. } in broken {
        let place = pointer.unwrap_or_default();
        line.push_str(&format!("\n  {}: {detail}", place.trim_start_matches('/')));
    }
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Builds the runtime for all subcommands, the server included.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Connects to the configured database, which must exist: a mistyped path does not create one.
pub(crate) async fn find(settings: &Settings) -> Result<Db, Failure> {
    if let Some(file) = settings.database.sqlite_file()?.filter(|file| !file.exists()) {
        return Err(format!(
            "there is no database {}; `colophon serve` and `colophon migrate up` make one",
            file.display()
        )
        .into());
    }
    Ok(Db::connect(&settings.database).await?)
}

/// Does what [`find`] does, and requires this binary's schema: for commands that change nothing.
pub(crate) async fn open_as_it_is(settings: &Settings) -> Result<Db, Failure> {
    let db = find(settings).await?;
    if !colophon_migration::pending(db.read()).await?.is_empty() {
        return Err("the database has an older schema; run `colophon migrate up` first".into());
    }
    Ok(db)
}

/// Does what [`find`] does, and migrates the database to this binary's schema.
pub(crate) async fn open(settings: &Settings) -> Result<Db, Failure> {
    let db = find(settings).await?;
    colophon_migration::up(db.write_connection(), None).await?;
    Ok(db)
}
