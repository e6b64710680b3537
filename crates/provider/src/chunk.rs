//! One JSON object of an answer, as servers write it: a piece of a stream, or a whole answer.
//!
//! A fast parser reads the objects of nearly all servers. If it fails, a tolerant parser reads other types
//! with the same meaning: `null` or a text instead of a number, content as a list of parts, a finish reason
//! as an object.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

/// Maximum depth of lists within content. Mistral uses two levels.
const MAX_DEPTH: usize = 4;

/// A text, borrowed if the JSON has it without escapes.
#[derive(Debug, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    fn owned(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Cow::Owned(text.to_owned())))
    }
}

/// The fields of one object that are read. All others are skipped.
///
/// The fast parser only notices rare fields (as [`IgnoredAny`]), which keeps it fast. The tolerant parser
/// reads objects with rare fields.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Chunk<'a> {
    #[serde(default, borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(crate) model: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(crate) object: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(crate) choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    pub(crate) usage: Value,
    #[serde(default)]
    error: Option<IgnoredAny>,
    #[serde(default)]
    x_groq: Option<IgnoredAny>,
    #[serde(default, rename = "promptFeedback")]
    prompt_feedback: Option<IgnoredAny>,
    #[serde(default)]
    base_resp: Option<IgnoredAny>,
    #[serde(default)]
    message: Option<IgnoredAny>,
    #[serde(default)]
    detail: Option<IgnoredAny>,
    #[serde(skip)]
    pub(crate) rare: Option<Box<Rare>>,
}

/// Rare fields of an object.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) error: Value,
    /// Groq has its usage here.
    pub(crate) x_groq: Value,
    /// Gemini: `{blockReason}`.
    pub(crate) prompt_feedback: Value,
    /// MiniMax: `{status_code, status_msg}`; the code is zero on success.
    pub(crate) base_resp: Value,
    /// `message` and `detail` are at the top level of errors that have no `error` field.
    pub(crate) message: Value,
    pub(crate) detail: Value,
}

/// One element of `choices`. Requests ask for a single one.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice<'a> {
    #[serde(default)]
    pub(crate) index: Option<u32>,
    /// The next part of the message.
    #[serde(default, borrow)]
    pub(crate) delta: Option<Delta<'a>>,
    #[serde(default, borrow)]
    pub(crate) finish_reason: Option<Text<'a>>,
    #[serde(default)]
    message: Option<IgnoredAny>,
    #[serde(default)]
    text: Option<IgnoredAny>,
    #[serde(default)]
    usage: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
    #[serde(skip)]
    pub(crate) rare: Option<Box<RareChoice<'a>>>,
}

/// Rare fields of a choice.
#[derive(Debug, Default)]
pub(crate) struct RareChoice<'a> {
    /// The message of a whole answer. Some servers stream it instead of `delta`, some send it beside `delta`.
    pub(crate) message: Option<Delta<'a>>,
    /// The message of the older completions endpoint.
    pub(crate) text: Option<Text<'a>>,
    /// Moonshot has its usage here.
    pub(crate) usage: Value,
    /// OpenRouter has errors of a whole answer here.
    pub(crate) error: Value,
}

/// A piece of a message.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Delta<'a> {
    #[serde(default, borrow)]
    pub(crate) content: Option<Text<'a>>,
    /// DeepSeek, vLLM, SGLang, llama.cpp, Moonshot, Zhipu, DashScope, Volcengine, xAI.
    #[serde(default, borrow)]
    reasoning_content: Option<Text<'a>>,
    /// OpenRouter, Groq, Cerebras, Ollama, Together, newer vLLM.
    #[serde(default, borrow)]
    reasoning: Option<Text<'a>>,
    #[serde(default)]
    thinking: Option<IgnoredAny>,
    #[serde(default)]
    reasoning_details: Option<IgnoredAny>,
    #[serde(default)]
    refusal: Option<IgnoredAny>,
    #[serde(skip)]
    pub(crate) rare: Option<Box<RareDelta>>,
}

/// Rare fields of a piece of a message.
#[derive(Debug, Default)]
pub(crate) struct RareDelta {
    /// OpenRouter: the same reasoning once more, in parts; alone for some models.
    reasoning_details: Value,
    /// OpenAI: the words of a model that refuses.
    pub(crate) refusal: String,
}

impl<'a> Delta<'a> {
    /// Whether it holds no text at all, like a delta that only names the role.
    pub(crate) fn is_empty(&self) -> bool {
        let texts = [&self.content, &self.reasoning_content, &self.reasoning];
        texts.into_iter().flatten().all(|Text(text)| text.is_empty())
            && self
                .rare
                .as_ref()
                .is_none_or(|rare| rare.reasoning_details.is_null() && rare.refusal.is_empty())
    }

