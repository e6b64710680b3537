//! Who asks, and what they ask for where a row has it, in one statement: on PostgreSQL half of what a read costs is
//! the way there and back.

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

/// What a request proves itself with.
#[derive(Clone)]
pub enum Credential {
    /// The session cookie's value.
    Session(String),
    /// A bearer token.
    Token(String),
}

/// What a request asks for that the statement can bring along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing of these.
    Other,
    /// Something of a run: whose it is.
    Run(i64),
    /// The prompt of a work.
    Prompt(i64),
    /// The version that an append to the prompt of a work starts from.
    Base(i64),
}

impl Asked {
    /// What a request is about, as far as its method and its path below `/api/v1` tell before it is matched. A path that
    /// is spelt otherwise tells nothing: that costs a statement more, and a token of one work does not find its own
    /// runs by it.
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

/// What was asked for, as it is at this moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Brought {
    /// Nothing, or there is no such thing.
    Nothing,
    /// The work of the run, deleted or not.
    WorkOfRun(i64),
    /// The prompt's head.
    Head(PromptHead),
    /// The version to append to.
    Base(Box<Base>),
}

/// Somebody who may ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// Who.
    pub actor: Actor,
    /// A token whose last use is a minute or more ago, so that [`touch_token`](crate::token::touch_token) is due.
    pub touch_due: Option<i64>,
    /// What they ask for. Whether they may have it is still to be judged.
    pub brought: Brought,
}

/// Who a credential belongs to, with what is asked for; `None` where it is not known, expired or revoked, or its
/// user is disabled.
///
/// # Errors
/// Of the database only.
pub async fn identify(db: &Db, credential: &Credential, asked: Asked) -> Result<Option<Access>> {
    let (who, secret) = match credential {
        Credential::Session(token) => (Who::Session, token),
        Credential::Token(token) => (Who::Token, token),
    };
    let (what, id) = match asked {
        Asked::Other => (What::Nothing, None),
        // Sessions are of no work.
        Asked::Run(_) if who == Who::Session => (What::Nothing, None),
        Asked::Run(id) => (What::Run, Some(id)),
        Asked::Prompt(id) => (What::Head, Some(id)),
        Asked::Base(id) => (What::Base, Some(id)),
    };
    let (hash, now) = (secret::sha256(secret), time::now());
    let mut values: Vec<Bound<'_>> = id.map(Bound::I64).into_iter().collect();
    values.push(Bound::text(&hash));
    // Only SQLite's clock is ours.
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
            // Clocks may differ a little: being off by that only notes a use a little sooner or later.
            let is_due = used.is_none_or(|used| now - used >= TOUCH_INTERVAL);
            let actor = actor::of_token((token_id, name), owner, TokenGrant { scopes, work_id })?;
            (actor, is_due.then_some(token_id))
        }
    };
    Ok(Access { actor, touch_due, brought: brought.unwrap_or(Brought::Nothing) })
}

/// What is read of a session.
const SESSION: [&str; 3] = ["u.id", "u.name", "u.role"];

/// What is read of a token and its owner.
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

    /// How many columns it takes; who asks comes after them.
    fn columns(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Run => 1,
            Self::Head => head::HEAD.len(),
            Self::Base => base::BASE_COLUMNS,
        }
    }
}

/// The statement by which a session's `GET …/prompt` finds who asks, and the prompt's head: `$1` is the work, `$2` the
/// SHA-256 of the cookie's value, and on SQLite `$3` the time. Public for the benchmarks, which run it alone.
#[must_use]
pub fn head_by_session_sql(engine: Engine) -> &'static str {
    sql(engine, Who::Session, What::Head)
}

/// What is asked for is `$1`, unless it is nothing; then comes the credential's SHA-256, then on SQLite the time.
fn sql(engine: Engine, who: Who, what: What) -> &'static str {
    static SQLITE: LazyLock<Vec<String>> = LazyLock::new(|| statements(Engine::Sqlite));
    static POSTGRES: LazyLock<Vec<String>> = LazyLock::new(|| statements(Engine::Postgres));
    let statements = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    &statements[who as usize * What::ALL.len() + what as usize]
}

/// In the order of [`sql`].
fn statements(engine: Engine) -> Vec<String> {
    let both = [Who::Session, Who::Token];
    both.into_iter().flat_map(|who| What::ALL.map(|what| statement(engine, who, what))).collect()
}

fn statement(engine: Engine, who: Who, what: What) -> String {
    let prompt = |columns: &str| {
        // Of other works a token does not even learn, by the time it takes, how long their prompts are.
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
