//! Reads rows without trusting their values.

use crate::{
    Result, actor,
    verify::mismatch::{Checked, stop},
};
use colophon_contract::{Author, AuthorKind, MismatchCode, MismatchPlace};
use sea_orm::{QueryResult, TryGetable};
use serde::de::DeserializeOwned;

/// A row that may hold any values: a column that cannot be read is a mismatch that names the column.
pub(crate) struct Cells<'a> {
    row: &'a QueryResult,
    table: &'static str,
    key: i64,
    pub(crate) place: MismatchPlace,
}

impl<'a> Cells<'a> {
    /// Wraps the row of `table` whose key is in the column `key`.
    pub(crate) fn new(
        row: &'a QueryResult,
        table: &'static str,
        key: &str,
        place: MismatchPlace,
    ) -> Result<Self> {
        Ok(Self { row, table, key: row.try_get("", key)?, place })
    }

    pub(crate) fn key(&self) -> i64 {
        self.key
    }

    /// Returns the value of a column.
    pub(crate) fn get<T: TryGetable>(&self, column: &str) -> Checked<T> {
        self.row.try_get("", column).or_else(|_| self.unreadable(column))
    }

    /// Returns the parsed value of a JSON column.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Checked<T> {
        match self.find_json(column)? {
            Some(value) => Ok(value),
            None => self.unreadable(column),
        }
    }

    /// Returns the parsed value of a JSON column; `None` if it is NULL.
    pub(crate) fn find_json<T: DeserializeOwned>(&self, column: &str) -> Checked<Option<T>> {
        let Some(text) = self.get::<Option<String>>(column)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).or_else(|_| self.unreadable(column))
    }

    /// Returns the value that `words` gives for the column's word; an unknown word is a mismatch.
    pub(crate) fn word<T: Copy>(&self, column: &str, words: &[(&str, T)]) -> Checked<T> {
        let text: String = self.get(column)?;
        let known = words.iter().find(|(word, _)| *word == text);
        known.map_or_else(|| self.unreadable(column), |(_, value)| Ok(*value))
    }

    /// Returns the author in the columns `{who}_kind`, `{who}_id` and `{who}_name`; `None` if all three are
    /// NULL.
    pub(crate) fn find_author(&self, who: &str) -> Checked<Option<Author>> {
        let column = |what: &str| format!("{who}_{what}");
        let (kind, name): (Option<String>, Option<String>) =
            (self.get(&column("kind"))?, self.get(&column("name"))?);
        let id: Option<i64> = self.get(&column("id"))?;
        let Some(kind) = kind else {
            // Without a kind, id and name must be NULL too.
            return if id.is_none() && name.is_none() { Ok(None) } else { self.unreadable(&column("kind")) };
        };
        let known = [AuthorKind::User, AuthorKind::Token, AuthorKind::System]
            .into_iter()
            .find(|known| actor::kind_as_str(*known) == kind);
        let Some(kind) = known else { return self.unreadable(&column("kind")) };
        let Some(name) = name else { return self.unreadable(&column("name")) };
        Ok(Some(Author { kind, id, name }))
    }

    /// Ends the verification with a mismatch: the column cannot be read.
    pub(crate) fn unreadable<T>(&self, column: &str) -> Checked<T> {
        let detail = format!("The column {column} of row {} of {} cannot be read.", self.key, self.table);
        stop(MismatchCode::RowUnreadable, &self.place, None, None, detail)
    }
}
