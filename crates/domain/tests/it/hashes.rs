//! The hashes that make the history checkable.

use crate::fixture::{Fresh, next, object};
use colophon_contract::{AppendVersion, Author, AuthorKind, PromptVersion, Timestamp};
use colophon_domain::{
    Db,
    prompt::{
        self,
        hash::{chain_hash, content_hash},
    },
};
use colophon_test_support::on_both_engines;
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

/// Recomputes every hash of a work's prompt from what is stored.
pub(crate) async fn check_history(db: &Db, work_id: i64) {
    let latest = prompt::get_prompt(db, work_id).await.expect("reads").latest_version.number;
    let mut previous: Option<String> = None;
    for number in 1..=latest {
        let version = prompt::get_version(db, work_id, number).await.expect("reads");
        assert_eq!(content_hash(&version).expect("a hash"), version.content_hash, "version {number}");
        let chain = chain_hash(previous.as_deref(), &version.content_hash).expect("a hash");
        assert_eq!(chain, version.chain_hash, "version {number}");
        previous = Some(version.chain_hash);
    }
}

fn vector() -> PromptVersion {
    PromptVersion {
        id: 999,
        prompt_id: 3,
        number: 2,
        model: "local/tiny".into(),
        template: "Übersetze „{source_text}“\n".into(),
        parameters: object(
            r#"{"variables": {"\ud83d\ude00": "a", "\ufffd": "b"}, "temperature": 1.0, "x": 1e-7, "top_p": 3e-1}"#,
        ),
        note: "“”\u{7f}\t".into(),
        author: Author { kind: AuthorKind::System, id: None, name: "seed-prompts".into() },
        restored_from: Some(1),
        content_hash: String::new(),
        chain_hash: String::new(),
        created_at: Timestamp("2026-11-22T15:43:48.000001Z".into()),
    }
}

/// RFC 8785 of [`vector`], written by hand: keys by UTF-16, numbers as ECMAScript writes them.
const CANONICAL: &str = concat!(
    r#"{"author":{"id":null,"kind":"system","name":"seed-prompts"},"created_at":"2026-11-22T15:43:48.000001Z","#,
    r#""model":"local/tiny","note":"“”"#,
    "\u{7f}",
    r#"\t","number":2,"parameters":{"temperature":1,"top_p":0.3,"variables":{"😀":"a","�":"b"},"x":1e-7},"#,
    r#""prompt_id":3,"restored_from":1,"template":"Übersetze „{source_text}“\n"}"#,
);
const CONTENT_HASH: &str = "9e7f5a87e77c8bc71c10cda2af601f260eb98e3c87770c61bec3352b9f8a494b";
const CHAIN_HASH_OF_FIRST: &str = "fbbae0f74e276ad65cce758eb485afde9803f6eeccaf258c817b8fa5a1754c53";
const CHAIN_HASH_AFTER_IT: &str = "270bf02272998d960ddc9d447fe63637be31cb9fad3dd0dcf019d9f3136ee5b6";

#[test]
fn the_hashes_are_those_of_the_vectors() {
    assert_eq!(hex::encode(Sha256::digest(CANONICAL)), CONTENT_HASH);
    assert_eq!(content_hash(&vector()).expect("a hash"), CONTENT_HASH);
    let first = chain_hash(None, CONTENT_HASH).expect("a hash");
    assert_eq!(first, CHAIN_HASH_OF_FIRST);
    assert_eq!(chain_hash(Some(&first), CONTENT_HASH).expect("a hash"), CHAIN_HASH_AFTER_IT);
}

#[on_both_engines]
async fn what_is_stored_hashes_to_what_is_stored(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let odd = object(
        r#"{"temperature": 5e-324, "metadata": {"b": [1.0, -0.0, 1E2, 0.1, 123456789.123, 1e-7, 4503599627370496.5],
                "é": "\u2028\u007f\"\\/", "\ud83d\ude00": null, "\ufffd": true, "": {}}}"#,
    );
    let new =
        AppendVersion { parameters: odd.clone(), note: "ノート\n".into(), ..next("{source_text}", 1) };
    let made = fresh.append(id, &new).await.expect("appends");
    assert_eq!(prompt::get_version(&fresh.db, id, 2).await.expect("reads"), made);
    check_history(&fresh.db, id).await;

    let db = fresh.place.connect().await;
    if fresh.place.engine() == colophon_test_support::Engine::Sqlite {
        let row = db
            .query_one_raw(Statement::from_string(
                db.get_database_backend(),
                "SELECT parameters FROM prompt_versions WHERE number = 2",
            ))
            .await
            .expect("reads")
            .expect("a row");
        let stored: String = row.try_get_by_index(0).expect("text");
        assert_eq!(stored, colophon_domain::parameters::canonical(&odd).expect("text"));
    }
}

#[on_both_engines]
async fn the_vectors_hold_for_what_the_database_gives_back(fresh: Fresh) {
    let work_id = fresh.work().await;
    let db = fresh.place.connect().await;
    let json = match fresh.place.engine() {
        colophon_test_support::Engine::Sqlite => "$4",
        colophon_test_support::Engine::Postgres => "CAST($4 AS jsonb)",
    };
    let time: sea_orm::prelude::DateTimeUtc = "2026-11-22T15:43:48.000001Z".parse().expect("a time");
    let sql = "INSERT INTO prompts (id, work_id, name, created_at, updated_at) VALUES (3, $1, 'n', $2, $2)";
    let values = [work_id.into(), time.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .await
        .expect("stored");
    let vector = vector();
    for (number, restored_from, chain) in [(1, None, CHAIN_HASH_OF_FIRST), (2, Some(1), CHAIN_HASH_AFTER_IT)]
    {
        let sql = format!(
            "INSERT INTO prompt_versions (prompt_id, number, model, template, template_characters, parameters, note,
                    author_kind, author_name, restored_from, content_hash, chain_hash, created_at)
                VALUES (3, $1, $2, $3, 26, {json}, $5, 'system', 'seed-prompts', $6, $7, $8, $9)"
        );
        let values = [
            number.into(),
            vector.model.as_str().into(),
            vector.template.as_str().into(),
            colophon_domain::parameters::canonical(&vector.parameters).expect("text").into(),
            vector.note.as_str().into(),
            Option::<i32>::into(restored_from),
            CONTENT_HASH.into(),
            chain.into(),
            time.into(),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(statement).await.expect("stored");
    }
    let stored = prompt::get_version(&fresh.db, work_id, 2).await.expect("reads");
    assert_eq!(content_hash(&stored).expect("a hash"), CONTENT_HASH);
    assert_eq!(stored.created_at, vector.created_at);
}
