use colophon_migration::{Force, down, pending, up};
use colophon_test_support::{TestDatabase, Unmigrated, on_both};

on_both! {
    async fn a_migrated_database_has_nothing_pending(db: TestDatabase) {
        assert_eq!(pending(&db.connect().await).await.unwrap(), Vec::<String>::new());
    }

    async fn up_down_up(db: Unmigrated) {
        let db = db.0.connect().await;
        assert_eq!(up(&db, None).await.unwrap().len(), 7);
        assert_eq!(down(&db, None, Force::No).await.unwrap().len(), 7);
        assert_eq!(up(&db, None).await.unwrap().len(), 7);
    }
}
