use crate::stage::{CHAPTER, PATIENCE, Page, Stage, actor, author, read_all};
use colophon_contract::{EventId, RunEvent, RunStatus, UpdateSegment};
use colophon_domain::run::{get_replay, update_segment};
use colophon_domain::{Actor, Error, Missing};
use colophon_pipeline::{Runner, Subscription};
use colophon_provider::fake::Pace;
use colophon_test_support::on_both_engines;
use futures::StreamExt as _;
use std::time::Duration;

/// A small generator, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Reads a run to its end, leaving and coming back at random with the last id it saw.
pub(crate) async fn read_with_drops(runner: Runner, run_id: i64, seed: u64) -> Page {
    let mut dice = Dice(seed * 2 + 1);
    let mut page = Page::default();
    let mut at: Option<EventId> = None;
    loop {
        let Subscription::Events(mut events) = runner.subscribe(run_id, at).await.expect("a subscription")
        else {
            return page;
        };
        let mut left = 1 + dice.roll(12);
        while left > 0 {
            left -= 1;
            match tokio::time::timeout(PATIENCE, events.next()).await.expect("something comes") {
                Some((id, event)) => {
                    page.take(&event);
                    at = Some(id);
                }
                None => break,
            }
        }
        drop(events);
        tokio::time::sleep(Duration::from_millis(dice.roll(40))).await;
    }
}

#[on_both_engines]
async fn a_reader_gets_all_of_it_and_then_the_stream_ends(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.set_pace(Pace { characters: 2, delay: Duration::from_millis(2) });
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    let events = read_all(&runner, run.id, None).await;
    let names: Vec<&str> = events.iter().map(|(_, event)| event.name()).collect();
    assert_eq!(names[..2], ["translation-status", "translation-status"], "queued, running");
    assert_eq!(names.last(), Some(&"translation-complete"));
    let deltas = names.iter().filter(|name| **name == "segment-delta").count();
    assert!(deltas > 6, "text streams: {deltas} deltas");
    let mut page = Page::default();
    let mut seq = 0;
    for (id, event) in &events {
        page.take(event);
        assert!(id.seq == seq || (id.seq == seq + 1 && !matches!(event, RunEvent::SegmentDelta(_))));
        seq = id.seq;
    }
    for segment in stage.segments(run.id).await {
        assert_eq!(segment.text.as_ref(), page.finished.get(&segment.position));
    }
    let last = events.last().expect("events").0;
    assert!(matches!(runner.subscribe(run.id, Some(last)).await, Ok(Subscription::Ended)));
    let replayed = read_all(&runner, run.id, None).await;
    assert!(replayed.iter().all(|(_, event)| !matches!(event, RunEvent::SegmentDelta(_))));
    let rest = read_all(&runner, run.id, Some(EventId { seq: last.seq - 2, offset: 0 })).await;
    assert_eq!(rest, replayed[replayed.len() - 2..]);
}

#[on_both_engines]
async fn readers_that_come_and_go_get_the_text_once(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(3) });
    let source = "　一つめの🚂の文。\n　二つめのe\u{301}の文。\n\n　三つめの文です。\n　四つめの文です。\n";
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", source).await;
    let run = stage.start(&runner, scene).await;
    let readers = (0..24).map(|seed| tokio::spawn(read_with_drops(runner.clone(), run.id, seed)));
    let pages = futures::future::join_all(readers).await;
    let run = stage.run(run.id).await;
    assert_eq!(run.status, RunStatus::Completed, "{:?}", run.error);
    let stored: Vec<String> = stage.segments(run.id).await.into_iter().filter_map(|s| s.text).collect();
    for page in pages {
        let page = page.expect("no reader panics");
        assert_eq!(page.finished.values().cloned().collect::<Vec<_>>(), stored);
        assert_eq!(page.last.as_deref(), Some("translation-complete"));
    }
}

