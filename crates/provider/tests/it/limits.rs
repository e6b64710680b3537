use std::{sync::Arc, time::Duration};

use colophon_provider::{
    Client, Event,
    fake::{FakeProvider, Pace, Script},
};
use futures::{StreamExt, future::join_all};

use super::{catalogue_with, chat, client, fault, send, whole};

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    // Looks are counted, not seconds: a machine that was busy has looked no more often.
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about");
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_the_provider_allows() {
    let fake = FakeProvider::start();
    fake.set_pace(Pace { characters: 1, delay: Duration::from_millis(10) });
    let client = client(&fake);
    let clones: Vec<_> = (0..8).map(|_| client.clone()).collect();
    let answers = join_all(clones.iter().map(|client| whole(client, chat("tiny", "abc")))).await;
    assert!(answers.iter().all(|(_, last)| last.is_ok()));
    assert_eq!((fake.total(), fake.peak()), (8, 2));
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection_and_frees_its_slot() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let long = Script::deltas("tiny", &"long ".repeat(500), 1).paced(Duration::from_millis(20));
    fake.script(long.times(2));
    let mut streams =
        vec![Box::pin(send(&client, chat("tiny", "x"))), Box::pin(send(&client, chat("tiny", "x")))];
    for stream in &mut streams {
        assert!(matches!(stream.next().await, Some(Ok(Event::Started { .. }))));
    }
    assert_eq!(fake.now(), 2);
    drop(streams);
    let (text, last) = whole(&client, chat("tiny", "x")).await;
    assert!(last.is_ok() && !text.is_empty());
    until("the end of the dropped requests", || fake.now() == 0).await;
}

#[tokio::test]
async fn a_request_that_waits_for_a_slot_is_not_sent_when_dropped() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    fake.script(Script::hang().times(2));
    let hung: Vec<_> = (0..2)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { fault(&client, chat("tiny", "x")).await }
            })
        })
        .collect();
    until("both requests", || fake.now() == 2).await;
    let mut waiting = Box::pin(send(&client, chat("tiny", "x")));
    let waited = tokio::time::timeout(Duration::from_millis(100), waiting.next()).await;
    assert!(waited.is_err(), "it did not wait");
    drop(waiting);
    for task in hung {
        task.await.unwrap();
    }
    assert_eq!(fake.total(), 2);
}

#[tokio::test]
async fn slots_come_back_after_faults() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    for _ in 0..5 {
        fault(&client, chat("fail-500", "x")).await;
        fault(&client, chat("fail-drop", "x")).await;
    }
    assert!(whole(&client, chat("tiny", "x")).await.1.is_ok());
}

#[tokio::test]
async fn connections_are_used_again() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    for _ in 0..20 {
        assert!(whole(&client, chat("tiny", "x")).await.1.is_ok());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let peers: std::collections::BTreeSet<_> = fake.requests().iter().map(|it| it.peer).collect();
    assert!(peers.len() < 5, "{} connections for 20 requests", peers.len());
}

#[tokio::test]
async fn long_answers_arrive_whole() {
    let fake = FakeProvider::start();
    let text = "銀河鉄道".repeat(10_000);
    // A long request takes a debug build on a busy machine longer than the second that the tests' provider has.
    let patient = Client::new(Arc::new(catalogue_with(&fake.base_url(), "first_byte_timeout_s = 60")));
    let (answer, result) = whole(&patient, chat("tiny", &text)).await;
    assert!(result.is_ok(), "{result:?}");
    assert!(answer.ends_with(&text));
}

#[tokio::test]
async fn no_more_requests_begin_in_a_minute_than_the_provider_allows() {
    let fake = FakeProvider::start();
    let slow = Client::new(Arc::new(catalogue_with(&fake.base_url(), "requests_per_minute = 1")));
    let (text, _) = whole(&slow, chat("tiny", "夜")).await;
    assert!(!text.is_empty());
    let second = tokio::time::timeout(Duration::from_millis(500), whole(&slow, chat("tiny", "空"))).await;
    assert!(second.is_err(), "the second one waits for the next minute");
    assert_eq!(fake.requests().len(), 1);

    let quick = Client::new(Arc::new(catalogue_with(&fake.base_url(), "requests_per_minute = 6000")));
    for _ in 0..5 {
        whole(&quick, chat("tiny", "夜")).await.1.expect("an answer");
    }
    assert_eq!(fake.requests().len(), 6);
}
