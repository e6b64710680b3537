//! Recomputes a prompt's history from the stored rows, and compares it with chain heads kept elsewhere.

mod log;

use crate::{
    Db, Error, Missing, Result,
    db::{json_as_text, statement},
    prompt::hash,
    text, time,
    verify::{
        cells::Cells,
        mismatch::{Checked, found, mismatch, shown, stop},
    },
    work,
};
use colophon_contract::{
    Anchor, ChainHead, Mismatch, MismatchCode, MismatchPlace, PromptVerification, PromptVersion,
};
use sea_orm::{ConnectionTrait, DbBackend, prelude::DateTimeUtc};

/// Maximum number of versions in memory.
const PAGE: i64 = 20;

/// Verifies the history of a work's prompt, in one snapshot.
///
/// # Errors
/// The work or its prompt is not found; database errors. A mismatch is not an error.
pub async fn verify_prompt(db: &Db, work_id: i64) -> Result<PromptVerification> {
    work::require(db.read(), work_id).await?;
    find_verification(db, work_id).await?.ok_or(Error::NotFound(Missing::Prompt))
}

/// Like [`verify_prompt`], but also for a deleted work. Returns `None` if the work has never had a prompt.
///
/// # Errors
/// Returns database errors only.
pub async fn find_verification(db: &Db, work_id: i64) -> Result<Option<PromptVerification>> {
    let txn = db.begin_verification().await?;
    let sql = "SELECT id FROM prompts WHERE work_id = $1";
    let prompt_id = match txn.query_one_raw(statement(&txn, sql, [work_id.into()])).await? {
        Some(row) => Some(row.try_get_by_index(0)?),
        // A prompt that was removed may still be named in the audit log.
        None => log::find_prompt_id(&txn, work_id).await?,
    };
    let Some(prompt_id) = prompt_id else {
        txn.commit().await?;
        return Ok(None);
    };
    let mut chain = Chain { versions: 0, head: None };
    let mismatch = found(verify(&txn, work_id, prompt_id, &mut chain).await)?;
    txn.commit().await?;
    let head = chain.head.map(|(_, head)| head);
    let verified = mismatch.is_none();
    Ok(Some(PromptVerification { work_id, prompt_id, verified, versions: chain.versions, head, mismatch }))
}

async fn verify(conn: &impl ConnectionTrait, work_id: i64, prompt_id: i64, chain: &mut Chain) -> Checked<()> {
    chain.verify(conn, prompt_id).await?;
    log::verify(conn, work_id, prompt_id).await
}

/// The verified part of a chain.
struct Chain {
    versions: i64,
    /// The last version's id and its chain head.
    head: Option<(i64, ChainHead)>,
}

