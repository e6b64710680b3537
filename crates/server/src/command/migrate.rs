//! `colophon migrate`

use clap::{Args, ValueEnum};
use colophon_domain::Db;
use colophon_migration::{Force, Status};

use crate::{Failure, command::say, settings::Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to do.
    #[arg(value_enum, default_value = "up")]
    action: Action,
    /// How many migrations; all for `up` and one for `down` unless given.
    #[arg(short = 'n', long = "steps")]
    steps: Option<u32>,
    /// Lets `down` lose data.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Action {
    /// Applies what is pending.
    Up,
    /// Undoes the newest.
    Down,
    /// Lists all, with what is applied.
    Status,
}

/// Carries out the given action.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let db = match arguments.action {
        Action::Up => Db::connect(&settings.database).await?,
        Action::Down | Action::Status => super::find(settings).await?,
    };
    // On SQLite, the lock fails if a running server uses the schema; on PostgreSQL, operators must check
    // this.
    let _lock = match arguments.action {
        Action::Down => Some(db.lock_for_serving()?),
        Action::Up | Action::Status => None,
    };
    let connection = db.write_connection();
    match arguments.action {
        Action::Up => {
            for name in colophon_migration::up(connection, arguments.steps).await? {
                say!("applied {name}");
            }
        }
        Action::Down => {
            let force = if arguments.force { Force::Yes } else { Force::No };
            let steps = Some(arguments.steps.unwrap_or(1));
            for name in colophon_migration::down(connection, steps, force).await.map_err(explain)? {
                say!("undone {name}");
            }
        }
        Action::Status => {}
    }
    for Status { name, applied_at } in colophon_migration::status(connection).await? {
        say!("{}\t{name}", if applied_at.is_some() { "applied" } else { "pending" });
    }
    Ok(())
}

fn explain(error: colophon_migration::Error) -> Failure {
    match error {
        colophon_migration::Error::WouldLose { .. } => {
            format!("{error}; repeat with --force to lose it").into()
        }
        other => other.into(),
    }
}
