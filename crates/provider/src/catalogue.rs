use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    address::is_allowed,
    key::Keys,
    options::{ModelOptions, ProviderOptions},
    price::{Price, Usage},
};

/// The name of the built-in provider and the id of its model. Its answers are plainly marked as no
/// translations; it is a choice, never a fallback.
pub const DEMO: &str = "demo";

/// Parts of a request that are not parameters.
const RESERVED: [&str; 6] = ["model", "messages", "stream", "stream_options", "n", "variables"];

/// Headers that the client sets itself; a key in `authorization` would be a secret in a file.
const OWN_HEADERS: [&str; 9] = [
    "authorization",
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
];

/// Longest time for an answer where nothing else is said.
const ANSWER_TIMEOUT_S: u64 = 30 * 60;

const LONGEST_TIMEOUT_S: u64 = 24 * 60 * 60;

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
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) answer_timeout: Duration,
}

impl fmt::Debug for Endpoint {
    /// Without the headers' values: somebody's gateway may want a secret there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url.as_str()).finish_non_exhaustive()
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
}

impl Model {
    /// Whether it takes the parameter `name`; a version that names any other is not to be saved.
    pub fn takes(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter == name)
    }

    /// What `usage` costs in nano-dollars; `None` where a price is not known.
    pub fn cost_nano(&self, usage: &Usage) -> Option<i64> {
        usage.cost_nano(self.input_price, self.output_price)
    }
}

/// Why a catalogue cannot be used. Names what is wrong as the configuration does.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A provider's name is empty, too long, or has other characters than `a-z A-Z 0-9 . _ -`.
    #[error("provider {0:?}: a name is 1 to 64 of a-z A-Z 0-9 . _ -")]
    ProviderName(String),
    /// Two providers of one name, or one named `demo`.
    #[error("provider {0:?}: the name is taken")]
    ProviderTaken(String),
    /// Not an http or https URL, or one with a user, password, query or fragment.
    #[error(
        "provider {0:?}: base_url must be http:// or https://, without user, password, query or fragment"
    )]
    BaseUrl(String),
    /// An address where no models are served: link-local, or of a cloud's metadata.
    #[error("provider {0:?}: base_url is a link-local or metadata address, which is never asked")]
    Address(String),
    /// A header's name or value cannot be sent, or it is one that the client sets itself.
    #[error("provider {provider:?}: header {header:?} cannot be set (keys belong in api_key_env)")]
    Header {
        /// The provider's name.
        provider: String,
        /// The header's name.
        header: String,
    },
    /// A limit is zero or beyond reason.
    #[error("provider {provider:?}: {limit} is out of range")]
    Limit {
        /// The provider's name.
        provider: String,
        /// The option's name.
        limit: &'static str,
    },
    /// `api_key_env` cannot name an environment variable.
    #[error("provider {0:?}: api_key_env is not the name of a variable (letters, digits, underscores)")]
    KeyVariable(String),
    /// A model's id is empty, longer than 255 characters, or has control characters.
    #[error("model {0:?}: an id is 1 to 255 characters, none of them a control character")]
    ModelId(String),
    /// Two models of one id, or one called `demo`.
    #[error("model {0:?}: the id is taken")]
    ModelTaken(String),
    /// A model of a provider that is not there; the built-in one takes no more.
    #[error("model {model:?}: there is no provider {provider:?} to serve it")]
    NoProvider {
        /// The model's id.
        model: String,
        /// The provider it names.
        provider: String,
    },
    /// A parameter is listed twice, is no parameter, or a new name of one is taken.
    #[error("model {model:?}: parameter {parameter:?} is listed twice, reserved, or not listed at all")]
    Parameter {
        /// The model's id.
        model: String,
        /// The parameter's name.
        parameter: String,
    },
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
    }
}

