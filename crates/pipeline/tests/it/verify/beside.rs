//! What an answer holds beside its text, changed by somebody who has dropped all triggers.

use super::changes::ZEROS;
use crate::stage::{CHAPTER, Stage};
use colophon_contract::{MismatchCode, MismatchCode::*, RunStatus};
use colophon_domain::run;
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// What somebody writes into the answer's row, and what is found.
const DEEDS: &[(&str, MismatchCode)] = &[
    (r#"removed = '[{"offset":0,"text":"<think>Hm!</think>"}]'"#, ResponseHash),
    (r#"removed = '[{"offset":1,"text":"<think>Hm.</think>"}]'"#, ResponseHash),
    ("removed = NULL", ResponseHash),
    ("text = 'Three. '", ResponseHash),
    ("reasoning = 'A bell?'", ResponseHash),
    ("reasoning_bytes = 8", Record),
    ("reasoning = NULL, reasoning_bytes = NULL, reasoning_sha256 = NULL", Record),
    ("reasoning_bytes = reasoning_bytes - 1", ResponseHash),
    ("cached_tokens = 3", EventContradicts),
    ("reasoning_tokens = NULL", EventContradicts),
    ("reported_cost_nano_usd = 1", Record),
    ("finish_reason = 'end'", Record),
    ("finish = 'other'", AttemptKind),
];

fn answer() -> Script {
    let chunk = |delta: serde_json::Value, finish: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        format!("data: {}\n\n", json!({"id": "a-1", "model": "good", "choices": [choice]}))
    };
    let usage = json!({
        "prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "cost": 0.000_012,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 5},
    });
    Script::stream([
        chunk(json!({"reasoning_content": "A bell."}), None),
        chunk(json!({"content": "<think>Hm.</th"}), None),
        chunk(json!({"content": "ink>\n\nThree"}), None),
        chunk(json!({"content": "."}), Some("eos")),
        format!("data: {}\n\n", json!({"id": "a-1", "choices": [], "usage": usage})),
    ])
    .then_done()
}

#[on_both_engines]
async fn what_came_beside_a_text_is_kept_shown_and_held(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{preceding}{source_text}", CHAPTER).await;
    for _ in 0..3 {
        stage.fake.script(answer());
    }
    let run = stage.start(&runner, scene).await;
    let ended = stage.ended(run.id).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    let segments = stage.segments(run.id).await;
    assert!(segments.iter().all(|segment| segment.text.as_deref() == Some("Three.")), "{segments:?}");
    let usage = ended.usage.expect("counted");
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (Some(12), Some(15)));
    assert_eq!(ended.reported_cost_usd.as_deref(), Some("0.000036"));

    let page = colophon_domain::PageRequest { limit: 5, cursor: None };
    let attempts = run::list_attempts(&stage.db, run.id, 2, &page).await.expect("listed").items;
    let attempt = &attempts[0];
    let content = "<think>Hm.</think>\n\nThree.";
    let sha256 = hex::encode(Sha256::digest(content));
    assert_eq!(attempt.response_sha256.as_deref(), Some(sha256.as_str()), "of the content as received");
    assert_eq!((attempt.removed_characters, attempt.reasoning_bytes), (20, Some(7)));
    assert_eq!(
        (attempt.finish_reason.as_deref(), attempt.finish),
        (Some("eos"), Some(colophon_contract::Finish::Done))
    );
    assert_eq!(attempt.reported_cost_usd.as_deref(), Some("0.000012"));
    let place = (run.id, 2, attempt.id);
    let removed = run::get_removed(&stage.db, place).await.expect("there").removed;
    let joined: String = removed.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(joined, "<think>Hm.</think>\n\n");
    assert!(removed.iter().all(|piece| piece.offset == 0), "{removed:?}");
    let reasoning = run::get_reasoning(&stage.db, place).await.expect("there");
    assert_eq!((reasoning.text.as_deref(), reasoning.bytes), (Some("A bell."), Some(7)));
    let none = run::get_removed(&stage.db, (run.id, 1, attempt.id)).await;
    assert!(
        matches!(none, Err(colophon_domain::Error::NotFound(colophon_domain::Missing::Attempt))),
        "{none:?}"
    );
    // Nor does it reach what later segments are shown.
    let sent = String::from_utf8(stage.fake.requests()[2].body.to_vec()).expect("UTF-8");
    assert!(sent.contains("Three.") && !sent.contains("think") && !sent.contains("bell"), "{sent}");

    let hands = stage.database.unguard().await;
    hands.keep().await;
    let mut wrong = Vec::new();
    for (set, code) in DEEDS {
        hands.execute(&format!("UPDATE segment_attempts SET {set} WHERE id = {}", attempt.id)).await;
        let found = stage.verify(run.id).await.mismatch;
        hands.put_back().await;
        if found.as_ref().map(|mismatch| mismatch.code) != Some(*code) {
            wrong.push(format!("{set}: expected {code:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // A hash that was made to fit is held by the event's record.
    let forged = hex::encode(Sha256::digest("<think>Hm!</think>\n\nThree."));
    let removed = r#"[{"offset":0,"text":"<think>Hm!</think>\n\n"}]"#;
    let set = format!("removed = '{removed}', response_sha256 = '{forged}'");
    hands.execute(&format!("UPDATE segment_attempts SET {set} WHERE id = {}", attempt.id)).await;
    assert_eq!(stage.verify(run.id).await.mismatch.map(|mismatch| mismatch.code), Some(Record));
    hands.put_back().await;
    let set = format!("reasoning_sha256 = {ZEROS}");
    hands.execute(&format!("UPDATE segment_attempts SET {set} WHERE id = {}", attempt.id)).await;
    assert_eq!(stage.verify(run.id).await.mismatch.map(|mismatch| mismatch.code), Some(ResponseHash));
}
