//! What verifications have in common: rows read without trusting them, and the mismatch that ends one.

use crate::{Db, Error, Result, actor, db::statement};
use colophon_contract::{Author, AuthorKind, Mismatch, MismatchCode, MismatchPlace};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, TryGetable};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// Why a verification goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It has found what it looked for.
    Mismatch(Box<Mismatch>),
    /// It could not look.
    Error(Error),
}

/// Of a step of a verification.
pub(crate) type Checked<T> = std::result::Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Error(error.into())
    }
}

/// A mismatch with what follows from the rest and what is stored.
pub(crate) fn mismatch(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Mismatch {
    Mismatch { code, place: place.clone(), expected, found, detail: detail.into() }
}

/// Ends a verification with that.
pub(crate) fn stop<T>(
    code: MismatchCode,
    place: &MismatchPlace,
    expected: Option<String>,
    found: Option<String>,
    detail: impl Into<String>,
) -> Checked<T> {
    Err(Stop::Mismatch(mismatch(code, place, expected, found, detail).into()))
}

/// What a verification ended with, where it could look.
pub(crate) fn found(outcome: Checked<()>) -> Result<Option<Mismatch>> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Stop::Mismatch(mismatch)) => Ok(Some(*mismatch)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// SHA-256, hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// That of the RFC 8785 JSON of a value, which has one text whichever engine kept it.
pub(crate) fn canonical_sha256(value: &impl Serialize) -> Result<String> {
    let json = serde_json_canonicalizer::to_vec(value);
    json.map(sha256).map_err(|e| Error::internal(format!("canonical JSON: {e}")))
}

/// A value that may be anything by now, in the length of what it should be.
pub(crate) fn shown(value: &str) -> String {
    const LONGEST: usize = 100;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// A row that may hold anything: what cannot be read of it is a mismatch that names it.
pub(crate) struct Cells<'a> {
    row: &'a QueryResult,
    table: &'static str,
    key: i64,
    pub(crate) place: MismatchPlace,
}

impl<'a> Cells<'a> {
    /// The row of `table` whose key is in the column `key`.
    pub(crate) fn new(
        row: &'a QueryResult,
        table: &'static str,
        key: &str,
        place: MismatchPlace,
    ) -> Result<Self> {
        Ok(Self { row, table, key: row.try_get("", key)?, place })
    }

    /// The key.
    pub(crate) fn key(&self) -> i64 {
        self.key
    }

    /// What a column holds.
    pub(crate) fn get<T: TryGetable>(&self, column: &str) -> Checked<T> {
        self.row.try_get("", column).or_else(|_| self.unreadable(column))
    }

    /// What a column of JSON holds.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Checked<T> {
        match self.find_json(column)? {
            Some(value) => Ok(value),
            None => self.unreadable(column),
        }
    }

    /// The same of one that may be NULL.
    pub(crate) fn find_json<T: DeserializeOwned>(&self, column: &str) -> Checked<Option<T>> {
        let Some(text) = self.get::<Option<String>>(column)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).or_else(|_| self.unreadable(column))
    }

    /// What a column holds, of the words that it may.
    pub(crate) fn word<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Checked<T> {
        let text: String = self.get(column)?;
        let known = words.iter().find(|(word, _)| *word == text);
        known.map_or_else(|| self.unreadable(column), |(_, value)| Ok(*value))
    }

    /// Who stands in the three columns `{who}_kind`, `{who}_id`, `{who}_name`; `None` where the first is NULL.
    pub(crate) fn find_author(&self, who: &str) -> Checked<Option<Author>> {
        let column = |what: &str| format!("{who}_{what}");
        let (kind, name): (Option<String>, Option<String>) =
            (self.get(&column("kind"))?, self.get(&column("name"))?);
        let id: Option<i64> = self.get(&column("id"))?;
        let Some(kind) = kind else {
            // Nobody has neither an id nor a name.
            return if id.is_none() && name.is_none() { Ok(None) } else { self.unreadable(&column("kind")) };
        };
        let known = [AuthorKind::User, AuthorKind::Token, AuthorKind::System]
            .into_iter()
            .find(|known| actor::kind_as_str(*known) == kind);
        let Some(kind) = known else { return self.unreadable(&column("kind")) };
        let Some(name) = name else { return self.unreadable(&column("name")) };
        Ok(Some(Author { kind, id, name }))
    }

    /// Ends the verification here.
    pub(crate) fn unreadable<T>(&self, column: &str) -> Checked<T> {
        let detail = format!("The column {column} of row {} of {} cannot be read.", self.key, self.table);
        stop(MismatchCode::RowUnreadable, &self.place, None, None, detail)
    }
}