fn check_provider(options: ProviderOptions) -> Result<Provider, CatalogueError> {
    let ProviderOptions { name, base_url, api_key_env, max_concurrency, requests_per_minute, .. } = options;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(CatalogueError::ProviderName(name));
    }
    let url = chat_url(&base_url).ok_or_else(|| CatalogueError::BaseUrl(name.clone()))?;
    // Names are judged when they are connected to.
    let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
    if !literal.is_none_or(is_allowed) {
        return Err(CatalogueError::Address(name));
    }
    let timeouts = 1..=LONGEST_TIMEOUT_S;
    let answer_timeout_s = options.answer_timeout_s.unwrap_or(options.idle_timeout_s.max(ANSWER_TIMEOUT_S));
    let limits = [
        ("max_concurrency", (1..=10_000).contains(&max_concurrency)),
        ("requests_per_minute", requests_per_minute != Some(0)),
        ("connect_timeout_s", timeouts.contains(&options.connect_timeout_s)),
        ("idle_timeout_s", timeouts.contains(&options.idle_timeout_s)),
        ("answer_timeout_s", timeouts.contains(&answer_timeout_s)),
    ];
    if let Some((limit, _)) = limits.into_iter().find(|(_, holds)| !holds) {
        return Err(CatalogueError::Limit { provider: name, limit });
    }
    let variable = |name: &String| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !api_key_env.as_ref().is_none_or(variable) {
        return Err(CatalogueError::KeyVariable(name));
    }
    let mut headers = HeaderMap::with_capacity(options.headers.len());
    for (header, value) in options.headers {
        let own = OWN_HEADERS.contains(&header.to_ascii_lowercase().as_str());
        match (HeaderName::from_bytes(header.as_bytes()), HeaderValue::from_str(&value)) {
            (Ok(name), Ok(value)) if !own => headers.insert(name, value),
            _ => return Err(CatalogueError::Header { provider: name, header }),
        };
    }
    let endpoint = Endpoint {
        url,
        headers,
        connect_timeout: Duration::from_secs(options.connect_timeout_s),
        idle_timeout: Duration::from_secs(options.idle_timeout_s),
        answer_timeout: Duration::from_secs(answer_timeout_s),
    };
    Ok(Provider { name, max_concurrency, requests_per_minute, api_key_env, endpoint: Some(endpoint) })
}

fn chat_url(base_url: &str) -> Option<Url> {
    let base = Url::parse(base_url).ok()?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none()
        // An empty user, which `Url` drops without a word.
        && !base_url.contains('@');
    if !plain {
        return None;
    }
    Url::parse(&format!("{}/chat/completions", base.as_str().trim_end_matches('/'))).ok()
}

fn check_model(options: ModelOptions) -> Result<Model, CatalogueError> {
    let ModelOptions { id, parameters, rename, .. } = options;
    if !(1..=255).contains(&id.chars().count()) || id.trim().is_empty() || id.chars().any(char::is_control) {
        return Err(CatalogueError::ModelId(id));
    }
    let refused = |parameter: &str| {
        Err(CatalogueError::Parameter { model: id.clone(), parameter: parameter.to_owned() })
    };
    if let Some(stray) = rename.keys().find(|name| !parameters.contains(name)) {
        return refused(stray);
    }
    let (mut listed, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for name in &parameters {
        let sent_as = rename.get(name).unwrap_or(name);
        let reserved = |name: &String| name.trim().is_empty() || RESERVED.contains(&name.as_str());
        if reserved(name) || reserved(sent_as) || !listed.insert(name) || !sent.insert(sent_as) {
            return refused(name);
        }
    }
    Ok(Model {
        upstream: options.upstream.unwrap_or_else(|| id.clone()),
        name: options.name.unwrap_or_else(|| id.clone()),
        provider: options.provider,
        context_window: options.context_window,
        input_price: options.input_price_per_mtok,
        output_price: options.output_price_per_mtok,
        id,
        parameters,
        rename,
    })
}
