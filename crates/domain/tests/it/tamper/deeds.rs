//! Attacks on a run that change several rows so that they fit together, with triggers dropped and no hash computed anew.

use super::history::{History, SOURCE};
use crate::fixture::{Fresh, author};
use colophon_contract::{
    MismatchCode::{self, *},
    RunStatus,
};
use colophon_domain::{run, verify};
use colophon_test_support::{Unguarded, on_both_engines};

/// A completed run of three texts. Segment 1 was edited by hand, segment 3 was translated again; another request for
/// segment 3 was cancelled.
struct Told {
    history: History,
    hands: Unguarded,
    run_id: i64,
}

impl Told {
    async fn tell(fresh: Fresh) -> Self {
        let mut history = History::begin(fresh).await;
        let run_id = history.start_run(0).await.expect("a run");
        translate(&mut history).await;
        history.edit(run_id, 1, "Night, by hand.").await.expect("edited");
        history.ask_again(run_id, 3, Some("Softly.")).await.expect("asked");
        history.claim().await.expect("claims");
        history.go_on().await.expect("begins");
        history.finish("Star, again.").await.expect("done");
        history.ask_again(run_id, 3, None).await.expect("asked");
        history.cancel(run_id).await.expect("cancelled");
        assert_eq!(history.find_mismatch().await, None);
        let hands = history.fresh.place.unguard().await;
        hands.keep().await;
        Self { history, hands, run_id }
    }

    fn fill(&self, sql: &str) -> String {
        sql.replace("{run}", &self.run_id.to_string())
    }

    /// What is found of the run once statements are executed; then all is put back.
    async fn find(&self, sql: &str) -> Option<MismatchCode> {
        self.hands.execute(&self.fill(sql)).await;
        let found = self.history.verify(self.run_id).await.expect("a verification");
        assert_eq!(found.verified, found.mismatch.is_none());
        self.hands.put_back().await;
        found.mismatch.map(|mismatch| mismatch.code)
    }

    async fn number(&self, sql: &str) -> i64 {
        self.hands.number(&self.fill(sql)).await
    }
}

/// Works on the queue's next run until that has ended.
async fn translate(history: &mut History) {
    assert!(history.claim().await.expect("claims"));
    let run_id = *history.runs.last().expect("a run");
    while run::get_run(&history.fresh.db, run_id).await.expect("a run").status == RunStatus::Running {
        history.go_on().await.expect("goes on");
        history.finish("Text.").await.expect("done");
    }
}

/// Sets the end of the chain on the run's row back to its last event that is left.
const SET_BACK: &str = "UPDATE chapter_translations SET
        chain_length = (SELECT max(seq) FROM run_events WHERE run_id = {run}),
        chain_hash = (SELECT e.chain_hash FROM run_events e WHERE e.run_id = {run} ORDER BY e.seq DESC LIMIT 1)
    WHERE id = {run};";

#[on_both_engines]
async fn a_persons_text_that_is_taken_away_with_its_event_is_found(fresh: Fresh) {
    let mut history = History::begin(fresh).await;
    let run_id = history.start_run(0).await.expect("a run");
    translate(&mut history).await;
    let before = history.segments(run_id).await[0].attempt.as_ref().expect("an attempt").id;
    let edit = history.edit(run_id, 1, "Night, by hand.").await.expect("edited");
    let hands = history.fresh.place.unguard().await;
    hands.keep().await;
    let told = Told { history, hands, run_id };
    let undo = format!(
        "UPDATE translation_segments SET current_attempt_id = {before} WHERE current_attempt_id = {edit};
            DELETE FROM segment_attempts WHERE id = {edit};
            DELETE FROM run_events WHERE run_id = {{run}}
                AND seq = (SELECT max(l.seq) FROM run_events l WHERE l.run_id = {{run}});"
    );
    assert_eq!(told.find(&undo).await, Some(EventChain));
    assert_eq!(
        told.find(&format!("{undo} {SET_BACK}")).await,
        Some(AuditMissing),
        "the audit log tells of it"
    );
    let entry = format!("DELETE FROM audit_log WHERE after_id = {edit} AND action = 'segment_edited';");
    assert_eq!(told.find(&entry).await, Some(EntryMissing), "its entry is missing");
    let anchors = verify::list_run_anchors(&told.history.fresh.db, 0).await.expect("anchors");
    assert_eq!(verify::verify_run_anchor(&told.history.fresh.db, &anchors[0]).await.expect("reads"), None);
    // All of it together leaves a shorter history, as it was before. An anchor that was kept elsewhere tells.
    told.hands.execute(&told.fill(&format!("{undo} {SET_BACK} {entry}"))).await;
    assert_eq!(told.history.verify(run_id).await.expect("a verification").mismatch, None);
    let found = verify::verify_run_anchor(&told.history.fresh.db, &anchors[0]).await.expect("reads");
    assert_eq!(found.map(|mismatch| mismatch.code), Some(AnchorMissing));
}

