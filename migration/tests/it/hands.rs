//! What people do to segments: their texts are their own, and what they asked for stays as they asked for it.

use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, edit, finished_attempt, hash, retranslation},
};

const SENT: &str = "colophon: nothing was sent for an attempt by a person";
const TEXT: &str = "colophon: an attempt by a person has a text";
const VERSION: &str = "colophon: an attempt by a person has the version of the one it brings back, or none";
const NAME: &str = "colophon: an attempt under another version than its run is asked for by name";
const GIVES_WAY: &str = "colophon: the text of a person gives way to what is asked for by name";
const OF_RUN: &str = "colophon: a retranslation is of a segment of its run, by a version of its prompt";
const FINISHED: &str = "colophon: a retranslation is only ever finished";
const ONE: &str = "colophon: one retranslation of a segment at a time";
const DELETED: &str = "colophon: retranslations are never deleted";

#[on_both_engines]
async fn an_attempt_by_a_person_is_nothing_else(db: TestDatabase) {
    all_are_refused(&db, by_person()).await;
}

#[on_both_engines]
async fn machine_work_replaces_no_text_of_a_person_unasked(db: TestDatabase) {
    all_are_refused(&db, machine_work()).await;
}

#[on_both_engines]
async fn what_was_asked_for_stays(db: TestDatabase) {
    all_are_refused(&db, asked_for()).await;
}

fn by_person() -> Vec<Refusal> {
    let restored = || edit(1).set("text", "'“Now then, all of you”'").set("restored_from", 1);
    vec![
        refusal("a provider", edit(3).set("provider", "'demo'").insert(), SENT),
        refusal("messages", edit(3).set("messages", "'[]'").insert(), SENT),
        refusal("usage", edit(3).set("prompt_tokens", 1).insert(), SENT),
        refusal("a cost", edit(3).set("cost_nano_usd", 1).insert(), SENT),
        refusal("a lease", edit(3).set("lease_epoch", 1).insert(), SENT),
        refusal("a request", edit(3).set("request_sha256", hash('d')).insert(), SENT),
        refusal("no text", edit(3).set("text", "''").insert(), TEXT),
        refusal("a version of its own", edit(3).set("prompt_version_id", 2).insert(), VERSION),
        refusal("brought back without its version", restored().insert(), VERSION),
        refusal("brought back under another", restored().set("prompt_version_id", 2).insert(), VERSION),
    ]
}

fn machine_work() -> Vec<Refusal> {
    // Segment 3 of run 2 shows a person's text; version 2 is the run's own.
    let choose = "UPDATE translation_segments SET current_attempt_id = 5 WHERE id = 3";
    let by_name = finished_attempt(3, 1).set("author_kind", "'user'").set("author_name", "'Ada'");
    vec![
        refusal("another version", finished_attempt(3, 1).insert(), NAME),
        refusal("its own version", choose, GIVES_WAY).after(finished_attempt(3, 2).set("id", 5).insert()),
        refusal(
            "by name, and then not",
            "UPDATE translation_segments SET current_attempt_id = 6 WHERE id = 3",
            GIVES_WAY,
        )
        .after(by_name.set("id", 5).insert())
        .after(choose)
        .after(edit(3).set("id", 7).insert())
        .after("UPDATE translation_segments SET current_attempt_id = 7 WHERE id = 3")
        .after(finished_attempt(3, 2).set("id", 6).insert()),
    ]
}

fn asked_for() -> Vec<Refusal> {
    let asked = || retranslation(1, 1, 2).set("id", 1);
    let change = |column: &str| format!("UPDATE retranslations SET {column} WHERE id = 1");
    let finish = format!("UPDATE retranslations SET finished_at = {NOW} WHERE id = 1");
    let mut refusals = vec![
        refusal("of another run", retranslation(2, 1, 1).insert(), OF_RUN),
        refusal("by a version of another prompt", retranslation(1, 1, 3).insert(), OF_RUN),
        refusal("reopened", change("finished_at = NULL"), FINISHED).after(asked().insert()).after(&finish),
        refusal("finished again", &finish, FINISHED).after(asked().insert()).after(&finish),
        refusal("delete", "DELETE FROM retranslations", DELETED).after(asked().insert()),
        refusal("truncate", "TRUNCATE retranslations", DELETED).on(Postgres),
        refusal("replace", asked().replace(), DELETED).after(asked().insert()).on(Sqlite),
        refusal("replace another", asked().set("id", 2).replace(), ONE).after(asked().insert()).on(Sqlite),
        refusal(
            "two at once",
            asked().set("id", 2).insert(),
            "one retranslation of a segment|retranslations_open",
        )
        .after(asked().insert()),
    ];
    for column in [
        "instruction = 'x'",
        "author_name = 'Bob'",
        "author_id = 2",
        "provider = 'x'",
        "prompt_version_id = 1",
    ] {
        let changed = change(&format!("{column}, finished_at = {NOW}"));
        refusals.push(refusal("a change", changed, FINISHED).after(asked().insert()));
    }
    refusals
}
