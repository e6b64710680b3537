use colophon_provider::{Finish, Usage, fake::FakeProvider};

use super::{hosted, local, played};

fn answers() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str, &'static str)> {
    local::ANSWERS.iter().chain(hosted::ANSWERS)
}

#[tokio::test]
async fn servers_are_understood() {
    let fake = FakeProvider::start();
    for (server, head, body, text) in answers() {
        let (told, ending) = played(&fake, &format!("{head}{body}")).await;
        let ending = ending.unwrap_or_else(|fault| panic!("{server}: {fault:?}"));
        assert_eq!((told.as_str(), ending.finish), (*text, Some(Finish::Done)), "{server}");
        if let Some(usage) = ending.usage {
            let cached =
                ["OpenRouter", "DeepSeek", "Moonshot, usage in the choice", "Zhipu"].contains(server);
            let cached_tokens = if *server == "Volcengine" { Some(0) } else { cached.then_some(4) };
            let reasoning_tokens = ["OpenRouter", "DeepSeek", "xAI"].contains(server).then_some(1);
            let completion_tokens = if *server == "xAI" { 2 } else { 3 };
            let all = Usage {
                prompt_tokens: 9,
                completion_tokens,
                total_tokens: 12,
                cached_tokens,
                reasoning_tokens,
            };
            assert_eq!(usage, all, "{server}");
        }
        let cost = match *server {
            "OpenRouter" => Some(140_000),
            "Perplexity, the whole message beside each delta" => Some(6_000_000),
            _ => None,
        };
        assert_eq!(ending.reported_cost_nano, cost, "{server}");
        let is_thought = body.contains("Hm.") && !body.contains("assistantfinal");
        let thought = ending.reasoning.as_ref().map(|reasoning| reasoning.text.trim().to_owned());
        let removed = ending.removed.iter().any(|removed| removed.text.contains("Hm."));
        assert!(!is_thought || removed || thought.as_deref() == Some("Hm."), "{server}: {ending:?}");
    }
}

#[tokio::test]
async fn servers_are_understood_byte_by_byte() {
    use colophon_provider::{Answer, Event, Rules};
    for (server, _, body, text) in answers().filter(|(_, _, body, _)| !body.contains("@@sleep")) {
        let mut answer = Answer::new(Vec::new(), None, Rules::default());
        let mut events = Vec::new();
        for byte in body.as_bytes() {
            if !answer.take(&[*byte], &mut events).unwrap_or_else(|fault| panic!("{server}: {fault:?}")) {
                break;
            }
        }
        answer.finish(&mut events).unwrap_or_else(|fault| panic!("{server}: {fault:?}"));
        let Some(Event::Finished(ending)) = events.last() else { panic!("{server}: {events:?}") };
        assert_eq!(ending.text, *text, "{server}");
    }
}
