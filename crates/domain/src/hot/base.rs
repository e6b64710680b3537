//! The base of an append: a prompt's latest version.

use super::{
    column::index_of,
    head::LATEST_JOINS,
    single::{Bound, Row},
};
use crate::{
    Db, Engine, Error, Missing, Result,
    prompt::row::{self, with_template},
    work,
};
use colophon_contract::{AppendVersion, PromptVersion};
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// The base of an append: a prompt's latest version.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    pub(crate) version: PromptVersion,
    pub(crate) prompt_name: String,
    pub(crate) work_id: i64,
    read_at: Instant,
}

impl Base {
    /// Maximum age of a prefetched base: a body may arrive slowly, and its work may be deleted meanwhile.
    const LIFETIME: Duration = Duration::from_secs(1);

    pub(crate) fn is_for(&self, work_id: i64, new: &AppendVersion) -> bool {
        self.work_id == work_id
            && self.version.number == new.base_version
            && new.name.is_none()
            && self.read_at.elapsed() < Self::LIFETIME
    }
}

/// Returns the version to append to, which must be the one that the editor saw.
pub(crate) async fn get_base(db: &Db, work_id: i64, base_version: i32) -> Result<Base> {
    let Some(base) = db.look_up(base_sql(db.engine()), &[Bound::I64(work_id)], base).await?.flatten() else {
        work::require(db.read(), work_id).await?;
        return Err(Error::NotFound(Missing::Prompt));
    };
    if base.version.number == base_version {
        Ok(base)
    } else {
        Err(Error::StaleBaseVersion(Box::new(base.version)))
    }
}

/// The columns after a version's own. The work comes last; it is NULL if the work is deleted.
const BESIDE: [&str; 3] = ["v.template", "p.name", "w.id"];

/// Returns the columns that [`base`] reads.
pub(super) fn base_columns(engine: Engine) -> String {
    format!("{}, {}", row::columns(engine.into()), BESIDE.join(", "))
}

/// Number of columns in [`base_columns`].
pub(super) const BASE_COLUMNS: usize = row::COLUMNS + BESIDE.len();

/// Returns the base in a row that begins with [`base_columns`]; `None` if there is none.
pub(super) fn base(row: &dyn Row) -> Result<Option<Base>> {
    let beside = |index: usize| row::COLUMNS + index;
    let Some(work_id) = row.find_i64(beside(const { index_of(&BESIDE, "w.id") }))? else { return Ok(None) };
    Ok(Some(Base {
        version: with_template(row)?,
        prompt_name: row.text(beside(const { index_of(&BESIDE, "p.name") }))?,
        work_id,
        read_at: Instant::now(),
    }))
}

/// Returns the statement that selects a base by its work, `$1`.
fn base_sql(engine: Engine) -> &'static str {
    static SQLITE: LazyLock<String> = LazyLock::new(|| select_base(Engine::Sqlite));
    static POSTGRES: LazyLock<String> = LazyLock::new(|| select_base(Engine::Postgres));
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

fn select_base(engine: Engine) -> String {
    format!("SELECT {} FROM prompts p {LATEST_JOINS} WHERE p.work_id = $1", base_columns(engine))
}
