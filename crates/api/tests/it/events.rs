//! Event streams.

use crate::app::{PASSWORD, TestApp};
use crate::call::at;
use colophon_contract::{Code, Role, RunEvent, WorkEventId};
use colophon_domain::user;
use colophon_test_support::on_both_engines;
use futures::StreamExt;
use reqwest::{Method, Response};
use serde_json::json;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// The events of a stream that ends: id, name, data.
async fn read(stream: Response) -> Vec<(String, String, String)> {
    let text = tokio::time::timeout(PATIENCE, stream.text()).await.expect("an end").expect("text");
    assert!(text.starts_with("retry: "), "{text}");
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::to_owned)
    };
    let events = text
        .split("\n\n")
        .filter_map(|block| Some((field(block, "id: ")?, field(block, "event: ")?, field(block, "data: ")?)));
    events.collect()
}

async fn follow(app: &TestApp, run: i64, last: Option<&str>) -> Response {
    let call = app.viewer(Method::GET, &format!("/translations/{run}/events"));
    match last {
        Some(id) => call.header("last-event-id", id).open().await,
        None => call.open().await,
    }
}

type Told = (String, String, serde_json::Value);

fn completed(seen: &[Told], run: i64) -> bool {
    seen.iter().any(|(_, name, data)| name == "translation-complete" && data["run_id"] == run)
}

/// The events of a work's stream, which does not end, until there are enough; with the place it begins at.
async fn read_work(stream: Response, is_enough: impl Fn(&[Told]) -> bool) -> (String, Vec<Told>) {
    let mut stream = stream.bytes_stream();
    let (mut text, mut begin, mut seen) = (String::new(), String::new(), Vec::new());
    while !is_enough(&seen) {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.expect("in time");
        text.push_str(std::str::from_utf8(&chunk.expect("it goes on").expect("a chunk")).expect("text"));
        while let Some((block, rest)) = text.split_once("\n\n") {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            match (field("id: "), field("event: "), field("data: ")) {
                (Some(id), Some(name), Some(data)) => {
                    seen.push((id, name, serde_json::from_str(&data).expect("json")));
                }
                // Others come with comments.
                (Some(id), None, None) if begin.is_empty() => begin = id,
                _ => {}
            }
            text = rest.to_owned();
        }
    }
    (begin, seen)
}

/// The id in a block of a work's stream.
fn id_of(block: &str) -> Option<WorkEventId> {
    block.lines().find_map(|line| line.strip_prefix("id: "))?.parse().ok()
}

#[on_both_engines]
async fn a_run_is_followed_to_its_end(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    let stream =
        app.viewer(Method::GET, &format!("/translations/{run}/events")).header("accept-encoding", "br, gzip");
    let stream = stream.open().await;
    assert_eq!(stream.status(), 200);
    let header = |name: &str| stream.headers().get(name).map(|v| v.to_str().expect("text").to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!(header("content-encoding").as_deref(), Some("identity"));
    let events = read(stream).await;
    for (_, name, data) in &events {
        assert!(RunEvent::decode(name, data).expect("its data").is_some(), "{name}");
    }
    let names: Vec<&str> = events.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "segment-complete").count(), 3, "{names:?}");
    assert!(names.contains(&"translation-complete"), "{names:?}");

    // Whoever comes late gets what is stored, and who has all of it nothing.
    let late = read(follow(&app, run, None).await).await;
    assert_eq!(late.iter().filter(|(_, name, _)| name == "segment-complete").count(), 3);
    let (last, ..) = late.last().expect("an event");
    let nothing = follow(&app, run, Some(last)).await;
    assert_eq!(nothing.status(), 204);
    let (second, ..) = &late[1];
    assert_eq!(read(follow(&app, run, Some(second)).await).await, late[2..]);
}

#[on_both_engines]
async fn what_is_no_place_in_a_stream_is_refused(app: TestApp) {
    let (work, chapter) = app.scene("fake/slow").await;
    let run = app.start(work, chapter).await;
    let path = format!("/translations/{run}/events");
    for id in ["", "x", "1", "-1.0", "+1.0", "01.0", "1.x", "99999999999.0", "1.-1"] {
        let answer = app.viewer(Method::GET, &path).header("last-event-id", id).send().await;
        assert_eq!(answer.refuses(Code::MalformedHeader), at("Last-Event-ID", "malformed"), "{id}");
    }
    app.get("/translations/999/events").await.refuses(Code::TranslationNotFound);
    app.nobody(Method::GET, &path).send().await.refuses(Code::Unauthenticated);
    // An endless body is not waited for where none is asked for.
    assert!(app.viewer(Method::HEAD, &path).send().await.is(200).body.is_empty());
}

