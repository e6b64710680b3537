//! Storing a version with its entry of the audit log.

use super::single::{Bound, Insertion};
use crate::{
    Db, Engine, Error, Origin, Result, Txn, actor, error::is_constraint_violation, parameters, text,
};
use chrono::{DateTime, Utc};
use colophon_contract::{AuditAction, PromptVersion};
use sea_orm::{DbErr, QueryResult};
use std::sync::LazyLock;

/// What the audit log says of a version that is stored, beside what the version says itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged<'a> {
    pub(crate) action: AuditAction,
    pub(crate) work_id: i64,
    /// The prompt's name.
    pub(crate) name: &'a str,
    /// The version before it.
    pub(crate) before_id: Option<i64>,
    pub(crate) from: &'a Origin,
}

/// Stores a composed version, with its entry of the audit log, and gives it its id.
///
/// # Errors
/// `BaseMoved` if its number is not the next one any more.
pub(crate) async fn insert_version(
    txn: &Txn,
    version: &mut PromptVersion,
    created_at: DateTime<Utc>,
    logged: Logged<'_>,
) -> Result<()> {
    let parameters = parameters::canonical(&version.parameters)?;
    let values = values(version, &parameters, created_at, logged).map(|(_, value)| value);
    version.id = id(insertion(txn.engine()).carry_out(txn.conn(), &values).await)?;
    Ok(())
}

/// As [`insert_version`], in a transaction of its own, which versions that come at the same time share.
///
/// # Errors
/// As [`insert_version`].
pub(crate) async fn store_version(
    db: &Db,
    version: &mut PromptVersion,
    created_at: DateTime<Utc>,
    logged: Logged<'_>,
) -> Result<()> {
    let parameters = parameters::canonical(&version.parameters)?;
    let values = values(version, &parameters, created_at, logged).map(|(_, value)| value);
    version.id = id(db.singles().insert(insertion(db.engine()), &values).await)?;
    Ok(())
}

/// Columns of a version, in the order of [`values`].
const VERSION: [&str; 14] = [
    "prompt_id",
    "number",
    "model",
    "template",
    "template_characters",
    "parameters",
    "note",
    "author_kind",
    "author_id",
    "author_name",
    "restored_from",
    "content_hash",
    "chain_hash",
    "created_at",
];

/// What else the entry of the audit log says; it follows the version in [`values`].
const LOGGED: [&str; 6] = ["action", "work_id", "before_id", "address", "request_id", "subject_name"];

const VALUES: usize = VERSION.len() + LOGGED.len();

/// Columns of the entry, and where each comes from.
const ENTRY: [(&str, From); 13] = [
    ("at", From::Value("created_at")),
    ("actor_kind", From::Value("author_kind")),
    ("actor_id", From::Value("author_id")),
    ("actor_name", From::Value("author_name")),
    ("action", From::Value("action")),
    ("work_id", From::Value("work_id")),
    ("subject_kind", From::Text("prompt")),
    ("subject_id", From::Value("prompt_id")),
    ("before_id", From::Value("before_id")),
    ("after_id", From::Id),
    ("address", From::Value("address")),
    ("request_id", From::Value("request_id")),
    ("subject_name", From::Value("subject_name")),
];

