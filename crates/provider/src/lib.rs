//! The client of OpenAI-compatible model servers: catalogue, request, streaming decoder, faults, and a
//! scripted fake for tests.
//!
//! It knows nothing of works or prompts. One way through: [`Catalogue`] says what there is,
//! [`Client::prepare`] makes the bytes of a request, [`Client::stream`] sends them and decodes the answer
//! into [`Event`]s, or one [`Fault`] that ends it.

mod address;
mod answer;
mod catalogue;
mod client;
mod demo;
#[cfg(feature = "fake")]
pub mod fake;
mod fault;
mod key;
mod options;
mod price;
mod refusal;
mod reply;
mod request;
mod sse;
mod trace;

pub use answer::Answer;
pub use catalogue::{Catalogue, CatalogueError, DEMO, Model, Provider};
pub use client::{Client, Turn};
pub use fault::{Fault, FaultKind};
pub use key::Keys;
pub use options::{ModelOptions, ProviderOptions};
pub use price::{Price, PriceError, Usage};
pub use reply::{Ending, Event, MAX_ANSWER_BYTES};
pub use request::{ChatRequest, JsonObject, Message, PreparedRequest, Role, Subject};
pub use trace::{Trace, body_as_named, trace};
