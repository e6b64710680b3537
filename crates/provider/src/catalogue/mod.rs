//! The configured providers and models.

mod check;

use std::{collections::BTreeMap, fmt, time::Duration};

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName},
};

pub use check::CatalogueError;
use check::{check_model, check_provider};

use crate::{
    key::Keys,
    options::{FinishReason, ModelOptions, ProviderOptions, ReasoningOption},
    price::{Price, Usage},
};

/// The name of the built-in provider and the id of its model. Its answers are clearly marked as not being
/// translations. It is never used as a fallback.
pub const DEMO: &str = "demo";

/// A checked provider.
#[derive(Debug)]
pub struct Provider {
    /// The name that models refer to.
    pub name: String,
    /// Maximum number of concurrent requests.
    pub max_concurrency: usize,
    /// Maximum number of requests started per minute, if limited.
    pub requests_per_minute: Option<u32>,
    /// The environment variable with the key, if the provider takes one.
    pub api_key_env: Option<String>,
    /// Whether an answer must have a finish reason.
    pub finish_reason: FinishReason,
    /// Whether to ask for usage with `stream_options`.
    pub stream_usage: bool,
    /// `None` for the built-in provider: nothing is sent anywhere.
    pub(crate) endpoint: Option<Endpoint>,
}

impl Provider {
    /// Describes the provider's address, and its key by the variable's name, for the audit log. Contains no
    /// secrets. `None` for the built-in provider.
    #[must_use]
    pub fn whereabouts(&self) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        let mut url = endpoint.url.clone();
        url.set_query(None);
        let mut words = url.to_string();
        if let Some(name) = &self.api_key_env {
            words.push_str(&format!("; key of {name}"));
        }
        if let Some(name) = &endpoint.key_header {
            words.push_str(&format!(" in {name}"));
        }
        let mut headers: Vec<_> = endpoint.headers.keys().map(|name| name.as_str()).collect();
        if !headers.is_empty() {
            headers.sort_unstable();
            words.push_str(&format!("; headers {}", headers.join(", ")));
        }
        Some(words)
    }
}

/// HTTP settings of a provider.
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The header that carries the bare key; `None`: `Authorization: Bearer …`.
    pub(crate) key_header: Option<HeaderName>,
    pub(crate) connect_timeout: Duration,
    /// Maximum time from the request to the first byte of the answer's body.
    pub(crate) first_byte_timeout: Duration,
    /// Maximum time between two pieces of the answer.
    pub(crate) idle_timeout: Duration,
    pub(crate) answer_timeout: Duration,
}

impl fmt::Debug for Endpoint {
    /// Omits header values and the query: they may hold a gateway's secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        url.set_query(None);
        f.debug_struct("Endpoint").field("url", &url.as_str()).finish_non_exhaustive()
    }
}

/// A checked entry of the model catalogue.
#[derive(Debug)]
pub struct Model {
    /// The id that prompt versions name.
    pub id: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's name for the model.
    pub upstream: String,
    /// The name for people.
    pub name: String,
    /// The context window in tokens, if known.
    pub context_window: Option<u32>,
    /// Accepted parameters beside the messages, in the order of the configuration.
    pub parameters: Vec<String>,
    /// Sent names of some of `parameters`.
    pub rename: BTreeMap<String, String>,
    /// Price of input tokens, if known.
    pub input_price: Option<Price>,
    /// Price of output tokens, if known.
    pub output_price: Option<Price>,
    /// Price of cached input tokens, if it differs from `input_price`.
    pub cached_input_price: Option<Price>,
    /// How to treat reasoning in the content of an answer.
    pub reasoning: ReasoningOption,
}

impl Model {
    /// Whether the model accepts the parameter `name`. A version with any other parameter must not be saved.
    pub fn takes(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter == name)
    }

    /// Returns the cost of `usage` in nano-dollars; `None` if a price is unknown.
    pub fn cost_nano(&self, usage: &Usage) -> Option<i64> {
        usage.cost_nano(self.input_price, self.cached_input_price, self.output_price)
    }
}

/// All providers and models. Created once at start, from the configuration.
#[derive(Debug)]
pub struct Catalogue {
    providers: BTreeMap<String, Provider>,
    models: Vec<Model>,
    keys: Keys,
}

impl Catalogue {
    /// Checks the configured providers and models, and adds the built-in ones. Reads keys from the
    /// environment.
    ///
    /// # Errors
    /// The first entry that is invalid.
    pub fn new(providers: Vec<ProviderOptions>, models: Vec<ModelOptions>) -> Result<Self, CatalogueError> {
        let mut catalogue = Self {
            providers: BTreeMap::from([(DEMO.to_owned(), demo_provider())]),
            models: Vec::with_capacity(models.len() + 1),
            keys: Keys::from_env(),
        };
        for options in providers {
            let provider = check_provider(options)?;
            let name = provider.name.clone();
            if catalogue.providers.contains_key(&name) {
                return Err(CatalogueError::ProviderTaken(name));
            }
            catalogue.providers.insert(name, provider);
        }
        for options in models {
            if options.id == DEMO || catalogue.find_model(&options.id).is_some() {
                return Err(CatalogueError::ModelTaken(options.id));
            }
            if options.provider == DEMO || !catalogue.providers.contains_key(&options.provider) {
                return Err(CatalogueError::NoProvider { model: options.id, provider: options.provider });
            }
            let model = check_model(options)?;
            catalogue.models.push(model);
        }
        catalogue.models.push(demo_model());
        Ok(catalogue)
    }

    /// Replaces the source of the keys, for tests.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Returns all models in the order of the configuration, the demo last.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Returns all providers by name, including the demo.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }

    /// Returns the model with this id.
    pub fn find_model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Returns the provider with this name.
    pub fn find_provider(&self, name: &str) -> Option<&Provider> {
        self.providers.get(name)
    }

    /// Returns the environment variable that must be set before this model can be used. Looks the key up each
    /// time.
    pub fn missing_env(&self, model: &Model) -> Option<&str> {
        self.find_provider(&model.provider).and_then(|provider| self.missing_env_of(provider))
    }

    /// Returns the environment variable that must be set before this provider can be used. Looks the key up
    /// each time.
    pub fn missing_env_of<'a>(&self, provider: &'a Provider) -> Option<&'a str> {
        let name = provider.api_key_env.as_deref()?;
        self.keys.find(name).is_none().then_some(name)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }
}

fn demo_provider() -> Provider {
    Provider {
        name: DEMO.to_owned(),
        max_concurrency: 16,
        requests_per_minute: None,
        api_key_env: None,
        finish_reason: FinishReason::Required,
        stream_usage: true,
        endpoint: None,
    }
}

fn demo_model() -> Model {
    Model {
        id: DEMO.to_owned(),
        provider: DEMO.to_owned(),
        upstream: DEMO.to_owned(),
        name: "Demo (no translation, no network)".to_owned(),
        context_window: None,
        parameters: ["temperature", "top_p", "max_tokens", "metadata"].map(str::to_owned).to_vec(),
        rename: BTreeMap::new(),
        input_price: None,
        output_price: None,
        cached_input_price: None,
        reasoning: ReasoningOption::Split,
    }
}
