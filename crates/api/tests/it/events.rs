//! Event streams.

use crate::app::{PASSWORD, TestApp, at};
use colophon_contract::{Code, Role, RunEvent};
use colophon_domain::user;
use colophon_test_support::on_both;
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

on_both! {
    async fn a_run_is_followed_to_its_end(app: TestApp) {
        let (work, chapter) = app.scene("fake/good").await;
        let run = app.start(work, chapter).await;
        let stream = app.viewer(Method::GET, &format!("/translations/{run}/events")).header("accept-encoding", "br, gzip");
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

    async fn what_is_no_place_in_a_stream_is_refused(app: TestApp) {
        let (work, chapter) = app.scene("fake/slow").await;
        let run = app.start(work, chapter).await;
        let path = format!("/translations/{run}/events");
        for id in ["", "x", "-1.0", "1.x", "99999999999.0", "1.-1"] {
            let answer = app.viewer(Method::GET, &path).header("last-event-id", id).send().await;
            assert_eq!(answer.refuses(Code::MalformedHeader), at("Last-Event-ID", "malformed"), "{id}");
        }
        app.get("/translations/999/events").await.refuses(Code::TranslationNotFound);
        app.nobody(Method::GET, &path).send().await.refuses(Code::Unauthenticated);
        // An endless body is not waited for where none is asked for.
        assert!(app.viewer(Method::HEAD, &path).send().await.is(200).body.is_empty());
    }

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
}
