//! What an answer holds beside its text: a database of the version before comes through, goes back and comes through
//! again; and what is refused of the new columns.

use colophon_migration::{Error, Force, down, up};
use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, Unmigrated, on_both_engines,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, attempt, carried, chapter, edit, finished_attempt, hash, run, segment},
    story,
};

const TABLES: [&str; 6] = [
    "chapters",
    "chapter_translations",
    "translation_segments",
    "segment_attempts",
    "run_events",
    "retranslations",
];
const FINDINGS: &str = "colophon: this version knows no findings";
const CARRIED: &str =
    "colophon: a text is carried over from the same source in an earlier run of the chapter";

#[on_both_engines]
async fn a_database_of_the_version_before_comes_through_and_back(db: Unmigrated) {
    let db = db.load_history_13().await;
    let (schema, columns) = (story::schema(&db).await, columns(&db).await);
    let before = contents(&db, &columns).await;
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()));

    assert_eq!(up(&db, Some(1)).await.unwrap(), ["m20261130_000014_separate_reasoning"]);
    up(&db, None).await.unwrap();
    assert_eq!(contents(&db, &columns).await, before, "what was there is what it was");
    let classes = "SELECT coalesce(finish_reason, ''), finish, CAST(count(*) AS TEXT) FROM segment_attempts
            WHERE kind = 'model' GROUP BY 1, 2 ORDER BY 1";
    let row = |reason: &str, class: Option<&str>, rows: &str| {
        vec![Some(reason.to_owned()), class.map(str::to_owned), Some(rows.to_owned())]
    };
    let expected = vec![
        row("", None, "1"),
        row("content_filter", Some("filtered"), "1"),
        row("length", Some("truncated"), "1"),
        row("sensitive", Some("other"), "1"),
        row("stop", Some("done"), "17"),
    ];
    assert_eq!(story::rows(&db, classes).await, expected);
    let others = "SELECT count(*) FROM segment_attempts WHERE kind <> 'model' AND finish IS NOT NULL
            OR removed IS NOT NULL OR reasoning IS NOT NULL OR provider_message IS NOT NULL";
    assert_eq!(story::number(&db, others).await, 0);
    assert_eq!(story::number(&db, "SELECT count(*) FROM translation_segments WHERE kind <> 'text'").await, 0);
    let full = story::schema(&db).await;

    down(&db, Some(story::SINCE_ANSWERS), Force::No).await.unwrap();
    assert_eq!((story::schema(&db).await, contents(&db, &columns).await), (schema, before.clone()));
    up(&db, None).await.unwrap();
    assert_eq!((story::schema(&db).await, contents(&db, &columns).await), (full, before));
    assert_eq!(story::rows(&db, classes).await, expected);
    ids_go_on(&db).await;
}

#[on_both_engines]
async fn no_id_of_an_attempt_is_used_again(db: Unmigrated) {
    let connection = db.load_history_13().await;
    let unguard = match db.0.engine() {
        Sqlite => "DROP TRIGGER segment_attempts_delete",
        Postgres => "ALTER TABLE segment_attempts DISABLE TRIGGER segment_attempts_delete",
    };
    for statement in [unguard, "DELETE FROM segment_attempts WHERE id = 23"] {
        connection.execute_unprepared(statement).await.unwrap();
    }
    up(&connection, None).await.unwrap();
    connection.execute_unprepared(&attempt(20, 7).insert()).await.unwrap();
    assert_eq!(story::number(&connection, "SELECT max(id) FROM segment_attempts").await, 24);
}

