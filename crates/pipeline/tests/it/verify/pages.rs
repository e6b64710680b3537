//! Histories of several pages, and what is appended while they are verified.

use crate::stage::{Stage, author};
use colophon_contract::{AppendVersion, RunStatus};
use colophon_domain::{Actor, prompt, verify};
use colophon_test_support::on_both_engines;
use std::sync::atomic::{AtomicBool, Ordering};

fn next(base_version: i32) -> AppendVersion {
    AppendVersion {
        model: "demo".into(),
        template: format!("{base_version} {{source_text}}"),
        parameters: serde_json::Map::new(),
        note: String::new(),
        name: None,
        base_version,
    }
}

#[on_both_engines]
async fn a_long_run_is_verified_page_by_page(stage: Stage) {
    let runner = stage.runner().await;
    let source: String = (1..=240).map(|n| format!("　{n}番目の文はここで終わる。\n")).collect();
    let scene = stage.scene(runner.models(), "demo", "{preceding}|{source_text}", &source).await;
    let run = stage.start(&runner, scene).await;
    let run = stage.ended(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    let found = stage.verify(run.id).await;
    let segments = run.progress.total;
    assert!(segments >= 200, "{segments}");
    assert_eq!((found.mismatch, found.segments, found.attempts), (None, segments, segments));
    assert_eq!(found.events, 2 * segments + 3);

    let hands = stage.database.unguard().await;
    let sql = format!(
        "UPDATE translation_segments SET status = 'pending', current_attempt_id = NULL
            WHERE chapter_translation_id = {} AND position = {segments}",
        run.id
    );
    hands.execute(&sql).await;
    let mismatch = stage.verify(run.id).await.mismatch.expect("a mismatch");
    assert_eq!(mismatch.place.position, Some(segments), "on the last page too");
}

#[on_both_engines]
async fn a_long_history_is_verified_while_it_grows(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "demo", "{source_text}", "夜。\n").await;
    for base in 1..90 {
        stage.append(runner.models(), scene, &next(base)).await;
    }
    let done = AtomicBool::new(false);
    let grow = async {
        for base in 90..130 {
            let draft = prompt::draft_version(
                &stage.db,
                &author(),
                scene.work_id,
                &next(base),
                None,
                runner.models(),
            )
            .await;
            prompt::store_version(&stage.db, &Actor::system("test"), draft.expect("a draft"))
                .await
                .expect("a version");
        }
        done.store(true, Ordering::Relaxed);
    };
    let verify = async {
        let mut seen = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let found = verify::verify_prompt(&stage.db, scene.work_id).await.expect("a verification");
            assert_eq!(found.mismatch, None);
            seen.push(found.versions);
        }
        seen
    };
    let ((), seen) = tokio::join!(grow, verify);
    assert!(seen.is_sorted() && seen.first() >= Some(&90), "{seen:?}");
    let found = verify::verify_prompt(&stage.db, scene.work_id).await.expect("a verification");
    assert_eq!((found.mismatch, found.versions), (None, 130));

    let hands = stage.database.unguard().await;
    hands.execute("UPDATE prompt_versions SET note = 'x' WHERE number = 101").await;
    let found = verify::verify_prompt(&stage.db, scene.work_id).await.expect("a verification");
    assert_eq!(found.mismatch.and_then(|mismatch| mismatch.place.version_number), Some(101));
    assert_eq!((found.versions, found.head.map(|head| head.number)), (100, Some(100)));
}