impl Chain {
    async fn verify(&mut self, conn: &impl ConnectionTrait, prompt_id: i64) -> Checked<()> {
        let sql = "SELECT count(*) FROM prompt_versions WHERE prompt_id = $1";
        let row = conn.query_one_raw(statement(conn, sql, [prompt_id.into()])).await?;
        let rows: i64 = row.ok_or_else(|| Error::internal("no count"))?.try_get_by_index(0)?;
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let page = self.verify_page(conn, prompt_id, after).await?;
            let Some(last) = page else { break };
            after = last;
        }
        let place = MismatchPlace::default();
        if rows == 0 {
            let detail = MismatchCode::PromptEmpty.meaning();
            return stop(MismatchCode::PromptEmpty, &place, None, None, detail);
        }
        if rows != self.versions {
            let detail = format!("{} rows of prompt_versions have no number at all.", rows - self.versions);
            return stop(MismatchCode::RowUnreadable, &place, None, None, detail);
        }
        Ok(())
    }

    /// Verifies the next page of versions, by number and id. Returns the number and id of the last one.
    async fn verify_page(
        &mut self,
        conn: &impl ConnectionTrait,
        prompt_id: i64,
        after: (i64, i64),
    ) -> Checked<Option<(i64, i64)>> {
        let sql = format!(
            "SELECT {}, v.template_characters, CASE WHEN v.restored_from IS NULL OR EXISTS (
                    SELECT 1 FROM prompt_versions o WHERE o.prompt_id = v.prompt_id AND o.number = v.restored_from
                        AND o.number < v.number AND o.model = v.model AND o.template = v.template
                        AND o.parameters{json} = v.parameters{json}
                ) THEN 1 ELSE 0 END AS restores
            FROM prompt_versions v
            WHERE v.prompt_id = $1 AND v.number >= $2 AND (v.number > $2 OR v.id > $3)
            ORDER BY v.number, v.id LIMIT $4",
            columns(conn.get_database_backend()),
            json = json_as_text(conn.get_database_backend()),
        );
        let values = [prompt_id.into(), after.0.into(), after.1.into(), PAGE.into()];
        let mut last = None;
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let cells = Cells::new(&row, TABLE, "id", MismatchPlace::default())?;
            last = Some(self.verify_next(cells)?);
        }
        Ok(last)
    }

    /// Verifies one version. Returns its number and id.
    fn verify_next(&mut self, mut cells: Cells<'_>) -> Checked<(i64, i64)> {
        let number = number(&cells)?;
        cells.place.version_number = Some(number);
        let expected = self.head.as_ref().map_or(1, |(_, head)| i64::from(head.number) + 1);
        if number != expected {
            let place = MismatchPlace { version_number: Some(expected), ..MismatchPlace::default() };
            let detail = if number > expected {
                format!("Version {expected} is missing: the next one is version {number}.")
            } else {
                format!("There is another version {number}, of the row {}.", cells.key())
            };
            let (expected, found) = (Some(expected.to_string()), Some(number.to_string()));
            return stop(MismatchCode::VersionNumber, &place, expected, found, detail);
        }
        let previous = self.head.as_ref();
        if let Some((id, _)) = previous.filter(|(id, _)| *id >= cells.key()) {
            let detail = MismatchCode::VersionOrder.meaning();
            let (expected, found) = (Some(format!("more than {id}")), Some(cells.key().to_string()));
            return stop(MismatchCode::VersionOrder, &cells.place, expected, found, detail);
        }
        let version = read(&cells)?;
        let characters: i64 = cells.get("template_characters")?;
        let counted = text::characters(&version.template);
        if characters != counted {
            let detail = MismatchCode::TemplateCharacters.meaning();
            let (expected, found) = (Some(counted.to_string()), Some(characters.to_string()));
            return stop(MismatchCode::TemplateCharacters, &cells.place, expected, found, detail);
        }
        let content_hash = verify_content(&cells.place, &version)?;
        let chain_hash = hash::chain_hash(previous.map(|(_, head)| head.chain_hash.as_str()), &content_hash)?;
        if version.chain_hash != chain_hash {
            let detail = MismatchCode::ChainHash.meaning();
            let found = Some(shown(&version.chain_hash));
            return stop(MismatchCode::ChainHash, &cells.place, Some(chain_hash), found, detail);
        }
        if cells.get::<i32>("restores")? != 1 {
            let detail = MismatchCode::VersionRestoredFrom.meaning();
            let found = version.restored_from.map(|number| number.to_string());
            return stop(MismatchCode::VersionRestoredFrom, &cells.place, None, found, detail);
        }
        self.head = Some((cells.key(), ChainHead { number: version.number, content_hash, chain_hash }));
        self.versions += 1;
        Ok((number, cells.key()))
    }
}

const TABLE: &str = "prompt_versions";

/// Returns the columns of a version `v` that [`read`] reads, under their names.
pub(crate) fn columns(backend: DbBackend) -> String {
    format!(
        "v.id, v.prompt_id, v.number, v.model, v.template, v.parameters{} AS parameters, v.note, v.author_kind, \
         v.author_id, v.author_name, v.restored_from, v.content_hash, v.chain_hash, v.created_at",
        json_as_text(backend)
    )
}

/// Returns a version's number: 32 bits on PostgreSQL, 64 bits on SQLite, where a damaged number may need
/// them.
fn number(cells: &Cells<'_>) -> Checked<i64> {
    match cells.get::<i64>("number") {
        Ok(number) => Ok(number),
        Err(_) => Ok(cells.get::<i32>("number")?.into()),
    }
}