#[on_both_engines]
async fn a_reload_in_mid_run_gets_one_delta_with_what_it_missed(stage: Stage) {
    let runner = stage.runner().await;
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(15) });
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    let Ok(Subscription::Events(mut events)) = runner.subscribe(run.id, None).await else {
        panic!("the run has begun");
    };
    let mut at = EventId::default();
    while at.offset < 3 {
        at = events.next().await.expect("text comes").0;
    }
    drop(events);
    tokio::time::sleep(Duration::from_millis(120)).await;
    let Ok(Subscription::Events(mut events)) = runner.subscribe(run.id, Some(at)).await else {
        panic!("the run goes on");
    };
    match events.next().await {
        Some((_, RunEvent::SegmentDelta(delta))) => {
            assert_eq!(delta.offset, at.offset);
            assert!(delta.text.chars().count() > 2, "what was missed comes at once: {delta:?}");
        }
        other => panic!("no delta: {other:?}"),
    }
    drop(events);
    runner.cancel(&Actor::system("test"), run.id).await.expect("cancelled");
}

#[on_both_engines]
async fn a_slow_reader_holds_nobody_back_and_catches_up(stage: Stage) {
    let runner = stage.runner().await;
    let source = "夜の川をわたる汽車でした。\n".repeat(40);
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", &source).await;
    let run = stage.start(&runner, scene).await;
    let Ok(Subscription::Events(mut events)) = runner.subscribe(run.id, None).await else {
        panic!("the run has begun");
    };
    let mut page = Page::default();
    page.take(&events.next().await.expect("an event").1);
    assert_eq!(stage.ended(run.id).await.status, RunStatus::Completed);
    while let Some((_, event)) = events.next().await {
        page.take(&event);
    }
    let stored: Vec<String> = stage.segments(run.id).await.into_iter().filter_map(|s| s.text).collect();
    assert!(stored.len() > 20, "more events than are kept in memory: {}", stored.len());
    assert_eq!(page.finished.into_values().collect::<Vec<_>>(), stored);
}

#[on_both_engines]
async fn a_run_of_another_server_is_followed_through_the_database(stage: Stage) {
    // Whichever claims the run, the other only has the database.
    let (one, other) = (stage.runner().await, stage.runner().await);
    stage.fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(10) });
    let scene = stage.scene(one.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&one, scene).await;
    let (here, there) =
        tokio::join!(read_with_drops(one.clone(), run.id, 3), read_with_drops(other.clone(), run.id, 4),);
    let stored = stage.segments(run.id).await.into_iter().filter_map(|s| Some((s.position, s.text?)));
    let stored: std::collections::BTreeMap<_, _> = stored.collect();
    assert_eq!((&here.finished, &there.finished), (&stored, &stored));
    for page in [here, there] {
        let streamed = page.streamed.values().filter(|text| !text.is_empty()).count();
        assert!(streamed >= 2, "partial text is seen from elsewhere too: {page:?}");
    }
}

#[on_both_engines]
async fn places_that_cannot_be_begin_anew_and_runs_that_are_not_are_not_found(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.ended(run.id).await;
    let all = read_all(&runner, run.id, None).await;
    assert_eq!(read_all(&runner, run.id, Some(EventId { seq: 4_000_000, offset: 9 })).await, all);
    let missing = runner.subscribe(run.id + 1_000, None).await;
    assert!(matches!(missing, Err(Error::NotFound(Missing::Translation))));
}

#[on_both_engines]
async fn a_run_of_many_events_is_read_page_by_page(stage: Stage) {
    let runner = stage.runner().await;
    let scene = stage.scene(runner.models(), "fake/good", "{source_text}", CHAPTER).await;
    let run = stage.start(&runner, scene).await;
    stage.ended(run.id).await;
    let mut base = stage.segments(run.id).await[0].attempt.as_ref().map(|attempt| attempt.id);
    for n in 0..230 {
        let update = UpdateSegment { text: format!("By hand, {n}."), base_attempt_id: base };
        let txn = stage.db.begin_write_by(actor()).await.expect("a transaction");
        let (segment, _) = update_segment(&txn, &author(), run.id, 1, &update).await.expect("written");
        txn.commit().await.expect("commits");
        base = segment.attempt.map(|attempt| attempt.id);
    }
    let page = get_replay(&stage.db, run.id, 0).await.expect("a replay");
    assert_eq!((page.events.len(), page.ended, page.is_whole()), (100, false, false));
    let all = read_all(&runner, run.id, None).await;
    let seqs: Vec<i64> = all.iter().map(|(id, _)| id.seq).collect();
    assert_eq!(seqs, (1..=page.last_seq).collect::<Vec<_>>());
    let rest = read_all(&runner, run.id, Some(EventId { seq: 100, offset: 0 })).await;
    assert_eq!(rest, all[100..]);
}
