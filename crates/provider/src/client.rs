use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_stream::stream;
use futures::{Stream, StreamExt, future::Either};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{
    Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{
    address::Guard,
    answer::Answer,
    catalogue::{Catalogue, Endpoint, Provider},
    demo,
    fault::{Fault, FaultKind, Retry},
    options::FinishReason,
    refusal,
    reply::{Event, Rules},
    request::{ChatRequest, PreparedRequest},
};

/// Maximum number of bytes read of an error's body.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// Delay between two tokens of the demo, slow enough to watch.
const DEMO_DELAY: Duration = Duration::from_millis(15);

/// Sends requests to the providers of a catalogue. Cheap to clone; clones share connections and limits.
#[derive(Clone, Debug)]
pub struct Client {
    catalogue: Arc<Catalogue>,
    lanes: Arc<BTreeMap<String, Lane>>,
    demo_delay: Duration,
}

/// A slot among the concurrent requests of a provider. Dropping it frees the slot.
#[derive(Debug)]
pub struct Turn {
    _slot: OwnedSemaphorePermit,
}

/// State shared by all requests to one provider: its limits and its connections.
#[derive(Debug)]
struct Lane {
    slots: Arc<Semaphore>,
    /// Rate limiter; `None` if the provider has no limit of requests per minute.
    pace: Option<DefaultDirectRateLimiter>,
    /// Whether to ask for usage, as configured.
    stream_usage: bool,
    /// The provider refused `stream_options` once. Later requests omit it.
    refused_stream_options: AtomicBool,
    /// Created at first use, because reading the system's certificates takes time and memory.
    http: OnceLock<Option<reqwest::Client>>,
}

impl Lane {
    fn new(provider: &Provider) -> Self {
        // No bursts: a full burst plus the requests of the same minute would be twice the limit.
        let quota = |a_minute| Quota::per_minute(a_minute).allow_burst(NonZeroU32::MIN);
        let pace = provider.requests_per_minute.and_then(NonZeroU32::new);
        Self {
            slots: Arc::new(Semaphore::new(provider.max_concurrency)),
            pace: pace.map(|a_minute| RateLimiter::direct(quota(a_minute))),
            stream_usage: provider.stream_usage,
            refused_stream_options: AtomicBool::new(false),
            http: OnceLock::new(),
        }
    }
}

impl Client {
    /// Creates a client for all providers in `catalogue`. Opens no connection.
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        let lanes =
            catalogue.providers().map(|provider| (provider.name.clone(), Lane::new(provider))).collect();
        Self { catalogue, lanes: Arc::new(lanes), demo_delay: DEMO_DELAY }
    }

    /// Sets the time between two tokens of the demo.
    #[must_use]
    pub fn with_demo_delay(mut self, delay: Duration) -> Self {
        self.demo_delay = delay;
        self
    }

    /// Returns the catalogue of this client.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Serialises a request once, so that the bytes that are hashed and stored are the bytes that are sent.
    ///
    /// # Errors
    /// [`FaultKind::ModelUnknown`] if the catalogue has no such model, [`FaultKind::ParameterRefused`] if the
    /// model does not list a parameter.
    pub fn prepare(&self, request: ChatRequest) -> Result<PreparedRequest, Fault> {
        let model = self.catalogue.find_model(&request.model);
        let asks_for_usage = model
            .and_then(|model| self.lanes.get(&model.provider))
            .is_none_or(|lane| lane.stream_usage && !lane.refused_stream_options.load(Ordering::Relaxed));
        PreparedRequest::new(&self.catalogue, request, asks_for_usage)
    }

    /// Waits for a slot, sends a request once, and decodes the answer as it arrives. Combines
    /// [`Self::wait_for_turn`] and [`Self::stream_in_turn`].
    pub fn stream(
        &self,
        request: PreparedRequest,
    ) -> impl Stream<Item = Result<Event, Fault>> + Send + use<> {
        let client = self.clone();
        stream! {
            match client.wait_for_turn(&request.provider).await {
                Ok(turn) => {
                    let mut events = std::pin::pin!(client.stream_in_turn(request, turn));
                    while let Some(event) = events.next().await {
                        yield event;
                    }
                }
                Err(fault) => yield Err(fault),
            }
        }
    }

    /// Sends a request once and decodes the answer as it arrives.
    ///
    /// The stream ends after [`Event::Finished`] or after the only [`Fault`]. Dropping the stream closes the
    /// connection and frees the slot. Redirects are not followed; there are no retries.
    pub fn stream_in_turn(
        &self,
        request: PreparedRequest,
        turn: Turn,
    ) -> impl Stream<Item = Result<Event, Fault>> + Send + use<> {
        let client = self.clone();
        stream! {
            let events = match client.endpoint(&request.provider) {
                Some(_) => Either::Left(client.exchange(request)),
                None => Either::Right(demo::stream(request.demo, client.demo_delay)),
            };
            let mut events = std::pin::pin!(events);
            while let Some(event) = events.next().await {
                let last = matches!(event, Ok(Event::Finished(_)) | Err(_));
                if last {
                    // The reader of the last event may send the next request at once.
                    drop(turn);
                    yield event;
                    return;
                }
                yield event;
            }
        }
    }

    /// Waits until a provider's limits allow a request. All limits are enforced here, within this process.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if the catalogue has no such provider.
    pub async fn wait_for_turn(&self, provider: &str) -> Result<Turn, Fault> {
        let lane = self.lanes.get(provider).ok_or_else(|| Fault::new(FaultKind::Refused))?;
        let turn = lane.slots.clone().acquire_owned().await;
        if let Some(pace) = &lane.pace {
            pace.until_ready().await;
        }
        turn.map(|slot| Turn { _slot: slot }).map_err(|_| Fault::new(FaultKind::Refused))
    }

    fn endpoint(&self, provider: &str) -> Option<&Endpoint> {
        self.catalogue.find_provider(provider)?.endpoint.as_ref()
    }

    fn http(&self, provider: &str, endpoint: &Endpoint) -> Option<&reqwest::Client> {
        self.lanes.get(provider)?.http.get_or_init(|| build_http(endpoint)).as_ref()
    }

    /// Returns the rules for reading an answer to `request`.
    fn rules(&self, request: &PreparedRequest) -> Rules {
        let provider = self.catalogue.find_provider(&request.provider);
        Rules {
            keeps_reasoning: request.keeps_reasoning,
            needs_no_reason: provider.is_some_and(|it| it.finish_reason == FinishReason::Optional),
        }
    }

    /// Returns the key of a provider; `None` if the provider takes no key.
    fn key(&self, provider: &str) -> Result<Option<SecretString>, Fault> {
        let Some(name) = self.catalogue.find_provider(provider).and_then(|it| it.api_key_env.as_deref())
        else {
            return Ok(None);
        };
        self.catalogue.keys().find(name).map(Some).ok_or_else(|| {
            let mut fault = Fault::new(FaultKind::KeyMissing);
            fault.missing_env = Some(name.to_owned());
            fault
        })
    }

    fn exchange(self, request: PreparedRequest) -> impl Stream<Item = Result<Event, Fault>> + Send {
        stream! {
            let mut exchange = match Exchange::begin(&self, &request).await {
                Ok(exchange) => exchange,
                Err(fault) => {
                    self.remember(&request.provider, &fault);
                    yield Err(fault);
                    return;
                }
            };
            let mut events = Vec::new();
            let mut more = Ok(true);
            while let Ok(true) = more {
                more = exchange.read(&mut events).await;
                for event in events.drain(..) {
                    yield Ok(event);
                }
            }
            let status = exchange.response.status().as_u16();
            let ended = more.and_then(|_| exchange.answer.finish(&mut events));
            for event in events {
                yield Ok(event);
            }
            if let Err(mut fault) = ended {
                if fault.kind == FaultKind::Html {
                    fault.status = Some(status);
                }
                self.remember(&request.provider, &fault);
                yield Err(fault);
            }
        }
    }

    /// Makes later requests omit `stream_options` if the provider refused it.
    fn remember(&self, provider: &str, fault: &Fault) {
        if let (Retry::Prepare, Some(lane)) = (fault.retry, self.lanes.get(provider)) {
            lane.refused_stream_options.store(true, Ordering::Relaxed);
        }
    }
}

