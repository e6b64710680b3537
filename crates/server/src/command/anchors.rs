//! `colophon anchors`

use crate::{
    Failure,
    command::{open_as_it_is, say},
    settings::Settings,
};
use clap::Args;
use colophon_domain::{Db, verify};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Also prints the end of the chain of every translation's events.
    #[arg(long)]
    runs: bool,
}

/// Prints the chain head of every prompt, including prompts of deleted works, as one JSON line each.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let db = open_as_it_is(settings).await?;
    print_prompts(&db).await?;
    if arguments.runs { print_runs(&db).await } else { Ok(()) }
}

async fn print_runs(db: &Db) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let anchors = verify::list_run_anchors(db, after).await?;
        let Some(last) = anchors.last() else { return Ok(()) };
        after = last.translation_id;
        for anchor in &anchors {
            say!("{}", serde_json::to_string(anchor)?);
        }
    }
}

async fn print_prompts(db: &Db) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let anchors = verify::list_anchors(db, after).await?;
        let Some(last) = anchors.last() else { return Ok(()) };
        after = last.prompt_id;
        for anchor in &anchors {
            say!("{}", serde_json::to_string(anchor)?);
        }
    }
}
