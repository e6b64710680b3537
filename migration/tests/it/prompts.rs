//! Prompts and their versions: immutable, without gaps.

use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, chapter, prompt, version, work},
};

const IMMUTABLE: &str = "colophon: prompt versions are immutable";
const GAPS: &str = "colophon: prompt versions are numbered without gaps";
const FOREIGN_KEY: &str = "foreign key|FOREIGN KEY";
const RESTORE: &str = "colophon: a version can only restore an earlier one";

#[on_both_engines]
async fn versions_are_immutable(db: TestDatabase) {
    all_are_refused(&db, immutable()).await;
}

#[on_both_engines]
async fn versions_are_numbered_without_gaps(db: TestDatabase) {
    all_are_refused(&db, numbered()).await;
}

#[on_both_engines]
async fn works_chapters_and_prompts_stay(db: TestDatabase) {
    all_are_refused(&db, staying()).await;
}

fn immutable() -> Vec<Refusal> {
    vec![
        refusal("update", "UPDATE prompt_versions SET note = 'x' WHERE id = 1", IMMUTABLE),
        refusal("update to the same", "UPDATE prompt_versions SET note = note", IMMUTABLE),
        refusal("update of the id", "UPDATE prompt_versions SET id = 99 WHERE id = 1", IMMUTABLE),
        refusal("update of the rowid", "UPDATE prompt_versions SET rowid = 99 WHERE id = 1", IMMUTABLE)
            .on(Sqlite),
        refusal(
            "update or replace",
            "UPDATE OR REPLACE prompt_versions SET number = 2 WHERE id = 1",
            IMMUTABLE,
        )
        .on(Sqlite),
        refusal("update or ignore", "UPDATE OR IGNORE prompt_versions SET note = 'x'", IMMUTABLE).on(Sqlite),
        refusal(
            "upsert",
            version(1, 3).set("id", 1).insert() + " ON CONFLICT (id) DO UPDATE SET note = 'x'",
            IMMUTABLE,
        ),
        refusal(
            "merge",
            "MERGE INTO prompt_versions v USING (SELECT 1 AS id) s ON v.id = s.id
             WHEN MATCHED THEN UPDATE SET note = 'x'",
            IMMUTABLE,
        )
        .on(Postgres),
        refusal("delete the latest", "DELETE FROM prompt_versions WHERE id = 2", IMMUTABLE),
        refusal("delete all", "DELETE FROM prompt_versions", IMMUTABLE),
        refusal("replace by id", version(1, 3).set("id", 2).replace(), IMMUTABLE).on(Sqlite),
        refusal("replace by rowid", version(1, 3).set("rowid", 2).replace(), IMMUTABLE).on(Sqlite),
        refusal("replace by number", version(1, 2).replace(), IMMUTABLE).on(Sqlite),
        refusal("replace an id of another prompt", version(2, 2).set("id", 1).replace(), IMMUTABLE)
            .on(Sqlite),
        refusal(
            "replace within a statement",
            version(1, 3).and("INSERT OR REPLACE", &version(1, 3)),
            IMMUTABLE,
        )
        .on(Sqlite),
        refusal("a number twice", version(1, 2).insert(), "colophon: prompt versions are "),
        refusal("truncate", "TRUNCATE prompt_versions CASCADE", IMMUTABLE).on(Postgres),
        refusal("truncate by the prompts", "TRUNCATE prompts CASCADE", "colophon: prompts are never deleted")
            .on(Postgres),
        refusal("truncate by the works", "TRUNCATE works CASCADE", "colophon: works are deleted softly")
            .on(Postgres),
    ]
}

fn numbered() -> Vec<Refusal> {
    let shadow = "CREATE TEMPORARY TABLE prompt_versions AS SELECT 1 AS prompt_id, 6 AS number";
    vec![
        refusal("a gap", version(1, 4).insert(), GAPS),
        refusal("a gap behind a good one", version(1, 3).and("INSERT", &version(1, 5)), GAPS),
        refusal("not from 1", version(3, 2).insert(), GAPS),
        refusal("another prompt's number", version(2, 3).insert(), GAPS),
        refusal("zero", version(3, 0).insert(), GAPS),
        refusal("an earlier number", version(1, -1).insert(), GAPS),
        refusal("a gap or ignore", version(1, 9).insert().replace("INSERT", "INSERT OR IGNORE"), GAPS)
            .on(Sqlite),
        refusal(
            "a gap with a table in the way",
            version(1, 7).insert().replace("INTO ", "INTO public."),
            GAPS,
        )
        .after(shadow)
        .on(Postgres),
        refusal("restores itself", version(1, 3).set("restored_from", 3).insert(), RESTORE),
        refusal("restores a later one", version(1, 3).set("restored_from", 4).insert(), RESTORE),
        refusal("restores nothing", version(1, 3).set("restored_from", 0).insert(), RESTORE),
        refusal("parameters a list", version(1, 3).set("parameters", "'[]'").insert(), "parameters"),
        refusal(
            "hash in capitals",
            version(1, 3).set("content_hash", crate::row::hash('A')).insert(),
            "content_hash",
        ),
        refusal("hash too short", version(1, 3).set("chain_hash", "'ab'").insert(), "chain_hash"),
        refusal("author of no kind", version(1, 3).set("author_kind", "'robot'").insert(), "author_kind"),
        refusal("of no prompt", version(99, 1).insert(), FOREIGN_KEY),
    ]
}

