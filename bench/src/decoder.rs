//! Decoding a provider's stream, beside reading the same JSON into values.

use std::{hint::black_box, time::Duration};

use colophon_provider::{Answer, Event, Rules};
use serde_json::Value;

use crate::{
    sample::Plan,
    table::{self, Target, say},
    text::turn_about,
};

/// Tokens of the answer.
const TOKENS: usize = 2_000;
/// Bytes of one read from the network.
const READ: usize = 1_400;

/// Prints tokens a second.
pub(crate) fn measure(plan: Plan) {
    table::heading(&format!("A stream of {TOKENS} tokens"));
    say(&format!("{:<52} {:>10} {:>10}", "", "µs", "tokens/s"));
    let plain = stream(|delta| format!("{{\"content\":\"{delta}\"}}"));
    let thinks = stream(|delta| format!("{{\"content\":null,\"reasoning_content\":\"{delta}\"}}"));
    let [values, decoded, kept, thought] = turn_about(
        plan,
        [
            &mut || {
                for line in plain.lines().filter_map(|line| line.strip_prefix("data: {")) {
                    drop(black_box(serde_json::from_str::<Value>(&format!("{{{line}"))));
                }
            },
            &mut || drop(black_box(decode(&plain, Rules::default()))),
            &mut || drop(black_box(decode(&plain, Rules { keeps_reasoning: true, ..Rules::default() }))),
            &mut || drop(black_box(decode(&thinks, Rules::default()))),
        ],
    );
    row("serde_json::Value of each line", values);
    row("decoding it", decoded);
    row("decoding it, reasoning kept", kept);
    row("decoding it, all of it reasoning", thought);
    let ratio = values.as_secs_f64() / decoded.as_secs_f64();
    // 0.9 of what the decoder of commit b2f3950, which did not split reasoning off, had in the same run: 1.47.
    table::verdict("serde_json::Value / decoding", ratio, "x", Target::AtLeast(1.3));
}

fn stream(delta: impl Fn(&str) -> String) -> String {
    let words = ["The ", "har", "bour ", "bell ", "“rang” ", "three ", "times", ".\\n", "銀河", " a"];
    let chunk = |delta: &str, reason: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
             \"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{reason}}}]}}\n\n"
        )
    };
    let tokens = words.iter().cycle().take(TOKENS).map(|word| chunk(&delta(word), "null"));
    tokens.chain([chunk("{}", "\"stop\""), "data: [DONE]\n\n".to_owned()]).collect()
}

fn decode(stream: &str, rules: Rules) -> Vec<Event> {
    let mut answer = Answer::new(Vec::new(), None, rules);
    let mut events = Vec::new();
    for read in stream.as_bytes().chunks(READ) {
        if !answer.take(read, &mut events).unwrap_or_default() {
            break;
        }
    }
    // An answer of reasoning only is none; what counts is the way to there.
    answer.finish(&mut events).ok();
    events
}

fn row(name: &str, time: Duration) {
    let rate = TOKENS as f64 / time.as_secs_f64();
    say(&format!("{name:<52} {:>10.0} {rate:>10.0}", time.as_secs_f64() * 1e6));
}
