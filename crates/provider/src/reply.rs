//! The answer as it comes: payloads of a stream to events, and at its end a verdict.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    fault::{Fault, FaultKind, machine_code},
    price::Usage,
    refusal::{self, Sent},
    sse::Payload,
};

/// Largest answer that is taken, in bytes of text.
pub const MAX_ANSWER_BYTES: usize = 8 << 20;

/// Longest identifier of a provider that is kept, in code points.
const MAX_NAME: usize = 255;

/// What happens while an answer comes: one `Started`, any number of `Delta`, one `Finished`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first piece of the answer is there.
    Started {
        /// The provider's id for the answer, where it gave one by then.
        response_id: Option<String>,
        /// The model that answers, as the provider says, where it did by then.
        reported_model: Option<String>,
    },
    /// More text. Never empty; U+0000 is replaced by U+FFFD.
    Delta(String),
    /// The answer is whole: the model said that it was done, and the stream ended.
    Finished(Ending),
}

/// What is known of an answer at its end; of a broken one, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// As the provider said: `stop` where all is well.
    pub finish_reason: Option<String>,
    /// `None` where the provider gave none.
    pub usage: Option<Usage>,
    /// The provider's id for the answer.
    pub response_id: Option<String>,
    /// The model that answered, as the provider says.
    pub reported_model: Option<String>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    model: Value,
    #[serde(default, borrow)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    usage: Value,
    #[serde(default)]
    error: Value,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: u32,
    #[serde(default, borrow)]
    delta: Option<Delta<'a>>,
    #[serde(default, borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(default, borrow)]
    content: Option<Cow<'a, str>>,
}

/// An answer on its way.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    ending: Ending,
    started: bool,
    done: bool,
    bytes: usize,
    has_text: bool,
}

impl Reply {
    /// Whether the provider said `[DONE]`: what follows is not of the answer.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes the next payload and adds the events in it to `events`.
    pub(crate) fn take(
        &mut self,
        payload: &Payload,
        sent: Sent<'_>,
        events: &mut Vec<Event>,
    ) -> Result<(), Fault> {
        let data = match payload {
            _ if self.done => return Ok(()),
            Payload::Data(data) if data.trim() == "[DONE]" => {
                self.done = true;
                return Ok(());
            }
            Payload::Data(data) => data,
            Payload::Error(data) => {
                let error = serde_json::from_str(data).unwrap_or(Value::Null);
                return Err(self.broken(refusal::in_stream(&error, sent)));
            }
        };
        let chunk: Chunk<'_> = match serde_json::from_str(data) {
            // An array would do as well for the fields of a struct, in their order.
            Ok(chunk) if data.trim_start().starts_with('{') => chunk,
            _ => return Err(self.broken(Fault::new(FaultKind::InvalidResponse))),
        };
        if !chunk.error.is_null() {
            let error = serde_json::json!({ "error": chunk.error });
            return Err(self.broken(refusal::in_stream(&error, sent)));
        }
        self.take_chunk(chunk, sent, events)
    }

    fn take_chunk(&mut self, chunk: Chunk<'_>, sent: Sent<'_>, events: &mut Vec<Event>) -> Result<(), Fault> {
        let Ending { usage, response_id, reported_model, .. } = &mut self.ending;
        keep_name(response_id, &chunk.id);
        keep_name(reported_model, &chunk.model);
        if let Some(counted) = Usage::from_json(&chunk.usage) {
            *usage = Some(counted);
        }
        if !self.started {
            self.started = true;
            events.push(Event::Started {
                response_id: response_id.clone(),
                reported_model: reported_model.clone(),
            });
        }
        let Some(choice) = chunk.choices.into_iter().flatten().find(|choice| choice.index == 0) else {
            return Ok(());
        };
        if let Some(text) = choice.delta.and_then(|delta| delta.content).filter(|text| !text.is_empty()) {
            self.bytes += text.len();
            if self.bytes > MAX_ANSWER_BYTES {
                return Err(self.broken(Fault::new(FaultKind::AnswerTooLarge)));
            }
            self.has_text |= !text.trim().is_empty();
            events.push(Event::Delta(without_nul(text)));
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            let reason = machine_code(&reason, sent.secrets);
            self.ending.finish_reason = Some(reason.unwrap_or_else(|| "unknown".to_owned()));
        }
        Ok(())
    }

    /// `fault` with what is known so far.
    pub(crate) fn broken(&self, fault: Fault) -> Fault {
        fault.with_ending(self.ending.clone())
    }

    /// The stream has ended, by `[DONE]` or just so: was it an answer?
    pub(crate) fn finish(self) -> Result<Ending, Fault> {
        let kind = match self.ending.finish_reason.as_deref() {
            None => FaultKind::StreamIncomplete,
            Some("stop") if self.has_text => return Ok(self.ending),
            Some("stop") => FaultKind::EmptyAnswer,
            Some("length") => FaultKind::OutputTruncated,
            Some("content_filter") => FaultKind::ContentFiltered,
            // OpenRouter ends a stream so after an error object; some servers send only this.
            Some("error") => FaultKind::StreamError,
            Some(_) => FaultKind::UnexpectedFinish,
        };
        Err(self.broken(Fault::new(kind)))
    }
}

/// Keeps the last name that a provider gave, short and without control characters.
fn keep_name(kept: &mut Option<String>, value: &Value) {
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
    if kept.as_deref() != Some(text) {
        let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        *kept = Some(text.chars().take(MAX_NAME).map(plain).collect());
    }
}

fn without_nul(text: Cow<'_, str>) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() }
}
