//! Checks whether a request, of which only a trace (a hash) is stored, matches the data known of it.
//!
//! A body holds the parameters under the names of the provider at that time. It holds `metadata` if the
//! model's entry listed it. If these names were stored, only one body is possible. Otherwise the names are
//! guessed from the current catalogue, which may have changed. The order is: the current names, the
//! parameters' own names, the names of other models.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    catalogue::{Catalogue, Model},
    request::{ChatRequest, STREAM_OPTIONS, body},
};

/// Maximum number of bodies to try. A version has few parameters, and each parameter has few names.
const MOST: usize = 1_024;

/// Result of the search for a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Trace {
    /// A body matched.
    Found,
    /// No body matched. Holds the most likely body.
    Other(Vec<u8>),
    /// Unknown: the model's parameters may have had other names at that time.
    Unknown,
}

/// Makes the body of `request` for the model `upstream` with exactly the parameters in `names`, each under
/// its sent name. Omits `stream_options` if `names` says so. `None` if `names` has a parameter that the
/// request lacks.
#[must_use]
pub fn body_as_named(
    request: &ChatRequest,
    upstream: &str,
    names: &BTreeMap<String, String>,
) -> Option<Vec<u8>> {
    let asks_for_usage = names.get(STREAM_OPTIONS).is_none_or(|sent_as| !sent_as.is_empty());
    let named = names.iter().filter(|(name, _)| *name != STREAM_OPTIONS);
    let named = named.map(|(name, sent_as)| Some((sent_as.as_str(), request.parameters.get(name)?)));
    let named: Vec<_> = named.collect::<Option<_>>()?;
    body(upstream, &request.messages, named.into_iter(), asks_for_usage).ok()
}

/// Searches for a body of `request` for the model `upstream` that `is_it` accepts.
#[must_use]
pub fn trace(
    catalogue: &Catalogue,
    request: &ChatRequest,
    upstream: &str,
    is_it: impl Fn(&[u8]) -> bool,
) -> Trace {
    let model = catalogue.find_model(&request.model);
    let known: Vec<(Vec<Option<&str>>, &Value)> = request
        .parameters
        .iter()
        .filter(|(name, _)| *name != "variables")
        .map(|(name, value)| (names(catalogue, model, name), value))
        .collect();
    let mut likeliest = None;
    for choice in 0..known.iter().map(|(names, _)| names.len()).product::<usize>().clamp(1, MOST) {
        let mut rest = choice;
        let named = known.iter().filter_map(|(names, value)| {
            let name = names[rest % names.len()];
            rest /= names.len();
            name.map(|name| (name, *value))
        });
        // A request without stored names is older than requests without `stream_options`.
        let Ok(body) = body(upstream, &request.messages, named, true) else { continue };
        if is_it(&body) {
            return Trace::Found;
        }
        likeliest.get_or_insert(body);
    }
    match likeliest {
        Some(body) if known.is_empty() => Trace::Other(body),
        _ => Trace::Unknown,
    }
}

