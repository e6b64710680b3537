//! Chapters: list, get, create, update, delete, and import of a whole book.

use crate::{
    Db, Error, Missing, PageRequest, Result, Txn,
    audit::{self, Entry},
    db::statement,
    entity::chapter as entity,
    stored::status_of,
    text,
    time::{self, timestamp},
    work,
};
use colophon_contract::{
    AuditAction, Chapter, ChapterSummary, CreateChapter, CreateWork, Page, Progress, RunSummary, SubjectKind,
    UpdateChapter, Work,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
    TryIntoModel,
    prelude::DateTimeUtc,
    sea_query::{Expr, LockType},
};

/// A chapter of a book to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChapter {
    /// The chapter's volume; blank means none.
    pub volume: Option<String>,
    /// The title as in the book; may be empty.
    pub title: String,
    /// The whole text.
    pub source_text: String,
}

/// Lists chapters with their newest run: the one with the highest id, never the latest time.
const SELECT_SUMMARIES: &str = "SELECT c.id, c.work_id, c.number, c.volume, c.title, c.characters, c.created_at,
    c.updated_at, r.id AS run_id, r.status AS run_status, v.number AS run_version, r.model_snapshot AS run_model,
    r.segments_done AS run_done, r.segments_total AS run_total, r.created_at AS run_created_at,
    r.finished_at AS run_finished_at
    FROM chapters c
    LEFT JOIN chapter_translations r
        ON r.id = (SELECT max(n.id) FROM chapter_translations n WHERE n.chapter_id = c.id)
    LEFT JOIN prompt_versions v ON v.id = r.prompt_version_id
    WHERE c.work_id = $1 AND c.deleted_at IS NULL AND c.number > $2
        AND EXISTS (SELECT 1 FROM works w WHERE w.id = $1 AND w.deleted_at IS NULL)
    ORDER BY c.number LIMIT $3";

#[derive(FromQueryResult)]
struct SummaryRow {
    id: i64,
    work_id: i64,
    number: i32,
    volume: Option<String>,
    title: String,
    characters: i64,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    run_id: Option<i64>,
    run_status: Option<String>,
    run_version: Option<i32>,
    run_model: Option<String>,
    run_done: Option<i32>,
    run_total: Option<i32>,
    run_created_at: Option<DateTimeUtc>,
    run_finished_at: Option<DateTimeUtc>,
}

impl SummaryRow {
    fn latest_translation(&self) -> Result<Option<RunSummary>> {
        let (Some(id), Some(status), Some(created_at)) = (self.run_id, &self.run_status, self.run_created_at)
        else {
            return Ok(None);
        };
        Ok(Some(RunSummary {
            id,
            status: status_of(status)?,
            prompt_version_number: self.run_version,
            model_snapshot: self.run_model.clone().unwrap_or_default(),
            progress: Progress {
                done: self.run_done.unwrap_or_default().into(),
                total: self.run_total.unwrap_or_default().into(),
            },
            created_at: timestamp(created_at),
            finished_at: time::optional(self.run_finished_at),
        }))
    }
}

/// Returns chapters by number, each with its newest run, in one statement.
///
/// # Errors
/// The work is not found; [`Error::CursorInvalid`].
pub async fn list_chapters(db: &Db, work_id: i64, page: &PageRequest) -> Result<Page<ChapterSummary>> {
    let list = format!("chapters/{work_id}");
    let after = page.after(&list)?.unwrap_or(0);
    let values = [work_id.into(), after.into(), page.rows().into()];
    let rows =
        SummaryRow::find_by_statement(statement(db.read(), SELECT_SUMMARIES, values)).all(db.read()).await?;
    if rows.is_empty() {
        work::require(db.read(), work_id).await?;
    }
    let items = rows.into_iter().map(|row| {
        Ok(ChapterSummary {
            id: row.id,
            work_id: row.work_id,
            number: row.number,
            characters: row.characters,
            latest_translation: row.latest_translation()?,
            volume: row.volume,
            title: row.title,
            created_at: timestamp(row.created_at),
            updated_at: timestamp(row.updated_at),
        })
    });
    Ok(page.page(&list, items.collect::<Result<_>>()?, |chapter| chapter.number.into()))
}

/// Returns a chapter with its text.
///
/// # Errors
/// The work or the chapter is not found.
pub async fn get_chapter(db: &Db, work_id: i64, chapter_id: i64) -> Result<Chapter> {
    match find(work_id, chapter_id).one(db.read()).await? {
        Some(row) => Ok(chapter(row)),
        None => Err(not_found(db.read(), work_id).await?),
    }
}

