//! An answer's bytes, as they come, to its events: all of reading an answer that needs no network.

use std::mem::take;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    fault::{Fault, FaultKind},
    refusal::{self, Sent},
    reply::{Event, Reply, Rules},
    sse::{Broken, Decoder, Payloads},
};

/// Maximum size of a stream, comments included.
const MAX_STREAM_BYTES: usize = 64 << 20;
/// Maximum size of a web page that is read.
const MAX_PAGE_BYTES: usize = 64 << 10;

/// An answer while it arrives. It holds the content and one unfinished event of the stream, both bounded.
#[derive(Debug, Default)]
pub struct Answer {
    sent: SentParts,
    decoder: Decoder,
    /// Kept to be filled again.
    payloads: Payloads,
    reply: Reply,
    bytes: usize,
    body: Body,
}

/// What was sent and may be quoted in an error.
#[derive(Debug, Default)]
struct SentParts {
    parameters: Vec<(String, String)>,
    key: Option<SecretString>,
    asks_for_usage: bool,
}

impl SentParts {
    fn with<T>(&self, use_it: impl FnOnce(Sent<'_>) -> T) -> T {
        let secrets: Vec<&str> = self.key.iter().map(ExposeSecret::expose_secret).collect();
        let Self { parameters, asks_for_usage, .. } = self;
        use_it(Sent { parameters, secrets: &secrets, asks_for_usage: *asks_for_usage })
    }
}

/// What the bytes are.
#[derive(Debug, Default)]
enum Body {
    /// Nothing but white space came so far.
    #[default]
    Blank,
    /// A stream, or JSON.
    Answer,
    /// A web page: it begins with `<`. Its first bytes.
    Page(Vec<u8>),
}

impl Answer {
    /// The answer to a request with these parameters (their names as the request had them, and as they were sent)
    /// and this key: what an error may name, and what none may repeat.
    pub fn new(parameters: Vec<(String, String)>, key: Option<SecretString>, rules: Rules) -> Self {
        let sent = SentParts { parameters, key, asks_for_usage: false };
        Self { sent, reply: Reply::new(rules), ..Self::default() }
    }

    /// The same for a request that has `stream_options`.
    #[must_use]
    pub fn with_stream_options(mut self) -> Self {
        self.sent.asks_for_usage = true;
        self
    }

    /// Whether anything has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.bytes > 0
    }

    /// Takes the next bytes, however they are cut, and adds the events in them to `events`. False once the
    /// provider has said that the answer is whole.
    ///
    /// # Errors
    /// The fault that ends the answer. Events that came whole before it are in `events` all the same. Nothing can be
    /// taken after it.
    pub fn take(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<bool, Fault> {
        self.bytes += bytes.len();
        if self.bytes > MAX_STREAM_BYTES {
            return Err(self.fail(FaultKind::AnswerTooLarge, events));
        }
        if let Some(bytes) = self.begin(bytes) {
            self.payloads.clear();
            let decoded = self.decoder.push(bytes, &mut self.payloads);
            self.take_payloads(events)?;
            if self.reply.is_done() {
                return Ok(false);
            }
            if let Err(broken) = decoded {
                let kind = match broken {
                    Broken::Invalid => FaultKind::InvalidResponse,
                    Broken::TooLarge => FaultKind::AnswerTooLarge,
                };
                return Err(self.fail(kind, events));
            }
        }
        Ok(!matches!(&self.body, Body::Page(page) if page.len() >= MAX_PAGE_BYTES))
    }

    /// Returns the bytes for the decoder. `None` if they belong to a page, or are white space before anything else.
    fn begin<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = bytes;
        if matches!(self.body, Body::Blank) {
            // A byte order mark may be split between chunks. No valid answer begins with one of its bytes.
            let is_blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf);
            rest = &bytes[bytes.iter().position(|byte| !is_blank(byte))?..];
            self.body = if rest.first() == Some(&b'<') { Body::Page(Vec::new()) } else { Body::Answer };
        }
        match &mut self.body {
            Body::Page(page) => {
                let room = MAX_PAGE_BYTES.saturating_sub(page.len()).min(rest.len());
                page.extend_from_slice(&rest[..room]);
                None
            }
            _ => Some(rest),
        }
    }

    /// The bytes have ended, or the provider said that they have: adds what is left, [`Event::Finished`] last.
    ///
    /// # Errors
    /// What kept it from being an answer.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        if let Body::Page(page) = &self.body {
            return Err(self.sent.with(|sent| refusal::of_page(page, sent)));
        }
        if !self.reply.is_done() {
            self.payloads.clear();
            let decoded = take(&mut self.decoder).finish(&mut self.payloads);
            // A payload that ends early means that the connection broke, not that the provider sent garbage.
            self.take_payloads(events).map_err(|fault| match fault.kind {
                FaultKind::InvalidResponse => {
                    Fault::new(FaultKind::StreamIncomplete).with_ending(*fault.ending)
                }
                _ => fault,
            })?;
            if decoded.is_err() && !self.reply.is_done() {
                return Err(self.fail(FaultKind::StreamIncomplete, events));
            }
        }
        let Self { sent, reply, .. } = self;
        let ending = sent.with(|sent| reply.finish(sent, events))?;
        events.push(Event::Finished(Box::new(ending)));
        Ok(())
    }

    /// Makes a fault that the caller found (a time-out, a broken connection), with what is known of the answer. Text that
    /// was held back is added to `events`. Nothing can be taken afterwards.
    pub(crate) fn fail(&mut self, kind: FaultKind, events: &mut Vec<Event>) -> Fault {
        if let Body::Page(page) = &self.body {
            return self.sent.with(|sent| refusal::of_page(page, sent));
        }
        self.reply.fail(Fault::new(kind), events)
    }

    /// Lets `judge` make a fault from what was sent.
    pub(crate) fn with_sent(&self, judge: impl FnOnce(Sent<'_>) -> Fault) -> Fault {
        self.sent.with(judge)
    }

    fn take_payloads(&mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        let Self { sent, reply, payloads, .. } = self;
        sent.with(|sent| payloads.iter().try_for_each(|payload| reply.take(payload, sent, events)))
    }
}
