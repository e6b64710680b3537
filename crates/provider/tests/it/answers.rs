use std::time::Duration;

use colophon_provider::{
    ChatRequest, DEMO, Event, FaultKind, JsonObject, Message, Role, Subject, Usage,
    fake::{FakeProvider, Pace, Script, translation_of},
};
use futures::StreamExt;

use super::{chat, client, client_at, send, whole};

const TEXT: &str = "「ではみなさんは、そういうふうに川だと云われたり」\n\n👩‍👩‍👧 Milky Way\r\n";

fn finished(last: Result<Event, colophon_provider::Fault>) -> colophon_provider::Ending {
    match last {
        Ok(Event::Finished(ending)) => *ending,
        other => panic!("not finished: {other:?}"),
    }
}

#[tokio::test]
async fn an_answer_streams_in_and_ends_with_what_is_known_of_it() {
    let fake = FakeProvider::start();
    let events: Vec<_> = send(&client(&fake), chat("tiny", TEXT)).map(Result::unwrap).collect().await;
    let Event::Started { response_id, reported_model } = &events[0] else { panic!("{events:?}") };
    assert_eq!(response_id.as_deref(), Some("chatcmpl-fake"));
    assert_eq!(reported_model.as_deref(), Some("tiny"));
    assert!(events.len() > 10, "it came in one piece");
    let (text, last) = whole(&client(&fake), chat("tiny", TEXT)).await;
    assert_eq!(text, translation_of("tiny", TEXT));
    let ending = finished(last);
    assert_eq!(ending.finish_reason.as_deref(), Some("stop"));
    assert_eq!(ending.response_id.as_deref(), Some("chatcmpl-fake"));
    let completion_tokens = text.chars().count() as u64;
    let usage = Usage {
        prompt_tokens: 7,
        completion_tokens,
        total_tokens: completion_tokens + 7,
        ..Usage::default()
    };
    assert_eq!(ending.usage, Some(usage));
}

#[tokio::test]
async fn usage_that_was_not_given_is_not_invented() {
    let fake = FakeProvider::start();
    let (text, last) = whole(&client(&fake), chat("no-usage", TEXT)).await;
    assert_eq!(text, translation_of("no-usage", TEXT));
    assert_eq!(finished(last).usage, None);
}

#[tokio::test]
async fn what_servers_send_beside_the_text_does_no_harm() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let odd = "\u{feff}: OPENROUTER PROCESSING\n\nid: 1\nretry: 5\nevent: message\n\
        data:{\"id\":\"r1\",\"model\":\"m\",\"choices\":null}\n\n\
        data: {\"choices\":[],\"usage\":null}\n\n\
        data: {\"id\":\"r1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}],\"error\":null}\n\n\
        data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"another choice\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"a\\u0000b\",\"reasoning\":\"hm\"},\"finish_reason\":\"\"}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"delta\":{}}]}\n\n\
        data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"extra\":{}},\"choices\":null}\n\n";
    for end in ["data: [DONE]\n\n", "data: [DONE]", "data:[DONE]\n\ndata: {broken\n\n", ""] {
        for ending in ["\n", "\r\n", "\r"] {
            fake.script(Script::stream([format!("{odd}{end}").replace('\n', ending)]));
            let (text, last) = whole(&client, chat("tiny", "x")).await;
            let ending = finished(last);
            assert_eq!(text, "a\u{fffd}b");
            assert_eq!(ending.response_id.as_deref(), Some("r1"));
            assert_eq!(
                ending.usage,
                Some(Usage { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, ..Usage::default() })
            );
        }
    }
}

#[tokio::test]
async fn chunks_may_be_split_at_each_byte() {
    let fake = FakeProvider::start();
    let client = client(&fake);
    let whole_stream = Script::answer("tiny", TEXT).body();
    fake.script(Script::stream(whole_stream.iter().map(|byte| vec![*byte])));
    let (text, last) = whole(&client, chat("tiny", "x")).await;
    assert_eq!(text, TEXT);
    finished(last);
}

#[tokio::test]
async fn silence_shorter_than_the_limit_is_waited_for() {
    let fake = FakeProvider::start();
    fake.set_pace(Pace { characters: 2, delay: Duration::from_millis(300) });
    let (text, _) = whole(&client(&fake), chat("tiny", "abc")).await;
    assert_eq!(text, translation_of("tiny", "abc"));
}

#[tokio::test]
async fn the_first_text_does_not_wait_for_the_last() {
    let fake = FakeProvider::start();
    let stalled = Script::deltas("tiny", "first", 9).then(colophon_provider::fake::Step::Hang);
    fake.script(stalled);
    let mut events = Box::pin(send(&client(&fake), chat("tiny", "x")));
    assert!(matches!(events.next().await, Some(Ok(Event::Started { .. }))));
    assert_eq!(events.next().await, Some(Ok(Event::Delta("first".to_owned()))));
}

#[tokio::test]
async fn the_demo_needs_no_network_and_is_marked() {
    let client = client_at("http://127.0.0.1:9/v1");
    let request = ChatRequest {
        model: DEMO.to_owned(),
        messages: vec![Message { role: Role::User, content: "Translate: 銀河".to_owned() }],
        parameters: JsonObject::new(),
        subject: Some(Subject { text: "銀河\n".to_owned(), target_language: "en".to_owned() }),
    };
    let (text, last) = whole(&client, request.clone()).await;
    assert_eq!(text, "[demo → en] 銀河\n");
    assert_eq!(finished(last).usage, None);
    let (_, last) =
        whole(&client, super::with_parameters(request, serde_json::json!({"max_tokens": 1}))).await;
    assert_eq!(last.unwrap_err().kind, FaultKind::OutputTruncated);
}
