//! Further answers of servers, in the forms that their documentation and public reports show. The texts are invented.

mod answers;
mod gateways;
mod hosted;
mod local;
mod refusals;

use colophon_provider::{
    Ending, Event, Fault,
    fake::{FakeProvider, Script},
};

use super::{chat, client, whole};

const SSE: &str = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n";
const JSON: &str = "HTTP/1.1 200 OK\nContent-Type: application/json\n\n";

/// What becomes of a recorded answer.
async fn played(fake: &FakeProvider, recording: &str) -> (String, Result<Ending, Fault>) {
    fake.script(Script::recorded(recording).expect("a recording"));
    let (text, last) = whole(&client(fake), chat("tiny", "x")).await;
    let last = last.map(|event| match event {
        Event::Finished(ending) => *ending,
        other => panic!("{other:?}"),
    });
    (text, last)
}