    /// Takes the reasoning. Servers with two reasoning fields send the same text in both, so the first field
    /// is used.
    pub(crate) fn take_reasoning(&mut self) -> Option<Cow<'a, str>> {
        let named = [self.reasoning_content.take(), self.reasoning.take()];
        let named = named.into_iter().flatten().map(|Text(text)| text).find(|text| !text.is_empty());
        named.or_else(|| {
            let mut details = String::new();
            for part in self.rare.as_ref()?.reasoning_details.as_array().into_iter().flatten() {
                let text = part.get("text").or_else(|| part.get("summary")).and_then(Value::as_str);
                details.push_str(text.unwrap_or_default());
            }
            (!details.is_empty()).then_some(Cow::Owned(details))
        })
    }
}

impl<'a> Chunk<'a> {
    /// Reads `json` with the fast parser; `None` if the tolerant parser has to read it.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        // Serde would accept a list as the fields of a struct, in order.
        let chunk: Self = json.trim_start().starts_with('{').then(|| serde_json::from_str(json).ok())??;
        (!chunk.has_rare()).then_some(chunk)
    }

    fn has_rare(&self) -> bool {
        let rare =
            [&self.error, &self.x_groq, &self.prompt_feedback, &self.base_resp, &self.message, &self.detail];
        let of_choice = |it: &Choice<'_>| {
            let rare = [&it.message, &it.text, &it.usage, &it.error];
            let of_delta = |it: &Delta<'_>| {
                it.thinking.is_some() || it.reasoning_details.is_some() || it.refusal.is_some()
            };
            rare.into_iter().any(Option::is_some) || it.delta.as_ref().is_some_and(of_delta)
        };
        rare.into_iter().any(Option::is_some) || self.choices.iter().flatten().any(of_choice)
    }

    /// Reads one JSON object, or the objects of a list, with the tolerant parser.
    ///
    /// `None` if `json` is not JSON, or is neither an object, a list of objects nor `null` (no objects).
    pub(crate) fn read_all(json: &'a str) -> Option<Vec<Self>> {
        // Serde would accept a list as the fields of a struct, in order.
        match serde_json::from_str(json).ok()? {
            Value::Null => Some(Vec::new()),
            Value::Array(values) if values.iter().all(Value::is_object) => {
                Some(values.iter().map(Chunk::from_value).collect())
            }
            value if value.is_object() => Some(vec![Chunk::from_value(&value)]),
            _ => None,
        }
    }

    /// Reads every field whose type has a meaning, and ignores the others.
    fn from_value(value: &Value) -> Self {
        let field = |name: &str| value.get(name).cloned().unwrap_or_default();
        let choices = value.get("choices").map(|choices| match choices {
            Value::Array(choices) => choices.iter().filter_map(Choice::from_value).collect(),
            choice => Choice::from_value(choice).into_iter().collect(),
        });
        Self {
            id: value.get("id").and_then(Value::as_str).and_then(Text::owned),
            model: value.get("model").and_then(Value::as_str).and_then(Text::owned),
            object: value.get("object").and_then(Value::as_str).and_then(Text::owned),
            choices,
            usage: field("usage"),
            rare: Some(Box::new(Rare {
                error: field("error"),
                x_groq: field("x_groq"),
                prompt_feedback: field("promptFeedback"),
                base_resp: field("base_resp"),
                message: field("message"),
                detail: field("detail"),
            })),
            ..Self::default()
        }
    }
}

impl Choice<'_> {
    fn from_value(value: &Value) -> Option<Self> {
        let field = |name: &str| value.get(name).cloned().unwrap_or_default();
        let number = |index: &Value| match index {
            Value::String(text) => text.trim().parse().ok(),
            index => index.as_u64().and_then(|index| index.try_into().ok()),
        };
        value.is_object().then(|| Self {
            index: value.get("index").and_then(number),
            delta: value.get("delta").and_then(Delta::from_value),
            finish_reason: value.get("finish_reason").and_then(read_reason),
            rare: Some(Box::new(RareChoice {
                message: value.get("message").and_then(Delta::from_value),
                text: value.get("text").and_then(Value::as_str).and_then(Text::owned),
                usage: field("usage"),
                error: field("error"),
            })),
            ..Self::default()
        })
    }
}

impl Delta<'_> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Self { content: Text::owned(text), ..Self::default() });
        }
        let mut parts = Parts::default();
        parts.read(value.get("content").unwrap_or(&Value::Null), false, MAX_DEPTH);
        for name in ["reasoning_content", "reasoning", "thinking"] {
            if parts.reasoning.is_empty() {
                parts.read(value.get(name).unwrap_or(&Value::Null), true, MAX_DEPTH);
            }
        }
        Some(Self {
            content: Text::owned(&parts.text),
            reasoning_content: Text::owned(&parts.reasoning),
            rare: Some(Box::new(RareDelta {
                reasoning_details: value.get("reasoning_details").cloned().unwrap_or_default(),
                refusal: value.get("refusal").and_then(Value::as_str).unwrap_or_default().to_owned(),
            })),
            ..Self::default()
        })
    }
}

