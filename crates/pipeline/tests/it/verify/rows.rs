//! Rows that are added, taken away or change places.

use super::story::Story;
use crate::stage::Stage;
use colophon_contract::{
    MismatchCode::{self, *},
    UnverifiableCode,
};
use colophon_domain::verify;
use colophon_test_support::on_both_engines;

/// What somebody does, and what is found of the run.
const DEEDS: &[(&str, &str, MismatchCode)] = &[
    (
        "an attempt that was never made, and is shown",
        "INSERT INTO segment_attempts (segment_id, kind, status, text, response_sha256, author_kind, author_id,
            author_name, started_at, finished_at)
        SELECT segment_id, 'person', 'completed', text, response_sha256, 'user', 1, 'Kenji', started_at, finished_at
            FROM segment_attempts WHERE id = {second};
        UPDATE translation_segments SET current_attempt_id = (SELECT max(id) FROM segment_attempts) WHERE id = {s2}",
        EntryMissing,
    ),
    ("an attempt less", "DELETE FROM segment_attempts WHERE id = {failed}", EventContradicts),
    (
        "two attempts that change places",
        "UPDATE segment_attempts SET segment_id = CASE id WHEN {first} THEN {s2} ELSE {s1} END
            WHERE id IN ({first}, {second});
        UPDATE translation_segments SET current_attempt_id = {first} WHERE id = {s2}",
        Preceding,
    ),
    (
        "two attempts that change ids",
        "UPDATE segment_attempts SET id = 9999 WHERE id = {again};
        UPDATE segment_attempts SET id = {again} WHERE id = {back};
        UPDATE segment_attempts SET id = {back} WHERE id = 9999;
        UPDATE translation_segments SET current_attempt_id = {again} WHERE id = {s3}",
        EntryMissing,
    ),
    (
        "a text with its hash, which later segments were shown",
        "UPDATE segment_attempts SET text = 'Zwei.',
            response_sha256 = '2cd90af8b0d3e1d0f80f8a3f4bb3ae2ddf4bd2ef4ff3f8b4ff8ad06b9dba1d23' WHERE id = {second}",
        ResponseHash,
    ),
    ("a segment less", "DELETE FROM translation_segments WHERE id = {s2}", SegmentPosition),
    (
        "a segment more",
        "INSERT INTO translation_segments (chapter_translation_id, position, source_text, status)
            VALUES ({run}, 4, 'x', 'pending')",
        TextMissing,
    ),
    (
        "a run and its attempts under another version of the same content",
        "UPDATE chapter_translations SET prompt_version_id = {v3} WHERE id = {run};
        UPDATE segment_attempts SET prompt_version_id = {v3} WHERE prompt_version_id = {v1}",
        EventContradicts,
    ),
    ("no events", "DELETE FROM run_events WHERE run_id = {run}", EventMissing),
    ("an event less", "DELETE FROM run_events WHERE run_id = {run} AND seq = 5", EventNumber),
    (
        "the last event less",
        "DELETE FROM run_events WHERE run_id = {run}
            AND seq = (SELECT max(seq) FROM run_events WHERE run_id = {run})",
        EventMissing,
    ),
    ("an event of rubbish", "UPDATE run_events SET data = '[1]' WHERE run_id = {run} AND seq = 5", RowUnreadable),
    ("an event of another name", "UPDATE run_events SET name = 'odd' WHERE run_id = {run} AND seq = 5", EventChain),
    (
        "nobody who asked",
        "DELETE FROM retranslations",
        AttemptRequest,
    ),
    (
        "nobody who asked for what was never begun",
        "INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, detail)
            SELECT at, actor_kind, actor_id, actor_name, action, subject_kind, {s2}, detail FROM audit_log
            WHERE action = 'segment_retranslated' AND subject_id = {s3}",
        AuditContradicts,
    ),
];

