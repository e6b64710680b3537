//! Each column of the history, changed by somebody who has dropped all triggers, and where that is found.

use super::story::Story;
use crate::stage::Stage;
use colophon_contract::{Mismatch, MismatchCode, MismatchCode::*};
use colophon_domain::prompt;
use colophon_test_support::{Engine, Unguarded, on_both};
use std::collections::BTreeSet;

/// A change of one column: of which row, to what (SQL), the code of what is found, and where.
struct Change {
    engine: Option<Engine>,
    column: &'static str,
    row: &'static str,
    value: &'static str,
    code: MismatchCode,
    place: &'static str,
}

const fn change(
    column: &'static str,
    row: &'static str,
    value: &'static str,
    code: MismatchCode,
    place: &'static str,
) -> Change {
    Change { engine: None, column, row, value, code, place }
}

const fn on(engine: Engine, change: Change) -> Change {
    Change { engine: Some(engine), ..change }
}

const ZEROS: &str = "'0000000000000000000000000000000000000000000000000000000000000000'";

const VERSIONS: &[Change] = &[
    change("id", "{v1}", "9999", VersionOrder, "version 2"),
    change("prompt_id", "{v2}", "{other_prompt}", VersionNumber, "version 2"),
    change("number", "{v3}", "7", VersionNumber, "version 3"),
    change("number", "{v1}", "0", VersionNumber, "version 1"),
    change("number", "{v2}", "-5", VersionNumber, "version 1"),
    on(Engine::Sqlite, change("number", "{v3}", "99999999999", VersionNumber, "version 3")),
    change("model", "{v2}", "'fake/good'", ContentHash, "version 2"),
    change("template", "{v2}", "'x' || substr(template, 2)", ContentHash, "version 2"),
    change("template", "{v2}", "template || 'x'", TemplateCharacters, "version 2"),
    on(Engine::Sqlite, change("template", "{v2}", "CAST(x'ff41' AS TEXT)", RowUnreadable, "version 2")),
    change("template_characters", "{v1}", "1", TemplateCharacters, "version 1"),
    change("parameters", "{v1}", r#"'{"temperature":0.4}'"#, ContentHash, "version 1"),
    change("parameters", "{v1}", "'[1]'", RowUnreadable, "version 1"),
    on(Engine::Sqlite, change("parameters", "{v1}", "'no JSON'", RowUnreadable, "version 1")),
    change("note", "{v2}", "'better'", ContentHash, "version 2"),
    change("author_kind", "{v2}", "'token'", ContentHash, "version 2"),
    change("author_kind", "{v2}", "'robot'", RowUnreadable, "version 2"),
    change("author_id", "{v2}", "99", ContentHash, "version 2"),
    change("author_id", "{v2}", "NULL", ContentHash, "version 2"),
    change("author_name", "{v2}", "'Mallory'", ContentHash, "version 2"),
    change("restored_from", "{v3}", "NULL", ContentHash, "version 3"),
    change("restored_from", "{v3}", "2", ContentHash, "version 3"),
    change("content_hash", "{v1}", ZEROS, ContentHash, "version 1"),
    change("content_hash", "{v1}", "'rubbish'", ContentHash, "version 1"),
    change("chain_hash", "{v2}", ZEROS, ChainHash, "version 2"),
    change("chain_hash", "{v2}", "'rubbish'", ChainHash, "version 2"),
    change("created_at", "{v3}", "'2026-01-01T00:00:00.000000+00:00'", ContentHash, "version 3"),
    on(Engine::Sqlite, change("created_at", "{v3}", "'yesterday'", RowUnreadable, "version 3")),
];

const RUNS: &[Change] = &[
    change("id", "{run}", "9999", SegmentCount, ""),
    change("chapter_id", "{run}", "{other_chapter}", VersionOfOtherWork, ""),
    change("status", "{run}", "'cancelled'", RunStatus, ""),
    change("status", "{run}", "'odd'", RowUnreadable, ""),
    change("error_code", "{run}", "'internal'", RunStatus, ""),
    change("error_detail", "{run}", "'It is not known why.'", RunStatus, ""),
    change("prompt_version_id", "{run}", "{v2}", ModelSnapshot, ""),
    change("prompt_version_id", "{run}", "{v3}", AttemptVersion, "segment 1, attempt {failed}"),
    change("prompt_version_id", "{run}", "{other_v}", VersionOfOtherWork, ""),
    change("prompt_version_id", "{run}", "9999", VersionMissing, ""),
    change("prompt_version_id", "{run}", "NULL", VersionMissing, "segment 1, attempt {failed}"),
    change("model_snapshot", "{run}", "'fake/other'", ModelSnapshot, ""),
    change("template_snapshot", "{run}", "template_snapshot || '!'", TemplateSnapshot, ""),
    change("parameters_snapshot", "{run}", "'{}'", ParametersSnapshot, ""),
    change("parameters_snapshot", "{run}", "'[]'", RowUnreadable, ""),
    change("work_title_snapshot", "{run}", "'夜'", Messages, "segment 1, attempt {failed}"),
    change("work_author_snapshot", "{run}", "'夜'", Messages, "segment 1, attempt {failed}"),
    change("source_language_snapshot", "{run}", "'zh'", Messages, "segment 1, attempt {failed}"),
    change("target_language_snapshot", "{run}", "'de'", Messages, "segment 1, attempt {failed}"),
    change("chapter_title_snapshot", "{run}", "'夜'", Messages, "segment 1, attempt {failed}"),
    change("chapter_number_snapshot", "{run}", "9", Messages, "segment 1, attempt {failed}"),
    change("source_sha256", "{run}", ZEROS, SourceHash, ""),
    change("source_sha256", "{run}", "NULL", SourceHash, ""),
    change("source_sha256", "{run}", "'rubbish'", SourceHash, ""),
    change("segments_total", "{run}", "4", SegmentCount, ""),
    change("segments_done", "{run}", "2", SegmentCount, ""),
];

const SEGMENTS: &[Change] = &[
    change("id", "{s2}", "9999", CurrentAttempt, "segment 2"),
    change("chapter_translation_id", "{s3}", "{other_run}", SegmentCount, ""),
    change("position", "{s3}", "5", SegmentPosition, "segment 3"),
    change("position", "{s1}", "0", SegmentPosition, "segment 1"),
    change("source_text", "{s2}", "'夜。'", SourceHash, ""),
    change("status", "{s2}", "'pending'", SegmentStatus, "segment 2"),
    change("status", "{s2}", "'blank'", SegmentStatus, "segment 2"),
    change("status", "{s2}", "'odd'", RowUnreadable, "segment 2"),
    change("current_attempt_id", "{s3}", "{again}", CurrentAttempt, "segment 3"),
    change("current_attempt_id", "{s3}", "{second}", CurrentAttempt, "segment 3"),
    change("current_attempt_id", "{s1}", "{failed}", CurrentAttempt, "segment 1"),
    change("current_attempt_id", "{s1}", "NULL", SegmentStatus, "segment 1"),
    change("current_attempt_id", "{s1}", "NULL, status = 'pending'", TextMissing, "segment 1"),
];

const ATTEMPTS: &[Change] = &[
    change("id", "{second}", "9999", CurrentAttempt, "segment 2"),
    change("id", "{failed}", "9999", EventContradicts, "segment 1, attempt {failed}, event 3"),
    change("segment_id", "{failed}", "{s2}", Messages, "segment 2, attempt {failed}"),
    change("kind", "{second}", "'person'", AttemptKind, "segment 2, attempt {second}"),
    change("kind", "{second}", "'odd'", RowUnreadable, "segment 2, attempt {second}"),
    change("status", "{second}", "'failed'", CurrentAttempt, "segment 2"),
    change("status", "{failed}", "'completed'", AttemptKind, "segment 1, attempt {failed}"),
    change("status", "{failed}", "'odd'", RowUnreadable, "segment 1, attempt {failed}"),
    change("text", "{second}", "'Zwei.'", ResponseHash, "segment 2, attempt {second}"),
    change("text", "{hand}", "'One, by another hand.'", ResponseHash, "segment 1, attempt {hand}"),
    change("text", "{second}", "'  '", AttemptKind, "segment 2, attempt {second}"),
    change("text", "{second}", "NULL", CurrentAttempt, "segment 2"),
    change("prompt_version_id", "{second}", "{v3}", AttemptVersion, "segment 2, attempt {second}"),
    change("prompt_version_id", "{second}", "{other_v}", VersionOfOtherWork, "segment 2, attempt {second}"),
    change("prompt_version_id", "{second}", "9999", VersionMissing, "segment 2, attempt {second}"),
    change("prompt_version_id", "{again}", "{v1}", AttemptRequest, "segment 3, attempt {again}"),
    change("prompt_version_id", "{back}", "{v2}", AttemptRestoredFrom, "segment 3, attempt {back}"),
    change(
        "messages",
        "{second}",
        r#"'[{"content":"x","role":"user"}]'"#,
        Messages,
        "segment 2, attempt {second}",
    ),
    change("messages", "{second}", r#"'{"no":"list"}'"#, Messages, "segment 2, attempt {second}"),
    on(
        Engine::Sqlite,
        change("messages", "{second}", "'no JSON'", RowUnreadable, "segment 2, attempt {second}"),
    ),
    change("messages", "{second}", "NULL", RowUnreadable, "segment 2, attempt {second}"),
    change("preceding", "{third}", "'[{first}]'", Messages, "segment 3, attempt {third}"),
    change("preceding", "{third}", "'[{second},{first}]'", Preceding, "segment 3, attempt {third}"),
    change("preceding", "{third}", "'[{third}]'", Preceding, "segment 3, attempt {third}"),
    change("preceding", "{third}", "'[{failed}]'", Preceding, "segment 3, attempt {third}"),
    change("preceding", "{third}", "'[{again}]'", Preceding, "segment 3, attempt {third}"),
    change("preceding", "{third}", r#"'["x"]'"#, RowUnreadable, "segment 3, attempt {third}"),
    change("preceding", "{third}", "NULL", RowUnreadable, "segment 3, attempt {third}"),
    change("instruction", "{again}", "'Loudly.'", AttemptRequest, "segment 3, attempt {again}"),
    change("instruction", "{second}", "'Loudly.'", AttemptKind, "segment 2, attempt {second}"),
    change("request_sha256", "{second}", ZEROS, RequestHash, "segment 2, attempt {second}"),
    change("request_sha256", "{again}", "'rubbish'", RequestHash, "segment 3, attempt {again}"),
    change("request_sha256", "{second}", "NULL", RowUnreadable, "segment 2, attempt {second}"),
    change("response_sha256", "{second}", ZEROS, ResponseHash, "segment 2, attempt {second}"),
    change("response_sha256", "{hand}", "'rubbish'", ResponseHash, "segment 1, attempt {hand}"),
    change("response_sha256", "{second}", "NULL", AttemptKind, "segment 2, attempt {second}"),
    change("response_sha256", "{failed}", ZEROS, AttemptKind, "segment 1, attempt {failed}"),
    change("provider", "{hand}", "'fake'", AttemptKind, "segment 1, attempt {hand}"),
    change("model_requested", "{second}", "'other'", RequestHash, "segment 2, attempt {second}"),
    change("model_reported", "{hand}", "'good'", AttemptKind, "segment 1, attempt {hand}"),
    change("response_id", "{hand}", "'r1'", AttemptKind, "segment 1, attempt {hand}"),
    change("finish_reason", "{second}", "'length'", AttemptKind, "segment 2, attempt {second}"),
    change("prompt_tokens", "{second}", "1", EventContradicts, "segment 2, attempt {second}, event 8"),
    change("completion_tokens", "{second}", "NULL", EventContradicts, "segment 2, attempt {second}, event 8"),
    change("total_tokens", "{second}", "1", EventContradicts, "segment 2, attempt {second}, event 8"),
    change("cost_nano_usd", "{second}", "0", EventContradicts, "segment 2, attempt {second}, event 8"),
    change("author_kind", "{again}", "'token'", AttemptRequest, "segment 3, attempt {again}"),
    change("author_kind", "{again}", "'robot'", RowUnreadable, "segment 3, attempt {again}"),
    change("author_kind", "{again}", "NULL", AttemptKind, "segment 3, attempt {again}"),
    change("author_kind", "{hand}", "NULL", AttemptKind, "segment 1, attempt {hand}"),
    change("author_id", "{again}", "99", AttemptRequest, "segment 3, attempt {again}"),
    change("author_name", "{again}", "'Mallory'", AttemptRequest, "segment 3, attempt {again}"),
    change("author_name", "{again}", "NULL", RowUnreadable, "segment 3, attempt {again}"),
    change("restored_from", "{back}", "{again}", AttemptRestoredFrom, "segment 3, attempt {back}"),
    change("restored_from", "{back}", "9999", AttemptRestoredFrom, "segment 3, attempt {back}"),
    change("restored_from", "{back}", "NULL", AttemptKind, "segment 3, attempt {back}"),
    change("restored_from", "{again}", "{third}", AttemptKind, "segment 3, attempt {again}"),
    change("error_code", "{failed}", "'internal'", EventContradicts, "segment 1, attempt {failed}, event 4"),
    change("error_code", "{failed}", "NULL", AttemptKind, "segment 1, attempt {failed}"),
    change(
        "error_detail",
        "{failed}",
        "'No idea.'",
        EventContradicts,
        "segment 1, attempt {failed}, event 4",
    ),
    change("lease_epoch", "{hand}", "1", AttemptKind, "segment 1, attempt {hand}"),
    change("finished_at", "{second}", "NULL", CurrentAttempt, "segment 2"),
    change("finished_at", "{failed}", "NULL", AttemptKind, "segment 1, attempt {failed}"),
];

/// Columns that no table above has, and why not.
const NOT_COVERED: &[(&str, &str, &str)] = &[
    ("chapter_translations", "created_by_kind", "who asked for a run is in no hash"),
    ("chapter_translations", "created_by_id", "the same"),
    ("chapter_translations", "created_by_name", "the same"),
    ("chapter_translations", "provider", "whose turn a queued run waits for; changes with a resume"),
    (
        "chapter_translations",
        "cancel_requested_at",
        "when somebody stopped it; its status and its event tell that",
    ),
    ("chapter_translations", "lease_owner", "who works on it at the moment"),
    ("chapter_translations", "lease_epoch", "the same"),
    ("chapter_translations", "lease_expires_at", "the same"),
    ("chapter_translations", "created_at", "times of runs are in no hash"),
    ("chapter_translations", "started_at", "the same"),
    ("chapter_translations", "finished_at", "the same"),
    (
        "translation_segments",
        "error_code",
        "why a segment waits; the attempt that failed says it and is covered",
    ),
    ("translation_segments", "error_detail", "the same"),
    ("segment_attempts", "started_at", "times of attempts are in no hash"),
];

fn place_of(mismatch: &Mismatch) -> String {
    let place = &mismatch.place;
    let of_run = place.translation_id.is_some();
    let parts = [
        ("version", place.version_number.filter(|_| !of_run)),
        ("segment", place.position),
        ("attempt", place.attempt_id),
        ("event", place.event),
    ];
    let parts = parts.into_iter().filter_map(|(what, number)| Some(format!("{what} {}", number?)));
    parts.collect::<Vec<_>>().join(", ")
}

/// What is found of a table after each change, one at a time; what is not as expected.
async fn try_all(
    stage: &Stage,
    story: &Story,
    hands: &Unguarded,
    table: &str,
    changes: &[Change],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for change in changes {
        if change.engine.is_some_and(|engine| engine != stage.database.engine()) {
            continue;
        }
        let Change { column, row, value, .. } = change;
        let sql = story.fill(&format!("UPDATE {table} SET {column} = {value} WHERE id = {row}"));
        hands.execute(&sql).await;
        let mismatch = if table == "prompt_versions" {
            prompt::verify_prompt(&stage.db, story.work_id).await.expect("a verification").mismatch
        } else {
            let moved = table == "chapter_translations" && *column == "id";
            stage.verify(if moved { 9999 } else { story.run_id }).await.mismatch
        };
        hands.put_back().await;
        let found = mismatch.as_ref().map(|mismatch| (mismatch.code, place_of(mismatch)));
        if found != Some((change.code, story.fill(change.place))) {
            wrong.push(format!(
                "{sql}\n    expected {:?} at {:?}, found {found:?}",
                change.code,
                story.fill(change.place)
            ));
        }
        if let Some(mismatch) = mismatch {
            assert!(mismatch.detail.ends_with(['.', ')']), "{}", mismatch.detail);
            let values = [&mismatch.expected, &mismatch.found];
            assert!(values.into_iter().flatten().all(|value| value.chars().count() <= 130), "{mismatch:?}");
        }
    }
    wrong
}

on_both! {
    async fn a_change_of_any_column_is_found_and_named(stage: Stage) {
        let story = Story::tell(&stage).await;
        let hands = stage.database.unguard().await;
        hands.keep().await;
        let tables = [
            ("prompt_versions", VERSIONS), ("chapter_translations", RUNS), ("translation_segments", SEGMENTS),
            ("segment_attempts", ATTEMPTS),
        ];
        let mut wrong = Vec::new();
        for (table, changes) in tables {
            wrong.extend(try_all(&stage, &story, &hands, table, changes).await);
            let tried: BTreeSet<&str> = changes.iter().map(|change| change.column).collect();
            let of_table = NOT_COVERED.iter().filter(|(of, _, why)| *of == table && !why.is_empty());
            let not_covered: BTreeSet<&str> = of_table.map(|(_, column, _)| *column).collect();
            let columns = hands.columns(table).await;
            let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
            let known: BTreeSet<&str> = tried.union(&not_covered).copied().collect();
            assert_eq!(known, columns, "{table}: each column is changed by a test, or it is said why not");
            assert!(tried.is_disjoint(&not_covered), "{table}");
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert_eq!(stage.verify(story.run_id).await.mismatch, None, "all is put back");
    }
}
