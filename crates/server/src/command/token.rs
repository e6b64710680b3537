//! `colophon token`

use clap::{Args, Subcommand, ValueEnum};
use colophon_contract::{CreateToken, Page, Scope, UserState};
use colophon_domain::{Actor, Db, PageRequest, token, user};

use crate::{Failure, command::say, settings::Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Adds a bearer token and prints it, this once.
    Add {
        /// What it is for: the author of what the token does, together with its owner.
        name: String,
        /// What it may do: reading goes without saying.
        #[arg(long = "scope", value_delimiter = ',', default_values = ["read", "write", "run"])]
        scopes: Vec<ScopeArgument>,
        /// The user who answers for it: it may do no more than they may, and is refused once they are disabled.
        #[arg(long)]
        owner: Option<String>,
        /// The id of the only work it may do that to.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
        work: Option<i64>,
        /// In how many days it expires; never, unless given.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        expires_in: Option<u32>,
    },
    /// Lists all tokens, newest first, without their secrets.
    List,
    /// Revokes a token: it is refused from the next request on.
    Revoke {
        /// The token's id, as listed.
        id: i64,
    },
}

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeArgument {
    /// Read.
    Read,
    /// Change works, prompts and texts.
    Write,
    /// Run translations.
    Run,
}

impl From<ScopeArgument> for Scope {
    fn from(scope: ScopeArgument) -> Self {
        match scope {
            ScopeArgument::Read => Self::Read,
            ScopeArgument::Write => Self::Write,
            ScopeArgument::Run => Self::Run,
        }
    }
}

/// Returns the id of the owner of a new token.
async fn get_owner(db: &Db, name: &str) -> Result<i64, Failure> {
    let owner = user::get_user_by_name(db, name).await?;
    if owner.state == UserState::Disabled {
        return Err(
            format!("{} is disabled, and so would be the token; enable them first", owner.name).into()
        );
    }
    Ok(owner.id)
}

/// Carries out the given action.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let db = super::open(settings).await?;
    match arguments.action {
        Action::Add { name, scopes, owner, work, expires_in } => {
            let owner = match owner {
                Some(owner) => Some(get_owner(&db, &owner).await?),
                None => None,
            };
            let scopes = scopes.into_iter().map(Scope::from).collect();
            let new = CreateToken { name, scopes, work_id: work, expires_in_days: expires_in };
            let txn = db.begin_write_by(Actor::system("command")).await?;
            let made = token::create_token(&txn, owner, &new).await?;
            txn.commit().await?;
            say!("{}", made.secret);
        }
        Action::List => {
            let mut page = PageRequest::default();
            loop {
                let Page { items, next_cursor } = token::list_tokens(&db, &page).await?;
                for token in items {
                    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
                    let owner = token.owner.map_or_else(|| "nobody".to_owned(), |owner| owner.name);
                    let work =
                        token.work_id.map_or_else(|| "all works".to_owned(), |id| format!("work {id}"));
                    let used = token
                        .last_used_at
                        .map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.0));
                    let until = token.expires_at.map_or_else(String::new, |at| format!("\tuntil {}", at.0));
                    say!(
                        "{}\t{}\t{}\t{}\t{work}\tof {owner}\t{used}{until}",
                        token.id,
                        token.name,
                        token.state.as_str(),
                        scopes.join(",")
                    );
                }
                if next_cursor.is_none() {
                    return Ok(());
                }
                page.cursor = next_cursor;
            }
        }
        Action::Revoke { id } => {
            let txn = db.begin_write_by(Actor::system("command")).await?;
            token::revoke_token(&txn, id).await?;
            txn.commit().await?;
            say!("revoked token {id}");
        }
    }
    Ok(())
}
