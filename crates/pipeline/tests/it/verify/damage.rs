//! Rubbish in every column: a verification names a row, and never fails for it.

use super::story::Story;
use crate::stage::Stage;
use colophon_domain::verify;
use colophon_test_support::{Engine, on_both_engines};

/// What may be written into a column, as far as the database's types let it.
const RUBBISH: &[&str] = &[
    "NULL",
    "''",
    "'rubbish'",
    "'[[[1]]]'",
    r#"'{"a":1e400}'"#,
    "0",
    "9223372036854775807",
    "-9223372036854775808",
];

const SQLITE_ONLY: &[&str] = &["CAST(x'ff00fe' AS TEXT)", "char(0)"];

#[on_both_engines]
async fn no_rubbish_is_a_failure(stage: Stage) {
    let story = Story::tell(&stage).await;
    let guarded = stage.database.unguard().await;
    guarded.keep().await;
    let (client, mut written) = (stage.client(1), 0);
    for table in [
        "prompt_versions",
        "chapter_translations",
        "translation_segments",
        "segment_attempts",
        "run_events",
        "retranslations",
    ] {
        for column in guarded.columns(table).await {
            let more = if stage.database.engine() == Engine::Sqlite { SQLITE_ONLY } else { &[] };
            for value in RUBBISH.iter().chain(more) {
                let row = match table {
                    "run_events" => "run_id = {run} AND seq = 4",
                    "retranslations" => "run_id = {run}",
                    "prompt_versions" => "id = {v1}",
                    "chapter_translations" => "id = {run}",
                    "translation_segments" => "id = {s2}",
                    _ => "id = {again}",
                };
                let sql = story.fill(&format!("UPDATE {table} SET {column} = {value} WHERE {row}"));
                if !guarded.try_to(&sql).await {
                    continue;
                }
                written += 1;
                let found = verify::find_verification(&stage.db, story.work_id).await;
                assert!(found.is_ok(), "{sql}: {found:?}");
                let found = colophon_pipeline::verify_run(&stage.db, client.catalogue(), story.run_id).await;
                // The run itself may have another id by now.
                let is_known = found.is_ok() || matches!(found, Err(colophon_domain::Error::NotFound(_)));
                assert!(is_known, "{sql}: {found:?}");
                guarded.put_back().await;
            }
        }
    }
    assert!(written > 200, "{written}");
    assert_eq!(stage.verify(story.run_id).await.mismatch, None, "all is put back");
}
