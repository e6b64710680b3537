//! Checks the entries of the configuration.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{Endpoint, Model, Provider};
use crate::{
    address::is_allowed,
    options::{ModelOptions, ProviderOptions},
};

/// Parts of a request that are not parameters.
const RESERVED: [&str; 6] = ["model", "messages", "stream", "stream_options", "n", "variables"];

/// Headers that the client sets itself. A key in `authorization` would be a secret in a file.
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

/// Default maximum silence within an answer, and before its first byte.
const IDLE_TIMEOUT_S: u64 = 60;
const FIRST_BYTE_TIMEOUT_S: u64 = 300;

/// Default maximum time for an answer.
const ANSWER_TIMEOUT_S: u64 = 30 * 60;

const LONGEST_TIMEOUT_S: u64 = 24 * 60 * 60;

/// Why a catalogue is invalid. Uses the names of the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A provider's name is empty, too long, or has other characters than `a-z A-Z 0-9 . _ -`.
    #[error("provider {0:?}: a name is 1 to 64 of a-z A-Z 0-9 . _ -")]
    ProviderName(String),
    /// Two providers with one name, or a provider named `demo`.
    #[error("provider {0:?}: the name is taken")]
    ProviderTaken(String),
    /// Not an http or https URL, or a URL with a user, password or fragment.
    #[error("provider {0:?}: base_url must be http:// or https://, without user, password or fragment")]
    BaseUrl(String),
    /// A link-local address, or the metadata address of a cloud.
    #[error("provider {0:?}: base_url is a link-local or metadata address, which is never asked")]
    Address(String),
    /// A header's name or value cannot be sent, or the client sets the header itself.
    #[error("provider {provider:?}: header {header:?} cannot be set (keys belong in api_key_env)")]
    Header {
        /// The provider's name.
        provider: String,
        /// The header's name.
        header: String,
    },
    /// A limit is zero or too large.
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
    /// Two models with one id, or a model with the id `demo`.
    #[error("model {0:?}: the id is taken")]
    ModelTaken(String),
    /// A model of an unknown provider, or of the built-in one, which accepts no further models.
    #[error("model {model:?}: there is no provider {provider:?} to serve it")]
    NoProvider {
        /// The model's id.
        model: String,
        /// The provider that the model names.
        provider: String,
    },
    /// A parameter is listed twice, is reserved or not listed, or its new name is taken.
    #[error("model {model:?}: parameter {parameter:?} is listed twice, reserved, or not listed at all")]
    Parameter {
        /// The model's id.
        model: String,
        /// The parameter's name.
        parameter: String,
    },
}

pub(super) fn check_provider(options: ProviderOptions) -> Result<Provider, CatalogueError> {
    let ProviderOptions { name, base_url, api_key_env, max_concurrency, requests_per_minute, .. } = options;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(CatalogueError::ProviderName(name));
    }
    let url = chat_url(&base_url).ok_or_else(|| CatalogueError::BaseUrl(name.clone()))?;
    // A host name is checked when the client connects.
    let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
    if !literal.is_none_or(is_allowed) {
        return Err(CatalogueError::Address(name));
    }
    let timeouts = 1..=LONGEST_TIMEOUT_S;
    let idle_timeout_s = options.idle_timeout_s.unwrap_or(IDLE_TIMEOUT_S);
    let first_byte_timeout_s =
        options.first_byte_timeout_s.or(options.idle_timeout_s).unwrap_or(FIRST_BYTE_TIMEOUT_S);
    let answer_timeout_s =
        options.answer_timeout_s.unwrap_or(idle_timeout_s.max(first_byte_timeout_s).max(ANSWER_TIMEOUT_S));
    let limits = [
        ("max_concurrency", (1..=10_000).contains(&max_concurrency)),
        ("requests_per_minute", requests_per_minute != Some(0)),
        ("connect_timeout_s", timeouts.contains(&options.connect_timeout_s)),
        ("idle_timeout_s", timeouts.contains(&idle_timeout_s)),
        ("first_byte_timeout_s", timeouts.contains(&first_byte_timeout_s)),
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
    let (headers, key_header) = check_headers(&name, options.headers, options.api_key_header)?;
    let endpoint = Endpoint {
        url,
        headers,
        key_header,
        connect_timeout: Duration::from_secs(options.connect_timeout_s),
        first_byte_timeout: Duration::from_secs(first_byte_timeout_s),
        idle_timeout: Duration::from_secs(idle_timeout_s),
        answer_timeout: Duration::from_secs(answer_timeout_s),
    };
    Ok(Provider {
        name,
        max_concurrency,
        requests_per_minute,
        api_key_env,
        finish_reason: options.finish_reason,
        stream_usage: options.stream_usage,
        endpoint: Some(endpoint),
    })
}

/// Returns the headers of each request, and the header for the key.
fn check_headers(
    provider: &str,
    options: BTreeMap<String, String>,
    key_header: Option<String>,
) -> Result<(HeaderMap, Option<HeaderName>), CatalogueError> {
    let refused =
        |header: &str| CatalogueError::Header { provider: provider.to_owned(), header: header.to_owned() };
    let key_header = match key_header {
        Some(name) => {
            let own = OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
            // `authorization` is the client's header for keys.
            let is_free = !own || name.eq_ignore_ascii_case("authorization");
            let header = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| is_free);
            Some(header.ok_or_else(|| refused(&name))?)
        }
        None => None,
    };
    let mut headers = HeaderMap::with_capacity(options.len());
    for (name, value) in options {
        let own = OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            (Ok(header), Ok(value)) if !own && Some(&header) != key_header.as_ref() => {
                headers.insert(header, value);
            }
            _ => return Err(refused(&name)),
        }
    }
    Ok((headers, key_header))
}

fn chat_url(base_url: &str) -> Option<Url> {
    let base = Url::parse(base_url).ok()?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.username().is_empty()
        && base.password().is_none()
        && base.fragment().is_none()
        // An empty user, which `Url` drops silently.
        && !base_url.contains('@');
    if !plain {
        return None;
    }
    let mut url = base.clone();
    // Keeps a query (Azure's `api-version`) after the path.
    url.set_path(&format!("{}/chat/completions", base.path().trim_end_matches('/')));
    Some(url)
}

pub(super) fn check_model(options: ModelOptions) -> Result<Model, CatalogueError> {
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
        cached_input_price: options.cached_input_price_per_mtok,
        reasoning: options.reasoning,
        id,
        parameters,
        rename,
    })
}