#[on_both_engines]
async fn an_idle_stream_is_kept_open_and_ends_with_the_server(app: TestApp) {
    let (work, chapter) = app.scene("fake/slow").await;
    let run = app.start(work, chapter).await;
    let mut stream = follow(&app, run, None).await.bytes_stream();
    let beat = async {
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.expect("a chunk");
            if chunk.starts_with(b":") {
                return true;
            }
        }
        false
    };
    assert!(tokio::time::timeout(PATIENCE, beat).await.expect("in time"));
    app.stopping.cancel();
    let end = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream ends");
    app.nobody(Method::GET, "/readyz").send().await.refuses(Code::ShuttingDown);
}

#[on_both_engines]
async fn the_stream_of_a_work_ends_when_it_is_deleted(app: TestApp) {
    let (work, _) = app.scene("fake/good").await;
    let mut stream = app.viewer(Method::GET, &format!("/works/{work}/events")).open().await.bytes_stream();
    app.delete(&format!("/works/{work}")).await.is(204);
    let end = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream ends");
}

#[on_both_engines]
async fn a_stream_ends_with_its_readers_session(app: TestApp) {
    let (work, chapter) = app.scene("fake/slow").await;
    let run = app.start(work, chapter).await;
    app.user("mika", Role::Viewer).await;
    let body = json!({"name": "mika", "password": PASSWORD});
    let cookie = app.nobody(Method::POST, "/session").json(&body).send().await.is(201).cookie();
    let call = app.nobody(Method::GET, &format!("/translations/{run}/events")).header("cookie", &cookie);
    let mut stream = call.open().await.bytes_stream();
    let txn = app.db.begin_write().await.expect("a transaction");
    user::disable_user(&txn, "mika").await.expect("disabled");
    txn.commit().await.expect("committed");
    let end = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream ends");
    let run = app.get(&format!("/translations/{run}")).await.is(200).json();
    assert!(["queued", "running"].contains(&run["status"].as_str().expect("a status")), "the run goes on");
}

#[on_both_engines]
async fn a_work_is_followed_over_all_its_runs_and_resumed(app: TestApp) {
    let (work, chapter) = app.scene("fake/good").await;
    let path = format!("/works/{work}/events");
    let stream = app.viewer(Method::GET, &path).open().await;
    assert_eq!(stream.status(), 200);
    let (first, second) = {
        let first = app.start(work, chapter).await;
        app.ended(first).await;
        let second = app.start(work, chapter).await;
        app.ended(second).await;
        (first, second)
    };
    let (begin, all) = read_work(stream, |seen| completed(seen, second)).await;
    let ids = |run: i64| all.iter().filter(|(_, _, data)| data["run_id"] == run).count();
    assert!(ids(first) >= 8 && ids(second) >= 8, "{all:?}");
    for (_, name, data) in &all {
        assert_eq!(data["chapter_id"], chapter);
        assert!(data.get("text").is_none() && name != "segment-delta", "no text: {name} {data}");
    }
    let again = |from: String| app.viewer(Method::GET, &path).header("last-event-id", &from);
    let (_, replayed) = read_work(again(begin.clone()).open().await, |seen| completed(seen, second)).await;
    assert_eq!(replayed, all, "none lost, none twice");
    for place in [0, all.len() / 2, all.len() - 2] {
        let stream = again(all[place].0.clone()).open().await;
        let (at, rest) = read_work(stream, |seen| completed(seen, second)).await;
        assert_eq!((at, rest.as_slice()), (all[place].0.clone(), &all[place + 1..]));
    }
    again("12.5".into()).send().await.refuses(Code::MalformedHeader);
    app.viewer(Method::GET, "/works/999/events").send().await.refuses(Code::WorkNotFound);
    app.nobody(Method::GET, &path).send().await.refuses(Code::Unauthenticated);

    let mut open = again(begin).open().await.bytes_stream();
    app.stopping.cancel();
    let end = async { while let Some(Ok(_)) = open.next().await {} };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream ends with the server");
}

#[on_both_engines]
async fn a_quiet_works_stream_moves_on_with_other_works(app: TestApp) {
    let (quiet, _) = app.scene("fake/good").await;
    let path = format!("/works/{quiet}/events");
    let mut stream = app.viewer(Method::GET, &path).open().await.bytes_stream();
    let (work, chapter) = app.scene("fake/good").await;
    let told = app.viewer(Method::GET, &format!("/works/{work}/events")).open().await;
    let run = app.start(work, chapter).await;
    let (_, all) = read_work(told, |seen| completed(seen, run)).await;
    let last: WorkEventId = all.last().expect("events").0.parse().expect("an id");
    let mut text = String::new();
    let moved = async {
        while !text.split("\n\n").any(|block| block.starts_with(":\nid: ") && id_of(block) > Some(last)) {
            let chunk = stream.next().await.expect("it goes on").expect("a chunk");
            text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    };
    tokio::time::timeout(PATIENCE, moved).await.expect("the comment says where the reader is");
    assert!(!text.contains("event:"), "nothing happened in this work: {text}");
}
