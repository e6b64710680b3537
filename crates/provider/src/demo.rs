//! The built-in provider: it needs neither key nor network.
//!
//! Its answer is not a translation and says so in each paragraph: the source text, marked `[demo → en]`. It
//! streams like a real model. It obeys `max_tokens` (one token has [`TOKEN_CHARACTERS`]) and then stops with
//! `length`. It reports no usage, because any number would be false.

use std::time::Duration;

use async_stream::try_stream;
use futures::Stream;

use crate::{
    catalogue::DEMO,
    fault::Fault,
    reply::{Event, Reply, Rules},
    request::DemoInput,
    sse::Payload,
};

/// Code points of one demo token, and of one delta.
const TOKEN_CHARACTERS: usize = 4;

/// Returns the demo's answer, one token per `delay`.
pub(crate) fn stream(input: DemoInput, delay: Duration) -> impl Stream<Item = Result<Event, Fault>> {
    try_stream! {
        let sent = crate::refusal::Sent { parameters: &[], secrets: &[], asks_for_usage: false };
        // The source text may contain anything, including reasoning tags.
        let mut reply = Reply::new(Rules { keeps_reasoning: true, needs_no_reason: false });
        let mut events = Vec::new();
        for payload in payloads(&input) {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            reply.take(Payload::Data(&payload), sent, &mut events)?;
            for event in events.drain(..) {
                yield event;
            }
        }
        let ending = reply.finish(sent, &mut events)?;
        for event in events.drain(..) {
            yield event;
        }
        yield Event::Finished(Box::new(ending));
    }
}

/// Returns the payloads that a server would send, so that the demo uses the decoder's rules.
fn payloads(input: &DemoInput) -> impl Iterator<Item = String> {
    let text: Vec<char> = answer(&input.text, input.target_language.as_deref()).chars().collect();
    let tokens: Vec<String> = text.chunks(TOKEN_CHARACTERS).map(|token| token.iter().collect()).collect();
    let limit = input.max_tokens.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let reason = if tokens.len() > limit { "length" } else { "stop" };
    let chunk = |delta: serde_json::Value, reason: Option<&str>| {
        let choice = serde_json::json!({"index": 0, "delta": delta, "finish_reason": reason});
        serde_json::json!({"model": DEMO, "choices": [choice]}).to_string()
    };
    let last = chunk(serde_json::json!({}), Some(reason));
    let deltas = tokens.into_iter().take(limit);
    deltas.map(move |token| chunk(serde_json::json!({"content": token}), None)).chain([last])
}

/// Returns the text with the demo's mark before each paragraph. Keeps blank lines and line endings.
fn answer(text: &str, target_language: Option<&str>) -> String {
    let mark = format!("[demo → {}] ", target_language.unwrap_or("?"));
    let mut answer = String::with_capacity(text.len() + mark.len());
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            answer.push_str(&mark);
        }
        answer.push_str(line);
    }
    answer
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, executor::block_on};

    use super::*;
    use crate::fault::FaultKind;

    fn input(text: &str) -> DemoInput {
        DemoInput { text: text.to_owned(), target_language: Some("en".to_owned()), max_tokens: None }
    }

    fn events(input: DemoInput) -> Vec<Result<Event, Fault>> {
        block_on(stream(input, Duration::ZERO).collect())
    }

    fn text(events: &[Result<Event, Fault>]) -> String {
        events
            .iter()
            .filter_map(|event| if let Ok(Event::Delta(text)) = event { Some(&**text) } else { None })
            .collect()
    }

    #[test]
    fn each_paragraph_is_marked_and_the_rest_stays() {
        assert_eq!(
            answer("一。\r\n\n　二。\n  \n三", Some("en")),
            "[demo → en] 一。\r\n\n[demo → en] 　二。\n  \n[demo → en] 三"
        );
        assert_eq!(answer("a", None), "[demo → ?] a");
    }

    #[test]
    fn it_streams_like_a_model_and_invents_no_usage() {
        let events = events(input("午後の授業"));
        assert!(
            matches!(&events[0], Ok(Event::Started { reported_model: Some(model), .. }) if model == "demo")
        );
        assert_eq!(text(&events), "[demo → en] 午後の授業");
        assert!(events.len() > 4);
        let Some(Ok(Event::Finished(ending))) = events.last() else { panic!("{events:?}") };
        assert_eq!((ending.finish_reason.as_deref(), ending.usage), (Some("stop"), None));
    }

    #[test]
    fn it_stops_at_max_tokens_and_says_so() {
        let events = events(DemoInput { max_tokens: Some(3), ..input("午後の授業") });
        assert_eq!(text(&events).chars().count(), 3 * TOKEN_CHARACTERS);
        assert_eq!(events.last().unwrap().as_ref().unwrap_err().kind, FaultKind::OutputTruncated);
    }
}
