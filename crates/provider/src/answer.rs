//! Turns the bytes of an answer into events while they arrive. Needs no network.

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
/// Maximum number of bytes read of a web page.
const MAX_PAGE_BYTES: usize = 64 << 10;

/// An answer while it arrives. Holds the content and one unfinished event of the stream, both bounded.
#[derive(Debug, Default)]
pub struct Answer {
    sent: SentParts,
    decoder: Decoder,
    /// Reused buffer.
    payloads: Payloads,
    reply: Reply,
    bytes: usize,
    body: Body,
}

/// Parts of the request that an error may quote.
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

/// The kind of body.
#[derive(Debug, Default)]
enum Body {
    /// Only white space so far.
    #[default]
    Blank,
    /// A stream, or JSON.
    Answer,
    /// A web page: it begins with `<`. Holds its first bytes.
    Page(Vec<u8>),
}

impl Answer {
    /// Creates the answer to a request with these parameters (pairs of the request's name and the sent name)
    /// and this key. An error may name a parameter and must not repeat the key.
    pub fn new(parameters: Vec<(String, String)>, key: Option<SecretString>, rules: Rules) -> Self {
        let sent = SentParts { parameters, key, asks_for_usage: false };
        Self { sent, reply: Reply::new(rules), ..Self::default() }
    }

    /// Marks the request as one with `stream_options`.
    #[must_use]
    pub fn with_stream_options(mut self) -> Self {
        self.sent.asks_for_usage = true;
        self
    }

    /// Whether any byte has arrived.
    pub(crate) fn has_begun(&self) -> bool {
        self.bytes > 0
    }

    /// Takes the next bytes, split anywhere, and adds their events to `events`. Returns false when the
    /// provider has ended the answer.
    ///
    /// # Errors
    /// The fault that ends the answer. Events that were complete before it are in `events`. No more bytes may
    /// be taken after it.
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

    /// Returns the bytes for the decoder. `None` if they belong to a page, or are leading white space.
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

    /// Ends the answer and adds the remaining events, [`Event::Finished`] last.
    ///
    /// # Errors
    /// The reason why the answer is not complete.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        if let Body::Page(page) = &self.body {
            return Err(self.sent.with(|sent| refusal::of_page(page, sent)));
        }
        if !self.reply.is_done() {
            self.payloads.clear();
            let decoded = take(&mut self.decoder).finish(&mut self.payloads);
            // A payload that ends early means that the connection broke, not that the answer is invalid.
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

    /// Adds the known parts of the answer to a fault that the caller found (a timeout, a broken connection).
    /// Adds the text that was held back to `events`. No more bytes may be taken afterwards.
    pub(crate) fn fail(&mut self, kind: FaultKind, events: &mut Vec<Event>) -> Fault {
        if let Body::Page(page) = &self.body {
            return self.sent.with(|sent| refusal::of_page(page, sent));
        }
        self.reply.fail(Fault::new(kind), events)
    }

    /// Calls `judge` with the parts of the request that an error may quote.
    pub(crate) fn with_sent(&self, judge: impl FnOnce(Sent<'_>) -> Fault) -> Fault {
        self.sent.with(judge)
    }

    fn take_payloads(&mut self, events: &mut Vec<Event>) -> Result<(), Fault> {
        let Self { sent, reply, payloads, .. } = self;
        sent.with(|sent| payloads.iter().try_for_each(|payload| reply.take(payload, sent, events)))
    }
}
