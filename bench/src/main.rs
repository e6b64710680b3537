//! Measures the release binary beside `target/release/colophon-bench`, on both engines, and prints tables.
//!
//! Each figure stands beside something measured in the same run, turn about with it (A B A B …, medians), so
//! that the ratios hold on whatever machine it is. Nothing here is asserted: a target is met or missed, and the
//! table says which.
//!
//! This process makes the load. What is measured are its children: the real server, a bare actix-web handler,
//! and the database's driver alone.

mod appends;
mod bare;
mod child;
mod decoder;
mod driver;
mod footprint;
mod import;
mod load;
mod provider;
mod reads;
mod sample;
mod seed;
mod servers;
mod sizes;
mod streams;
mod table;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use colophon_test_support::Engine;

use crate::sample::Plan;

/// What anything here fails with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(about = "Measures the release binary; prints tables.")]
struct Arguments {
    #[command(subcommand)]
    child: Option<Child>,
    /// Which to measure; all where none is named.
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Rounds of each measurement, of which the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each round.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

/// What this program starts itself.
#[derive(Debug, Subcommand)]
enum Child {
    /// Serves fixed bytes.
    #[command(hide = true)]
    Bare(bare::Arguments),
    /// Runs statements by the driver alone.
    #[command(hide = true)]
    Driver(driver::Arguments),
    /// Streams tokens as a provider does.
    #[command(hide = true)]
    Provider,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Section {
    /// `GET …/prompt`, with and without `If-None-Match`.
    Reads,
    /// The same with much in the database.
    Sizes,
    /// `POST …/prompt/versions`.
    Appends,
    /// Rendering and diffing.
    Text,
    /// Decoding what providers stream.
    Decoder,
    /// Importing files.
    Import,
    /// Memory, start, size of the web app.
    Footprint,
    /// Fifty runs at once.
    Streams,
    /// Two servers on one PostgreSQL.
    Servers,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.child {
        Some(Child::Bare(arguments)) => bare::run(arguments),
        Some(Child::Driver(arguments)) => driver::run(arguments),
        Some(Child::Provider) => provider::run(),
        None => measure(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            table::say(&format!("colophon-bench: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), Failure> {
    let plan = Plan { rounds: arguments.rounds, seconds: arguments.seconds };
    let wants = |section| arguments.sections.is_empty() || arguments.sections.contains(&section);
    table::conditions(plan);
    if wants(Section::Text) {
        text::measure(plan);
    }
    if wants(Section::Decoder) {
        decoder::measure(plan);
    }
    if wants(Section::Import) {
        import::measure(plan)?;
    }
    // One thread makes the load, so that the server has the rest of the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for engine in Engine::ALL.into_iter().filter(|engine| engine.is_here()) {
        runtime.block_on(async {
            if wants(Section::Reads) {
                reads::measure(engine, plan).await?;
            }
            if wants(Section::Sizes) {
                sizes::measure(engine, plan).await?;
            }
            if wants(Section::Appends) {
                appends::measure(engine, plan).await?;
            }
            if wants(Section::Footprint) {
                footprint::measure(engine, plan).await?;
            }
            if wants(Section::Streams) {
                streams::measure(engine).await?;
            }
            if wants(Section::Servers) && engine == Engine::Postgres {
                servers::measure(plan).await?;
            }
            Ok::<_, Failure>(())
        })?;
    }
    Ok(())
}
