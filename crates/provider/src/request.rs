use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    catalogue::{Catalogue, Model},
    fault::{Fault, FaultKind},
    options::ReasoningOption,
};

/// A JSON object.
pub type JsonObject = Map<String, Value>;

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Rules for the conversation.
    System,
    /// The person or program that asks.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The author.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// The subject of the messages. Never sent: only the demo, which reads no prompts, uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The text to translate.
    pub text: String,
    /// The language of the translation.
    pub target_language: String,
}

/// A request before it is serialised.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The id of a model in the catalogue.
    pub model: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Parameters under the catalogue's names; they are sent under the model's names. `variables` is never
    /// sent. `metadata` is sent only if the model lists it. Any other parameter that the model does not list
    /// is a fault.
    pub parameters: JsonObject,
    /// The subject of the messages. Without it the demo answers from the last message.
    pub subject: Option<Subject>,
}

/// The entry of [`PreparedRequest::parameter_names`] for omitted `stream_options`: this name with an empty
/// sent name. A model's own parameter cannot have this name.
pub(crate) const STREAM_OPTIONS: &str = "stream_options";

/// A serialised request: the hashed bytes are the sent bytes.
#[derive(Clone, Debug)]
pub struct PreparedRequest {
    /// The provider's name.
    pub provider: String,
    /// The provider's name for the model.
    pub upstream: String,
    body: Bytes,
    /// Pairs of names: as in the request, and as sent.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether `stream_options` is in the body.
    pub(crate) asks_for_usage: bool,
    /// Whether the text keeps the reasoning in the answer's content.
    pub(crate) keeps_reasoning: bool,
    pub(crate) demo: DemoInput,
}

/// Input of the demo.
#[derive(Clone, Debug)]
pub(crate) struct DemoInput {
    pub(crate) text: String,
    pub(crate) target_language: Option<String>,
    pub(crate) max_tokens: Option<u64>,
}

impl PreparedRequest {
    /// Returns the exact body of the HTTP request: a JSON object with sorted top-level keys. The keys are
    /// `model`, `messages`, the parameters, `stream` and, if the provider accepts it, `stream_options`. Its
    /// SHA-256 identifies exactly what was sent.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the parameters in the body: from the request's name to the sent name. If the body has no
    /// `stream_options`, the map holds `stream_options` with an empty name.
    pub fn parameter_names(&self) -> BTreeMap<String, String> {
        let left_out = (!self.asks_for_usage).then(|| (STREAM_OPTIONS.to_owned(), String::new()));
        self.parameters.iter().cloned().chain(left_out).collect()
    }

    /// Serialises `request`, with `stream_options` if the provider should report usage.
    ///
    /// # Errors
    /// [`FaultKind::ModelUnknown`] if the catalogue has no such model, [`FaultKind::ParameterRefused`] if the
    /// model does not list a parameter. Nothing is sent.
    pub(crate) fn new(
        catalogue: &Catalogue,
        request: ChatRequest,
        asks_for_usage: bool,
    ) -> Result<Self, Fault> {
        let model =
            catalogue.find_model(&request.model).ok_or_else(|| Fault::new(FaultKind::ModelUnknown))?;
        let chosen = chosen_parameters(model, &request.parameters)?;
        let named = chosen.iter().map(|(_, sent_as, value)| (*sent_as, *value));
        let body = body(&model.upstream, &request.messages, named, asks_for_usage)
            .map_err(|_| Fault::new(FaultKind::Refused))?;
        let last = request.messages.last().map(|message| message.content.clone());
        let demo = match request.subject {
            Some(subject) => (subject.text, Some(subject.target_language)),
            None => (last.unwrap_or_default(), None),
        };
        Ok(Self {
            provider: model.provider.clone(),
            upstream: model.upstream.clone(),
            body: body.into(),
            parameters: chosen
                .iter()
                .map(|(name, sent_as, _)| (name.to_string(), sent_as.to_string()))
                .collect(),
            asks_for_usage,
            keeps_reasoning: model.reasoning == ReasoningOption::Keep,
            demo: DemoInput {
                text: demo.0,
                target_language: demo.1,
                max_tokens: request.parameters.get("max_tokens").and_then(Value::as_u64),
            },
        })
    }
}

/// Returns the bytes of a body from parameters under the provider's names.
pub(crate) fn body<'a>(
    upstream: &str,
    messages: &[Message],
    parameters: impl Iterator<Item = (&'a str, &'a Value)>,
    asks_for_usage: bool,
) -> serde_json::Result<Vec<u8>> {
    let mut body: BTreeMap<&str, Cow<'_, Value>> = BTreeMap::from([
        ("model", Cow::Owned(json!(upstream))),
        ("messages", Cow::Owned(json!(messages))),
        ("stream", Cow::Owned(json!(true))),
    ]);
    if asks_for_usage {
        body.insert(STREAM_OPTIONS, Cow::Owned(json!({"include_usage": true})));
    }
    body.extend(parameters.map(|(name, value)| (name, Cow::Borrowed(value))));
    serde_json::to_vec(&body)
}

/// Returns the parameters to send: name, sent name, value.
fn chosen_parameters<'a>(
    model: &'a Model,
    parameters: &'a JsonObject,
) -> Result<Vec<(&'a str, &'a str, &'a Value)>, Fault> {
    let mut chosen = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        if model.takes(name) {
            chosen.push((name.as_str(), model.rename.get(name).unwrap_or(name).as_str(), value));
        } else if name != "variables" && name != "metadata" {
            let mut fault = Fault::new(FaultKind::ParameterRefused);
            fault.parameter = Some(name.clone());
            return Err(fault);
        }
    }
    Ok(chosen)
}