#[on_both_engines]
async fn rows_that_are_added_or_taken_away_are_found(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    hands.keep().await;
    let mut wrong = Vec::new();
    for (what, sql, code) in DEEDS {
        hands.execute(&story.fill(sql)).await;
        let found = stage.verify(story.run_id).await.mismatch;
        hands.put_back().await;
        if found.as_ref().map(|mismatch| mismatch.code) != Some(*code) {
            wrong.push(format!("{what}: expected {code:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[on_both_engines]
async fn a_request_without_an_entry_in_the_audit_log_is_found(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    let newer =
        "INSERT INTO retranslations (run_id, segment_id, prompt_version_id, provider, author_kind, author_id,
                author_name, created_at, finished_at)
            SELECT run_id, segment_id, {v1}, provider, 'user', 2, 'Aiko', created_at, finished_at
            FROM retranslations WHERE id = {asked}";
    hands.execute(&story.fill(newer)).await;
    assert_eq!(stage.verify(story.run_id).await.mismatch.map(|mismatch| mismatch.code), Some(EntryMissing));
    // One from before the log, in a run from before records, is counted.
    super::make_older(&hands).await;
    hands.execute("DELETE FROM audit_log").await;
    let found = stage.verify(story.run_id).await;
    assert_eq!(found.mismatch, None);
    let unlogged = found.unverifiable.iter().find(|one| one.code == UnverifiableCode::UnloggedTexts);
    assert_eq!(unlogged.map(|one| one.count), Some(4), "two texts and two requests");
}

#[on_both_engines]
async fn what_the_audit_log_tells_of_is_there(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    hands.keep().await;
    let run_gone = "
            DELETE FROM run_events WHERE run_id = {broken};
            DELETE FROM segment_attempts WHERE segment_id IN ({b1}, {b2}, {b3});
            DELETE FROM translation_segments WHERE chapter_translation_id = {broken};
            DELETE FROM chapter_translations WHERE id = {broken}";
    let prompt_gone =
        "DELETE FROM prompt_versions WHERE prompt_id = {prompt}; DELETE FROM prompts WHERE id = {prompt}";
    let deeds = [
        ("a run with everything of it", run_gone, AuditMissing, Some(story.fill("{broken}"))),
        ("the last version", "DELETE FROM prompt_versions WHERE id = {v3}", AuditMissing, None),
        ("the prompt with its versions", prompt_gone, PromptEmpty, None),
        (
            "the prompt in another work",
            "UPDATE prompts SET work_id = 9999 WHERE id = {prompt}",
            AuditMissing,
            None,
        ),
        (
            "another work's prompt in its place",
            "UPDATE prompts SET work_id = -1 WHERE id = {prompt};
                UPDATE prompts SET work_id = (SELECT c.work_id FROM chapters c WHERE c.id = {next_chapter})
                    WHERE id = {other_prompt}",
            AuditContradicts,
            None,
        ),
    ];
    for (what, sql, code, run) in deeds {
        hands.execute(&story.fill(sql)).await;
        let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
        hands.put_back().await;
        let mismatch = found.mismatch.expect(what);
        let of_run = mismatch.place.translation_id.map(|id| id.to_string());
        assert_eq!(
            (mismatch.code, of_run, found.verified),
            (code, run, false),
            "{what}: {}",
            mismatch.detail
        );
    }
    assert!(verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification").verified);

    // Of a work that is gone itself only the log tells.
    assert_eq!(verify::list_orphans(&stage.db).await.expect("reads"), []);
    hands.execute(&format!("DELETE FROM works WHERE id = {}", story.work_id)).await;
    let orphans = verify::list_orphans(&stage.db).await.expect("reads");
    assert!(orphans.iter().any(|orphan| orphan.code == AuditMissing), "{orphans:?}");
}

#[on_both_engines]
async fn a_work_without_runs_or_without_a_prompt_is_verified(stage: Stage) {
    let runner = stage.runner().await;
    let bare = stage.chapter("夜。\n").await;
    assert_eq!(verify::find_verification(&stage.db, bare.work_id).await.expect("reads"), None);
    let scene = stage.scene(runner.models(), "demo", "{source_text}", "夜。\n").await;
    let found = verify::verify_prompt(&stage.db, scene.work_id).await.expect("a verification");
    assert_eq!((found.mismatch, found.versions), (None, 1));
    let anchors = verify::list_anchors(&stage.db, 0).await.expect("anchors");
    assert_eq!(anchors.iter().map(|anchor| anchor.work_id).collect::<Vec<_>>(), [scene.work_id]);
    let hands = stage.database.unguard().await;
    hands.execute(&format!("UPDATE prompts SET work_id = {}", bare.work_id)).await;
    for (work_id, code) in [(scene.work_id, AuditMissing), (bare.work_id, AuditContradicts)] {
        let found = verify::verify_prompt(&stage.db, work_id).await.expect("a verification");
        assert_eq!(found.mismatch.map(|mismatch| mismatch.code), Some(code), "told in both works");
    }
    let found = verify::verify_anchor(&stage.db, &anchors[0]).await.expect("reads");
    assert_eq!(found.map(|mismatch| mismatch.code), Some(AnchorChanged));
}

#[on_both_engines]
async fn versions_that_are_missing_or_change_places_are_found(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    hands.keep().await;
    let contents =
        "model, template, template_characters, parameters, note, author_kind, author_id, author_name,
            restored_from, content_hash, chain_hash, created_at";
    let swap = |columns: &str| {
        let set: Vec<String> = columns
            .split(',')
            .map(|column| {
                let column = column.trim();
                format!(
                    "{column} = (SELECT k.{column} FROM kept_prompt_versions k
                    WHERE k.id = CASE prompt_versions.id WHEN {{v2}} THEN {{v3}} ELSE {{v2}} END)"
                )
            })
            .collect();
        format!("UPDATE prompt_versions SET {} WHERE id IN ({{v2}}, {{v3}})", set.join(", "))
    };
    let swap_numbers = "UPDATE prompt_versions SET number = 99 WHERE id = {v2};
            UPDATE prompt_versions SET number = 2 WHERE id = {v3};
            UPDATE prompt_versions SET number = 3 WHERE id = {v2}";
    let deeds = [
        ("DELETE FROM prompt_versions WHERE id = {v2}".to_owned(), VersionNumber, Some(2)),
        ("DELETE FROM prompt_versions WHERE id = {v1}".to_owned(), VersionNumber, Some(1)),
        ("DELETE FROM prompt_versions WHERE id IN ({v1}, {v2}, {v3})".to_owned(), PromptEmpty, None),
        (swap(contents), ContentHash, Some(2)),
        (swap_numbers.to_owned(), ContentHash, Some(2)),
        ("UPDATE prompt_versions SET id = 9999 WHERE id = {v2}".to_owned(), VersionOrder, Some(3)),
    ];
    for (sql, code, number) in deeds {
        hands.execute(&story.fill(&sql)).await;
        let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
        hands.put_back().await;
        let mismatch = found.mismatch.expect("a mismatch");
        assert_eq!((mismatch.code, mismatch.place.version_number), (code, number), "{sql}");
        assert!(!found.verified);
        let head = found.head.map_or(0, |head| head.number);
        assert_eq!(
            (i64::from(head), found.versions),
            (number.unwrap_or(1) - 1, number.unwrap_or(1) - 1),
            "as far as it holds"
        );
    }
}