/// Builds the HTTP client. `None` if that fails, for example without certificates: no provider is reachable
/// then.
fn build_http(endpoint: &Endpoint) -> Option<reqwest::Client> {
    // Fails if the process has already installed a crypto provider, which is then used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder();
    // With HTTPS, a proxy from the environment sees only the host. With HTTP it would see the key and all
    // text. HTTP providers are near, so they need no proxy.
    let builder = if endpoint.url.scheme() == "http" { builder.no_proxy() } else { builder };
    builder
        .connect_timeout(endpoint.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .dns_resolver(Guard::system())
        .user_agent(concat!("colophon/", env!("CARGO_PKG_VERSION")))
        .build()
        .ok()
}

/// One request in progress, from its first byte.
struct Exchange {
    response: Response,
    idle_timeout: Duration,
    /// Time limit for the first byte of the answer.
    first_byte_by: Instant,
    /// Time limit for the whole answer.
    deadline: Instant,
    answer: Answer,
}

impl Exchange {
    /// Sends the request and checks its status.
    async fn begin(client: &Client, request: &PreparedRequest) -> Result<Self, Fault> {
        let unreachable = || Fault::new(FaultKind::Unreachable);
        let endpoint = client.endpoint(&request.provider).ok_or_else(unreachable)?;
        let key = client.key(&request.provider)?;
        let http = client.http(&request.provider, endpoint).ok_or_else(unreachable)?;
        let mut post = http
            .post(endpoint.url.clone())
            .headers(endpoint.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(request.body().clone());
        if let Some(key) = &key {
            let (name, value) = match &endpoint.key_header {
                Some(name) => (name.clone(), HeaderValue::from_str(key.expose_secret())),
                None => (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))),
            };
            let mut value = value.map_err(|_| Fault::new(FaultKind::Unauthorized))?;
            value.set_sensitive(true);
            post = post.header(name, value);
        }
        let begun = Instant::now();
        let (first_byte_by, deadline) =
            (begun + endpoint.first_byte_timeout, begun + endpoint.answer_timeout);
        let response = match timeout_at(first_byte_by.min(deadline), post.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => return Err(unreachable()),
            Err(_) if deadline < first_byte_by => return Err(Fault::new(FaultKind::TooSlow)),
            Err(_) => return Err(Fault::new(FaultKind::SilentAtStart)),
        };
        let mut answer = Answer::new(request.parameters.clone(), key, client.rules(request));
        if request.asks_for_usage {
            answer = answer.with_stream_options();
        }
        let idle_timeout = endpoint.idle_timeout;
        let mut exchange = Self { response, idle_timeout, first_byte_by, deadline, answer };
        let status = exchange.response.status();
        if status.is_success() {
            // The body decides what the answer is: content types are often wrong.
            return Ok(exchange);
        }
        let body = exchange.read_error().await;
        let headers = exchange.response.headers();
        Err(exchange.answer.with_sent(|sent| refusal::of_status(status.as_u16(), headers, &body, sent)))
    }

    /// Reads an error's body within the idle timeout. The body only makes the fault more exact.
    async fn read_error(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let deadline = Instant::now() + self.idle_timeout;
        while let Ok(Ok(Some(bytes))) = timeout_at(deadline, self.response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > MAX_ERROR_BYTES {
                break;
            }
        }
        body
    }

    /// Reads the next bytes and adds their events to `events`. Returns false at the end of the answer.
    async fn read(&mut self, events: &mut Vec<Event>) -> Result<bool, Fault> {
        let has_begun = self.answer.has_begun();
        let silence = if has_begun { Instant::now() + self.idle_timeout } else { self.first_byte_by };
        let kind = match timeout_at(silence.min(self.deadline), self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => return self.answer.take(&bytes, events),
            Ok(Ok(None)) => return Ok(false),
            Ok(Err(_)) => FaultKind::StreamIncomplete,
            Err(_) if self.deadline < silence => FaultKind::TooSlow,
            Err(_) if has_begun => FaultKind::SilentInStream,
            Err(_) => FaultKind::SilentAtStart,
        };
        Err(self.answer.fail(kind, events))
    }
}
