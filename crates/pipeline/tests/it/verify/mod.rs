//! Verifying a history: whole, with each column changed, with rows added and taken away, rewritten with all its hashes.

mod beside;
mod changes;
mod damage;
mod earlier;
mod kinds;
mod legacy;
mod pages;
mod places;
mod reasons;
mod rewrite;
mod rows;
mod story;
mod tamper;

use crate::stage::{Stage, actor, author};
use colophon_contract::{MismatchCode, UnverifiableCode, UpdateSegment};
use colophon_domain::verify;
use colophon_domain::{Actor, Error, Missing, prompt, run, work};
use colophon_provider::Catalogue;
use colophon_test_support::{Unguarded, on_both_engines};
use story::Story;

/// As migrations leave what was there before them.
async fn make_older(hands: &Unguarded) {
    hands.execute("UPDATE segment_attempts SET parameter_names = NULL").await;
    hands.execute("UPDATE run_events SET record_sha256 = NULL").await;
    make_unchained(hands).await;
}

/// As migration 17 leaves what was there before it.
async fn make_unchained(hands: &Unguarded) {
    hands.execute("UPDATE run_events SET chain_hash = NULL").await;
    for table in ["chapter_translations", "audit_log"] {
        hands.execute(&format!("UPDATE {table} SET chain_hash = NULL, chain_length = NULL")).await;
    }
}

#[on_both_engines]
async fn what_really_happened_verifies(stage: Stage) {
    let story = Story::tell(&stage).await;
    let prompt = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
    assert_eq!((prompt.verified, prompt.versions, &prompt.mismatch), (true, 3, &None));
    let latest = prompt::get_prompt(&stage.db, story.work_id).await.expect("the prompt").latest_version;
    let head = prompt.head.expect("a head");
    assert_eq!(
        (head.number, &head.content_hash, &head.chain_hash),
        (3, &latest.content_hash, &latest.chain_hash)
    );
    let found = stage.verify(story.run_id).await;
    assert_eq!((found.verified, found.mismatch, found.unverifiable), (true, None, vec![]));
    assert_eq!((found.segments, found.attempts), (3, 7));
    assert!(found.events > 12, "{}", found.events);
}

#[on_both_engines]
async fn a_run_under_way_verifies_as_far_as_it_has_come(stage: Stage) {
    use colophon_provider::fake::Script;
    let runner = stage.runner().await;
    let scene =
        stage.scene(runner.models(), "fake/good", "{preceding}{source_text}", crate::stage::CHAPTER).await;
    stage.fake.script(Script::answer("good", "One."));
    stage
        .fake
        .script(Script::deltas("good", &"two ".repeat(400), 1).paced(std::time::Duration::from_millis(10)));
    let run = stage.start(&runner, scene).await;
    assert_eq!(stage.verify(run.id).await.mismatch, None);
    stage.until(run.id, |run| run.progress.done == 1).await;
    stage.until_checkpoint(run.id).await;
    let found = stage.verify(run.id).await;
    assert_eq!((found.mismatch, found.attempts), (None, 2));
    runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled");
    assert_eq!(stage.verify(run.id).await.mismatch, None);
}

#[on_both_engines]
async fn what_is_not_there_is_not_found(stage: Stage) {
    assert!(matches!(verify::verify_prompt(&stage.db, 1).await, Err(Error::NotFound(Missing::Work))));
    let scene = stage.chapter("夜。\n").await;
    let none = verify::verify_prompt(&stage.db, scene.work_id).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Prompt))));
    assert_eq!(verify::find_verification(&stage.db, scene.work_id).await.expect("reads"), None);
    let catalogue = Catalogue::new(vec![], vec![]).expect("a catalogue");
    let none = colophon_pipeline::verify_run(&stage.db, &catalogue, 1).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Translation))));
}

#[on_both_engines]
async fn a_deleted_work_still_verifies(stage: Stage) {
    let story = Story::tell(&stage).await;
    let txn = stage.db.begin_write_by(actor()).await.expect("begins");
    work::delete_work(&txn, story.work_id).await.expect("deleted");
    txn.commit().await.expect("commits");
    let gone = verify::verify_prompt(&stage.db, story.work_id).await;
    assert!(matches!(gone, Err(Error::NotFound(Missing::Work))));
    let found = verify::find_verification(&stage.db, story.work_id).await.expect("reads");
    assert!(found.expect("a prompt").verified);
    assert!(work::list_ids(&stage.db, 0).await.expect("reads").contains(&story.work_id));
    let runs = verify::list_run_ids(&stage.db, story.work_id, 0).await.expect("reads");
    assert_eq!((runs.len(), runs[0]), (2, story.run_id));
    assert_eq!(stage.verify(story.run_id).await.mismatch, None);
}

