//! `colophon token`

use clap::{Args, Subcommand};
use colophon_domain::token;

use crate::{
    Failure,
    command::{say, user::RoleArgument},
    settings::Settings,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Adds a bearer token and prints it, this once.
    Add {
        /// What stands as the author of what the token does.
        name: String,
        /// What it may do.
        #[arg(long, default_value = "operator")]
        role: RoleArgument,
    },
}

/// Carries out one of the actions.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let Action::Add { name, role } = arguments.action;
    let db = super::open(settings).await?;
    let txn = db.begin_write().await?;
    let token = token::create_token(&txn, &name, role.into()).await?;
    txn.commit().await?;
    say!("{token}");
    Ok(())
}