fn staying() -> Vec<Refusal> {
    let prompt_stays = "colophon: a prompt stays with its work";
    let chapter_stays = "colophon: a chapter stays with its work";
    let softly = "colophon: chapters are deleted softly";
    let never = "colophon: prompts are never deleted";
    vec![
        refusal("a second prompt", prompt(1).insert(), "prompts"),
        refusal("another prompt's place", "UPDATE prompts SET work_id = 2 WHERE id = 1", prompt_stays),
        refusal("a prompt's id", "UPDATE prompts SET id = 9 WHERE id = 1", prompt_stays),
        refusal("delete a prompt", "DELETE FROM prompts WHERE id = 1", "colophon: prompts are never deleted"),
        refusal("replace a prompt", prompt(1).replace(), never).on(Sqlite),
        refusal("replace a prompt by its id", prompt(3).set("id", 1).replace(), never)
            .after(work().insert())
            .on(Sqlite),
        refusal("replace a prompt without versions", prompt(3).replace(), never)
            .after(work().insert())
            .after(prompt(3).insert())
            .on(Sqlite),
        refusal(
            "update or replace a prompt",
            "UPDATE OR REPLACE prompts SET work_id = 2 WHERE id = 1",
            prompt_stays,
        )
        .on(Sqlite),
        refusal("move a chapter", "UPDATE chapters SET work_id = 2, number = 9 WHERE id = 1", chapter_stays),
        refusal("a chapter's rowid", "UPDATE chapters SET rowid = 9 WHERE id = 1", chapter_stays).on(Sqlite),
        refusal(
            "delete a chapter",
            "DELETE FROM chapters WHERE id = 4",
            "colophon: chapters are deleted softly",
        ),
        refusal("truncate chapters", "TRUNCATE chapters CASCADE", "colophon: chapters are deleted softly")
            .on(Postgres),
        refusal("a chapter number twice", chapter(1, 1).insert(), "chapters"),
        refusal("replace a chapter", chapter(1, 1).replace(), softly).on(Sqlite),
        refusal("replace a chapter without runs", chapter(1, 3).replace(), softly).on(Sqlite),
        refusal("replace a chapter by its id", chapter(2, 9).set("id", 4).replace(), softly).on(Sqlite),
        refusal("replace a deleted chapter", chapter(1, 3).set("rowid", 4).replace(), softly)
            .after(format!("UPDATE chapters SET deleted_at = {NOW} WHERE id = 4"))
            .on(Sqlite),
        refusal(
            "update or replace a chapter",
            "UPDATE OR REPLACE chapters SET number = 3 WHERE id = 1",
            softly,
        )
        .on(Sqlite),
        refusal(
            "bring a chapter back in the place of another",
            "UPDATE OR REPLACE chapters SET deleted_at = NULL WHERE id = 4",
            softly,
        )
        .after(format!("UPDATE chapters SET deleted_at = {NOW} WHERE id = 4"))
        .after(chapter(1, 3).insert())
        .on(Sqlite),
        refusal("chapter zero", chapter(1, 0).insert(), "number"),
        refusal(
            "a work's id",
            "UPDATE works SET id = 9 WHERE id = 1",
            "colophon: the id of a work never changes",
        ),
        refusal("delete a work", "DELETE FROM works WHERE id = 2", "colophon: works are deleted softly"),
        refusal("replace a work", work().set("id", 1).replace(), "colophon: works are deleted softly")
            .on(Sqlite),
        refusal(
            "replace a work without chapters",
            work().set("id", 3).replace(),
            "colophon: works are deleted softly",
        )
        .after(work().insert())
        .on(Sqlite),
        refusal(
            "update or replace a work",
            "UPDATE OR REPLACE works SET rowid = 2 WHERE id = 1",
            "colophon: the id of a work never changes",
        )
        .on(Sqlite),
        refusal("a work of id 0", work().set("id", 0).insert(), "id"),
    ]
}