/// Returns the possible sent names of a parameter, most likely first. `None`: the parameter was not sent.
fn names<'a>(catalogue: &'a Catalogue, model: Option<&'a Model>, name: &'a str) -> Vec<Option<&'a str>> {
    let renamed = |model: &'a Model| model.rename.get(name).map(String::as_str);
    let mut names = Vec::new();
    names.extend(model.and_then(renamed).map(Some));
    names.push(Some(name));
    names.extend(catalogue.models().iter().filter_map(renamed).map(Some));
    if name == "metadata" {
        let is_sent = model.is_some_and(|model| model.takes(name));
        names.insert(if is_sent { names.len() } else { 0 }, None);
    }
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Message, PreparedRequest, Role};
    use serde_json::json;

    fn catalogue(models: Value) -> Catalogue {
        let providers = json!([{"name": "local", "base_url": "http://127.0.0.1:9/v1"}]);
        let providers = serde_json::from_value(providers).expect("providers");
        Catalogue::new(providers, serde_json::from_value(models).expect("models")).expect("a catalogue")
    }

    fn model(id: &str, rename: Value, parameters: Value) -> Value {
        json!({"id": id, "provider": "local", "upstream": "tiny", "parameters": parameters, "rename": rename})
    }

    fn request(parameters: Value) -> ChatRequest {
        ChatRequest {
            model: "local/tiny".into(),
            messages: vec![Message { role: Role::User, content: "夜".into() }],
            parameters: parameters.as_object().expect("an object").clone(),
            subject: None,
        }
    }

    /// Prepares a request under the model `then` and searches for it under the models `now`.
    fn after(then: Value, now: Value, parameters: Value) -> Trace {
        let request = request(parameters);
        let sent = PreparedRequest::new(&catalogue(json!([then])), request.clone(), true).expect("a request");
        trace(&catalogue(now), &request, "tiny", |body| body == sent.body())
    }

    #[test]
    fn a_request_is_found_whatever_became_of_the_names() {
        let all = || json!(["temperature", "max_tokens", "metadata"]);
        let parameters =
            || json!({"temperature": 0.3, "max_tokens": 9, "metadata": {"a": 1}, "variables": {"tone": "x"}});
        let renamed = || model("local/tiny", json!({"max_tokens": "max_completion_tokens"}), all());
        let plain = || model("local/tiny", json!({}), all());
        let silent = || model("local/tiny", json!({}), json!(["temperature", "max_tokens"]));
        let other = model("local/other", json!({"max_tokens": "max_completion_tokens"}), all());
        for (then, now) in [
            (plain(), json!([plain()])),
            (renamed(), json!([renamed()])),
            (plain(), json!([renamed()])),
            (silent(), json!([plain()])),
            (plain(), json!([silent()])),
            (renamed(), json!([plain(), other])),
            (plain(), json!([])),
        ] {
            assert_eq!(after(then, now.clone(), parameters()), Trace::Found, "{now}");
        }
        for now in [json!([plain()]), json!([])] {
            assert_eq!(after(renamed(), now, parameters()), Trace::Unknown);
        }
    }

    #[test]
    fn with_its_names_a_body_is_made_again_without_the_catalogue() {
        let parameters =
            json!({"temperature": 0.3, "max_tokens": 9, "metadata": {"a": 1}, "variables": {"tone": "x"}});
        let request = request(parameters);
        for listed in [json!(["temperature", "max_tokens", "metadata"]), json!(["temperature", "max_tokens"])]
        {
            let then = model("local/tiny", json!({"max_tokens": "max_completion_tokens"}), listed);
            let catalogue = catalogue(json!([then]));
            let sent = PreparedRequest::new(&catalogue, request.clone(), true).expect("a request");
            let names = sent.parameter_names();
            assert_eq!(names["max_tokens"], "max_completion_tokens");
            let again = body_as_named(&request, "tiny", &names).expect("a body");
            assert_eq!(sent.body(), &again);
            let without = PreparedRequest::new(&catalogue, request.clone(), false).expect("a request");
            assert_ne!(without.body(), sent.body());
            let again = body_as_named(&request, "tiny", &without.parameter_names()).expect("a body");
            assert_eq!(without.body(), &again);
            let mut other = names.clone();
            other.insert("max_tokens".into(), "max_tokens".into());
            assert_ne!(sent.body(), &body_as_named(&request, "tiny", &other).expect("a body"));
            other.insert("top_p".into(), "top_p".into());
            assert_eq!(body_as_named(&request, "tiny", &other), None, "it has none");
        }
    }

    #[test]
    fn what_was_not_sent_is_not_found() {
        let now = || catalogue(json!([model("local/tiny", json!({}), json!(["temperature"]))]));
        let named = request(json!({"temperature": 0.3}));
        assert_eq!(trace(&now(), &named, "tiny", |_| false), Trace::Unknown, "it may have had another name");
        // Without parameters there are no names, so the catalogue is not needed.
        for catalogue in [now(), catalogue(json!([]))] {
            let request = request(json!({"variables": {}}));
            let Trace::Other(body) = trace(&catalogue, &request, "tiny", |_| false) else { panic!("found") };
            let body: Value = serde_json::from_slice(&body).expect("json");
            assert_eq!((&body["model"], &body["stream"]), (&json!("tiny"), &json!(true)));
        }
    }
}
