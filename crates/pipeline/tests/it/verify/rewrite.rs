//! A history that somebody rewrites with all its hashes: found out by what was kept elsewhere.

use super::story::Story;
use crate::stage::Stage;
use colophon_contract::{Anchor, MismatchCode, PromptVersion};
use colophon_domain::{
    prompt::{self, hash},
    verify,
};
use colophon_test_support::{Unguarded, on_both_engines};

async fn anchors(stage: &Stage) -> Vec<Anchor> {
    let mut all = Vec::new();
    loop {
        let page =
            verify::list_anchors(&stage.db, all.last().map_or(0, |anchor: &Anchor| anchor.prompt_id)).await;
        let page = page.expect("anchors");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Stores each version's content hash and chain hash anew.
async fn hash_again(stage: &Stage, work_id: i64, hands: &Unguarded) {
    let latest = prompt::get_prompt(&stage.db, work_id).await.expect("the prompt").latest_version.number;
    let mut previous: Option<String> = None;
    for number in 1..=latest {
        let version: PromptVersion =
            prompt::get_version(&stage.db, work_id, number).await.expect("a version");
        let content = hash::content_hash(&version).expect("a hash");
        let chain = hash::chain_hash(previous.as_deref(), &content).expect("a hash");
        let (id, set) = (version.id, format!("content_hash = '{content}', chain_hash = '{chain}'"));
        hands.execute(&format!("UPDATE prompt_versions SET {set} WHERE id = {id}")).await;
        previous = Some(chain);
    }
}

#[on_both_engines]
async fn a_history_rewritten_with_its_hashes_is_found_by_an_anchor_alone(stage: Stage) {
    let story = Story::tell(&stage).await;
    let kept = anchors(&stage).await;
    assert_eq!(kept.len(), 2, "one a prompt");
    for anchor in &kept {
        assert_eq!(verify::verify_anchor(&stage.db, anchor).await.expect("reads"), None);
    }
    let anchor = kept.iter().find(|anchor| anchor.work_id == story.work_id).expect("an anchor");
    assert_eq!(anchor.number, 3);

    let hands = stage.database.unguard().await;
    // The third brings the first back, and so is rewritten with it.
    let sql = "UPDATE prompt_versions SET template = 'Y' || substr(template, 2) WHERE id IN ({v1}, {v3})";
    hands.execute(&story.fill(sql)).await;
    let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
    assert_eq!(found.mismatch.map(|mismatch| mismatch.code), Some(MismatchCode::ContentHash));
    hash_again(&stage, story.work_id, &hands).await;
    let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
    assert_eq!((found.mismatch, found.verified), (None, true), "nothing in the database tells");
    let mismatch = verify::verify_anchor(&stage.db, anchor).await.expect("reads").expect("a mismatch");
    assert_eq!((mismatch.code, mismatch.place.version_number), (MismatchCode::AnchorChanged, Some(3)));
    assert_eq!(mismatch.expected.as_deref(), Some(&*anchor.chain_hash));
    assert!(mismatch.detail.contains(&anchor.exported_at.0));
}

#[on_both_engines]
async fn a_version_cut_off_is_found_by_an_anchor(stage: Stage) {
    let story = Story::tell(&stage).await;
    let kept = anchors(&stage).await;
    let anchor = kept.iter().find(|anchor| anchor.work_id == story.work_id).expect("an anchor");
    let hands = stage.database.unguard().await;
    hands.execute(&story.fill("DELETE FROM prompt_versions WHERE id = {v3}")).await;
    let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
    assert_eq!(found.mismatch.map(|mismatch| mismatch.code), Some(MismatchCode::AuditMissing));
    hands
        .execute(&story.fill("DELETE FROM audit_log WHERE after_id = {v3} AND subject_kind = 'prompt'"))
        .await;
    hands
        .execute(
            &story.fill("DELETE FROM audit_log WHERE subject_kind = 'translation' AND subject_id = {broken}"),
        )
        .await;
    let found = verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification");
    assert_eq!((found.mismatch, found.versions), (None, 2), "a shorter chain is one");
    let mismatch = verify::verify_anchor(&stage.db, anchor).await.expect("reads").expect("a mismatch");
    assert_eq!((mismatch.code, mismatch.found), (MismatchCode::AnchorMissing, None));
}

#[on_both_engines]
async fn a_prompt_given_to_another_work_is_found_by_an_anchor(stage: Stage) {
    let story = Story::tell(&stage).await;
    let kept = anchors(&stage).await;
    let anchor = kept.iter().find(|anchor| anchor.work_id == story.work_id).expect("an anchor");
    let elsewhere = stage.chapter("夕。\n").await;
    let hands = stage.database.unguard().await;
    let sql = format!("UPDATE prompts SET work_id = {} WHERE id = {}", elsewhere.work_id, anchor.prompt_id);
    hands.execute(&sql).await;
    let mismatch = verify::verify_anchor(&stage.db, anchor).await.expect("reads").expect("a mismatch");
    assert_eq!(
        (mismatch.code, mismatch.expected),
        (MismatchCode::AnchorChanged, Some(story.work_id.to_string()))
    );
}

#[on_both_engines]
async fn a_rewritten_note_with_its_hashes_is_found_by_an_anchor_of_a_version_after_it(stage: Stage) {
    let story = Story::tell(&stage).await;
    let kept = anchors(&stage).await;
    let hands = stage.database.unguard().await;
    hands.execute(&story.fill("UPDATE prompt_versions SET author_name = 'Mallory' WHERE id = {v2}")).await;
    hash_again(&stage, story.work_id, &hands).await;
    assert!(verify::verify_prompt(&stage.db, story.work_id).await.expect("a verification").verified);
    let mut changed = 0;
    for anchor in &kept {
        changed += usize::from(verify::verify_anchor(&stage.db, anchor).await.expect("reads").is_some());
    }
    assert_eq!(changed, 1, "of that work alone");
}