#[on_both_engines]
async fn a_retranslation_that_is_taken_away_is_found(fresh: Fresh) {
    let mut history = History::begin(fresh).await;
    let run_id = history.start_run(0).await.expect("a run");
    translate(&mut history).await;
    let before = history.segments(run_id).await[2].attempt.as_ref().expect("an attempt").id;
    let events = history.verify(run_id).await.expect("a verification").events;
    history.ask_again(run_id, 3, None).await.expect("asked");
    history.claim().await.expect("claims");
    history.go_on().await.expect("begins");
    history.finish("Star, again.").await.expect("done");
    let after = history.segments(run_id).await[2].attempt.as_ref().expect("an attempt").id;
    let hands = history.fresh.place.unguard().await;
    hands.keep().await;
    let told = Told { history, hands, run_id };
    let undo = format!(
        "UPDATE translation_segments SET current_attempt_id = {before} WHERE current_attempt_id = {after};
            DELETE FROM segment_attempts WHERE id = {after};
            DELETE FROM run_events WHERE run_id = {{run}} AND seq > {events};"
    );
    assert_eq!(told.find(&undo).await, Some(EventChain));
    let request = "DELETE FROM retranslations;";
    assert_eq!(told.find(&format!("{undo} {request} {SET_BACK}")).await, Some(AuditMissing));
}

#[on_both_engines]
async fn a_completed_run_that_is_set_back_to_half_way_is_found(fresh: Fresh) {
    let told = Told::tell(fresh).await;
    let half = told
        .number("SELECT min(seq) FROM run_events WHERE run_id = {run} AND name = 'segment-complete'")
        .await;
    let undo = format!(
        "DELETE FROM run_events WHERE run_id = {{run}} AND seq > {half};
            UPDATE translation_segments SET status = 'pending', current_attempt_id = NULL
                WHERE chapter_translation_id = {{run}} AND position > 2;
            UPDATE translation_segments SET current_attempt_id = (SELECT min(id) FROM segment_attempts)
                WHERE chapter_translation_id = {{run}} AND position = 1;
            DELETE FROM segment_attempts WHERE id > (SELECT min(a.id) FROM segment_attempts a);
            DELETE FROM retranslations;
            UPDATE chapter_translations SET status = 'running', segments_done = 2, finished_at = NULL,
                lease_owner = NULL, lease_expires_at = NULL WHERE id = {{run}};"
    );
    assert_eq!(told.find(&undo).await, Some(EventChain));
    let found = told.find(&format!("{undo} {SET_BACK}")).await;
    assert_eq!(found, Some(AuditMissing), "the audit log tells of what was done later");
    // Also where only the end of the run is there to tell.
    let entries = "DELETE FROM audit_log WHERE subject_kind = 'segment' OR action = 'run_cancelled';";
    assert_eq!(told.find(&format!("{undo} {SET_BACK} {entries}")).await, Some(AuditMissing));
}

#[on_both_engines]
async fn source_text_that_is_moved_between_segments_is_found(fresh: Fresh) {
    let mut history = History::begin(fresh).await;
    let run_id = history.start_run(0).await.expect("a run");
    for position in [1, 3, 4] {
        // Only people translate it, so no messages hold the text.
        if position == 1 {
            history.cancel(run_id).await.expect("cancelled");
        }
        history.edit(run_id, position, "By hand.").await.expect("edited");
    }
    assert_eq!(history.find_mismatch().await, None);
    let joined = SOURCE.replace("星。\n朝。\n", "星。\n朝|。\n");
    assert!(joined.contains('|'), "adjacent");
    let hands = history.fresh.place.unguard().await;
    hands.keep().await;
    let told = Told { history, hands, run_id };
    let moved = "UPDATE translation_segments SET source_text = '星。' WHERE chapter_translation_id = {run} AND position = 3;
            UPDATE translation_segments SET source_text = '\n朝。\n' WHERE chapter_translation_id = {run} AND position = 4";
    assert_eq!(told.find(moved).await, Some(Record));
}

