//! The `colophon` binary: configuration and subcommands.

mod command;
mod logging;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::Settings;

/// Returns freed memory to the system within a few seconds, from its own thread: see ADR 10. Its settings are
/// in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The error of a subcommand: a sentence for the person who ran it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Translates serial novels with language models, and knows for every segment what made it.
///
/// Configured by `colophon.toml` (another place: COLOPHON_CONFIG) and COLOPHON_* variables; see
/// docs/operations.md.
#[derive(Debug, Parser)]
#[command(version = env!("COLOPHON_VERSION"), arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrates the database and serves the app and the API.
    Serve,
    /// Moves the database's schema: `up` to this binary's, `down` step by step, or says where it stands.
    Migrate(command::migrate::Arguments),
    /// Makes works of novels: .txt, .md or .epub files.
    Import(command::import::Arguments),
    /// Gives every work without a prompt the configured default one. Safe to repeat.
    SeedPrompts,
    /// Adds, lists, disables and lets in again the people who sign in.
    User(command::user::Arguments),
    /// Adds, lists and revokes bearer tokens for other services.
    Token(command::token::Arguments),
    /// Recomputes the history of works from what is stored, and names what is not as it should be.
    Verify(command::verify::Arguments),
    /// Prints the chain head of every prompt as JSON Lines: to be kept elsewhere, for `verify --anchor`.
    Anchors(command::anchors::Arguments),
    /// Prints the OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            command::complain(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    if matches!(command, Command::Openapi) {
        return command::openapi::run();
    }
    let settings = Settings::load()?;
    logging::start(&settings.log)?;
    command::runtime()?.block_on(async {
        match command {
            Command::Serve => command::serve::run(settings).await,
            Command::Migrate(arguments) => command::migrate::run(&settings, arguments).await,
            Command::Import(arguments) => command::import::run(&settings, arguments).await,
            Command::SeedPrompts => command::seed_prompts::run(&settings).await,
            Command::User(arguments) => command::user::run(&settings, arguments).await,
            Command::Token(arguments) => command::token::run(&settings, arguments).await,
            Command::Verify(arguments) => command::verify::run(&settings, arguments).await,
            Command::Anchors(arguments) => command::anchors::run(&settings, arguments).await,
            Command::Openapi => Ok(()),
        }
    })
}
