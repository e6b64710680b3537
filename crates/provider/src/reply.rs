//! Turns the payloads of a stream into events, and decides at the end whether they were a complete answer.

use std::borrow::Cow;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    chunk::{Choice, Chunk, Text},
    ending::{Ending, Finish, MAX_REASONING_BYTES, Reasoning},
    fault::{Fault, FaultKind, Retry},
    filter, finish,
    price::{self, Usage},
    refusal::{self, Sent},
    splitter::Splitter,
    sse::Payload,
};

/// Maximum size of an answer, in bytes of its content.
pub const MAX_ANSWER_BYTES: usize = 8 << 20;

/// Longest identifier of a provider that is kept, in code points.
const MAX_NAME: usize = 255;
/// Maximum length of a stored finish reason, in bytes.
const MAX_REASON: usize = 64;
/// Maximum length of the model's words in `refusal`, in bytes.
const MAX_REFUSAL: usize = 8 << 10;

/// Hint for an end without a finish reason.
const NO_REASON: &str = "The answer was not cut off, but named no finish_reason. If this provider never sends one, set \
                         finish_reason = \"optional\" in its [[providers]] entry.";
const ONLY_REASONING: &str = "It held reasoning only.";
const ALL_TOKENS_REASONING: &str =
    "All of it went to reasoning: raise the limit of tokens, or lower the effort.";
const NO_CANDIDATE: &str =
    "It answered without any text and counted no tokens for it: the prompt was blocked.";

/// Events of an answer: one `Started`, any number of `Delta`, `Replaced` and `Reasoning`, one `Finished`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first piece of the answer has arrived.
    Started {
        /// The provider's id for the answer, if already known.
        response_id: Option<String>,
        /// The model that answers, as the provider reports it, if already known.
        reported_model: Option<String>,
    },
    /// More text to append. Never empty; U+0000 is replaced by U+FFFD.
    Delta(String),
    /// All text so far was reasoning. Readers replace it, from offset 0, by this text, which may be empty.
    /// Sent when a closing tag without an opening tag arrives.
    Replaced(String),
    /// More reasoning, from a field of its own or removed from the content. Never empty. Does not repeat
    /// characters that were sent as `Delta` before a `Replaced`.
    Reasoning(String),
    /// The answer is complete: the model was done, and the stream ended.
    Finished(Box<Ending>),
}

/// How to read an answer, from the configuration of its model and its provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Reasoning in the content stays in the text.
    pub keeps_reasoning: bool,
    /// `[DONE]`, or the end of JSON that is a whole answer, ends an answer that names no finish reason.
    pub needs_no_reason: bool,
}

/// An answer in progress.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    rules: Rules,
    ending: Ending,
    splitter: Splitter,
    /// Size of the content so far.
    bytes: usize,
    reasoning: Thoughts,
    refusal: String,
    /// The index of the choice to read: the first one that came.
    index: Option<u32>,
    started: bool,
    done: bool,
    /// Content came in deltas, so a message beside them repeats it.
    has_deltas: bool,
    has_choices: bool,
    /// A whole answer came instead of a stream. Its JSON is complete, so it is not cut off.
    is_whole: bool,
    is_blocked: bool,
}

/// Reasoning from a field of its own, while it arrives.
#[derive(Debug, Default)]
struct Thoughts {
    text: String,
    bytes: u64,
    hash: Sha256,
}

impl Thoughts {
    fn push(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.hash.update(text);
        let mut room = MAX_REASONING_BYTES.saturating_sub(self.text.len()).min(text.len());
        // After the first character that did not fit, nothing is appended.
        if self.bytes > self.text.len() as u64 + text.len() as u64 {
            room = 0;
        }
        while !text.is_char_boundary(room) {
            room -= 1;
        }
        self.text.push_str(&text[..room]);
    }

    fn finish(self) -> Option<Reasoning> {
        let sha256 = hex::encode(self.hash.finalize());
        (self.bytes > 0).then_some(Reasoning { text: self.text, bytes: self.bytes, sha256 })
    }
}

impl Reply {
    pub(crate) fn new(rules: Rules) -> Self {
        let splitter = if rules.keeps_reasoning { Splitter::keeping() } else { Splitter::default() };
        Self { rules, splitter, ..Self::default() }
    }

