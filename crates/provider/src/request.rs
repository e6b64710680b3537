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

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rules for what follows.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What the messages are about. Never sent: only the demo, which reads no prompts, answers from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The text to translate.
    pub text: String,
    /// The language it is to be translated into.
    pub target_language: String,
}

/// A request, before it is made into bytes.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The id of a model of the catalogue.
    pub model: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Parameters under the names of the catalogue, which are sent as the model calls them. `variables` is
    /// never sent, `metadata` only where the model lists it; any other that it does not list is a fault.
    pub parameters: JsonObject,
    /// What the messages are about; without it the demo answers from the last message.
    pub subject: Option<Subject>,
}

/// The entry of [`PreparedRequest::parameter_names`] that says that `stream_options` was left out: its name, sent as
/// nothing. A model's own parameter cannot have this name.
pub(crate) const STREAM_OPTIONS: &str = "stream_options";

/// A request whose bytes are made: what is hashed is what is sent.
#[derive(Clone, Debug)]
pub struct PreparedRequest {
    /// The provider's name.
    pub provider: String,
    /// What the provider calls the model.
    pub upstream: String,
    body: Bytes,
    /// The parameters' names: as the request had them, and as they are sent.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether `stream_options` is in the body.
    pub(crate) asks_for_usage: bool,
    /// Whether reasoning in the content of the answer stays in its text.
    pub(crate) keeps_reasoning: bool,
    pub(crate) demo: DemoInput,
}

/// What the demo answers from.
#[derive(Clone, Debug)]
pub(crate) struct DemoInput {
    pub(crate) text: String,
    pub(crate) target_language: Option<String>,
    pub(crate) max_tokens: Option<u64>,
}

impl PreparedRequest {
    /// The body of the HTTP request, to the byte: a JSON object with the top-level keys sorted, of `model`,
    /// `messages`, the parameters, `stream` and, where the provider takes it, `stream_options`. Its SHA-256 tells exactly what was sent.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The names of the parameters that are in the body: those of the request, and those that they are sent under.
    /// Where the body has no `stream_options`, `stream_options` stands here with an empty name.
    pub fn parameter_names(&self) -> BTreeMap<String, String> {
        let left_out = (!self.asks_for_usage).then(|| (STREAM_OPTIONS.to_owned(), String::new()));
        self.parameters.iter().cloned().chain(left_out).collect()
    }

    /// Makes the bytes of `request`, with `stream_options` if the provider is to be asked for usage.
    ///
    /// # Errors
    /// [`FaultKind::ModelUnknown`] where the catalogue has no such model, [`FaultKind::ParameterRefused`]
    /// where the model does not list a parameter. Nothing is sent.
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

/// The bytes of a body, from the parameters under the names that the provider knows.
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

/// What is sent of `parameters`: name, name as sent, value.
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