/// The texts of a content that is a list of parts.
#[derive(Default)]
struct Parts {
    text: String,
    reasoning: String,
}

impl Parts {
    fn read(&mut self, value: &Value, is_reasoning: bool, depth: usize) {
        match value {
            Value::String(text) if is_reasoning => self.reasoning.push_str(text),
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) if depth > 0 => {
                parts.iter().for_each(|part| self.read(part, is_reasoning, depth - 1));
            }
            Value::Object(part) if depth > 0 => {
                let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
                let is_reasoning = is_reasoning
                    || kind.starts_with("thinking")
                    || kind.starts_with("reasoning")
                    || kind == "thought"
                    || part.get("thought") == Some(&Value::Bool(true));
                for (name, is_thought) in [
                    ("text", false),
                    ("thinking", true),
                    ("reasoning", true),
                    ("reasoning_content", true),
                    ("content", false),
                    ("summary", true),
                    ("value", false),
                ] {
                    if let Some(inner) = part.get(name).filter(|inner| !inner.is_null()) {
                        return self.read(inner, is_reasoning || is_thought, depth - 1);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Reads a finish reason: a word, or an object with the word as its `type` (SGLang's own API).
fn read_reason(value: &Value) -> Option<Text<'static>> {
    Text::owned(value.as_str().or_else(|| value.get("type")?.as_str())?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delta(value: Value) -> (String, String) {
        let json = json!({"choices": [{"delta": value}]}).to_string();
        let mut chunks = Chunk::read_all(&json).unwrap();
        let mut delta = chunks.remove(0).choices.unwrap().remove(0).delta.unwrap();
        let reasoning = delta.take_reasoning().unwrap_or_default().into_owned();
        (delta.content.map(|Text(text)| text.into_owned()).unwrap_or_default(), reasoning)
    }

    #[test]
    fn content_is_a_text_or_a_list_of_parts() {
        for (value, text, reasoning) in [
            (json!({"content": "a"}), "a", ""),
            (json!({"content": null, "reasoning_content": "r"}), "", "r"),
            (json!({"content": "a", "reasoning": "r", "reasoning_content": "r"}), "a", "r"),
            (json!({"content": "a", "reasoning_content": null, "thinking": "r"}), "a", "r"),
            (json!({"reasoning_details": [{"type": "reasoning.text", "text": "r"}]}), "", "r"),
            (json!({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}), "ab", ""),
            (
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "r"}]}]}),
                "",
                "r",
            ),
            (json!({"content": [{"type": "reasoning", "text": "r"}, "a"]}), "a", "r"),
            (json!({"content": [{"text": "r", "thought": true}, {"text": "a"}]}), "a", "r"),
            (json!({"content": [{"type": "text", "text": {"value": "a"}}]}), "a", ""),
            (json!({"content": {"type": "text", "text": "a"}}), "a", ""),
            (json!({"content": 3, "reasoning": {"text": "r"}}), "", "r"),
            (json!({"content": [[[[[["a"]]]]]]}), "", ""),
        ] {
            assert_eq!(delta(value.clone()), (text.to_owned(), reasoning.to_owned()), "{value}");
        }
    }

    #[test]
    fn what_has_another_type_is_read_all_the_same() {
        for choices in [
            json!([{"index": "1", "delta": {"content": "a"}, "finish_reason": null}]),
            json!([{"index": null, "message": {"content": "a"}, "usage": 3}]),
            json!({"index": 0, "delta": {"content": "a"}, "finish_reason": {"type": "stop"}}),
            json!([null, {"text": "a", "index": 1.5}]),
        ] {
            let json = json!({"id": 7, "model": null, "choices": choices, "usage": []}).to_string();
            let chunks = Chunk::read_all(&json).unwrap();
            let choice = &chunks[0].choices.as_ref().unwrap()[0];
            let rare = choice.rare.as_ref().unwrap();
            let delta = choice.delta.as_ref().or(rare.message.as_ref());
            let text = delta.and_then(|delta| delta.content.as_ref()).or(rare.text.as_ref());
            assert_eq!(text.map(|Text(text)| text.as_ref()), Some("a"), "{json}");
        }
    }

    #[test]
    fn lists_and_null_are_read_and_other_json_is_not() {
        let count = |json| Chunk::read_all(json).map(|chunks| chunks.len());
        assert_eq!(count("null"), Some(0));
        assert_eq!(count("[{}, {}]"), Some(2));
        for json in ["", "1", "\"a\"", "[1]", "{", "{} {}", "[{}"] {
            assert_eq!(count(json), None, "{json}");
        }
    }
}
