//! Stores a version with its audit log entry.

use super::{
    column::index_of,
    single::{Bound, Insertion},
};
use crate::{
    Db, Engine, Error, Origin, Result, Txn, actor, error::is_constraint_violation, parameters, text,
};
use chrono::{DateTime, Utc};
use colophon_contract::{AuditAction, PromptVersion};
use sea_orm::{DbErr, QueryResult};
use std::sync::LazyLock;

/// The contents of the audit log entry that are not in the version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged<'a> {
    pub(crate) action: AuditAction,
    pub(crate) work_id: i64,
    /// The prompt's name.
    pub(crate) name: &'a str,
    /// The id of the version before it.
    pub(crate) before_id: Option<i64>,
    pub(crate) from: &'a Origin,
}

/// Stores a composed version with its audit log entry, and sets the version's id.
///
/// # Errors
/// `BaseMoved` if its number is no longer the next one.
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

/// Like [`insert_version`], but as a group commit: versions that arrive at the same time share a transaction.
///
/// # Errors
/// The errors of [`insert_version`].
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

/// The names of the values, in the order of [`values`]: the columns of a version, then what only the audit log entry
/// needs.
const NAMES: [&str; 20] = [
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
    "action",
    "work_id",
    "before_id",
    "address",
    "request_id",
    "subject_name",
];

/// The number of columns of a version.
const VERSION: usize = 14;

/// The columns of the audit log entry, each with the source of its value.
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

/// The source of a column of the audit log entry.
#[derive(Clone, Copy)]
enum From {
    /// A value of [`values`].
    Value(&'static str),
    /// A constant text.
    Text(&'static str),
    /// The id of the stored version.
    Id,
}

/// Returns how a version is inserted; `many` is for PostgreSQL only.
fn insertion(engine: Engine) -> &'static Insertion {
    static SQLITE: LazyLock<Insertion> =
        LazyLock::new(|| Insertion { one: one(), then: Some(entry_of_one()), many });
    static POSTGRES: LazyLock<Insertion> = LazyLock::new(|| Insertion { one: many(1), then: None, many });
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// Returns the SQL that inserts a version on SQLite, which allows no `INSERT` inside another statement: the
/// entry needs a second one.
fn one() -> String {
    let (columns, values) = (version_columns(), NAMES.map(parameter)[..VERSION].join(", "));
    format!("INSERT INTO prompt_versions ({columns}) VALUES ({values}) RETURNING id")
}

fn version_columns() -> String {
    NAMES[..VERSION].join(", ")
}

/// Returns the SQL that inserts the entry on SQLite, from all values and then the id that [`one`] returned.
fn entry_of_one() -> String {
    let id = format!("${}", NAMES.len() + 1);
    let (columns, values) = entry(parameter, &id);
    format!("INSERT INTO audit_log ({columns}) VALUES ({values})")
}

/// Returns the columns of the entry and their values.
fn entry(value: impl Fn(&'static str) -> String, id: &str) -> (String, String) {
    let given = ENTRY.map(|(_, from)| match from {
        From::Value(name) => value(name),
        From::Text(text) => format!("'{text}'"),
        From::Id => id.to_owned(),
    });
    (ENTRY.map(|(column, _)| column).join(", "), given.join(", "))
}

/// Returns the parameter of a value in a statement of one row.
fn parameter(name: &'static str) -> String {
    format!("${}", index_of(&NAMES, name) + 1)
}

/// Returns the SQL that inserts `rows` versions on PostgreSQL. It skips a version whose number is not the
/// next one of its prompt: the trigger would reject it, and with it the whole statement.
fn many(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!("({})", placeholders(row))).collect();
    let (rows, names, version) = (rows.join(", "), NAMES.join(", "), version_columns());
    let (columns, given) = entry(|name| format!("g.{name}"), "new.id");
    format!(
        "WITH given ({names}) AS (VALUES {rows}), new AS (
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

/// Returns the parameters of one of several rows, counted from 0.
fn placeholders(row: usize) -> String {
    let placeholder = |(index, name): (usize, &str)| {
        let number = row * NAMES.len() + index + 1;
        if name == "parameters" { format!("CAST(${number} AS jsonb)") } else { format!("${number}") }
    };
    NAMES.into_iter().enumerate().map(placeholder).collect::<Vec<_>>().join(", ")
}

/// Returns the values, each with its name, in the order of [`NAMES`].
fn values<'a>(
    version: &'a PromptVersion,
    parameters: &'a str,
    created_at: DateTime<Utc>,
    logged: Logged<'a>,
) -> [(&'static str, Bound<'a>); NAMES.len()] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{Author, AuthorKind, JsonObject};

    #[test]
    fn values_stand_in_the_order_of_their_names() {
        let created_at = DateTime::UNIX_EPOCH;
        let version = PromptVersion {
            id: 0,
            prompt_id: 1,
            number: 1,
            model: "demo".into(),
            template: "{source_text}".into(),
            parameters: JsonObject::new(),
            note: String::new(),
            author: Author { kind: AuthorKind::System, id: None, name: "test".into() },
            restored_from: None,
            content_hash: String::new(),
            chain_hash: String::new(),
            created_at: crate::time::timestamp(created_at),
        };
        let from = Origin::default();
        let logged = Logged {
            action: AuditAction::VersionAppended,
            work_id: 1,
            name: "",
            before_id: None,
            from: &from,
        };
        assert_eq!(values(&version, "{}", created_at, logged).map(|(name, _)| name), NAMES);
    }

    #[test]
    fn every_value_has_one_parameter() {
        assert_eq!(one().matches('$').count(), VERSION);
        assert_eq!(many(2).matches('$').count(), 2 * NAMES.len());
        assert!(entry_of_one().contains("$1,") && entry_of_one().contains("$21"));
    }
}