    /// Whether the provider sent `[DONE]`. Later payloads are ignored.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes the next payload and adds its events to `events`. After a fault it must not be called again.
    pub(crate) fn take(
        &mut self,
        payload: Payload<'_>,
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
                let error = serde_json::from_str(data).unwrap_or_else(|_| Value::String(data.to_owned()));
                return Err(self.fail(refusal::in_stream(&error, sent), events));
            }
        };
        if let Some(chunk) = Chunk::read(data)
            && chunk.object.as_ref().is_none_or(|Text(object)| object != "error")
        {
            return self.take_chunk(chunk, sent, events);
        }
        let Some(chunks) = Chunk::read_all(data) else {
            return Err(self.fail(Fault::new(FaultKind::InvalidResponse), events));
        };
        for chunk in chunks {
            if let Some(error) = error_of(&chunk, data) {
                return Err(self.fail(refusal::in_stream(&error, sent), events));
            }
            self.take_chunk(chunk, sent, events)?;
        }
        Ok(())
    }

    fn take_chunk(&mut self, chunk: Chunk<'_>, sent: Sent<'_>, events: &mut Vec<Event>) -> Result<(), Fault> {
        let Ending { response_id, reported_model, .. } = &mut self.ending;
        keep_name(response_id, chunk.id);
        keep_name(reported_model, chunk.model);
        self.take_usage(&chunk.usage);
        if let Some(rare) = &chunk.rare {
            self.take_usage(rare.x_groq.get("usage").unwrap_or(&Value::Null));
            self.is_blocked |= filter::block_reason(&rare.prompt_feedback).is_some();
        }
        if !self.started {
            self.started = true;
            events.push(Event::Started {
                response_id: self.ending.response_id.clone(),
                reported_model: self.ending.reported_model.clone(),
            });
        }
        self.is_whole |= chunk.object.is_some_and(|Text(object)| object == "chat.completion");
        let mut choices = chunk.choices.into_iter().flatten();
        let Some(choice) =
            choices.find(|it| it.index.is_none() || self.index.is_none() || it.index == self.index)
        else {
            return Ok(());
        };
        // A choice without an index is the first choice.
        self.index = self.index.or(choice.index).or(Some(0));
        self.has_choices = true;
        self.take_choice(choice, sent, events)
    }

    fn take_choice(
        &mut self,
        choice: Choice<'_>,
        sent: Sent<'_>,
        events: &mut Vec<Event>,
    ) -> Result<(), Fault> {
        let rare = choice.rare.map(|rare| *rare).unwrap_or_default();
        self.take_usage(&rare.usage);
        // A message beside or after deltas repeats them.
        let message = rare.message.filter(|_| !self.has_deltas);
        let delta = choice.delta.filter(|delta| !delta.is_empty() || message.is_none());
        let is_delta = delta.is_some();
        if let Some(mut delta) = delta.or(message) {
            if let Some(reasoning) = delta.take_reasoning() {
                let reasoning = without_nul(reasoning);
                self.reasoning.push(&reasoning);
                events.push(Event::Reasoning(reasoning.into_owned()));
            }
            if let Some(rare) = delta.rare
                && self.refusal.len() + rare.refusal.len() <= MAX_REFUSAL
            {
                self.refusal.push_str(&rare.refusal);
            }
            if let Some(Text(content)) = delta.content {
                self.has_deltas |= is_delta && !content.is_empty();
                self.take_content(content, events)?;
            }
        } else if let Some(Text(text)) = rare.text {
            self.take_content(text, events)?;
        }
        if let Some(Text(reason)) = choice.finish_reason
            && let Some(verdict) = finish::judge(&reason)
        {
            self.ending.finish = Some(verdict.class());
            self.ending.finish_reason = Some(kept_reason(&reason, sent));
        }
        if !rare.error.is_null() {
            let error = serde_json::json!({ "error": rare.error });
            return Err(self.fail(refusal::in_stream(&error, sent), events));
        }
        Ok(())
    }

    fn take_content(&mut self, content: Cow<'_, str>, events: &mut Vec<Event>) -> Result<(), Fault> {
        if content.is_empty() {
            return Ok(());
        }
        self.bytes += content.len();
        if self.bytes > MAX_ANSWER_BYTES {
            return Err(self.fail(Fault::new(FaultKind::AnswerTooLarge), events));
        }
        self.splitter.push(&without_nul(content), events);
        Ok(())
    }

    fn take_usage(&mut self, usage: &Value) {
        if usage.is_null() {
            return;
        }
        if let Some(counted) = Usage::from_json(usage) {
            self.ending.usage = Some(counted);
        }
        if let Some(cost) = price::reported_cost_nano(usage) {
            self.ending.reported_cost_nano = Some(cost);
        }
    }

    /// Adds to `fault` the known parts of the answer, and to `events` the text that was held back.
    pub(crate) fn fail(&mut self, fault: Fault, events: &mut Vec<Event>) -> Fault {
        fault.with_ending(std::mem::take(self).end(events))
    }

    fn end(self, events: &mut Vec<Event>) -> Ending {
        let Self { mut ending, splitter, reasoning, started, .. } = self;
        let split = splitter.finish(events);
        ending.content_sha256 = started.then_some(split.content_sha256);
        (ending.text, ending.removed) = (split.text, split.removed);
        ending.reasoning = reasoning.finish();
        ending
    }

    /// Ends the stream, with or without `[DONE]`, and decides whether the answer is complete.
    pub(crate) fn finish(self, sent: Sent<'_>, events: &mut Vec<Event>) -> Result<Ending, Fault> {
        let Self { rules, has_choices, is_blocked, .. } = self;
        let has_end = self.done || self.is_whole;
        let refusal = refusal::redact(&self.refusal, sent.secrets);
        let mut ending = self.end(events);
        let has_text = !ending.text.trim().is_empty();
        let is_thought = ending.reasoning.is_some()
            || ending.removed.iter().any(|removed| !removed.text.trim().is_empty())
            || ending.usage.and_then(|usage| usage.reasoning_tokens).is_some_and(|tokens| tokens > 0);
        let counts_nothing = ending.usage.is_some_and(|usage| usage.completion_tokens == 0);
        let verdict = ending.finish_reason.as_deref().and_then(finish::judge);
        let kind = match verdict {
            Some(verdict) => verdict.fault(),
            None if is_blocked || (!has_choices && counts_nothing) => Some(FaultKind::ContentFiltered),
            None if has_end && rules.needs_no_reason => {
                ending.finish = Some(Finish::Done);
                None
            }
            None => Some(FaultKind::StreamIncomplete),
        };
        let kind = match kind {
            None if has_text => return Ok(ending),
            None if refusal.is_some() || is_blocked => FaultKind::ContentFiltered,
            None => FaultKind::EmptyAnswer,
            Some(kind) => kind,
        };
        let mut fault = Fault::new(kind);
        fault.hint = match kind {
            FaultKind::StreamIncomplete if has_end => Some(NO_REASON),
            FaultKind::EmptyAnswer if is_thought => Some(ONLY_REASONING),
            FaultKind::OutputTruncated if is_thought && !has_text => Some(ALL_TOKENS_REASONING),
            FaultKind::ContentFiltered if verdict.is_none() => Some(NO_CANDIDATE),
            _ => None,
        };
        if kind == FaultKind::EmptyAnswer && is_thought {
            fault.retry = Retry::Once;
        }
        if kind == FaultKind::ContentFiltered && refusal.is_some() {
            (fault.message, fault.hint) = (refusal, None);
        }
        Err(fault.with_ending(ending))
    }
}

