//! Storing a version: what creating, appending and restoring have in common.

use super::hash;
use crate::{
    Db, Engine, Error, Missing, Models, Origin, Result, Txn, actor,
    db::{Bound, Insertion},
    entity::prompt as entity,
    error::is_constraint_violation,
    parameters, template, text,
    time::timestamp,
    work,
};
use chrono::{DateTime, Utc};
use colophon_contract::{AuditAction, Author, JsonObject, PromptVersion};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    sea_query::{Expr, LockType},
};
use std::sync::LazyLock;

/// What a version says, apart from who says it when.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) model: &'a str,
    pub(super) template: &'a str,
    pub(super) parameters: &'a JsonObject,
    pub(super) note: &'a str,
}

/// Checks that runs can use it: the model is in the catalogue and takes the parameters, the template renders.
pub(super) fn check(content: Content<'_>, models: &Models) -> Result<()> {
    text::refuse_nul([("/template", content.template), ("/note", content.note), ("/model", content.model)])?;
    let model = models.get(content.model)?;
    let errors = parameters::check_parameters(content.parameters, Some(model));
    if !errors.is_empty() {
        return Err(Error::ParametersInvalid(errors));
    }
    let problems = template::check_template(content.template, content.parameters).problems;
    if problems.is_empty() { Ok(()) } else { Err(Error::TemplateInvalid(problems)) }
}

/// The version after `previous`, with its hashes and without an id.
pub(super) fn compose(
    prompt_id: i64,
    previous: Option<&PromptVersion>,
    content: Content<'_>,
    author: &Author,
    restored_from: Option<i32>,
    created_at: DateTime<Utc>,
) -> Result<PromptVersion> {
    let mut version = PromptVersion {
        id: 0,
        prompt_id,
        number: previous.map_or(1, |version| version.number + 1),
        model: content.model.to_owned(),
        template: content.template.to_owned(),
        // As it will be read back: of two spellings of a number, the canonical one.
        parameters: parameters::parse(&parameters::canonical(content.parameters)?)?,
        note: content.note.to_owned(),
        author: author.clone(),
        restored_from,
        content_hash: String::new(),
        chain_hash: String::new(),
        created_at: timestamp(created_at),
    };
    version.content_hash = hash::content_hash(&version)?;
    version.chain_hash =
        hash::chain_hash(previous.map(|version| version.chain_hash.as_str()), &version.content_hash)?;
    Ok(version)
}

/// What the audit log says of a version that is stored, beside what the version says itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logged<'a> {
    pub(super) action: AuditAction,
    pub(super) work_id: i64,
    /// The prompt's name.
    pub(super) name: &'a str,
    /// The version before it.
    pub(super) before_id: Option<i64>,
    pub(super) from: &'a Origin,
}

/// Stores a composed version, with its entry of the audit log, and gives it its id.
///
/// # Errors
/// `BaseMoved` where its number is not the next one any more.
pub(super) async fn insert(
    txn: &Txn,
    version: &mut PromptVersion,
    created_at: DateTime<Utc>,
    logged: Logged<'_>,
) -> Result<()> {
    let parameters = parameters::canonical(&version.parameters)?;
    let values = values(version, &parameters, created_at, logged);
    let row = insertion(txn.engine()).carry_out(txn.conn(), &values).await;
    version.id = id(row)?;
    Ok(())
}

/// As [`insert`], in a transaction of its own.
pub(super) async fn insert_alone(
    db: &Db,
    version: &mut PromptVersion,
    created_at: DateTime<Utc>,
    logged: Logged<'_>,
) -> Result<()> {
    let parameters = parameters::canonical(&version.parameters)?;
    let values = values(version, &parameters, created_at, logged);
    let row = db.insert_one(insertion(db.engine()), &values).await;
    version.id = id(row)?;
    Ok(())
}

const COLUMNS: &str = "prompt_id, number, model, template, template_characters, parameters, note, author_kind, \
                       author_id, author_name, restored_from, content_hash, chain_hash, created_at";
/// What else the audit log says.
const LOGGED: &str = "action, work_id, before_id, address, request_id, subject_name";
const LOG_COLUMNS: &str = "at, actor_kind, actor_id, actor_name, action, work_id, subject_kind, subject_id, before_id, \
                           after_id, address, request_id, subject_name";

/// How a version is inserted; `many` is for PostgreSQL alone.
fn insertion(engine: Engine) -> &'static Insertion {
    static SQLITE: LazyLock<Insertion> =
        LazyLock::new(|| Insertion { one: one(), then: Some(log_of_one()), many });
    static POSTGRES: LazyLock<Insertion> = LazyLock::new(|| Insertion { one: many(1), then: None, many });
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// On SQLite, which takes no `INSERT` within another statement: one after the other.
fn one() -> String {
    let values: Vec<String> = (1..=VALUES - LOGGED_VALUES).map(|value| format!("${value}")).collect();
    format!("INSERT INTO prompt_versions ({COLUMNS}) VALUES ({}) RETURNING id", values.join(", "))
}

