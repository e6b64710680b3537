//! Compares audit log entries about a run and its segments with their rows. Rows older than the log's first
//! entry have no entries, and that is not a mismatch.

use crate::{
    actor,
    db::statement,
    run::row::retranslation::under,
    verify::{
        cells::Cells,
        mismatch::{Checked, shown, stop},
        run::{Stored, Tally},
    },
};
use chrono::{DateTime, Utc};
use colophon_contract::{Author, MismatchCode, MismatchPlace};
use sea_orm::{ConnectionTrait, prelude::DateTimeUtc};
use std::collections::BTreeMap;

const TABLE: &str = "audit_log";

/// Checks that the run was started as the log says, and that the retranslation requests and the texts by
/// persons that the log names exist. Whether each text has an entry is checked with its attempt.
pub(super) async fn verify(conn: &impl ConnectionTrait, run: &Stored, tally: &mut Tally) -> Checked<()> {
    verify_start(conn, run).await?;
    verify_requests(conn, run, tally).await?;
    verify_texts(conn, run).await
}

async fn verify_start(conn: &impl ConnectionTrait, run: &Stored) -> Checked<()> {
    let sql = "SELECT id, actor_kind, actor_id, actor_name, work_id, after_id FROM audit_log
        WHERE subject_kind = 'translation' AND subject_id = $1 AND action = 'run_started' ORDER BY id LIMIT 1";
    let values = [run.context.run_id.into()];
    let Some(row) = conn.query_one_raw(statement(conn, sql, values)).await? else { return Ok(()) };
    let cells = Cells::new(&row, TABLE, "id", run.place.clone())?;
    let ids: [(Option<i64>, Option<i64>); 2] =
        [(cells.get("work_id")?, run.work_id), (cells.get("after_id")?, run.context.prompt_version_id)];
    for (told, found) in ids {
        if told != found {
            let id = |id: Option<i64>| id.map(|id| id.to_string());
            let detail = MismatchCode::AuditContradicts.meaning();
            return stop(MismatchCode::AuditContradicts, &run.place, id(told), id(found), detail);
        }
    }
    verify_same_author(&run.place, cells.find_author("actor")?, run.asked.created_by.as_ref())
}

/// Checks that each entry has its own request at its segment, by the same author and under the same version.
/// Also checks that each request has an entry, except requests older than the log.
async fn verify_requests(conn: &impl ConnectionTrait, run: &Stored, tally: &mut Tally) -> Checked<()> {
    let mut requests = list_requests(conn, run).await?;
    let sql = "SELECT l.id, l.subject_id, l.actor_kind, l.actor_id, l.actor_name, l.detail, s.position, l.chain_length
        FROM translation_segments s JOIN audit_log l ON l.subject_kind = 'segment' AND l.subject_id = s.id
            AND l.action = 'segment_retranslated'
        WHERE s.chapter_translation_id = $1 ORDER BY l.id DESC";
    for row in conn.query_all_raw(statement(conn, sql, [run.context.run_id.into()])).await? {
        let mut cells = Cells::new(&row, TABLE, "id", run.place.clone())?;
        cells.place.position = Some(cells.get::<i32>("position")?.into());
        let (author, under): (_, Option<String>) = (cells.find_author("actor")?, cells.get("detail")?);
        let kept = requests.entry(cells.get("subject_id")?).or_default();
        if let Some(at) = kept.iter().position(|kept| kept.author == author && kept.under == under) {
            let request = kept.remove(at);
            if cells.get::<Option<i64>>("chain_length")?.is_some() && !request.author_exists {
                let detail = MismatchCode::AuthorMissing.meaning();
                return stop(MismatchCode::AuthorMissing, &cells.place, None, None, detail);
            }
            continue;
        }
        let Some(other) = kept.first() else {
            let detail = format!(
                "The entry {} of the audit log names a request to translate the segment again, which is not there.",
                cells.key()
            );
            return stop(MismatchCode::AuditMissing, &cells.place, None, None, detail);
        };
        verify_same_author(&cells.place, author, other.author.as_ref())?;
        let (told, found) = (under.as_deref().map(shown), other.under.clone());
        let detail = MismatchCode::AuditContradicts.meaning();
        return stop(MismatchCode::AuditContradicts, &cells.place, told, found, detail);
    }
    for request in requests.into_values().flatten() {
        if run.must_be_logged(request.at) {
            let position = request.position.map(i64::from);
            let place = MismatchPlace { position, ..run.place.clone() };
            let detail = MismatchCode::EntryMissing.meaning();
            return stop(MismatchCode::EntryMissing, &place, None, None, detail);
        }
        tally.unlogged_texts += 1;
    }
    Ok(())
}

