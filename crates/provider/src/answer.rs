//! An answer's bytes, as they come, to its events: all of reading an answer that needs no network.

use std::mem::take;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    fault::{Fault, FaultKind},
    refusal::Sent,
    reply::{Event, Reply},
    sse::{Broken, Decoder, Payload},
};

/// Of a whole stream no more is read than this, comments and all.
const MAX_STREAM_BYTES: usize = 64 << 20;

/// An answer on its way. It holds one unfinished event of the stream, bounded, and nothing of what came before.
#[derive(Debug, Default)]
pub struct Answer {
    parameters: Vec<(String, String)>,
    key: Option<SecretString>,
    decoder: Decoder,
    reply: Reply,
    bytes: usize,
}

impl Answer {
    /// The answer to a request with these parameters (their names as the request had them, and as they were sent)
    /// and this key: what an error may name, and what none may repeat.
    pub fn new(parameters: Vec<(String, String)>, key: Option<SecretString>) -> Self {
        Self { parameters, key, ..Self::default() }
    }

    /// Whether anything has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.bytes > 0
    }

    /// Takes the next bytes, however they are cut, and adds the events in them to `events`. False once the
    /// provider has said that the answer is whole.
    ///
    /// # Errors
    /// The fault that ends the answer. Events that came whole before it are in `events` all the same.
    pub fn take(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<bool, Fault> {
        self.bytes += bytes.len();
        if self.bytes > MAX_STREAM_BYTES {
            return Err(self.broken(FaultKind::AnswerTooLarge));
        }
        let mut payloads = Vec::new();
        let decoded = self.decoder.push(bytes, &mut payloads);
        self.take_payloads(&payloads, events)?;
        if self.reply.is_done() {
            return Ok(false);
        }
        decoded.map(|()| true).map_err(|broken| {
            self.broken(match broken {
                Broken::Invalid => FaultKind::InvalidResponse,
                Broken::Html => FaultKind::Html,
                Broken::TooLarge => FaultKind::AnswerTooLarge,
            })
        })
    }

    /// The bytes have ended, or the provider said that they have: adds what is left, [`Event::Finished`] last.
    ///
    /// # Errors
    /// What kept it from being an answer.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        if !self.reply.is_done() {
            let mut payloads = Vec::new();
            let decoded = take(&mut self.decoder).finish(&mut payloads);
            // An end in the middle of a payload is a stream cut off, not one in error.
            self.take_payloads(&payloads, events).map_err(|fault| match fault.kind {
                FaultKind::InvalidResponse => self.broken(FaultKind::StreamIncomplete),
                _ => fault,
            })?;
            if decoded.is_err() && !self.reply.is_done() {
                return Err(self.broken(FaultKind::StreamIncomplete));
            }
        }
        events.push(Event::Finished(self.reply.finish()?));
        Ok(())
    }

    /// A fault of another's making, with what is known of the answer so far.
    pub(crate) fn broken(&self, kind: FaultKind) -> Fault {
        self.reply.broken(Fault::new(kind))
    }

    /// A fault judged by what was sent.
    pub(crate) fn with_sent(&self, judge: impl FnOnce(Sent<'_>) -> Fault) -> Fault {
        let secrets: Vec<&str> = self.key.iter().map(ExposeSecret::expose_secret).collect();
        judge(Sent { parameters: &self.parameters, secrets: &secrets })
    }

    fn take_payloads(&mut self, payloads: &[Payload], events: &mut Vec<Event>) -> Result<(), Fault> {
        let secrets: Vec<&str> = self.key.iter().map(ExposeSecret::expose_secret).collect();
        let sent = Sent { parameters: &self.parameters, secrets: &secrets };
        payloads.iter().try_for_each(|payload| self.reply.take(payload, sent, events))
    }
}
