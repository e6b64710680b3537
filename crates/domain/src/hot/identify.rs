//! Authenticates a request and prefetches the row that it asks for, in one statement. On PostgreSQL the round
//! trip is half the cost of a read.

use super::{
    base::{self, Base},
    column::index_of,
    head::{self, PromptHead},
    single::{Bound, Row},
};
use crate::{
    Actor, Db, Engine, Result, actor, secret,
    stored::role_of,
    time,
    token::{TOUCH_INTERVAL, scopes_of},
};
use chrono::{DateTime, Utc};
use colophon_contract::TokenGrant;
use std::sync::LazyLock;

/// The credential of a request.
#[derive(Clone)]
pub enum Credential {
    /// The session cookie's value.
    Session(String),
    /// A bearer token.
    Token(String),
}

/// What the statement can prefetch for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Other,
    /// The work of a run.
    Run(i64),
    /// The prompt of a work.
    Prompt(i64),
    /// The version that an append to the prompt of a work starts from.
    Base(i64),
}

impl Asked {
    /// Derives from method and path below `/api/v1` what the request asks for, before routing. A path in
    /// another spelling gives [`Self::Other`]. Such a request costs one more statement, and a token limited
    /// to one work does not find its own runs by it.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        let (noun, id) = (parts.next(), parts.next().and_then(|id| id.parse().ok()));
        let rest = (parts.next(), parts.next(), parts.next());
        match (method, noun, id, rest) {
            (_, Some("translations"), Some(id), _) => Self::Run(id),
            ("GET", Some("works"), Some(id), (Some("prompt"), None, None)) => Self::Prompt(id),
            ("POST", Some("works"), Some(id), (Some("prompt"), Some("versions"), None)) => Self::Base(id),
            _ => Self::Other,
        }
    }
}

/// The prefetched row.
#[derive(Debug, Clone, PartialEq)]
pub enum Brought {
    /// Nothing was asked for, or it does not exist.
    Nothing,
    /// The work of the run, deleted or not.
    WorkOfRun(i64),
    /// The prompt's head.
    Head(PromptHead),
    /// The version to append to.
    Base(Box<Base>),
}

/// An authenticated actor and the prefetched row.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// The actor.
    pub actor: Actor,
    /// The token, if its last use is a minute or more ago, so that [`touch_token`](crate::token::touch_token)
    /// is due.
    pub touch_due: Option<i64>,
    /// The prefetched row. The caller must still check permissions.
    pub brought: Brought,
}

/// Returns the owner of a credential, with the prefetched row. Returns `None` if the credential is unknown,
/// expired or revoked, or its user is disabled.
///
/// # Errors
/// Returns database errors only.
pub async fn identify(db: &Db, credential: &Credential, asked: Asked) -> Result<Option<Access>> {
    let (who, secret) = match credential {
        Credential::Session(token) => (Who::Session, token),
        Credential::Token(token) => (Who::Token, token),
    };
    let (what, id) = match asked {
        Asked::Other => (What::Nothing, None),
        // Sessions are not limited to one work.
        Asked::Run(_) if who == Who::Session => (What::Nothing, None),
        Asked::Run(id) => (What::Run, Some(id)),
        Asked::Prompt(id) => (What::Head, Some(id)),
        Asked::Base(id) => (What::Base, Some(id)),
    };
    let (hash, now) = (secret::sha256(secret), time::now());
    let mut values: Vec<Bound<'_>> = id.map(Bound::I64).into_iter().collect();
    values.push(Bound::text(&hash));
    // On PostgreSQL the statement uses the database's clock.
    values.extend((db.engine() == Engine::Sqlite).then_some(Bound::Time(now)));
    db.look_up(sql(db.engine(), who, what), &values, |row| access(row, who, what, now)).await
}