/// The columns of a retranslation request that its audit log entry repeats.
struct Request {
    author: Option<Author>,
    author_exists: bool,
    /// The version, in the form of the entry's detail.
    under: Option<String>,
    position: Option<i32>,
    at: DateTime<Utc>,
}

/// Lists the requests of a run by segment, newest first.
async fn list_requests(conn: &impl ConnectionTrait, run: &Stored) -> Checked<BTreeMap<i64, Vec<Request>>> {
    let sql = format!(
        "SELECT t.id, t.segment_id, t.author_kind, t.author_id, t.author_name, t.created_at, v.number, s.position,
            {} AS author_exists
        FROM retranslations t LEFT JOIN prompt_versions v ON v.id = t.prompt_version_id
        LEFT JOIN translation_segments s ON s.id = t.segment_id
        WHERE t.run_id = $1 ORDER BY t.id DESC",
        author_exists("t")
    );
    let mut requests: BTreeMap<i64, Vec<Request>> = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, [run.context.run_id.into()])).await? {
        let cells = Cells::new(&row, "retranslations", "id", run.place.clone())?;
        let request = Request {
            author: cells.find_author("author")?,
            author_exists: cells.get::<i32>("author_exists")? == 1,
            under: cells.get::<Option<i32>>("number")?.map(under),
            position: cells.get("position")?,
            at: cells.get::<DateTimeUtc>("created_at")?,
        };
        requests.entry(cells.get("segment_id")?).or_default().push(request);
    }
    Ok(requests)
}

/// Checks that each text by a person that the log names exists.
async fn verify_texts(conn: &impl ConnectionTrait, run: &Stored) -> Checked<()> {
    let sql = "SELECT l.id, s.position, l.after_id FROM translation_segments s
        JOIN audit_log l ON l.subject_kind = 'segment' AND l.subject_id = s.id
            AND l.action IN ('segment_edited', 'attempt_restored')
        LEFT JOIN segment_attempts a ON a.id = l.after_id AND a.segment_id = s.id AND a.kind = 'person'
        WHERE s.chapter_translation_id = $1 AND a.id IS NULL ORDER BY l.id LIMIT 1";
    let values = [run.context.run_id.into()];
    let Some(row) = conn.query_one_raw(statement(conn, sql, values)).await? else { return Ok(()) };
    let mut cells = Cells::new(&row, TABLE, "id", run.place.clone())?;
    cells.place.position = Some(cells.get::<i32>("position")?.into());
    cells.place.attempt_id = cells.get("after_id")?;
    let detail =
        format!("The entry {} of the audit log names a text by a person, which is not there.", cells.key());
    let expected = cells.place.attempt_id.map(|id| id.to_string());
    stop(MismatchCode::AuditMissing, &cells.place, expected, None, detail)
}

/// Returns SQL that is 1 if the author in the columns of table `of` is an existing user or token, else 0.
pub(super) fn author_exists(of: &str) -> String {
    format!(
        "CASE WHEN ({of}.author_kind = 'user' AND EXISTS (SELECT 1 FROM users u WHERE u.id = {of}.author_id))
            OR ({of}.author_kind = 'token' AND EXISTS (SELECT 1 FROM api_tokens k WHERE k.id = {of}.author_id))
            THEN 1 ELSE 0 END"
    )
}

/// Checks that the audit log and the row name the same author.
pub(super) fn verify_same_author(
    place: &MismatchPlace,
    told: Option<Author>,
    found: Option<&Author>,
) -> Checked<()> {
    if told.as_ref() == found {
        return Ok(());
    }
    let named = |author: &Author| {
        let id = author.id.map(|id| format!(" {id}")).unwrap_or_default();
        shown(&format!("{}{id}, {}", actor::kind_as_str(author.kind), author.name))
    };
    let detail = MismatchCode::AuditContradicts.meaning();
    stop(MismatchCode::AuditContradicts, place, told.as_ref().map(named), found.map(named), detail)
}
