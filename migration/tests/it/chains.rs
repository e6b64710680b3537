//! Hash chains over the events of runs: a database of the version before comes through, goes back and comes through
//! again; and what is refused of the new columns.

use colophon_migration::{Error, Force, down, up};
use colophon_test_support::{Engine::Sqlite, TestDatabase, Unmigrated, on_both_engines};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{Row, event, hash, run},
    story,
};

const NAME: &str = "m20261130_000017_run_chains";
const FOLLOWS: &str = "colophon: an event continues the chain of its run";
const GROWS: &str = "colophon: the chain of a run grows with its events";

/// An event that is the new end of its run's chain.
fn extend(run: i64, seq: i64, digit: char) -> [String; 2] {
    let end = format!(
        "UPDATE chapter_translations SET chain_hash = {}, chain_length = {seq} WHERE id = {run}",
        hash(digit)
    );
    [chained(run, seq, digit).insert(), end]
}

/// An event that is part of its run's chain.
fn chained(run: i64, seq: i64, digit: char) -> Row {
    event(run, seq).set("record_sha256", hash('d')).set("chain_hash", hash(digit))
}

async fn ends(db: &DatabaseConnection) -> Vec<Vec<Option<String>>> {
    let sql = "SELECT CAST(id AS TEXT), chain_hash, CAST(chain_length AS TEXT) FROM chapter_translations
        WHERE chain_hash IS NOT NULL ORDER BY id";
    story::rows(db, sql).await
}

#[on_both_engines]
async fn a_database_of_the_version_before_comes_through_and_back(db: Unmigrated) {
    let db = db.load_history_13().await;
    let others = u32::try_from(story::STEPS - 1 - 13).unwrap();
    up(&db, Some(others)).await.unwrap();
    let schema = story::schema(&db).await;
    let events = story::number(&db, "SELECT count(*) FROM run_events").await;
    assert_eq!(up(&db, None).await.unwrap(), [NAME]);
    let full = story::schema(&db).await;
    assert_eq!(ends(&db).await, Vec::<Vec<_>>::new(), "no chain is made up for what was there");
    assert_eq!(story::number(&db, "SELECT count(*) FROM run_events WHERE chain_hash IS NULL").await, events);

    assert_eq!(down(&db, Some(1), Force::No).await.unwrap(), [NAME], "nothing is lost yet");
    assert_eq!(story::schema(&db).await, schema);
    up(&db, None).await.unwrap();
    assert_eq!(story::schema(&db).await, full);
    assert_eq!(story::number(&db, "SELECT count(*) FROM run_events").await, events);
}

#[on_both_engines]
async fn the_end_of_a_chain_is_kept_with_its_run(database: TestDatabase) {
    let db = story::tell(&database).await;
    let end = |run: &str, digit: char, length: &str| {
        vec![Some(run.to_owned()), Some(digit.to_string().repeat(64)), Some(length.to_owned())]
    };
    // Run 1 has two events without a chain: the third one begins it. Run 2 has one from its first event on.
    for statement in [extend(1, 3, 'a'), extend(2, 1, 'b'), extend(2, 2, 'c')].concat() {
        db.execute_unprepared(&statement).await.unwrap();
    }
    assert_eq!(ends(&db).await, [end("1", 'a', "3"), end("2", 'c', "2")]);

    match down(&db, Some(1), Force::No).await {
        Err(Error::WouldLose { migration, lost }) => {
            assert_eq!(
                (migration.as_str(), &lost[..]),
                (NAME, &["2 translations whose events are chained by hashes".to_owned()][..])
            );
        }
        other => panic!("{other:?}"),
    }
    down(&db, Some(1), Force::Yes).await.unwrap();
    up(&db, None).await.unwrap();
    assert_eq!(ends(&db).await, Vec::<Vec<_>>::new());
    for statement in extend(2, 3, 'e') {
        db.execute_unprepared(&statement).await.unwrap();
    }
    assert_eq!(ends(&db).await, [end("2", 'e', "3")], "a chain begins again where there is none");
}

#[on_both_engines]
async fn the_rules_about_chains_hold(db: TestDatabase) {
    all_are_refused(&db, refusals()).await;
}

fn refusals() -> Vec<Refusal> {
    let set = |rest: &str| format!("UPDATE chapter_translations SET {rest} WHERE id = 2");
    let hash_a = hash('a');
    let chain = |name, statement: String, message| {
        let before = [extend(2, 1, 'a'), extend(2, 2, 'b')].concat();
        before.into_iter().fold(refusal(name, statement, message), Refusal::after)
    };
    vec![
        chain("an event without a chain in one", event(2, 3).insert(), FOLLOWS),
        chain("a chain that is taken away", set("chain_hash = NULL, chain_length = NULL"), GROWS),
        chain("a chain that is set back", set(&format!("chain_hash = {hash_a}, chain_length = 1")), GROWS),
        chain("another end", set(&format!("chain_hash = {}", hash('c'))), GROWS),
        chain("another length", set("chain_length = 3"), GROWS),
        refusal("the end of no chain", set(&format!("chain_hash = {hash_a}, chain_length = 1")), GROWS),
        refusal(
            "a run that is born with a chain",
            run(4, 1).set("chain_hash", hash('a')).set("chain_length", 1).insert(),
            GROWS,
        ),
        refusal("a chain without a record", event(2, 1).set("chain_hash", hash('a')).insert(), "event_chain"),
        refusal(
            "a chain hash that is none",
            chained(2, 1, 'a').set("chain_hash", "'A1'").insert(),
            "event_chain",
        ),
        refusal("a chain hash without a length", audited(&hash('a'), "NULL"), "audit_chain_length"),
        refusal("a length without a chain hash", audited("NULL", "3"), "audit_chain_length"),
        refusal("a length of nothing", audited(&hash('a'), "0"), "audit_chain_length"),
        refusal("an entry's chain hash that is none", audited("'x'", "1"), "audit_chain_hash"),
        chain("an event after one whose end is not kept", chained(2, 4, 'c').insert(), FOLLOWS)
            .after(chained(2, 3, 'd').insert()),
        chain("replace a chained event", chained(2, 2, 'c').replace(), "colophon: ").on(Sqlite),
    ]
}

fn audited(chain_hash: &str, chain_length: &str) -> String {
    format!(
        "INSERT INTO audit_log (at, action, subject_kind, chain_hash, chain_length)
        VALUES ('2026-11-22T10:00:00.000001+00:00', 'run_ended', 'translation', {chain_hash}, {chain_length})"
    )
}
