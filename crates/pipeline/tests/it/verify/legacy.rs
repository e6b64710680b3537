//! What is older than prompts, as the migrations bring it along.

use crate::stage::{actor, author};
use colophon_contract::{
    MismatchCode, RestoreAttempt, TranslationVerification, UnverifiableCode, UpdateSegment,
};
use colophon_domain::{Db, run};
use colophon_provider::Catalogue;
use colophon_test_support::{Unmigrated, on_both_engines};
use sea_orm::ConnectionTrait as _;

/// A work with a run that has its texts, and a blank segment; one that lacks a text; and one without segments.
const BEFORE: &str = "
INSERT INTO works (id, title, author, source_language, target_language, created_at, updated_at)
    VALUES (1, '銀河鉄道の夜', '宮沢賢治', 'ja', 'en', {now}, {now});
INSERT INTO chapters (id, work_id, number, title, source_text, created_at, updated_at)
    VALUES (1, 1, 1, '一', '夜。', {now}, {now});
INSERT INTO chapter_translations (id, chapter_id, status, error, created_at, started_at, finished_at)
    VALUES (1, 1, 'completed', NULL, {now}, {now}, {now}), (2, 1, 'failed', 'It broke.', {now}, {now}, {now}),
        (3, 1, 'queued', NULL, {now}, NULL, NULL);
INSERT INTO translation_segments (chapter_translation_id, position, source_text, text)
    VALUES (1, 1, '夜。', 'Night.'), (1, 2, '　', NULL), (1, 3, '朝。', 'Morning.'), (2, 1, '夜。', 'Night.'),
        (2, 2, '朝。', NULL)";

async fn migrated(Unmigrated(database): &Unmigrated) -> Db {
    let hands = database.connect().await;
    colophon_migration::up(&hands, Some(1)).await.expect("migrates");
    let before = BEFORE.replace("{now}", "'2026-11-22T10:00:00.000001+00:00'");
    hands.execute_unprepared(&before).await.expect("rows");
    colophon_migration::up(&hands, None).await.expect("migrates");
    database.add_user(1, &author().name).await;
    let options = colophon_domain::Options { url: database.url().to_owned(), ..Default::default() };
    Db::connect(&options).await.expect("a database")
}

async fn verify(db: &Db, run_id: i64) -> TranslationVerification {
    let catalogue = Catalogue::new(vec![], vec![]).expect("a catalogue");
    colophon_pipeline::verify_run(db, &catalogue, run_id).await.expect("a verification")
}

fn unverifiable(found: &TranslationVerification) -> Vec<(UnverifiableCode, i64)> {
    found.unverifiable.iter().map(|one| (one.code, one.count)).collect()
}

#[on_both_engines]
async fn what_is_older_than_prompts_is_called_neither_right_nor_wrong(database: Unmigrated) {
    let db = migrated(&database).await;
    use UnverifiableCode::{LegacyAttempts, LegacyRun, UnchainedRun};
    let expected = [
        (1, 3, vec![(LegacyRun, 1), (LegacyAttempts, 2), (UnchainedRun, 1)]),
        (2, 2, vec![(LegacyRun, 1), (LegacyAttempts, 1), (UnchainedRun, 1)]),
        (3, 0, vec![(LegacyRun, 1), (UnchainedRun, 1)]),
    ];
    for (run_id, segments, cannot) in expected {
        let found = verify(&db, run_id).await;
        assert_eq!((found.verified, &found.mismatch, found.segments), (true, &None, segments), "{run_id}");
        assert_eq!(unverifiable(&found), cannot);
    }
}

#[on_both_engines]
async fn what_hands_do_to_it_is_verified(database: Unmigrated) {
    let db = migrated(&database).await;
    let txn = db.begin_write_by(actor()).await.expect("begins");
    let update = UpdateSegment { text: "Morning, by hand.".into(), base_attempt_id: None };
    run::update_segment(&txn, &author(), 2, 2, &update).await.expect("edited");
    let legacy = run::get_segment(&db, 2, 1).await.expect("a segment").attempt.expect("an attempt").id;
    txn.commit().await.expect("commits");
    let txn = db.begin_write_by(actor()).await.expect("begins");
    let restore = RestoreAttempt { base_attempt_id: Some(legacy) };
    run::restore_attempt(&txn, &author(), (2, 1, legacy), &restore).await.expect("brought back");
    txn.commit().await.expect("commits");
    let found = verify(&db, 2).await;
    assert_eq!((&found.mismatch, found.attempts, found.events), (&None, 3, 3), "which completed the run");
    assert_eq!(
        unverifiable(&found),
        [(UnverifiableCode::LegacyRun, 1), (UnverifiableCode::LegacyAttempts, 1)],
        "its chain began"
    );

    let Unmigrated(database) = &database;
    let hands = database.unguard().await;
    hands.execute("UPDATE translation_segments SET source_text = '夕。' WHERE chapter_translation_id = 1 AND position = 3").await;
    assert_eq!(verify(&db, 1).await.mismatch.map(|mismatch| mismatch.code), Some(MismatchCode::SourceHash));
    hands
        .execute("UPDATE segment_attempts SET author_kind = 'user', author_name = 'x' WHERE kind = 'legacy'")
        .await;
    assert_eq!(verify(&db, 2).await.mismatch.map(|mismatch| mismatch.code), Some(MismatchCode::AttemptKind));
}
