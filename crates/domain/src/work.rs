//! Works: list, get, create, update, delete.

use crate::{
    Db, Engine, Error, Missing, PageRequest, Result, Txn,
    audit::{self, Entry},
    db::statement,
    entity::work as entity,
    search, time,
};
use colophon_contract::{AuditAction, CreateWork, Page, SubjectKind, UpdateWork, Work};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, QuerySelect, prelude::DateTimeUtc, sea_query::LockType,
};

/// Counts the chapters that are not deleted; those with a completed run are the translated ones.
const SELECT: &str = "SELECT w.id, w.title, w.author, w.source_language, w.target_language,
    w.created_at, w.updated_at,
    (SELECT count(*) FROM chapters c WHERE c.work_id = w.id AND c.deleted_at IS NULL) AS chapters,
    (SELECT count(*) FROM chapters c WHERE c.work_id = w.id AND c.deleted_at IS NULL AND EXISTS (
        SELECT 1 FROM chapter_translations r WHERE r.chapter_id = c.id AND r.status = 'completed'
    )) AS translated
    FROM works w WHERE w.deleted_at IS NULL";

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    title: String,
    author: String,
    source_language: String,
    target_language: String,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    chapters: i64,
    translated: i64,
}

impl From<Row> for Work {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            title: row.title,
            author: row.author,
            source_language: row.source_language,
            target_language: row.target_language,
            chapters: row.chapters,
            translated: row.translated,
            created_at: time::timestamp(row.created_at),
            updated_at: time::timestamp(row.updated_at),
        }
    }
}

/// Returns works, newest first, or `only` one. `query` searches titles and authors, ignoring case; blank is
/// no search.
///
/// # Errors
/// [`Error::CursorInvalid`].
pub async fn list_works(
    db: &Db,
    query: Option<&str>,
    only: Option<i64>,
    page: &PageRequest,
) -> Result<Page<Work>> {
    let after = page.after("works")?.unwrap_or(i64::MAX);
    let mut sql = format!("{SELECT} AND w.id < $1");
    let mut values = vec![after.into(), page.rows().into()];
    if let Some(only) = only {
        values.push(only.into());
        sql.push_str(&format!(" AND w.id = ${}", values.len()));
    }
    if let Some(query) = query.map(str::trim).filter(|q| !q.is_empty()) {
        let Some(pattern) = search::pattern(query, db.engine()) else {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        };
        let matches = match db.engine() {
            Engine::Sqlite => "GLOB",
            Engine::Postgres => "~",
        };
        values.push(pattern.into());
        let pattern = values.len();
        sql.push_str(&format!(" AND (w.title {matches} ${pattern} OR w.author {matches} ${pattern})"));
    }
    sql.push_str(" ORDER BY w.id DESC LIMIT $2");
    let rows = Row::find_by_statement(statement(db.read(), sql, values)).all(db.read()).await?;
    Ok(page.page("works", rows.into_iter().map(Work::from).collect(), |work| work.id))
}

/// Returns a work.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_work(db: &Db, work_id: i64) -> Result<Work> {
    get(db.read(), work_id).await
}