#[on_both_engines]
async fn what_only_newer_versions_know_is_lost_only_where_that_is_forced(database: TestDatabase) {
    let db = story::tell(&database).await;
    for statement in newer_rows() {
        db.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    match down(&db, Some(story::SINCE_ANSWERS), Force::No).await {
        Err(Error::WouldLose { migration, lost }) => {
            assert_eq!(migration, "m20261130_000014_separate_reasoning");
            let expected = [
                "1 attempts with reasoning, or with characters removed from their answer",
                "1 attempts with a message, counts or a cost that only the provider gave",
                "1 attempts that ended for reasons which older versions judge differently",
                "1 texts carried over from another translation, which would name nothing that made them",
                "1 segments that are titles, with their attempts",
                "1 translations with a snapshot of a volume, a summary or a glossary",
                "1 chapters that belong to a volume",
            ];
            assert_eq!(lost, expected);
        }
        other => panic!("{other:?}"),
    }
    down(&db, Some(story::SINCE_ANSWERS), Force::Yes).await.unwrap();
    let kinds = "SELECT kind, coalesce(finish_reason, '') FROM segment_attempts WHERE segment_id = 4
            OR segment_id = (SELECT max(id) FROM translation_segments) ORDER BY id";
    let some = |texts: [&str; 2]| texts.map(|text| Some(text.to_owned())).to_vec();
    assert_eq!(story::rows(&db, kinds).await, [some(["model", "stop"]), some(["legacy", ""])]);
    assert_eq!(story::number(&db, "SELECT count(*) FROM translation_segments").await, 6);
    assert_eq!(story::number(&db, "SELECT segments_total FROM chapter_translations WHERE id = 2").await, 2);
    up(&db, None).await.unwrap();
    assert_eq!(story::text(&db, "SELECT finish FROM segment_attempts WHERE id = 3").await, "done");
}

#[on_both_engines]
async fn the_rules_about_answers_hold(db: TestDatabase) {
    all_are_refused(&db, answers()).await;
}

#[on_both_engines]
async fn the_rules_about_segments_and_runs_hold(db: TestDatabase) {
    all_are_refused(&db, segments_and_runs()).await;
}

/// On the rows of [`story`]: an answer with everything new, a text carried over into a fourth run, a title, a volume.
fn newer_rows() -> Vec<String> {
    vec![
        format!(
            "UPDATE segment_attempts SET status = 'completed', text = 'x', finish_reason = 'STOP', finish = 'done',
             response_sha256 = {hash}, removed = '[{{\"offset\":0,\"text\":\"y\"}}]', reasoning = 'z', reasoning_bytes = 1,
             reasoning_sha256 = {hash}, reported_cost_nano_usd = 3, finished_at = {NOW} WHERE id = 3",
            hash = hash('e')
        ),
        segment(2, 0).set("kind", "'title'").insert(),
        "UPDATE chapter_translations SET segments_total = 3 WHERE id = 2".to_owned(),
        run(1, 1).set("volume_title_snapshot", "'I'").insert(),
        segment(4, 1).insert(),
        carried(1)
            .set("segment_id", "(SELECT max(id) FROM translation_segments)")
            .set("prompt_version_id", 1)
            .insert(),
        "UPDATE chapters SET volume = 'I' WHERE id = 1".to_owned(),
    ]
}

fn answers() -> Vec<Refusal> {
    let set = |rest: &str| format!("UPDATE segment_attempts SET {rest} WHERE id = 3");
    let finished = |rest: &str| format!("UPDATE segment_attempts SET {rest} WHERE id = 1");
    // SQLite fires triggers in an order of its own.
    let immutable =
        "colophon: finished attempts are immutable|colophon: the request of an attempt never changes";
    let long = "x".repeat(2_001);
    let wide = "あ".repeat(262_144 / 3 + 1);
    let reasoning = |text: &str, bytes: usize| {
        set(&format!("reasoning = '{text}', reasoning_bytes = {bytes}, reasoning_sha256 = {}", hash('e')))
    };
    let mut refusals: Vec<Refusal> = [
        ("removed", r#"'[{"offset":0,"text":"x"}]'"#),
        ("reasoning_bytes", "1"),
        ("finish", "'other'"),
        ("provider_message", "'x'"),
        ("cached_tokens", "1"),
        ("reasoning_tokens", "1"),
        ("reported_cost_nano_usd", "1"),
        ("carried_from", "1"),
    ]
    .into_iter()
    .map(|(column, value)| refusal(column, finished(&format!("{column} = {value}")), immutable))
    .collect();
    refusals.extend([
        refusal("a class that is none", set("finish = 'stop'"), "finish"),
        refusal("removed that is no list", set("removed = '{}'"), "removed"),
        refusal("removed that is nothing", set("removed = '[]'"), "removed"),
        refusal("a long message", set(&format!("provider_message = '{long}'")), "attempt_message"),
        refusal(
            "reasoning without its hash",
            set("reasoning = 'x', reasoning_bytes = 1"),
            "attempt_reasoning",
        ),
        refusal(
            "a hash of no reasoning",
            set(&format!("reasoning_sha256 = {}", hash('e'))),
            "attempt_reasoning",
        ),
        refusal("more reasoning than came", reasoning("ああ", 5), "attempt_reasoning"),
        refusal("more reasoning than is kept", reasoning(&wide, wide.len()), "attempt_reasoning"),
        refusal(
            "a model's that is carried",
            set("carried_from = 1"),
            "colophon: the request of an attempt never changes",
        ),
        refusal("a class of a person's text", edit(4).set("finish", "'done'").insert(), "attempt_answered"),
        refusal(
            "reasoning of a person",
            edit(4)
                .set("reasoning", "'x'")
                .set("reasoning_bytes", 1)
                .set("reasoning_sha256", hash('e'))
                .insert(),
            "attempt_answered",
        ),
        refusal(
            "carried from nowhere",
            carried(1).set("carried_from", "NULL").set("segment_id", 4).insert(),
            CARRIED,
        ),
        refusal("from an attempt that is not", carried(99).set("segment_id", 4).insert(), CARRIED),
        refusal(
            "within one run",
            carried(1).set("segment_id", 1).set("prompt_version_id", 1).insert(),
            CARRIED,
        ),
        refusal(
            "from another chapter",
            carried(1).set("segment_id", 4).set("prompt_version_id", 1).insert(),
            CARRIED,
        ),
    ]);
    refusals.extend(carried_wrongly());
    refusals
}

/// Into a new run of chapter 1, whose segment is in the place of that which attempt 1 is of.
fn carried_wrongly() -> Vec<Refusal> {
    let into = |row: crate::row::Row| {
        let last = "(SELECT max(id) FROM translation_segments)";
        row.set("segment_id", last).insert()
    };
    let right = || carried(1).set("prompt_version_id", 1);
    let again = |name, row, message| {
        let place = "(SELECT max(id) FROM chapter_translations)";
        let segment = segment(1, 1).set("chapter_translation_id", place).insert();
        refusal(name, into(row), message).after(run(1, 1).insert()).after(segment)
    };
    let other_source = {
        let place = "(SELECT max(id) FROM chapter_translations)";
        let segment = segment(1, 1).set("chapter_translation_id", place).set("source_text", "'x'").insert();
        refusal("another source", into(right()), CARRIED).after(run(1, 1).insert()).after(segment)
    };
    vec![
        other_source,
        again("another text", right().set("text", "'x'"), CARRIED),
        again("another version", carried(1), CARRIED),
        again("sent", right().set("provider", "'demo'"), "attempt_carried"),
        again("priced", right().set("cost_nano_usd", 1), "attempt_carried"),
        again("of a model", finished_attempt(1, 1).set("carried_from", 1), "attempt_carried"),
    ]
}

fn segments_and_runs() -> Vec<Refusal> {
    let run_set = |rest: &str| format!("UPDATE chapter_translations SET {rest} WHERE id = 2");
    let provenance = "colophon: the provenance of a run never changes";
    let source = "colophon: the source of a segment never changes";
    vec![
        refusal("a volume's snapshot", run_set("volume_title_snapshot = 'x'"), provenance),
        refusal("a summary's", run_set("summary_snapshot = 'x'"), provenance),
        refusal("a glossary's", run_set("glossary_snapshot = 'x'"), provenance),
        refusal(
            "a wait without an end",
            run_set("waiting_provider = 'x', waiting_code = 'x'"),
            "run_waiting",
        ),
        refusal("findings", run_set("status = 'completed_with_findings'"), FINDINGS),
        refusal(
            "born with findings",
            run(4, 1).set("status", "'completed_with_findings'").insert(),
            FINDINGS,
        ),
        refusal(
            "the kind of a segment",
            "UPDATE translation_segments SET kind = 'title' WHERE id = 4",
            source,
        ),
        refusal("a kind that is none", segment(2, 9).set("kind", "'note'").insert(), "kind|segment_position"),
        refusal("a title in the text", segment(2, 9).set("kind", "'title'").insert(), "segment_position"),
        refusal("a text in the title's place", segment(2, 0).insert(), "segment_position"),
        refusal("a place before the title", segment(2, -1).insert(), "segment_position"),
        refusal(
            "a review",
            "UPDATE translation_segments SET status = 'needs_review' WHERE id = 3",
            "colophon: this version knows no findings|colophon: a segment never loses its text",
        ),
        refusal("born for a review", segment(2, 9).set("status", "'needs_review'").insert(), FINDINGS),
        refusal(
            "a long volume",
            chapter(1, 9).set("volume", format!("'{}'", "x".repeat(256))).insert(),
            "chapter_volume",
        ),
    ]
}

/// Each table with its columns, as SQL.
async fn columns(db: &DatabaseConnection) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for table in TABLES {
        let sql = match db.get_database_backend() {
            DbBackend::Sqlite => {
                format!("SELECT name FROM pragma_table_info('{table}') ORDER BY 1")
            }
            _ => format!(
                "SELECT column_name::text FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY 1"
            ),
        };
        let names = story::rows(db, &sql).await.into_iter().map(|mut row| row.remove(0).unwrap());
        let casts: Vec<String> = names.map(|name| format!("CAST({name} AS TEXT)")).collect();
        all.push((table, casts.join(", ")));
    }
    all
}

type Contents = Vec<(String, Vec<Vec<Option<String>>>)>;

async fn contents(db: &DatabaseConnection, columns: &[(&'static str, String)]) -> Contents {
    let mut all = Vec::new();
    for (table, columns) in columns {
        let mut rows = story::rows(db, &format!("SELECT {columns} FROM {table}")).await;
        rows.sort_unstable();
        all.push(((*table).to_owned(), rows));
    }
    all
}

async fn ids_go_on(db: &DatabaseConnection) {
    let next = |table: &str| format!("SELECT max(id) + 1 FROM {table}");
    let (run_id, segment_id) = (
        story::number(db, &next("chapter_translations")).await,
        story::number(db, &next("translation_segments")).await,
    );
    let like = "SELECT model_snapshot FROM chapter_translations WHERE id = 8";
    let model = story::text(db, like).await;
    let again = format!(
        "INSERT INTO chapter_translations (chapter_id, status, prompt_version_id, model_snapshot, template_snapshot,
            parameters_snapshot, work_title_snapshot, work_author_snapshot, source_language_snapshot,
            target_language_snapshot, chapter_title_snapshot, chapter_number_snapshot, source_sha256, created_by_kind,
            created_by_name, segments_total, segments_done, lease_epoch, created_at)
        SELECT chapter_id, 'queued', prompt_version_id, '{model}', template_snapshot, parameters_snapshot,
            work_title_snapshot, work_author_snapshot, source_language_snapshot, target_language_snapshot,
            chapter_title_snapshot, chapter_number_snapshot, source_sha256, 'system', 'x', 1, 0, 0, created_at
        FROM chapter_translations WHERE id = 8"
    );
    db.execute_unprepared(&again).await.unwrap();
    db.execute_unprepared(&segment(run_id, 1).insert()).await.unwrap();
    db.execute_unprepared(&edit(segment_id).insert()).await.unwrap();
    assert_eq!(story::number(db, "SELECT max(id) FROM segment_attempts").await, 24);
}