/// Adds a chapter, after the last one if the request gives no number. The caller has validated the request.
///
/// # Errors
/// The work is not found; [`Error::ChapterNumberTaken`].
pub async fn create_chapter(txn: &Txn, work_id: i64, new: &CreateChapter) -> Result<Chapter> {
    let volume = new.volume.as_deref().unwrap_or_default();
    text::refuse_nul([("/volume", volume), ("/title", &new.title), ("/source_text", &new.source_text)])?;
    work::lock(txn, work_id).await?;
    let number = match new.number {
        Some(number) => {
            refuse_taken(txn, work_id, number).await?;
            number
        }
        None => next_number(txn, work_id).await?,
    };
    let CreateChapter { volume, title, source_text, .. } = new.clone();
    let row = new_row(work_id, number, NewChapter { volume, title, source_text }).insert(txn.conn()).await?;
    audit::record(txn, about(AuditAction::ChapterCreated, &row)).await?;
    Ok(chapter(row))
}

/// Returns an audit log entry about a chapter.
fn about(action: AuditAction, row: &entity::Model) -> Entry {
    let name = format!("{}. {}", row.number, row.title);
    Entry::new(action, SubjectKind::Chapter, row.id).in_work(row.work_id).named(name)
}

/// Changes the given fields; sets the time only if a value differs. Runs keep their own copy of the text.
///
/// # Errors
/// The work or the chapter is not found; [`Error::ChapterNumberTaken`].
pub async fn update_chapter(
    txn: &Txn,
    work_id: i64,
    chapter_id: i64,
    change: &UpdateChapter,
) -> Result<Chapter> {
    let row = lock(txn, work_id, chapter_id).await?;
    if let Some(number) = change.number.filter(|number| *number != row.number) {
        refuse_taken(txn, work_id, number).await?;
    }
    let mut row = row.into_active_model();
    if let Some(volume) = &change.volume {
        text::refuse_nul([("/volume", &**volume)])?;
        row.volume.set_if_not_equals(volume_of(Some(volume)));
    }
    if let Some(title) = &change.title {
        text::refuse_nul([("/title", &**title)])?;
        row.title.set_if_not_equals(title.clone());
    }
    if let Some(source_text) = &change.source_text {
        text::refuse_nul([("/source_text", &**source_text)])?;
        row.characters.set_if_not_equals(text::characters(source_text));
        row.source_text.set_if_not_equals(source_text.clone());
    }
    if let Some(number) = change.number {
        row.number.set_if_not_equals(number);
    }
    if !row.is_changed() {
        return Ok(chapter(row.try_into_model()?));
    }
    row.updated_at = Set(time::now());
    let row = row.update(txn.conn()).await?;
    audit::record(txn, about(AuditAction::ChapterUpdated, &row)).await?;
    Ok(chapter(row))
}

/// Marks the chapter as deleted; its number is free again.
///
/// # Errors
/// The work or the chapter is not found; [`Error::TranslationInProgress`].
pub async fn delete_chapter(txn: &Txn, work_id: i64, chapter_id: i64) -> Result<()> {
    let mut row = lock(txn, work_id, chapter_id).await?.into_active_model();
    if has_active_run(txn, chapter_id).await? || has_retranslation(txn, chapter_id).await? {
        return Err(Error::TranslationInProgress);
    }
    row.deleted_at = Set(Some(time::now()));
    let row = row.update(txn.conn()).await?;
    audit::record(txn, about(AuditAction::ChapterDeleted, &row)).await
}

/// Creates a work with all its chapters, numbered from 1. `file_sha256` is the hexadecimal hash of the
/// imported file.
///
/// # Errors
/// [`Error::ValidationFailed`] for U+0000 in a text.
pub async fn import_book(
    txn: &Txn,
    work: &CreateWork,
    file_sha256: &str,
    chapters: impl IntoIterator<Item = NewChapter>,
) -> Result<Work> {
    let mut made = work::insert(txn, AuditAction::WorkImported, work, Some(file_sha256)).await?;
    let mut batch = Batch::default();
    for (number, new) in (1..).zip(chapters) {
        let texts = [new.volume.as_deref().unwrap_or_default(), &new.title, &new.source_text];
        text::refuse_nul(texts.map(|text| ("/file", text)))?;
        batch.bytes += new.source_text.len();
        batch.rows.push(new_row(made.id, number, new));
        if batch.is_full() {
            batch.insert(txn).await?;
        }
        made.chapters += 1;
    }
    batch.insert(txn).await?;
    Ok(made)
}