/// Tables of the history, with the column that names what a row belongs to, and the table of that.
const OWNERS: [(&str, &str, &str); 9] = [
    ("prompts", "work_id", "works"),
    ("prompt_versions", "prompt_id", "prompts"),
    ("chapters", "work_id", "works"),
    ("chapter_translations", "chapter_id", "chapters"),
    ("translation_segments", "chapter_translation_id", "chapter_translations"),
    ("segment_attempts", "segment_id", "translation_segments"),
    ("run_events", "run_id", "chapter_translations"),
    ("retranslations", "run_id", "chapter_translations"),
    ("retranslations", "segment_id", "translation_segments"),
];

/// Rows of the history that belong to nothing, of each table the first: no work that is verified has them.
///
/// # Errors
/// Of the database. A mismatch is none.
pub async fn list_orphans(db: &Db) -> Result<Vec<Mismatch>> {
    let mut orphans = Vec::new();
    for (table, column, owner) in OWNERS {
        let key = if table == "run_events" { "seq" } else { "id" };
        let sql = format!(
            "SELECT c.{key} AS key, c.{column} AS owner FROM {table} c
            WHERE NOT EXISTS (SELECT 1 FROM {owner} o WHERE o.id = c.{column}) ORDER BY c.{column}, c.{key} LIMIT 1"
        );
        let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { continue };
        let (key, missing): (i64, Option<i64>) = (row.try_get("", "key")?, row.try_get("", "owner")?);
        let missing = missing.map(|id| id.to_string());
        let of = missing.as_deref().unwrap_or("none");
        let detail = format!("The row {key} of {table} is of the row {of} of {owner}, which is not there.");
        let place = MismatchPlace::default();
        orphans.push(mismatch(MismatchCode::RowOrphaned, &place, missing.clone(), None, detail));
    }
    orphans.extend(find_lost_work(db).await?);
    // A row that is gone leaves both: rows that belonged to it, and entries that name it.
    if orphans.is_empty() {
        orphans.extend(list_lost_subjects(db).await?);
    }
    Ok(orphans)
}

/// A work that the audit log tells of and that is not there, the first one.
async fn find_lost_work(db: &Db) -> Result<Option<Mismatch>> {
    let sql = "SELECT e.id, e.work_id FROM audit_log e
        WHERE e.work_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM works w WHERE w.id = e.work_id)
        ORDER BY e.work_id, e.id LIMIT 1";
    let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { return Ok(None) };
    let (entry, work_id): (i64, i64) = (row.try_get("", "id")?, row.try_get("", "work_id")?);
    let detail = format!("The entry {entry} of the audit log tells of work {work_id}, which is not there.");
    let place = MismatchPlace::default();
    Ok(Some(mismatch(MismatchCode::AuditMissing, &place, Some(work_id.to_string()), None, detail)))
}

/// Kinds of things that the audit log names, with the tables in which they are. None of their rows is ever deleted.
const SUBJECTS: [(&str, &str); 7] = [
    ("user", "users"),
    ("token", "api_tokens"),
    ("work", "works"),
    ("chapter", "chapters"),
    ("prompt", "prompts"),
    ("translation", "chapter_translations"),
    ("segment", "translation_segments"),
];

/// Things that the audit log names and that are not there, of each kind the first.
async fn list_lost_subjects(db: &Db) -> Result<Vec<Mismatch>> {
    let mut lost = Vec::new();
    for (kind, table) in SUBJECTS {
        let sql = format!(
            "SELECT e.id, e.subject_id FROM audit_log e WHERE e.subject_kind = '{kind}' AND e.subject_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {table} s WHERE s.id = e.subject_id)
            ORDER BY e.id LIMIT 1"
        );
        let Some(row) = db.read().query_one_raw(statement(db.read(), sql, [])).await? else { continue };
        let (entry, id): (i64, i64) = (row.try_get("", "id")?, row.try_get("", "subject_id")?);
        let detail =
            format!("The entry {entry} of the audit log names the row {id} of {table}, which is not there.");
        let mut place = MismatchPlace::default();
        if kind == "translation" {
            place.translation_id = Some(id);
        }
        lost.push(mismatch(MismatchCode::AuditMissing, &place, Some(id.to_string()), None, detail));
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_value_has_an_end() {
        assert_eq!(shown("abc"), "abc");
        assert_eq!(shown(&"夜".repeat(100)), "夜".repeat(100));
        assert_eq!(shown(&"夜".repeat(5_000)), format!("{}…", "夜".repeat(100)));
    }
}
