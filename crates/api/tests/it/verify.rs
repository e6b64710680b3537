//! Verifying over HTTP.

use crate::app::TestApp;
use colophon_contract::{Code, MismatchCode, UnverifiableCode};
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

#[test]
fn every_code_of_a_verification_is_in_the_guide() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/API.md");
    let guide = std::fs::read_to_string(guide).expect("docs/API.md");
    let mismatches = MismatchCode::ALL.iter().map(|code| (code.as_str(), code.meaning()));
    let unverifiable = UnverifiableCode::ALL.iter().map(|code| (code.as_str(), code.meaning()));
    for (code, meaning) in mismatches.chain(unverifiable) {
        let row = format!("| `{code}` | {meaning} |");
        assert!(guide.contains(&row), "docs/API.md lacks the row\n{row}");
    }
}

#[on_both_engines]
async fn whoever_may_read_may_verify(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    app.ended(run).await;
    let next = json!({"model": "demo", "template": "{source_text}", "base_version": 1});
    let version = app.post(&format!("/works/{work}/prompt/versions"), next).await.is(201).json();
    let prompt = app.get(&format!("/works/{work}/prompt/verify")).await.is(200).json();
    assert_eq!(
        (&prompt["verified"], &prompt["versions"], &prompt["mismatch"]),
        (&json!(true), &json!(2), &Value::Null)
    );
    assert_eq!((&prompt["work_id"], &prompt["prompt_id"]), (&json!(work), &version["prompt_id"]));
    let head = json!({
        "number": 2, "content_hash": version["content_hash"], "chain_hash": version["chain_hash"],
    });
    assert_eq!(prompt["head"], head);
    let verified = app.get(&format!("/translations/{run}/verify")).await.is(200).json();
    assert_json_snapshot!("verified", verified, {".translation_id" => "[id]"});
}

#[on_both_engines]
async fn a_mismatch_is_an_answer(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    app.ended(run).await;
    let hands = app.unguard().await;
    hands.execute("UPDATE segment_attempts SET text = 'Something else.' WHERE id = (SELECT min(id) FROM segment_attempts)").await;
    let found = app.get(&format!("/translations/{run}/verify")).await.is(200).json();
    assert_json_snapshot!("mismatch", found, {
        ".translation_id" => "[id]", ".mismatch.place.translation_id" => "[id]", ".mismatch.place.attempt_id" => "[id]",
        ".mismatch.found" => "[hash]",
    });
    hands.execute("UPDATE prompt_versions SET note = 'x'").await;
    let found = app.get(&format!("/works/{work}/prompt/verify")).await.is(200).json();
    assert_eq!(
        (&found["verified"], &found["head"], &found["versions"]),
        (&json!(false), &Value::Null, &json!(0))
    );
    assert_eq!(
        (&found["mismatch"]["code"], &found["mismatch"]["place"]["version_number"]),
        (&json!("content_hash"), &json!(1))
    );
    let found = app.get(&format!("/translations/{run}/verify")).await.is(200).json();
    assert_eq!(found["mismatch"]["code"], "content_hash", "the version that the run names");
}

#[on_both_engines]
async fn what_is_not_there_cannot_be_verified(app: TestApp) {
    app.get("/works/99/prompt/verify").await.refuses(Code::WorkNotFound);
    let work = app.work().await;
    app.get(&format!("/works/{work}/prompt/verify")).await.refuses(Code::PromptNotFound);
    app.get("/translations/99/verify").await.refuses(Code::TranslationNotFound);
    app.get("/translations/x/verify").await.refuses(Code::MalformedPath);
    app.prompt(work, "demo").await;
    app.delete(&format!("/works/{work}")).await.is(204);
    app.get(&format!("/works/{work}/prompt/verify")).await.refuses(Code::WorkNotFound);
}

#[on_both_engines]
async fn of_very_many_who_verify_at_once_the_last_are_told_to_come_back(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    app.ended(run).await;
    let (prompt, translation) =
        (format!("/works/{work}/prompt/verify"), format!("/translations/{run}/verify"));
    let all = (0..60).map(|n| app.get(if n % 2 == 0 { &prompt } else { &translation }));
    let mut verified = 0;
    for answer in futures::future::join_all(all).await {
        if answer.status == 503 {
            answer.refuses(Code::Busy);
            assert!(answer.header("retry-after").parse::<u32>().is_ok());
        } else {
            assert_eq!(answer.is(200).json()["verified"], true);
            verified += 1;
        }
    }
    assert!(verified >= 8, "there is a place for each of these: {verified}");
}