#[on_both_engines]
async fn a_text_in_somebodys_name_is_found(fresh: Fresh) {
    let told = Told::tell(fresh).await;
    let user = author();
    let forge = |id: i64, name: &str| {
        format!(
        "INSERT INTO segment_attempts (segment_id, kind, status, text, response_sha256, author_kind, author_id,
                author_name, started_at, finished_at)
            SELECT a.segment_id, 'person', 'completed', a.text, a.response_sha256, 'user', {id}, '{name}',
                a.started_at, a.finished_at FROM segment_attempts a JOIN translation_segments s ON s.id = a.segment_id
                WHERE s.chapter_translation_id = {{run}} AND s.position = 4;
            UPDATE translation_segments SET current_attempt_id = (SELECT max(id) FROM segment_attempts)
                WHERE chapter_translation_id = {{run}} AND position = 4;
            INSERT INTO run_events (run_id, seq, name, data, created_at, record_sha256, chain_hash)
            SELECT run_id, (SELECT max(seq) + 1 FROM run_events WHERE run_id = {{run}}), name,
                replace(replace(data, '\"position\":1', '\"position\":4'), '\"attempt_id\":' || (
                    SELECT min(id) FROM segment_attempts WHERE kind = 'person'), '\"attempt_id\":' || (
                    SELECT max(id) FROM segment_attempts)), created_at, NULL, NULL FROM run_events
                WHERE run_id = {{run}} AND name = 'segment-complete' AND data LIKE '%by hand%';"
    )
    };
    assert_eq!(told.find(&forge(user.id.expect("an id"), &user.name)).await, Some(EntryMissing));
    // With an entry too.
    let entry = |id: i64, name: &str, head: &str| {
        format!(
        "INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, work_id, subject_kind, subject_id,
                before_id, after_id, chain_length, chain_hash)
            SELECT l.at, 'user', {id}, '{name}', l.action, l.work_id, l.subject_kind, s.id, NULL,
                (SELECT max(id) FROM segment_attempts), {head} FROM audit_log l JOIN chapter_translations r ON r.id = {{run}}
                JOIN translation_segments s ON s.chapter_translation_id = {{run}} AND s.position = 4
                WHERE l.action = 'segment_edited';"
    )
    };
    let (id, name) = (user.id.expect("an id"), user.name);
    let found = told.find(&format!("{} {}", forge(id, &name), entry(id, &name, "NULL, NULL"))).await;
    assert_eq!(found, Some(AuditContradicts), "the entry names no event");
    let found = told
        .find(&format!("{} {}", forge(id, &name), entry(id, &name, "r.chain_length, r.chain_hash")))
        .await;
    assert_eq!(found, Some(AuditContradicts), "it names an event about something else");
    let chained = entry(99, "mallory", "r.chain_length, r.chain_hash");
    let found = told.find(&format!("{} {chained}", forge(99, "mallory"))).await;
    assert_eq!(found, Some(AuthorMissing), "no user has that id");
}

#[on_both_engines]
async fn a_request_in_somebodys_name_is_found(fresh: Fresh) {
    let told = Told::tell(fresh).await;
    let forge = |id: i64, name: &str| {
        format!(
        "INSERT INTO retranslations (run_id, segment_id, prompt_version_id, provider, author_kind, author_id,
                author_name, created_at, finished_at)
            SELECT t.run_id, s.id, t.prompt_version_id, t.provider, 'user', {id}, '{name}', t.created_at, t.created_at
                FROM retranslations t JOIN translation_segments s ON s.chapter_translation_id = {{run}}
                    AND s.position = 4 WHERE t.id = (SELECT min(id) FROM retranslations);"
    )
    };
    let user = author();
    let (id, name) = (user.id.expect("an id"), user.name);
    assert_eq!(told.find(&forge(id, &name)).await, Some(EntryMissing));
    let entry = |id: i64, name: &str, head: &str| {
        format!(
        "INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, work_id, subject_kind, subject_id,
                before_id, detail, chain_length, chain_hash)
            SELECT l.at, 'user', {id}, '{name}', l.action, l.work_id, l.subject_kind, s.id, s.current_attempt_id,
                l.detail, {head} FROM audit_log l JOIN chapter_translations r ON r.id = {{run}}
                JOIN translation_segments s ON s.chapter_translation_id = {{run}} AND s.position = 4
                WHERE l.id = (SELECT min(id) FROM audit_log WHERE action = 'segment_retranslated');"
    )
    };
    let unchained = format!("{} {}", forge(id, &name), entry(id, &name, "NULL, NULL"));
    assert_eq!(told.find(&unchained).await, Some(AuditContradicts), "it names no event");
    let nobody = format!("{} {}", forge(99, "mallory"), entry(99, "mallory", "r.chain_length, r.chain_hash"));
    assert_eq!(told.find(&nobody).await, Some(AuthorMissing));
}

#[on_both_engines]
async fn a_chain_that_is_taken_away_whole_is_found(fresh: Fresh) {
    let told = Told::tell(fresh).await;
    let chain = "UPDATE run_events SET chain_hash = NULL WHERE run_id = {run};
            UPDATE chapter_translations SET chain_hash = NULL, chain_length = NULL WHERE id = {run};";
    assert_eq!(told.find(chain).await, Some(AuditMissing), "the audit log names events of the chain");
    let records = "UPDATE run_events SET record_sha256 = NULL WHERE run_id = {run};
            UPDATE segment_attempts SET parameter_names = NULL;";
    let found = told.find(&format!("{chain} {records}")).await;
    assert!(matches!(found, Some(AuditMissing | RequestHash)), "{found:?}");
}