#[on_both_engines]
async fn a_model_that_has_left_the_catalogue_makes_nothing_wrong(stage: Stage) {
    let story = Story::tell(&stage).await;
    let catalogue = Catalogue::new(vec![], vec![]).expect("a catalogue");
    let found =
        colophon_pipeline::verify_run(&stage.db, &catalogue, story.run_id).await.expect("a verification");
    assert_eq!(
        (found.verified, found.mismatch, found.unverifiable),
        (true, None, vec![]),
        "its names are kept"
    );
    let hands = stage.database.unguard().await;
    make_older(&hands).await;
    let found =
        colophon_pipeline::verify_run(&stage.db, &catalogue, story.run_id).await.expect("a verification");
    assert_eq!((found.verified, found.mismatch), (true, None));
    // Those under version 1, which has a parameter that the model has another name for.
    let unknown: Vec<_> = found.unverifiable.iter().map(|one| (one.code, one.count)).collect();
    let expected = [
        (UnverifiableCode::RequestNames, 4),
        (UnverifiableCode::UnchainedRun, 1),
        (UnverifiableCode::UnrecordedEvents, found.events),
    ];
    assert_eq!(unknown, expected);
}

#[on_both_engines]
async fn a_model_that_calls_a_parameter_otherwise_since_makes_nothing_wrong(stage: Stage) {
    let story = Story::tell(&stage).await;
    let model = serde_json::json!([{
        "id": "fake/good", "provider": "fake", "upstream": "good", "parameters": ["temperature", "max_tokens"],
    }]);
    let providers = serde_json::json!([{"name": "fake", "base_url": "http://127.0.0.1:9/v1"}]);
    let providers = serde_json::from_value(providers).expect("providers");
    let catalogue =
        Catalogue::new(providers, serde_json::from_value(model).expect("models")).expect("a catalogue");
    let found =
        colophon_pipeline::verify_run(&stage.db, &catalogue, story.run_id).await.expect("a verification");
    assert_eq!((found.mismatch, found.unverifiable), (None, vec![]));
    let sql = "SELECT CAST(parameter_names AS TEXT) AS names FROM segment_attempts WHERE id = $1";
    let second = story.fill("{second}").parse().expect("an id");
    let names: String = stage.rows(sql, second).await[0].try_get("", "names").expect("names");
    let names: serde_json::Value = serde_json::from_str(&names).expect("JSON");
    let sent = serde_json::json!({
        "temperature": "temperature", "max_tokens": "max_completion_tokens", "metadata": "metadata",
    });
    assert_eq!(names, sent);
    make_older(&stage.database.unguard().await).await;
    let found =
        colophon_pipeline::verify_run(&stage.db, &catalogue, story.run_id).await.expect("a verification");
    assert_eq!((found.verified, found.mismatch), (true, None), "nobody knows what names they had");
    assert!(
        found.unverifiable.iter().any(|one| (one.code, one.count) == (UnverifiableCode::RequestNames, 4))
    );
}

#[on_both_engines]
async fn what_is_older_than_its_witnesses_is_no_mismatch(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    make_older(&hands).await;
    hands.execute("DELETE FROM audit_log").await;
    for run in ["{run}", "{broken}", "{other_run}"] {
        let found = stage.verify(story.fill(run).parse().expect("an id")).await;
        assert_eq!(found.mismatch, None, "{run}");
        let told: Vec<_> = found.unverifiable.iter().map(|one| (one.code, one.count)).collect();
        let unlogged = if run == "{run}" { Some((UnverifiableCode::UnloggedTexts, 3)) } else { None };
        let mut expected = vec![(UnverifiableCode::UnchainedRun, 1)];
        expected.extend(unlogged);
        expected.push((UnverifiableCode::UnrecordedEvents, found.events));
        assert_eq!(told, expected, "two texts and a request are older than the log");
    }
    assert!(verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification").verified);
    // What goes on from there witnesses itself.
    let txn = stage.db.begin_write_by(actor()).await.expect("begins");
    let update =
        UpdateSegment { text: "Two, by hand.".into(), base_attempt_id: story.fill("{second}").parse().ok() };
    run::update_segment(&txn, &author(), story.run_id, 2, &update).await.expect("edited");
    txn.commit().await.expect("commits");
    let found = stage.verify(story.run_id).await;
    let told: Vec<_> = found.unverifiable.iter().map(|one| (one.code, one.count)).collect();
    let expected =
        [(UnverifiableCode::UnloggedTexts, 3), (UnverifiableCode::UnrecordedEvents, found.events - 1)];
    assert_eq!((found.mismatch, told), (None, expected.to_vec()), "its chain covers the earlier events");
    hands.execute(&format!("UPDATE run_events SET created_at = '2026-01-01T00:00:00.000000+00:00' WHERE run_id = {} AND seq = 2", story.run_id)).await;
    assert_eq!(
        stage.verify(story.run_id).await.mismatch.map(|mismatch| mismatch.code),
        Some(MismatchCode::EventChain)
    );
}

#[on_both_engines]
async fn a_run_cannot_pass_for_one_from_before(stage: Stage) {
    let story = Story::tell(&stage).await;
    let hands = stage.database.unguard().await;
    hands
        .execute(&format!(
            "UPDATE chapter_translations SET prompt_version_id = NULL WHERE id = {}",
            story.run_id
        ))
        .await;
    let code = stage.verify(story.run_id).await.mismatch.map(|mismatch| mismatch.code);
    assert_eq!(code, Some(MismatchCode::VersionMissing));
    for table in ["run_events", "retranslations"] {
        hands.execute(&format!("DELETE FROM {table}")).await;
    }
    let code = stage.verify(story.run_id).await.mismatch.map(|mismatch| mismatch.code);
    assert_eq!(code, Some(MismatchCode::VersionMissing), "its attempts tell too");
}
