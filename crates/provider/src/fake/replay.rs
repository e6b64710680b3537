//! Recorded answers (`.http` files): status line, headers, a blank line, the body. A line `@@sleep N` at the
//! start of an event waits N seconds. Everything else is sent unchanged, one event per chunk.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{Script, Step};

/// The mark in the last message that makes `only-X` answer with `X.http`. Other messages get the good answer.
const MARK: &str = "封鎖";
/// The recording for all other requests.
const GOOD: &str = "control-good";
/// The model that refuses the parameter `stream_options`, as strict servers do.
const REFUSES_STREAM_OPTIONS: &str = "refuses-stream-options";

impl Script {
    /// Reads a recorded answer. `None` if it has no status line or no blank line after its headers.
    pub fn recorded(recording: &str) -> Option<Self> {
        let (head, body) = recording.split_once("\n\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split_ascii_whitespace().nth(1)?.parse().ok()?;
        let mut script = Self::status(status);
        for line in lines {
            let (name, value) = line.split_once(':')?;
            script = script.header(name.trim(), value.trim());
        }
        let mut rest = body;
        while !rest.is_empty() {
            if let Some(sleep) = rest.strip_prefix("@@sleep ") {
                let (seconds, after) = sleep.split_once('\n').unwrap_or((sleep, ""));
                let wait = Duration::try_from_secs_f64(seconds.trim().parse().ok()?).ok()?;
                script = script.then(Step::Wait(wait));
                rest = after;
                continue;
            }
            let end = rest.find("\n\n").map_or(rest.len(), |at| at + 2);
            script = script.then_send(rest[..end].to_owned());
            rest = &rest[end..];
        }
        Some(script)
    }

    /// Returns the recorded answer in `folder` to a request for `model`. `X` gets `X.http`. `only-X` gets
    /// `X.http` if the last message contains 封鎖, else `control-good.http`. `refuses-stream-options` refuses a
    /// request with `stream_options`. `None` if there is no recording.
    ///
    /// # Panics
    /// A recording exists and is invalid.
    pub(super) fn recorded_in(folder: &Path, model: &str, request: &Value) -> Option<Self> {
        let mut name = model;
        if let Some(only) = model.strip_prefix("only-") {
            let last = request["messages"].as_array().and_then(|messages| messages.last());
            let said = last.and_then(|message| message["content"].as_str()).unwrap_or_default();
            name = if said.contains(MARK) { only } else { GOOD };
        }
        if name == REFUSES_STREAM_OPTIONS {
            if request.get("stream_options").is_some() {
                return Some(Self::json(422, &stream_options_refused()));
            }
            name = GOOD;
        }
        let path = folder.join(format!("{name}.http"));
        let recording = std::fs::read_to_string(&path).ok()?;
        match Self::recorded(&recording) {
            Some(script) => Some(script),
            None => panic!("{} is no recorded answer", path.display()),
        }
    }
}

/// The refusal of pydantic's servers (for example Mistral).
fn stream_options_refused() -> Value {
    json!({
        "object": "error", "type": "invalid_request_error", "param": null, "code": null,
        "message": {"detail": [{
            "type": "extra_forbidden", "loc": ["body", "stream_options", "include_usage"],
            "msg": "Extra inputs are not permitted",
        }]},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_its_status_headers_and_events() {
        let recording = "HTTP/1.1 429 Too Many\nRetry-After: 2\n\ndata: a\n\n@@sleep 0.5\ndata: b";
        let script = Script::recorded(recording).unwrap();
        assert_eq!((script.status, script.headers.len()), (429, 1));
        assert_eq!(script.headers[0], ("Retry-After".to_owned(), "2".to_owned()));
        assert_eq!(script.body(), b"data: a\n\ndata: b");
        assert!(matches!(script.steps[1], Step::Wait(wait) if wait == Duration::from_millis(500)));
    }

    #[test]
    fn what_is_no_recording_is_not_played() {
        for text in ["", "HTTP/1.1 200 OK\n", "data: a\n\nb", "HTTP/1.1 200 OK\nno colon\n\n"] {
            assert!(Script::recorded(text).is_none(), "{text:?}");
        }
    }
}
