//! `colophon user`

use std::io::Read;

use clap::{Args, Subcommand, ValueEnum};
use colophon_contract::{Page, Role, UpdateUser, UserState, rule};
use colophon_domain::{Actor, PageRequest, password, user};

use crate::{Failure, command::say, settings::Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Adds a user; the password comes on standard input.
    Add {
        /// 1 to 255 characters; unique whatever the case.
        name: String,
        /// What they may do.
        #[arg(long)]
        role: RoleArgument,
        /// Confirms that the password comes on standard input, where no process list shows it.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lists all users.
    List,
    /// Keeps a user from signing in and ends their sessions; their tokens are refused.
    Disable {
        /// The user's name.
        name: String,
    },
    /// Lets a disabled user sign in again.
    Enable {
        /// The user's name.
        name: String,
    },
    /// Prints a one-time link by which a user sets their password anew: where nobody else can let them in.
    Link {
        /// The user's name.
        name: String,
    },
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleArgument {
    /// Reads.
    Viewer,
    /// Also writes works and prompts, and runs translations.
    Operator,
    /// Also manages users, tokens and providers, and reads the audit log.
    Admin,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Viewer => Self::Viewer,
            RoleArgument::Operator => Self::Operator,
            RoleArgument::Admin => Self::Admin,
        }
    }
}

/// Carries out the given action.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    match arguments.action {
        Action::Add { name, role, password_stdin: _ } => {
            let hash = password::hash_password(&read_password()?)?;
            let db = super::open(settings).await?;
            let txn = db.begin_write_by(by()).await?;
            let user = user::create_user(&txn, &name, &hash, role.into()).await?;
            txn.commit().await?;
            say!("added {} ({})", user.name, user.role.as_str());
        }
        Action::List => {
            let db = super::open(settings).await?;
            let mut page = PageRequest::default();
            loop {
                let Page { items, next_cursor } = user::list_users(&db, &page).await?;
                for user in items {
                    let seen = user.last_sign_in_at.map(|at| format!("signed in {}", at.0));
                    let state = match (user.state, user.disabled_at) {
                        (_, Some(at)) => format!("disabled since {}", at.0),
                        (UserState::Invited, None) => "invited".to_owned(),
                        _ => seen.unwrap_or_else(|| "never signed in".to_owned()),
                    };
                    say!("{}\t{}\t{state}", user.name, user.role.as_str());
                }
                if next_cursor.is_none() {
                    break;
                }
                page.cursor = next_cursor;
            }
        }
        Action::Disable { name } => {
            let db = super::open(settings).await?;
            let txn = db.begin_write_by(by()).await?;
            let user = user::disable_user(&txn, &name).await?;
            txn.commit().await?;
            say!("disabled {}; their sessions are ended", user.name);
        }
        Action::Enable { name } => {
            let db = super::open(settings).await?;
            let user = user::get_user_by_name(&db, &name).await?;
            let txn = db.begin_write_by(by()).await?;
            user::update_user(&txn, user.id, &UpdateUser { disabled: Some(false), role: None }).await?;
            txn.commit().await?;
            say!("enabled {}", user.name);
        }
        Action::Link { name } => {
            let db = super::open(settings).await?;
            let user = user::get_user_by_name(&db, &name).await?;
            let txn = db.begin_write_by(by()).await?;
            let (_, link) = user::create_link(&txn, user.id).await?;
            txn.commit().await?;
            let base =
                settings.api.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
            let base = base.trim_end_matches('/');
            say!("{base}/password#token={} (once, until {})", link.secret, link.expires_at.0);
        }
    }
    Ok(())
}

/// Returns the actor of all changes by commands.
fn by() -> Actor {
    Actor::system("command")
}

fn read_password() -> Result<String, Failure> {
    let mut text = String::new();
    // A code point takes one to four bytes; two more bytes allow for a line end.
    std::io::stdin().lock().take(4 * rule::PASSWORD_MAX + 2).read_to_string(&mut text)?;
    let password = text.strip_suffix('\n').map_or(&*text, |t| t.strip_suffix('\r').unwrap_or(t));
    Ok(password.to_owned())
}
