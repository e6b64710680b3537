//! A history that an earlier version wrote verifies after the migrations as it did before.

use colophon_contract::UnverifiableCode;
use colophon_domain::{Db, Options, verify, work};
use colophon_provider::Catalogue;
use colophon_test_support::{Unmigrated, on_both_engines};

#[on_both_engines]
async fn a_history_of_the_version_before_answers_were_split_verifies(database: Unmigrated) {
    let connection = database.load_history_13().await;
    colophon_migration::up(&connection, None).await.expect("the migrations apply");
    let options = Options { url: database.0.url().to_owned(), ..Default::default() };
    let db = Db::connect(&options).await.expect("the database opens");
    let catalogue = Catalogue::new(vec![], vec![]).expect("a catalogue");
    let [work_id] = work::list_ids(&db, 0).await.expect("reads")[..] else { panic!("one work") };
    let runs = verify::list_run_ids(&db, work_id, 0).await.expect("reads");
    assert_eq!(runs.len(), 8);
    for run_id in runs {
        let found = colophon_pipeline::verify_run(&db, &catalogue, run_id).await.expect("a verification");
        assert_eq!((found.verified, found.mismatch), (true, None), "run {run_id}");
        let told: Vec<_> = found.unverifiable.iter().map(|one| (one.code, one.count)).collect();
        assert_eq!(told, [(UnverifiableCode::UnchainedRun, 1)]);
    }
    let found = verify::verify_prompt(&db, work_id).await.expect("a verification");
    assert_eq!((found.verified, found.versions, found.mismatch), (true, 8, None));
}

#[on_both_engines]
async fn a_class_that_the_migration_filled_in_is_held_like_any_other(database: Unmigrated) {
    let connection = database.load_history_13().await;
    colophon_migration::up(&connection, None).await.expect("the migrations apply");
    let options = Options { url: database.0.url().to_owned(), ..Default::default() };
    let db = Db::connect(&options).await.expect("the database opens");
    let catalogue = Catalogue::new(vec![], vec![]).expect("a catalogue");
    let hands = database.0.unguard().await;
    hands.execute("UPDATE segment_attempts SET finish = 'filtered' WHERE finish = 'truncated'").await;
    let found = colophon_pipeline::verify_run(&db, &catalogue, 3).await.expect("a verification");
    let mismatch = found.mismatch.expect("a mismatch");
    assert_eq!(
        (mismatch.code, mismatch.place.attempt_id),
        (colophon_contract::MismatchCode::Record, Some(11))
    );
}
