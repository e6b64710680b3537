//! Text that turns out to be reasoning, while people read it.

use crate::stage::{Stage, read};
use colophon_contract::{RunEvent, RunStatus, SegmentDelta};
use colophon_provider::fake::Script;
use colophon_test_support::on_both_engines;
use std::time::Duration;

/// Reasoning without an opening tag, and the translation after it.
fn unopened() -> Script {
    let text = "The user wants English. A bell rings three times, so I write it down.\n</think>\n\nThree times it rang.";
    Script::deltas("good", text, 6).then_finish("good", "stop").then_done().paced(Duration::from_millis(25))
}

fn deltas(events: &[(colophon_contract::EventId, RunEvent)]) -> Vec<SegmentDelta> {
    let delta = |event: &RunEvent| match event {
        RunEvent::SegmentDelta(delta) => Some(delta.clone()),
        _ => None,
    };
    events.iter().filter_map(|(_, event)| delta(event)).collect()
}

/// What a reader holds at the end who does as the contract says.
fn held(deltas: &[SegmentDelta]) -> String {
    let mut held = String::new();
    for delta in deltas {
        if delta.offset == 0 {
            held.clear();
        }
        assert_eq!(held.chars().count() as u64, delta.offset, "{deltas:?}");
        held.push_str(&delta.text);
    }
    held
}

#[on_both_engines]
async fn readers_get_text_that_replaces_what_they_hold(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", "夜でした。\n").await;
    stage.fake.script(unopened());
    let run = stage.start(&runner, scene).await;
    stage.until_checkpoint(run.id).await;
    let here = runner.subscribe(run.id, None).await.expect("a subscription");
    // Another server reads what is checkpointed.
    let other = stage.server(crate::stage::options()).await;
    let there = other.runner.subscribe(run.id, None).await.expect("a subscription");
    let (here, there) = tokio::join!(read(here), read(there));
    let ended = stage.ended(run.id).await;
    assert_eq!(ended.status, RunStatus::Completed, "{:?}", ended.error);
    assert_eq!(stage.segments(run.id).await[0].text.as_deref(), Some("Three times it rang."));
    for (events, is_here) in [(here, true), (there, false)] {
        let deltas = deltas(&events);
        let replacing = deltas.iter().skip(1).filter(|delta| delta.offset == 0).count();
        assert!(replacing > 0 || !is_here, "{deltas:?}");
        let held = held(&deltas);
        assert!("Three times it rang.".starts_with(&held) || !is_here, "{held}");
    }
}
