//! Reads codes and message of an error object, wherever a provider puts them.

use serde_json::Value;

/// Maximum depth of objects read in an error.
const MAX_DEPTH: usize = 5;
/// Maximum number of codes read of one error.
const MAX_CODES: usize = 16;
/// Maximum number of bytes read of a message, before it is redacted and cut.
const MAX_MESSAGE: usize = 16 << 10;

/// Codes and message of an error.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Codes, types, statuses and reasons, the most exact first: `code` before `type` before `status`.
    pub(super) codes: Vec<String>,
    /// The first code in a `code` field.
    pub(super) code: Option<String>,
    /// The first `type`.
    pub(super) class: Option<String>,
    /// A code that is an HTTP status.
    pub(super) status: Option<u16>,
    /// The provider's message.
    pub(super) message: String,
}

impl Facts {
    /// Reads the body of an error: JSON (also a list, or an event of a stream), or text.
    pub(super) fn of_body(body: &[u8]) -> (Self, Value) {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let json = text.strip_prefix("data:").unwrap_or(text).trim();
        match serde_json::from_str::<Value>(json) {
            Ok(value) if value.is_object() || value.is_array() || value.is_string() => {
                let facts = Self::of_value(&value);
                (facts, value)
            }
            Ok(_) => (Self::default(), Value::Null),
            Err(_) => {
                let message = text.chars().take(MAX_MESSAGE / 4).collect();
                (Self { message, ..Self::default() }, Value::Null)
            }
        }
    }

    /// Reads an error object, or an object that contains one.
    pub(super) fn of_value(value: &Value) -> Self {
        let mut facts = Self::default();
        facts.read(value, MAX_DEPTH);
        let mut message = String::new();
        read_message(value, MAX_DEPTH, &mut message);
        facts.message = message;
        facts
    }

