//! Idempotency keys.

use crate::fixture::{Fresh, author};
use colophon_contract::{Author, AuthorKind};
use colophon_domain::idempotency::{Begun, KeyedRequest, StoredReply, begin_keyed, store_reply};
use colophon_test_support::{Engine, on_both_engines};
use sea_orm::{ConnectionTrait, Statement};

const BODY: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const OTHER_BODY: &str = "1111111111111111111111111111111111111111111111111111111111111111";

fn request(author: &Author) -> KeyedRequest<'_> {
    KeyedRequest { author, key: "k", method: "POST", path: "/api/v1/works", body_sha256: BODY }
}

fn reply() -> StoredReply {
    StoredReply {
        status: 201,
        headers: vec![("location".into(), "/api/v1/works/1".into())],
        body: r#"{"id":1,"title":"夜"}"#.into(),
    }
}

#[on_both_engines]
async fn the_first_answer_is_given_again(fresh: Fresh) {
    let (mika, other) = (author(), Author { kind: AuthorKind::Token, ..author() });
    crate::write!(fresh, |txn| {
        assert_eq!(begin_keyed(&txn, request(&mika)).await.expect("reads"), Begun::Fresh);
        store_reply(&txn, request(&mika), &reply()).await
    })
    .expect("stored");
    for (request, expected) in [
        (request(&mika), Begun::Replay(reply())),
        (KeyedRequest { body_sha256: OTHER_BODY, ..request(&mika) }, Begun::Reused),
        (KeyedRequest { path: "/api/v1/works/import", ..request(&mika) }, Begun::Reused),
        (KeyedRequest { key: "l", ..request(&mika) }, Begun::Fresh),
        (request(&other), Begun::Fresh),
    ] {
        let begun = crate::write!(fresh, |txn| begin_keyed(&txn, request).await).expect("reads");
        assert_eq!(begun, expected, "{request:?}");
    }
}

#[on_both_engines]
async fn a_key_that_was_not_answered_is_free(fresh: Fresh) {
    let mika = author();
    let txn = fresh.db.begin_write().await.expect("begins");
    begin_keyed(&txn, request(&mika)).await.expect("reads");
    store_reply(&txn, request(&mika), &reply()).await.expect("stored");
    txn.rollback().await.expect("rolls back");
    let begun = crate::write!(fresh, |txn| begin_keyed(&txn, request(&mika)).await).expect("reads");
    assert_eq!(begun, Begun::Fresh);
}

#[on_both_engines]
async fn a_key_lasts_for_a_day(fresh: Fresh) {
    let mika = author();
    let others = KeyedRequest { key: "l", ..request(&mika) };
    for request in [request(&mika), others] {
        crate::write!(fresh, |txn| store_reply(&txn, request, &reply()).await).expect("stored");
    }
    let db = fresh.place.connect().await;
    let backend = db.get_database_backend();
    let then = colophon_domain::time::now() - chrono::TimeDelta::hours(24);
    let sql = "UPDATE idempotency_keys SET created_at = $1";
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [then.into()])).await.expect("set");
    crate::write!(fresh, |txn| {
        assert_eq!(begin_keyed(&txn, request(&mika)).await.expect("reads"), Begun::Fresh);
        store_reply(&txn, request(&mika), &reply()).await
    })
    .expect("stored again");
    let count = Statement::from_string(backend, "SELECT count(*) FROM idempotency_keys");
    let count: i64 =
        db.query_one_raw(count).await.expect("reads").expect("a row").try_get_by_index(0).expect("a count");
    assert_eq!(count, 1, "the other old one is cleared away");
}

#[on_both_engines]
async fn a_key_is_in_use_while_it_is_being_answered(fresh: Fresh) {
    if fresh.place.engine() == Engine::Sqlite {
        // One writer: the second request waits for the first, and finds its answer.
        return;
    }
    let mika = author();
    let first = fresh.db.begin_write().await.expect("begins");
    assert_eq!(begin_keyed(&first, request(&mika)).await.expect("reads"), Begun::Fresh);
    let second = fresh.db.begin_write().await.expect("begins");
    assert_eq!(begin_keyed(&second, request(&mika)).await.expect("reads"), Begun::InUse);
    drop(second);
    store_reply(&first, request(&mika), &reply()).await.expect("stored");
    first.commit().await.expect("commits");
    let begun = crate::write!(fresh, |txn| begin_keyed(&txn, request(&mika)).await).expect("reads");
    assert_eq!(begun, Begun::Replay(reply()));
}
