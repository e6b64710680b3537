//! What the audit log tells of a run and of what people asked for in it, held against their rows. The log begins at some
//! time; of what is older it tells nothing, and that is no mismatch.

use super::Stored;
use crate::{
    actor,
    db::statement,
    run::retranslate::under,
    verify::{Cells, Checked, shown, stop},
};
use colophon_contract::{Author, MismatchCode, MismatchPlace};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

const TABLE: &str = "audit_log";

/// That the run was started as the log says, and that each wish for another translation is there as it was made.
pub(super) async fn verify(conn: &impl ConnectionTrait, run: &Stored) -> Checked<()> {
    verify_start(conn, run).await?;
    verify_wishes(conn, run).await
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

/// Each entry has a wish of its own at its segment, by the same person and under the same version. There may be more
/// wishes: a server of an older version wrote no entries.
async fn verify_wishes(conn: &impl ConnectionTrait, run: &Stored) -> Checked<()> {
    let mut wishes = list_wishes(conn, run).await?;
    let sql = "SELECT l.id, l.subject_id, l.actor_kind, l.actor_id, l.actor_name, l.detail, s.position
        FROM translation_segments s JOIN audit_log l ON l.subject_kind = 'segment' AND l.subject_id = s.id
            AND l.action = 'segment_retranslated'
        WHERE s.chapter_translation_id = $1 ORDER BY l.id DESC";
    for row in conn.query_all_raw(statement(conn, sql, [run.context.run_id.into()])).await? {
        let mut cells = Cells::new(&row, TABLE, "id", run.place.clone())?;
        cells.place.position = Some(cells.get::<i32>("position")?.into());
        let told = Wish { author: cells.find_author("actor")?, under: cells.get("detail")? };
        let kept = wishes.entry(cells.get("subject_id")?).or_default();
        if let Some(at) = kept.iter().position(|wish| *wish == told) {
            kept.remove(at);
            continue;
        }
        let Some(other) = kept.first() else {
            let detail = format!(
                "The entry {} of the audit log tells that this was to be translated again; no row does.",
                cells.key()
            );
            return stop(MismatchCode::AuditMissing, &cells.place, None, None, detail);
        };
        verify_same_author(&cells.place, told.author, other.author.as_ref())?;
        let (told, found) = (told.under.as_deref().map(shown), other.under.clone());
        let detail = MismatchCode::AuditContradicts.meaning();
        return stop(MismatchCode::AuditContradicts, &cells.place, told, found, detail);
    }
    Ok(())
}

/// What somebody wanted of a segment, as far as the log tells it too.
#[derive(PartialEq)]
struct Wish {
    author: Option<Author>,
    /// In the words of the log.
    under: Option<String>,
}

/// The wishes of a run by segment, newest first.
async fn list_wishes(conn: &impl ConnectionTrait, run: &Stored) -> Checked<BTreeMap<i64, Vec<Wish>>> {
    let sql = "SELECT t.id, t.segment_id, t.author_kind, t.author_id, t.author_name, v.number
        FROM retranslations t LEFT JOIN prompt_versions v ON v.id = t.prompt_version_id
        WHERE t.run_id = $1 ORDER BY t.id DESC";
    let mut wishes: BTreeMap<i64, Vec<Wish>> = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, [run.context.run_id.into()])).await? {
        let cells = Cells::new(&row, "retranslations", "id", run.place.clone())?;
        let author = cells.find_author("author")?;
        let wish = Wish { author, under: cells.get::<Option<i32>>("number")?.map(under) };
        wishes.entry(cells.get("segment_id")?).or_default().push(wish);
    }
    Ok(wishes)
}

/// That who did something, by the audit log, is who the row says.
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