/// Returns the error object if `chunk` reports an error.
fn error_of(chunk: &Chunk<'_>, data: &str) -> Option<Value> {
    let rare = chunk.rare.as_ref()?;
    if !rare.error.is_null() && rare.error != Value::Bool(false) {
        let error = serde_json::json!({ "error": rare.error });
        // If the payload is one object, its other fields may name the error more exactly.
        return Some(serde_json::from_str(data).ok().filter(Value::is_object).unwrap_or(error));
    }
    let status = rare.base_resp.get("status_code").and_then(Value::as_i64);
    if status.is_some_and(|status| status != 0) {
        return Some(serde_json::json!({ "base_resp": rare.base_resp }));
    }
    let is_error = chunk.object.as_ref().is_some_and(|Text(object)| object == "error")
        || rare.detail.is_string()
        || rare.detail.is_array()
        || (rare.message.is_string() && chunk.object.is_none());
    (is_error && chunk.choices.is_none()).then(|| serde_json::from_str(data).unwrap_or_default())
}

/// Returns the finish reason to store: the provider's word, or `unknown` if it is long, not ASCII or holds
/// the key.
fn kept_reason(reason: &str, sent: Sent<'_>) -> String {
    let reason = reason.trim();
    let is_plain =
        reason.len() <= MAX_REASON && reason.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let lower = reason.to_ascii_lowercase();
    let leaks = sent.secrets.iter().any(|secret| {
        let secret = secret.to_ascii_lowercase();
        lower.contains(&secret) || (lower.len() >= 8 && secret.contains(&lower))
    });
    if is_plain && !leaks { reason.to_owned() } else { "unknown".to_owned() }
}

/// Keeps the last name that a provider gave, short and without control characters.
fn keep_name(kept: &mut Option<String>, name: Option<Text<'_>>) {
    let Some(Text(text)) = name.filter(|Text(text)| !text.is_empty()) else { return };
    if kept.as_deref() != Some(&*text) {
        let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        *kept = Some(text.chars().take(MAX_NAME).map(plain).collect());
    }
}

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { text }
}
