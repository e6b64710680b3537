//! One file a subcommand. They speak to people on standard output; the log goes to standard error.

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

/// Says something to whoever typed the command.
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::command::print(&format!($($argument)*))
    };
}
pub(crate) use say;

/// A closed pipe at the other end is no reason to panic, so not `println!`.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Says why a command failed, with what lies behind it.
pub(crate) fn complain(failure: &(dyn std::error::Error + 'static)) {
    let mut line = format!("colophon: {failure}");
    let mut cause = failure.source();
    while let Some(inner) = cause {
        line.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    // Which values and which rules; a rule's words never have the value in them.
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

/// The runtime of commands and server alike.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// The database of the configuration, which must be there: a mistyped path makes none.
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

/// The same, which must have this binary's schema: for commands that look and change nothing.
pub(crate) async fn open_as_it_is(settings: &Settings) -> Result<Db, Failure> {
    let db = find(settings).await?;
    if !colophon_migration::pending(db.read()).await?.is_empty() {
        return Err("the database has an older schema; run `colophon migrate up` first".into());
    }
    Ok(db)
}

/// The same, brought to this binary's schema.
pub(crate) async fn open(settings: &Settings) -> Result<Db, Failure> {
    let db = find(settings).await?;
    colophon_migration::up(db.write_connection(), None).await?;
    Ok(db)
}