fn access(row: &dyn Row, who: Who, what: What, now: DateTime<Utc>) -> Result<Access> {
    let brought = match what {
        What::Nothing => None,
        What::Run => row.find_i64(0)?.map(Brought::WorkOfRun),
        What::Head => head::head(row)?.map(Brought::Head),
        What::Base => base::base(row)?.map(|base| Brought::Base(base.into())),
    };
    let at = |index: usize| what.columns() + index;
    let (actor, touch_due) = match who {
        Who::Session => {
            let id = row.i64(at(const { index_of(&SESSION, "u.id") }))?;
            let name = row.text(at(const { index_of(&SESSION, "u.name") }))?;
            let role = role_of(&row.text(at(const { index_of(&SESSION, "u.role") }))?)?;
            (Actor::user(id, name, role), None)
        }
        Who::Token => {
            let owner = row.find_text(at(const { index_of(&TOKEN, "u.name") }))?;
            let owner = owner.zip(row.find_text(at(const { index_of(&TOKEN, "u.role") }))?);
            let token_id = row.i64(at(const { index_of(&TOKEN, "t.id") }))?;
            let name = row.text(at(const { index_of(&TOKEN, "t.name") }))?;
            let scopes = scopes_of(&row.text(at(const { index_of(&TOKEN, "t.scopes") }))?)?;
            let work_id = row.find_i64(at(const { index_of(&TOKEN, "t.work_id") }))?;
            let used = row.find_time(at(const { index_of(&TOKEN, "t.last_used_at") }))?;
            // Clocks of servers may differ a little: then a use is recorded a little sooner or later.
            let is_due = used.is_none_or(|used| now - used >= TOUCH_INTERVAL);
            let actor = actor::of_token((token_id, name), owner, TokenGrant { scopes, work_id })?;
            (actor, is_due.then_some(token_id))
        }
    };
    Ok(Access { actor, touch_due, brought: brought.unwrap_or(Brought::Nothing) })
}

/// The columns of a session.
const SESSION: [&str; 3] = ["u.id", "u.name", "u.role"];

/// The columns of a token and its owner.
const TOKEN: [&str; 7] = ["u.name", "u.role", "t.id", "t.name", "t.scopes", "t.work_id", "t.last_used_at"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Session,
    Token,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    Run,
    Head,
    Base,
}

impl What {
    const ALL: [Self; 4] = [Self::Nothing, Self::Run, Self::Head, Self::Base];

    /// Returns how many columns it takes; those of the actor follow.
    fn columns(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Run => 1,
            Self::Head => head::HEAD.len(),
            Self::Base => base::BASE_COLUMNS,
        }
    }
}

/// Returns the statement of a session's `GET …/prompt`, which finds the actor and the prompt's head. `$1` is
/// the work, `$2` the SHA-256 of the cookie's value, and on SQLite `$3` the time. Public for the benchmarks,
/// which run it alone.
#[must_use]
pub fn head_by_session_sql(engine: Engine) -> &'static str {
    sql(engine, Who::Session, What::Head)
}

/// Returns the statement. `$1` is the id of what is asked for, if anything; then follow the credential's
/// SHA-256 and, on SQLite, the time.
fn sql(engine: Engine, who: Who, what: What) -> &'static str {
    static SQLITE: LazyLock<Vec<String>> = LazyLock::new(|| statements(Engine::Sqlite));
    static POSTGRES: LazyLock<Vec<String>> = LazyLock::new(|| statements(Engine::Postgres));
    let statements = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    &statements[who as usize * What::ALL.len() + what as usize]
}

/// Returns the statements in the order of [`sql`].
fn statements(engine: Engine) -> Vec<String> {
    let both = [Who::Session, Who::Token];
    both.into_iter().flat_map(|who| What::ALL.map(|what| statement(engine, who, what))).collect()
}

fn statement(engine: Engine, who: Who, what: What) -> String {
    let prompt = |columns: &str| {
        // A token must not learn from the response time how long the prompts of other works are.
        let own = match who {
            Who::Session => "",
            Who::Token => "AND (t.work_id IS NULL OR t.work_id = $1)",
        };
        let joins = head::LATEST_JOINS;
        (format!("{columns}, "), format!("LEFT JOIN prompts p ON p.work_id = $1 {own} {joins}"))
    };
    let (columns, joins) = match what {
        What::Nothing => (String::new(), String::new()),
        What::Run => {
            let work = "(SELECT c.work_id FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
                WHERE r.id = $1), ";
            (work.to_owned(), String::new())
        }
        What::Head => prompt(&head::HEAD.join(", ")),
        What::Base => prompt(&base::base_columns(engine)),
    };
    let before = u8::from(what != What::Nothing);
    let hash = before + 1;
    let now = match engine {
        Engine::Sqlite => format!("${}", before + 2),
        Engine::Postgres => "clock_timestamp()".to_owned(),
    };
    match who {
        Who::Session => format!(
            "SELECT {columns}{} FROM sessions s JOIN users u ON u.id = s.user_id {joins}
            WHERE s.token_sha256 = ${hash} AND u.disabled_at IS NULL AND s.expires_at > {now}",
            SESSION.join(", ")
        ),
        Who::Token => format!(
            "SELECT {columns}{} FROM api_tokens t LEFT JOIN users u ON u.id = t.owner_id {joins}
            WHERE t.token_sha256 = ${hash} AND t.revoked_at IS NULL AND u.disabled_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > {now})",
            TOKEN.join(", ")
        ),
    }
}
