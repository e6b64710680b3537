use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

/// One step of sending the body.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these bytes as one chunk.
    Send(Bytes),
    /// Waits.
    Wait(Duration),
    /// Sends nothing more and keeps the connection open.
    Hang,
    /// Cuts the connection.
    Drop,
}

/// How the fake answers a request instead of the default answer.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// Delay before the status; `None`: the status is never sent.
    pub(crate) head_after: Option<Duration>,
    pub(crate) steps: Vec<Step>,
    model: Option<String>,
    times: Option<u32>,
}

impl Script {
    /// Returns an answer with this status and no body.
    pub fn status(status: u16) -> Self {
        let head_after = Some(Duration::ZERO);
        Self { status, headers: Vec::new(), head_after, steps: Vec::new(), model: None, times: Some(1) }
    }

    /// Returns an answer with this status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::status(status).header("Content-Type", "application/json").then_send(body.to_string())
    }

    /// Returns a web page with status 200.
    pub fn html() -> Self {
        let page = "<!doctype html><html><body>Welcome</body></html>";
        Self::status(200).header("Content-Type", "text/html; charset=utf-8").then_send(page)
    }

    /// Returns a script that never sends a status.
    pub fn hang() -> Self {
        Self { head_after: None, ..Self::status(200) }
    }

    /// Returns an event stream of these chunks of bytes, which need not be valid.
    pub fn stream<B: Into<Bytes>>(chunks: impl IntoIterator<Item = B>) -> Self {
        let head = Self::status(200).header("Content-Type", "text/event-stream");
        chunks.into_iter().fold(head, Self::then_send)
    }

    /// Returns a good answer, with usage (one token per code point) and the reason `stop`.
    pub fn answer(model: &str, text: &str) -> Self {
        Self::deltas(model, text, 4).then_finish(model, "stop").then_usage(model, text).then_done()
    }

    /// Returns the start of an answer: its text, `characters` code points per chunk, without an end.
    pub fn deltas(model: &str, text: &str, characters: usize) -> Self {
        let characters: Vec<String> = text
            .chars()
            .collect::<Vec<_>>()
            .chunks(characters.max(1))
            .map(|part| part.iter().collect())
            .collect();
        let role = chunk(model, &json!([choice(&json!({"role": "assistant", "content": ""}), None)]), None);
        let deltas = characters
            .iter()
            .map(|text| chunk(model, &json!([choice(&json!({"content": text}), None)]), None));
        Self::stream(std::iter::once(role).chain(deltas))
    }

    /// Adds the chunk with the finish reason.
    #[must_use]
    pub fn then_finish(self, model: &str, reason: &str) -> Self {
        self.then_send(chunk(model, &json!([choice(&json!({}), Some(reason))]), None))
    }

    /// Adds the chunk with the usage.
    #[must_use]
    pub fn then_usage(self, model: &str, text: &str) -> Self {
        let (prompt, completion) = (7, text.chars().count());
        let usage = json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        });
        self.then_send(chunk(model, &json!([]), Some(&usage)))
    }

    /// Adds the end of the stream, in OpenAI's form.
    #[must_use]
    pub fn then_done(self) -> Self {
        self.then_send("data: [DONE]\n\n")
    }

    /// Adds these bytes.
    #[must_use]
    pub fn then_send(self, bytes: impl Into<Bytes>) -> Self {
        self.then(Step::Send(bytes.into()))
    }

    /// Adds this step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Delays the status by `delay`.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.head_after = Some(delay);
        self
    }

    /// Adds `delay` before each existing chunk.
    #[must_use]
    pub fn paced(mut self, delay: Duration) -> Self {
        if !delay.is_zero() {
            let slowed = |step| match step {
                Step::Send(_) => vec![Step::Wait(delay), step],
                other => vec![other],
            };
            self.steps = self.steps.into_iter().flat_map(slowed).collect();
        }
        self
    }

    /// Puts the chunks of `first` before its own.
    #[must_use]
    pub fn steps_after(mut self, first: Self) -> Self {
        self.steps.splice(0..0, first.steps);
        self
    }

    /// Returns all bytes of the body, joined.
    pub fn body(&self) -> Vec<u8> {
        let sent = self
            .steps
            .iter()
            .filter_map(|step| if let Step::Send(bytes) = step { Some(&**bytes) } else { None });
        sent.collect::<Vec<_>>().concat()
    }

    /// Limits the script to requests for this model (the provider's name for it).
    #[must_use]
    pub fn for_model(mut self, model: &str) -> Self {
        self.model = Some(model.to_owned());
        self
    }

    /// Sets the number of requests instead of one; `None`: all later requests.
    #[must_use]
    pub fn times(mut self, times: impl Into<Option<u32>>) -> Self {
        self.times = times.into();
        self
    }

    pub(crate) fn fits(&self, model: &str) -> bool {
        self.times != Some(0) && self.model.as_deref().is_none_or(|wanted| wanted == model)
    }

    /// Counts one use. Returns whether it was the last.
    pub(crate) fn spend(&mut self) -> bool {
        self.times = self.times.map(|times| times.saturating_sub(1));
        self.times == Some(0)
    }

    /// Returns the script of one of these model names, so that a test chooses a fault by the model:
    /// `fail-length`, `fail-content-filter`, `fail-empty`, `fail-incomplete`, `fail-drop`, `fail-stall`,
    /// `fail-mid-stream`, `fail-sse`, `fail-html`, `fail-hang`, `fail-400` (refuses `temperature`),
    /// `fail-401`, `fail-429`, `fail-quota`, `fail-500`, `fail-503`; `slow`; `no-usage`. `None` for any other
    /// model, which gets the default answer. `text` is the text of the answer.
    pub fn named(model: &str, text: &str) -> Option<Self> {
        let half: String = text.chars().take(text.chars().count().div_ceil(2)).collect();
        let begun = || Self::deltas(model, &half, 4);
        let error = |status, code: &str| {
            Self::json(status, &json!({"error": {"code": code, "message": "A sentence that stays here."}}))
        };
        let refused =
            json!({"error": {"code": "unsupported_value", "param": "temperature", "message": "no"}});
        Some(match model {
            "fail-length" => begun().then_finish(model, "length").then_usage(model, &half).then_done(),
            "fail-content-filter" => begun().then_finish(model, "content_filter").then_done(),
            "fail-empty" => Self::deltas(model, "", 4).then_finish(model, "stop").then_done(),
            "fail-incomplete" => begun(),
            "fail-drop" => begun().then(Step::Drop),
            "fail-stall" => begun().then(Step::Hang),
            "fail-mid-stream" => {
                begun().then_send("data: {\"error\": {\"code\": 502, \"message\": \"upstream\"}}\n\n")
            }
            "fail-sse" => begun().then_send("data: {broken\n\n").then_done(),
            "fail-html" => Self::html(),
            "fail-hang" => Self::hang(),
            "fail-400" => Self::json(400, &refused),
            "fail-401" => error(401, "invalid_api_key"),
            "fail-429" => error(429, "rate_limit_exceeded").header("Retry-After", "1"),
            "fail-quota" => error(429, "insufficient_quota"),
            "fail-500" => error(500, "server_error"),
            "fail-503" => error(503, "overloaded").header("Retry-After", "1"),
            "slow" => Self::answer(model, text).paced(Duration::from_millis(200)),
            "no-usage" => Self::deltas(model, text, 4).then_finish(model, "stop").then_done(),
            _ => return None,
        })
    }
}

fn choice(delta: &Value, reason: Option<&str>) -> Value {
    json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason})
}

/// Returns one event of a stream in OpenAI's form.
fn chunk(model: &str, choices: &Value, usage: Option<&Value>) -> String {
    let chunk = json!({
        "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": model,
        "choices": choices, "usage": usage,
    });
    format!("data: {chunk}\n\n")
}
