//! What providers and models there are.

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

/// The name of the built-in provider and the id of its model. Its answers are plainly marked as no
/// translations; it is a choice, never a fallback.
pub const DEMO: &str = "demo";

/// Where models are served, checked.
#[derive(Debug)]
pub struct Provider {
    /// What models call it.
    pub name: String,
    /// How many requests may be under way at once.
    pub max_concurrency: usize,
    /// How many requests may be begun in a minute, where there is a limit.
    pub requests_per_minute: Option<u32>,
    /// The environment variable that holds its key, where it takes one.
    pub api_key_env: Option<String>,
    /// Whether its answers must say why they end.
    pub finish_reason: FinishReason,
    /// Whether it is asked for usage, by `stream_options`.
    pub stream_usage: bool,
    /// `None`: built in, nothing is sent anywhere.
    pub(crate) endpoint: Option<Endpoint>,
}

impl Provider {
    /// In words where it is and which key it gets, by the variable's name, without what may be secret: for the audit
    /// log. `None` of one that is built in.
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

/// How a provider is reached over HTTP.
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The header that carries the key as it is; `None`: `Authorization: Bearer …`.
    pub(crate) key_header: Option<HeaderName>,
    pub(crate) connect_timeout: Duration,
    /// From the request to the first byte of the answer's body.
    pub(crate) first_byte_timeout: Duration,
    /// Between two pieces of the answer.
    pub(crate) idle_timeout: Duration,
    pub(crate) answer_timeout: Duration,
}

impl fmt::Debug for Endpoint {
    /// Without the headers' values and the query: somebody's gateway may want a secret there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        url.set_query(None);
        f.debug_struct("Endpoint").field("url", &url.as_str()).finish_non_exhaustive()
    }
}

/// An entry of the model catalogue, checked.
#[derive(Debug)]
pub struct Model {
    /// What a prompt version names.
    pub id: String,
    /// The name of its provider.
    pub provider: String,
    /// What the provider calls it.
    pub upstream: String,
    /// For people.
    pub name: String,
    /// In tokens, where known.
    pub context_window: Option<u32>,
    /// What it takes beside the messages, in the order of the configuration.
    pub parameters: Vec<String>,
    /// This model's own names for some of `parameters`.
    pub rename: BTreeMap<String, String>,
    /// Of the messages, where known.
    pub input_price: Option<Price>,
    /// Of the answer, where known.
    pub output_price: Option<Price>,
    /// Of cached tokens of the messages, where it differs from `input_price`.
    pub cached_input_price: Option<Price>,
    /// What becomes of reasoning in the content of an answer.
    pub reasoning: ReasoningOption,
}

impl Model {
    /// Whether it takes the parameter `name`; a version that names any other is not to be saved.
    pub fn takes(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter == name)
    }

    /// What `usage` costs in nano-dollars; `None` where a price is not known.
    pub fn cost_nano(&self, usage: &Usage) -> Option<i64> {
        usage.cost_nano(self.input_price, self.cached_input_price, self.output_price)
    }
}

/// What providers and models there are. Made once at a start, from the configuration.
#[derive(Debug)]
pub struct Catalogue {
    providers: BTreeMap<String, Provider>,
    models: Vec<Model>,
    keys: Keys,
}

impl Catalogue {
    /// Checks the configured providers and models, and adds the built-in ones. Keys come from the
    /// environment.
    ///
    /// # Errors
    /// At the first entry that cannot be used.
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

    /// The same catalogue with keys from elsewhere: for tests.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// All models, in the order of the configuration; the demo last.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// All providers, by name; the demo among them.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }

    /// The model that a prompt version names.
    pub fn find_model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The provider of this name.
    pub fn find_provider(&self, name: &str) -> Option<&Provider> {
        self.providers.get(name)
    }

    /// The environment variable that has to be set before this model can be used. Looked up anew each time.
    pub fn missing_env(&self, model: &Model) -> Option<&str> {
        self.find_provider(&model.provider).and_then(|provider| self.missing_env_of(provider))
    }

    /// The environment variable that has to be set before this provider can be used. Looked up anew each time.
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