/// With the values of [`one`] and those left over, and then the id that it gave.
fn log_of_one() -> String {
    format!(
        "INSERT INTO audit_log ({LOG_COLUMNS})
        VALUES ($14, $8, $9, $10, $15, $16, 'prompt', $1, $17, ${}, $18, $19, $20)",
        VALUES + 1
    )
}

/// Of versions that are not the next one of their prompt the trigger would say so, and none would be inserted.
fn many(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!("({})", placeholders(row))).collect();
    format!(
        "WITH given ({COLUMNS}, {LOGGED}) AS (VALUES {}), new AS (
            INSERT INTO prompt_versions ({COLUMNS}) SELECT {COLUMNS} FROM given
            WHERE number = 1 + coalesce((
                SELECT v.number FROM prompt_versions v
                WHERE v.prompt_id = given.prompt_id ORDER BY v.number DESC LIMIT 1
            ), 0) ON CONFLICT DO NOTHING RETURNING id, prompt_id, number
        ), log AS (
            INSERT INTO audit_log ({LOG_COLUMNS})
            SELECT g.created_at, g.author_kind, g.author_id, g.author_name, g.action, g.work_id, 'prompt', g.prompt_id,
                g.before_id, new.id, g.address, g.request_id, g.subject_name
            FROM new JOIN given g ON g.prompt_id = new.prompt_id AND g.number = new.number
        ) SELECT id, prompt_id, number FROM new",
        rows.join(", ")
    )
}

/// Of the values of one of several rows, counted from 0.
fn placeholders(row: usize) -> String {
    let placeholder = |column: usize| {
        let number = row * VALUES + column;
        if column == 6 { format!("CAST(${number} AS jsonb)") } else { format!("${number}") }
    };
    (1..=VALUES).map(placeholder).collect::<Vec<_>>().join(", ")
}

const VALUES: usize = 14 + LOGGED_VALUES;
const LOGGED_VALUES: usize = 6;

fn values<'a>(
    version: &'a PromptVersion,
    parameters: &'a str,
    created_at: DateTime<Utc>,
    logged: Logged<'a>,
) -> [Bound<'a>; VALUES] {
    [
        Bound::I64(version.prompt_id),
        Bound::I32(version.number),
        Bound::text(&version.model),
        Bound::text(&version.template),
        Bound::I64(text::characters(&version.template)),
        Bound::text(parameters),
        Bound::text(&version.note),
        Bound::text(actor::kind_as_str(version.author.kind)),
        Bound::OptionalI64(version.author.id),
        Bound::text(&version.author.name),
        Bound::OptionalI32(version.restored_from),
        Bound::text(&version.content_hash),
        Bound::text(&version.chain_hash),
        Bound::Time(created_at),
        Bound::text(logged.action.as_str()),
        Bound::I64(logged.work_id),
        Bound::OptionalI64(logged.before_id),
        Bound::optional_text(logged.from.address.as_deref()),
        Bound::optional_text(logged.from.request_id.as_deref()),
        Bound::text(logged.name),
    ]
}

fn id(row: std::result::Result<QueryResult, DbErr>) -> Result<i64> {
    match row {
        Err(DbErr::RecordNotInserted) => Err(Error::BaseMoved),
        Err(error) if is_constraint_violation(&error) => Err(Error::BaseMoved),
        row => Ok(row?.try_get_by_index(0)?),
    }
}

/// The prompt's row, held until the transaction ends: what makes version numbers follow each other on
/// PostgreSQL. `None` where the work has none, or there is no such work.
pub(crate) async fn lock(txn: &Txn, work_id: i64) -> Result<Option<entity::Model>> {
    Ok(entity::Entity::find()
        .filter(entity::Column::WorkId.eq(work_id))
        .filter(Expr::cust("EXISTS (SELECT 1 FROM works w WHERE w.id = work_id AND w.deleted_at IS NULL)"))
        .lock(LockType::NoKeyUpdate)
        .one(txn.conn())
        .await?)
}

/// The same.
///
/// # Errors
/// The work or its prompt is not found.
pub(super) async fn get_locked(txn: &Txn, work_id: i64) -> Result<entity::Model> {
    match lock(txn, work_id).await? {
        Some(prompt) => Ok(prompt),
        None => {
            work::require(txn.conn(), work_id).await?;
            Err(Error::NotFound(Missing::Prompt))
        }
    }
}
