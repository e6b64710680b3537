//! Creates runs: copies everything that a run needs into its rows, in one transaction.

use crate::{
    Error, Models, Result, Txn, actor, audit,
    chain::Head,
    chapter,
    db::{json_from_text, statement},
    entity::{chapter as chapters, segment as segments, work as works},
    error::is_unique_violation,
    hash::sha256,
    parameters, prompt,
    run::{
        read::run::get,
        row::{
            event::{RecordedEvent, find_head, record},
            run::{about_run, made_with},
            witness::{Asked, SourceList, Witnessed},
        },
    },
    time, work,
};
use chrono::{DateTime, Utc};
use colophon_contract::{
    AuditAction, Author, Progress, PromptVersion, Run, RunEvent, RunStatus, SegmentStatus, TranslationStatus,
    rule::is_blank,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

/// Value of the `kind` column of a segment that is text of the chapter.
const TEXT: &str = "text";

/// Rows per INSERT statement: each has four values, so the parameters stay far below both engines' limits.
const ROWS: usize = 500;

/// Creates a run of a chapter under the latest version of its work's prompt. `segment` cuts the source text
/// into slices that add up to that text. Slices of white space need no translation.
///
/// # Errors
/// The work or the chapter is not found; `PromptMissing`, `TranslationInProgress`, `ModelUnknown`.
pub async fn create_run(
    txn: &Txn,
    author: &Author,
    work_id: i64,
    chapter_id: i64,
    models: &Models,
    segment: impl for<'a> FnOnce(&'a str) -> Vec<&'a str> + Send,
) -> Result<(Run, Vec<RecordedEvent>)> {
    let work = work::lock(txn, work_id).await?;
    let chapter = chapter::lock(txn, work_id, chapter_id).await?;
    let prompt = prompt::lock(txn, work_id).await?.ok_or(Error::PromptMissing)?;
    let version = prompt::get_latest(txn.conn(), prompt.id).await?;
    if chapter::has_active_run(txn, chapter_id).await? {
        return Err(Error::TranslationInProgress);
    }
    let provider = models.get(&version.model)?.provider.as_str();

    let slices = segment(&chapter.source_text);
    if slices.is_empty() || slices.concat() != chapter.source_text {
        return Err(Error::internal("the segments of a chapter are not its text"));
    }
    let done = slices.iter().filter(|slice| is_blank(slice)).count();
    let progress = Progress { done: count(done)?.into(), total: count(slices.len())?.into() };
    let now = time::now();
    let asked = asked(author, (&work, &chapter), &version, &slices, (progress, now))?;
    let run_id = insert_run(txn, author, (&version, provider), &asked, (progress, now)).await?;
    txn.heads().set(run_id, Some(Head::start()));
    insert_segments(txn, run_id, &slices).await?;
    let version_id = version.id;
    let queued = TranslationStatus {
        status: RunStatus::Queued,
        progress,
        waiting_reason: None,
        made_with: Some(made_with(version)),
    };
    let event = record(txn, run_id, RunEvent::TranslationStatus(queued), &Witnessed::Run(asked)).await?;
    let entry = about_run(AuditAction::RunStarted, work_id, run_id, (chapter.number, &chapter.title));
    audit::record(txn, entry.between(None, Some(version_id)).at(find_head(txn, run_id)?)).await?;
    Ok((get(txn.conn(), run_id).await?, vec![event]))
}

fn count(segments: usize) -> Result<i32> {
    i32::try_from(segments).map_err(|_| Error::internal("more segments than there can be"))
}

/// Returns everything about a run that never changes, except the content of its prompt version.
fn asked(
    author: &Author,
    (work, chapter): (&works::Model, &chapters::Model),
    version: &PromptVersion,
    slices: &[&str],
    (progress, now): (Progress, DateTime<Utc>),
) -> Result<Asked> {
    let mut sources = SourceList::default();
    for (slice, position) in slices.iter().zip(1..) {
        sources.add(position, TEXT, slice)?;
    }
    Ok(Asked {
        chapter_id: chapter.id,
        prompt_version_id: Some(version.id),
        work_title: work.title.clone(),
        work_author: work.author.clone(),
        source_language: work.source_language.clone(),
        target_language: work.target_language.clone(),
        volume_title: chapter.volume.clone(),
        summary_sha256: None,
        glossary_sha256: None,
        chapter_title: chapter.title.clone(),
        chapter_number: chapter.number,
        source_sha256: Some(sha256(&chapter.source_text)),
        segments_sha256: Some(sources.finish()),
        segments_total: progress.total,
        created_by: Some(author.clone()),
        created_at: time::timestamp(now),
    })
}

async fn insert_run(
    txn: &Txn,
    author: &Author,
    (version, provider): (&PromptVersion, &str),
    asked: &Asked,
    (progress, now): (Progress, DateTime<Utc>),
) -> Result<i64> {
    let conn = txn.conn();
    let json = json_from_text(conn.get_database_backend(), 6);
    let sql = format!(
        "INSERT INTO chapter_translations (chapter_id, status, prompt_version_id, model_snapshot,
            template_snapshot, parameters_snapshot, work_title_snapshot, work_author_snapshot,
            source_language_snapshot, target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot,
            source_sha256, created_by_kind, created_by_id, created_by_name, segments_total, segments_done,
            lease_epoch, created_at, provider, volume_title_snapshot)
        VALUES ($1, $2, $3, $4, $5, {json}, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
            $21, $22)
        RETURNING id"
    );
    let values = [
        asked.chapter_id.into(),
        RunStatus::Queued.as_str().into(),
        version.id.into(),
        version.model.as_str().into(),
        version.template.as_str().into(),
        parameters::canonical(&version.parameters)?.into(),
        asked.work_title.as_str().into(),
        asked.work_author.as_str().into(),
        asked.source_language.as_str().into(),
        asked.target_language.as_str().into(),
        asked.chapter_title.as_str().into(),
        asked.chapter_number.into(),
        asked.source_sha256.clone().into(),
        actor::kind_as_str(author.kind).into(),
        author.id.into(),
        author.name.as_str().into(),
        progress.total.into(),
        progress.done.into(),
        0_i64.into(),
        now.into(),
        provider.into(),
        asked.volume_title.clone().into(),
    ];
    let in_progress = |error: DbErr| {
        if is_unique_violation(&error) { Error::TranslationInProgress } else { error.into() }
    };
    let row = conn.query_one_raw(statement(conn, sql, values)).await.map_err(in_progress)?;
    Ok(row.ok_or_else(|| Error::internal("no id"))?.try_get_by_index(0)?)
}

async fn insert_segments(txn: &Txn, run_id: i64, slices: &[&str]) -> Result<()> {
    let mut position = 0;
    for slices in slices.chunks(ROWS) {
        let rows = slices.iter().map(|slice| {
            position += 1;
            let status = if is_blank(slice) { SegmentStatus::Blank } else { SegmentStatus::Pending };
            segments::ActiveModel {
                chapter_translation_id: Set(run_id),
                position: Set(position),
                source_text: Set((*slice).to_owned()),
                status: Set(status.as_str().to_owned()),
                ..Default::default()
            }
        });
        segments::Entity::insert_many(rows.collect::<Vec<_>>()).exec_without_returning(txn.conn()).await?;
    }
    Ok(())
}