/// Chapters that one statement inserts: few enough that copies on the way to the database take little memory.
#[derive(Default)]
struct Batch {
    rows: Vec<entity::ActiveModel>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.rows.len() >= 100 || self.bytes >= 1024 * 1024
    }

    async fn insert(&mut self, txn: &Txn) -> Result<()> {
        let Self { rows, .. } = std::mem::take(self);
        if !rows.is_empty() {
            entity::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
        }
        Ok(())
    }
}

/// Returns whether a run of the chapter is queued or running.
pub(crate) async fn has_active_run(txn: &Txn, chapter_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM chapter_translations WHERE chapter_id = $1 AND status IN ('queued', 'running')";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [chapter_id.into()])).await?.is_some())
}

/// Returns whether a segment of one of the chapter's runs has an open retranslation.
async fn has_retranslation(txn: &Txn, chapter_id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM retranslations t JOIN chapter_translations r ON r.id = t.run_id
        WHERE r.chapter_id = $1 AND t.finished_at IS NULL LIMIT 1";
    Ok(txn.conn().query_one_raw(statement(txn.conn(), sql, [chapter_id.into()])).await?.is_some())
}

/// Locks the rows of the chapter and its work until the transaction ends, and returns the chapter's.
pub(crate) async fn lock(txn: &Txn, work_id: i64, chapter_id: i64) -> Result<entity::Model> {
    work::lock(txn, work_id).await?;
    let row = find(work_id, chapter_id).lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    row.ok_or(Error::NotFound(Missing::Chapter))
}

/// Checks that the chapter exists.
pub(crate) async fn require(conn: &impl ConnectionTrait, work_id: i64, chapter_id: i64) -> Result<()> {
    let row = find(work_id, chapter_id).select_only().column(entity::Column::Id).into_tuple::<i64>();
    match row.one(conn).await? {
        Some(_) => Ok(()),
        None => Err(not_found(conn, work_id).await?),
    }
}

/// Returns why a chapter is not found: the work does not exist, or it has no such chapter.
async fn not_found(conn: &impl ConnectionTrait, work_id: i64) -> Result<Error> {
    work::require(conn, work_id).await?;
    Ok(Error::NotFound(Missing::Chapter))
}

/// Selects a chapter that is not deleted, in a work that is not deleted.
fn find(work_id: i64, chapter_id: i64) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find_by_id(chapter_id)
        .filter(entity::Column::WorkId.eq(work_id))
        .filter(entity::Column::DeletedAt.is_null())
        .filter(Expr::cust("EXISTS (SELECT 1 FROM works w WHERE w.id = work_id AND w.deleted_at IS NULL)"))
}

async fn next_number(txn: &Txn, work_id: i64) -> Result<i32> {
    let sql = "SELECT coalesce(max(number), 0) + 1 FROM chapters WHERE work_id = $1 AND deleted_at IS NULL";
    let row = txn.conn().query_one_raw(statement(txn.conn(), sql, [work_id.into()])).await?;
    let row = row.ok_or_else(|| Error::internal("no number"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Refuses a taken number. The work's row is locked, so no other transaction takes the number meanwhile.
async fn refuse_taken(txn: &Txn, work_id: i64, number: i32) -> Result<()> {
    let sql = "SELECT 1 FROM chapters WHERE work_id = $1 AND number = $2 AND deleted_at IS NULL";
    let values = [work_id.into(), number.into()];
    match txn.conn().query_one_raw(statement(txn.conn(), sql, values)).await? {
        Some(_) => Err(Error::ChapterNumberTaken),
        None => Ok(()),
    }
}

fn new_row(work_id: i64, number: i32, new: NewChapter) -> entity::ActiveModel {
    let now = time::now();
    entity::ActiveModel {
        work_id: Set(work_id),
        number: Set(number),
        volume: Set(volume_of(new.volume.as_deref())),
        title: Set(new.title),
        characters: Set(text::characters(&new.source_text)),
        source_text: Set(new.source_text),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Returns a volume as it is stored: trimmed, so that equal volumes are equal texts; `None` if blank.
fn volume_of(given: Option<&str>) -> Option<String> {
    given.map(str::trim).filter(|volume| !volume.is_empty()).map(str::to_owned)
}

fn chapter(row: entity::Model) -> Chapter {
    Chapter {
        id: row.id,
        work_id: row.work_id,
        number: row.number,
        volume: row.volume,
        title: row.title,
        source_text: row.source_text,
        created_at: timestamp(row.created_at),
        updated_at: timestamp(row.updated_at),
    }
}