/// Returns the ids of up to 500 works after an id, including deleted works; empty after the last.
///
/// # Errors
/// Returns database errors only.
pub async fn list_ids(db: &Db, after: i64) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM works WHERE id > $1 ORDER BY id LIMIT 500";
    let rows = db.read().query_all_raw(statement(db.read(), sql, [after.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Creates a work without chapters. The caller has validated the request.
///
/// # Errors
/// Returns database errors only.
pub async fn create_work(txn: &Txn, new: &CreateWork) -> Result<Work> {
    insert(txn, AuditAction::WorkCreated, new, None).await
}

/// Like [`create_work`], as part of `action`; stores the hash of the file that the work comes from.
pub(crate) async fn insert(
    txn: &Txn,
    action: AuditAction,
    new: &CreateWork,
    file_sha256: Option<&str>,
) -> Result<Work> {
    let now = time::now();
    let row = entity::ActiveModel {
        title: Set(new.title.clone()),
        author: Set(new.author.clone()),
        source_language: Set(new.source_language.clone()),
        target_language: Set(new.target_language.clone()),
        file_sha256: Set(file_sha256.map(str::to_owned)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let row = row.insert(txn.conn()).await?;
    audit::record(txn, about(action, row.id, &row.title)).await?;
    get(txn.conn(), row.id).await
}

/// Properties of a file that may have been imported before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported<'a> {
    /// The file's SHA-256, hexadecimal.
    pub file_sha256: &'a str,
    /// The title of the work according to the file.
    pub title: Option<&'a str>,
    /// The text of the first chapter.
    pub first_text: Option<&'a str>,
}

/// Returns the newest work that was imported from the same file. Works of older versions have no hash; they
/// match if the title and the text of the first chapter are the same.
///
/// # Errors
/// Returns database errors only.
pub async fn find_imported(db: &Db, imported: &Imported<'_>) -> Result<Option<i64>> {
    let sql = "SELECT max(w.id) FROM works w WHERE w.deleted_at IS NULL AND (w.file_sha256 = $1
        OR (w.file_sha256 IS NULL AND w.title = $2 AND EXISTS (SELECT 1 FROM chapters c
            WHERE c.work_id = w.id AND c.number = 1 AND c.deleted_at IS NULL AND c.source_text = $3)))";
    let values = [imported.file_sha256.into(), imported.title.into(), imported.first_text.into()];
    let row = db.read().query_one_raw(statement(db.read(), sql, values)).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten())
}

/// Changes the given fields; sets the time only if a value differs.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn update_work(txn: &Txn, work_id: i64, change: &UpdateWork) -> Result<Work> {
    let mut row = lock(txn, work_id).await?.into_active_model();
    if let Some(title) = &change.title {
        row.title.set_if_not_equals(title.clone());
    }
    if let Some(author) = &change.author {
        row.author.set_if_not_equals(author.clone());
    }
    if let Some(language) = &change.source_language {
        row.source_language.set_if_not_equals(language.clone());
    }
    if let Some(language) = &change.target_language {
        row.target_language.set_if_not_equals(language.clone());
    }
    if row.is_changed() {
        row.updated_at = Set(time::now());
        let row = row.update(txn.conn()).await?;
        audit::record(txn, about(AuditAction::WorkUpdated, work_id, &row.title)).await?;
    }
    get(txn.conn(), work_id).await
}

/// Returns an audit log entry about a work.
fn about(action: AuditAction, work_id: i64, title: &str) -> Entry {
    Entry::new(action, SubjectKind::Work, work_id).in_work(work_id).named(title)
}

/// Marks the work as deleted: it is no longer found, but its history stays.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::TranslationInProgress`].
pub async fn delete_work(txn: &Txn, work_id: i64) -> Result<()> {
    let mut row = lock(txn, work_id).await?.into_active_model();
    let active = "SELECT 1 FROM chapter_translations r JOIN chapters c ON c.id = r.chapter_id
        WHERE c.work_id = $1 AND (r.status IN ('queued', 'running')
            OR EXISTS (SELECT 1 FROM retranslations t WHERE t.run_id = r.id AND t.finished_at IS NULL)) LIMIT 1";
    if txn.conn().query_one_raw(statement(txn.conn(), active, [work_id.into()])).await?.is_some() {
        return Err(Error::TranslationInProgress);
    }
    row.deleted_at = Set(Some(time::now()));
    let row = row.update(txn.conn()).await?;
    audit::record(txn, about(AuditAction::WorkDeleted, work_id, &row.title)).await
}

async fn get(conn: &impl ConnectionTrait, work_id: i64) -> Result<Work> {
    let statement = statement(conn, format!("{SELECT} AND w.id = $1"), [work_id.into()]);
    let row = Row::find_by_statement(statement).one(conn).await?;
    row.map(Work::from).ok_or(Error::NotFound(Missing::Work))
}

/// Checks that the work exists and is not deleted.
pub(crate) async fn require(conn: &impl ConnectionTrait, work_id: i64) -> Result<()> {
    let sql = "SELECT 1 FROM works WHERE id = $1 AND deleted_at IS NULL";
    let row = conn.query_one_raw(statement(conn, sql, [work_id.into()])).await?;
    row.map(|_| ()).ok_or(Error::NotFound(Missing::Work))
}

/// Returns whether the work exists and is not deleted.
///
/// # Errors
/// Returns database errors only.
pub async fn exists(db: &Db, work_id: i64) -> Result<bool> {
    match require(db.read(), work_id).await {
        Err(Error::NotFound(_)) => Ok(false),
        found => found.map(|()| true),
    }
}

/// Locks the work's row until the transaction ends. This serialises chapter numbers, the one prompt and the
/// runs of a work on PostgreSQL.
pub(crate) async fn lock(txn: &Txn, work_id: i64) -> Result<entity::Model> {
    entity::Entity::find_by_id(work_id)
        .filter(entity::Column::DeletedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .one(txn.conn())
        .await?
        .ok_or(Error::NotFound(Missing::Work))
}