    fn read(&mut self, value: &Value, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Value::Array(values) => {
                values.iter().take(MAX_CODES).for_each(|value| self.read(value, depth - 1))
            }
            Value::Object(object) => {
                let get = |name| object.get(name);
                for name in ["code", "error_code", "errorCode", "status_code"] {
                    if let Some(code) = get(name).and_then(read_code) {
                        self.status =
                            self.status.or_else(|| code.parse().ok().filter(|it| (100..600).contains(it)));
                        self.code.get_or_insert_with(|| code.clone());
                        self.add(code);
                    }
                }
                for name in ["type", "error_type", "__type", "status", "reason", "name"] {
                    if let Some(class) = get(name).and_then(Value::as_str) {
                        // Anthropic begins with `"type": "error"`.
                        if !matches!(name, "reason" | "name") && class != "error" {
                            self.class.get_or_insert_with(|| class.to_owned());
                        }
                        self.add(class.to_owned());
                    }
                }
                // Azure, Google, OpenRouter, Cloudflare, MiniMax, Baidu.
                for name in
                    ["error", "innererror", "inner_error", "details", "metadata", "errors", "base_resp"]
                {
                    if let Some(inner) = get(name) {
                        self.read(inner, depth - 1);
                    }
                }
                // OpenRouter, LiteLLM and one-api: the upstream's error as text.
                for name in ["raw", "message", "error"] {
                    if let Some(inner) = get(name).and_then(read_embedded) {
                        self.read(&inner, depth - 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, code: String) {
        if self.codes.len() < MAX_CODES
            && !code.is_empty()
            && code.len() <= 256
            && !self.codes.contains(&code)
        {
            self.codes.push(code);
        }
    }
}

fn read_code(value: &Value) -> Option<String> {
    match value {
        Value::String(code) => Some(code.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    }
}

/// Reads the JSON object in a text: the whole text, or a part of it.
fn read_embedded(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let begin = text.find('{')?;
    let end = text.rfind('}')?;
    serde_json::from_str(text.get(begin..=end)?).ok()
}

/// Collects the words of an error. For an error with an embedded upstream error, collects both messages.
fn read_message(value: &Value, depth: usize, message: &mut String) {
    if depth == 0 || message.len() > MAX_MESSAGE {
        return;
    }
    match value {
        Value::String(text) => add_words(message, text),
        Value::Array(values) => {
            values.iter().take(8).for_each(|value| read_message(value, depth - 1, message))
        }
        Value::Object(object) => {
            if let (Some(place), Some(text)) =
                (object.get("loc").and_then(Value::as_array), object.get("msg"))
            {
                // FastAPI and pydantic: location and message.
                let place: Vec<&str> = place.iter().filter_map(Value::as_str).collect();
                add_words(message, &format!("{}: {}", place.join("."), text.as_str().unwrap_or_default()));
                return;
            }
            let names = [
                "error",
                "message",
                "msg",
                "detail",
                "error_msg",
                "error_message",
                "errorMessage",
                "status_msg",
                "error_description",
                "description",
                "title",
                "errors",
                "base_resp",
            ];
            let said = names.iter().filter_map(|name| object.get(*name));
            if let Some(said) = said.into_iter().find(|said| !said.is_null() && **said != Value::Bool(true)) {
                read_message(said, depth - 1, message);
            }
            let metadata = object.get("metadata");
            if let Some(raw) = metadata.and_then(|metadata| metadata.get("raw")) {
                match read_embedded(raw) {
                    Some(inner) => read_message(&inner, depth - 1, message),
                    None => read_message(raw, depth - 1, message),
                }
            }
            if let Some(reasons) = metadata.and_then(|metadata| metadata.get("reasons")) {
                read_message(reasons, depth - 1, message);
            }
        }
        _ => {}
    }
}

fn add_words(message: &mut String, words: &str) {
    let words = words.trim();
    if words.is_empty() || message.contains(words) {
        return;
    }
    if !message.is_empty() {
        message.push_str(if message.ends_with(['.', ';', ':', '!', '。']) { " " } else { "; " });
    }
    message.extend(words.chars().take(MAX_MESSAGE / 4));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_read_wherever_it_is() {
        for (value, code, message) in [
            (json!({"error": {"message": "m", "code": "c", "type": "t"}}), Some("c"), "m"),
            (
                json!([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}]),
                Some("400"),
                "m",
            ),
            (json!({"object": "error", "message": "m", "code": 40}), Some("40"), "m"),
            (json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}), None, "m"),
            (
                json!({"code": "DataInspectionFailed", "message": "m", "request_id": "r"}),
                Some("DataInspectionFailed"),
                "m",
            ),
            (json!({"detail": [{"loc": ["body", "top_k"], "msg": "no"}]}), None, "body.top_k: no"),
            (json!({"detail": "m"}), None, "m"),
            (json!({"error": "m", "error_type": "validation"}), None, "m"),
            (json!({"error": true, "message": "m"}), None, "m"),
            (json!({"base_resp": {"status_code": 1026, "status_msg": "m"}}), Some("1026"), "m"),
            (json!({"success": false, "errors": [{"code": 7, "message": "m"}]}), Some("7"), "m"),
            (json!({"error_code": 336, "error_msg": "m"}), Some("336"), "m"),
            (json!({"message": {"detail": [{"loc": ["body", "a"], "msg": "no"}]}}), None, "body.a: no"),
            (json!("m"), None, "m"),
        ] {
            let facts = Facts::of_value(&value);
            assert_eq!((facts.code.as_deref(), facts.message.as_str()), (code, message), "{value}");
        }
    }

    #[test]
    fn the_error_of_an_upstream_is_read_too() {
        let raw = r#"{"error":{"message":"Content Exists Risk","code":"invalid_request_error"}}"#;
        let value =
            json!({"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": raw}}});
        let facts = Facts::of_value(&value);
        assert_eq!(facts.message, "Provider returned error; Content Exists Risk");
        assert_eq!((facts.status, facts.codes.len()), (Some(400), 2));
        let azure = json!({"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}});
        assert_eq!(Facts::of_value(&azure).codes, ["x", "ResponsibleAIPolicyViolation"]);
        let google = json!({"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}});
        assert_eq!(Facts::of_value(&google).codes, ["400", "API_KEY_INVALID"]);
    }

    #[test]
    fn bodies_are_json_an_event_or_words() {
        for body in
            ["{\"error\":\"m\"}", "data: {\"error\": \"m\"}\n\n", "\u{feff}{\"error\": \"m\"}", " m\n"]
        {
            assert_eq!(Facts::of_body(body.as_bytes()).0.message, "m", "{body:?}");
        }
        for body in [b"".as_slice(), b"3", b"null", b"[]"] {
            assert_eq!(Facts::of_body(body).0.message, "");
        }
    }
}