/// Where a column of the entry comes from.
#[derive(Clone, Copy)]
enum From {
    /// One of the values.
    Value(&'static str),
    /// The same text always.
    Text(&'static str),
    /// The id that the version has got.
    Id,
}

/// How a version is inserted; `many` is for PostgreSQL alone.
fn insertion(engine: Engine) -> &'static Insertion {
    static SQLITE: LazyLock<Insertion> =
        LazyLock::new(|| Insertion { one: one(), then: Some(entry_of_one()), many });
    static POSTGRES: LazyLock<Insertion> = LazyLock::new(|| Insertion { one: many(1), then: None, many });
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// On SQLite, which takes no `INSERT` within another statement: one after the other.
fn one() -> String {
    let values = VERSION.map(parameter).join(", ");
    format!("INSERT INTO prompt_versions ({}) VALUES ({values}) RETURNING id", VERSION.join(", "))
}

/// With all values, and then the id that [`one`] gave.
fn entry_of_one() -> String {
    let id = format!("${}", VALUES + 1);
    let (columns, values) = entry(parameter, &id);
    format!("INSERT INTO audit_log ({columns}) VALUES ({values})")
}

/// The columns of the entry and what they are given.
fn entry(value: impl Fn(&'static str) -> String, id: &str) -> (String, String) {
    let given = ENTRY.map(|(_, from)| match from {
        From::Value(name) => value(name),
        From::Text(text) => format!("'{text}'"),
        From::Id => id.to_owned(),
    });
    (ENTRY.map(|(column, _)| column).join(", "), given.join(", "))
}

/// The parameter that stands for a value of one row.
fn parameter(name: &'static str) -> String {
    let mut names = VERSION.into_iter().chain(LOGGED);
    // A name that is none stands for no value, which no database takes.
    names.position(|other| other == name).map_or_else(String::new, |index| format!("${}", index + 1))
}

/// Of versions that are not the next one of their prompt the trigger would say so, and none would be inserted.
fn many(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!("({})", placeholders(row))).collect();
    let (rows, version, logged) = (rows.join(", "), VERSION.join(", "), LOGGED.join(", "));
    let (columns, given) = entry(|name| format!("g.{name}"), "new.id");
    format!(
        "WITH given ({version}, {logged}) AS (VALUES {rows}), new AS (
            INSERT INTO prompt_versions ({version}) SELECT {version} FROM given
            WHERE number = 1 + coalesce((
                SELECT v.number FROM prompt_versions v
                WHERE v.prompt_id = given.prompt_id ORDER BY v.number DESC LIMIT 1
            ), 0) ON CONFLICT DO NOTHING RETURNING id, prompt_id, number
        ), log AS (
            INSERT INTO audit_log ({columns})
            SELECT {given} FROM new JOIN given g ON g.prompt_id = new.prompt_id AND g.number = new.number
        ) SELECT id, prompt_id, number FROM new"
    )
}

/// Of the values of one of several rows, counted from 0.
fn placeholders(row: usize) -> String {
    let placeholder = |(index, name): (usize, &str)| {
        let number = row * VALUES + index + 1;
        if name == "parameters" { format!("CAST(${number} AS jsonb)") } else { format!("${number}") }
    };
    let names = VERSION.into_iter().chain(LOGGED);
    names.enumerate().map(placeholder).collect::<Vec<_>>().join(", ")
}

/// The values, each with its column, in the order of [`VERSION`] and [`LOGGED`].
fn values<'a>(
    version: &'a PromptVersion,
    parameters: &'a str,
    created_at: DateTime<Utc>,
    logged: Logged<'a>,
) -> [(&'static str, Bound<'a>); VALUES] {
    [
        ("prompt_id", Bound::I64(version.prompt_id)),
        ("number", Bound::I32(version.number)),
        ("model", Bound::text(&version.model)),
        ("template", Bound::text(&version.template)),
        ("template_characters", Bound::I64(text::characters(&version.template))),
        ("parameters", Bound::text(parameters)),
        ("note", Bound::text(&version.note)),
        ("author_kind", Bound::text(actor::kind_as_str(version.author.kind))),
        ("author_id", Bound::OptionalI64(version.author.id)),
        ("author_name", Bound::text(&version.author.name)),
        ("restored_from", Bound::OptionalI32(version.restored_from)),
        ("content_hash", Bound::text(&version.content_hash)),
        ("chain_hash", Bound::text(&version.chain_hash)),
        ("created_at", Bound::Time(created_at)),
        ("action", Bound::text(logged.action.as_str())),
        ("work_id", Bound::I64(logged.work_id)),
        ("before_id", Bound::OptionalI64(logged.before_id)),
        ("address", Bound::optional_text(logged.from.address.as_deref())),
        ("request_id", Bound::optional_text(logged.from.request_id.as_deref())),
        ("subject_name", Bound::text(logged.name)),
    ]
}

fn id(row: std::result::Result<QueryResult, DbErr>) -> Result<i64> {
    match row {
        Err(DbErr::RecordNotInserted) => Err(Error::BaseMoved),
        Err(error) if is_constraint_violation(&error) => Err(Error::BaseMoved),
        row => Ok(row?.try_get_by_index(0)?),
    }
}