/// Reads a version as stored, without checking its content.
pub(crate) fn read(cells: &Cells<'_>) -> Checked<PromptVersion> {
    let Some(author) = cells.find_author("author")? else { return cells.unreadable("author_kind") };
    Ok(PromptVersion {
        id: cells.key(),
        prompt_id: cells.get("prompt_id")?,
        number: cells.get("number")?,
        model: cells.get("model")?,
        template: cells.get("template")?,
        parameters: cells.json("parameters")?,
        note: cells.get("note")?,
        author,
        restored_from: cells.get("restored_from")?,
        content_hash: cells.get("content_hash")?,
        chain_hash: cells.get("chain_hash")?,
        created_at: time::timestamp(cells.get::<DateTimeUtc>("created_at")?),
    })
}

/// Checks that a version's content has its stored content hash, and returns that hash.
pub(crate) fn verify_content(place: &MismatchPlace, version: &PromptVersion) -> Checked<String> {
    let content_hash = hash::content_hash(version)?;
    if version.content_hash == content_hash {
        return Ok(content_hash);
    }
    let (found, detail) = (Some(shown(&version.content_hash)), MismatchCode::ContentHash.meaning());
    stop(MismatchCode::ContentHash, place, Some(content_hash), found, detail)
}

/// Lists the chain heads of the next prompts, by prompt id, including prompts of deleted works; empty after
/// the last.
///
/// # Errors
/// Database errors; internal for a chain head that cannot be read, which a verification reports as a
/// mismatch.
pub async fn list_anchors(db: &Db, after_prompt_id: i64) -> Result<Vec<Anchor>> {
    let sql = "SELECT p.work_id, p.id, v.number, v.content_hash, v.chain_hash
        FROM prompts p JOIN prompt_versions v ON v.id = (
            SELECT l.id FROM prompt_versions l WHERE l.prompt_id = p.id ORDER BY l.number DESC LIMIT 1
        ) WHERE p.id > $1 ORDER BY p.id LIMIT $2";
    let rows =
        db.read().query_all_raw(statement(db.read(), sql, [after_prompt_id.into(), PAGE.into()])).await?;
    let exported_at = time::timestamp(time::now());
    let anchor = |row: &sea_orm::QueryResult| {
        Ok(Anchor {
            work_id: row.try_get_by_index(0)?,
            prompt_id: row.try_get_by_index(1)?,
            number: row.try_get_by_index(2)?,
            content_hash: row.try_get_by_index(3)?,
            chain_hash: row.try_get_by_index(4)?,
            exported_at: exported_at.clone(),
        })
    };
    rows.iter().map(anchor).collect()
}

/// Checks that the version named by an anchor still exists with the same hashes. [`find_verification`] checks
/// that these hashes match the stored content.
///
/// # Errors
/// Returns database errors only. A mismatch is not an error.
pub async fn verify_anchor(db: &Db, anchor: &Anchor) -> Result<Option<Mismatch>> {
    let place = MismatchPlace { version_number: Some(anchor.number.into()), ..MismatchPlace::default() };
    let sql = "SELECT v.id, p.work_id, v.content_hash, v.chain_hash
        FROM prompt_versions v JOIN prompts p ON p.id = v.prompt_id WHERE v.prompt_id = $1 AND v.number = $2";
    let values = [anchor.prompt_id.into(), anchor.number.into()];
    let at = &anchor.exported_at.0;
    let Some(row) = db.read().query_one_raw(statement(db.read(), sql, values)).await? else {
        let detail = format!("Version {} was there at {at} and is not any more.", anchor.number);
        let expected = Some(anchor.chain_hash.clone());
        return Ok(Some(mismatch(MismatchCode::AnchorMissing, &place, expected, None, detail)));
    };
    let compare = || {
        let cells = Cells::new(&row, TABLE, "id", place.clone())?;
        let work_id: i64 = cells.get("work_id")?;
        let (content, chain): (String, String) = (cells.get("content_hash")?, cells.get("chain_hash")?);
        let same = |what: &str, expected: &str, found: &str| {
            let detail = format!("The {what} of version {} is not what it was at {at}.", anchor.number);
            let (expected, shown) = (Some(expected.to_owned()), Some(shown(found)));
            if expected.as_deref() == Some(found) {
                return Ok(());
            }
            stop(MismatchCode::AnchorChanged, &place, expected, shown, detail)
        };
        same("chain hash", &anchor.chain_hash, &chain)?;
        same("content hash", &anchor.content_hash, &content)?;
        same("work", &anchor.work_id.to_string(), &work_id.to_string())
    };
    found(compare())
}
