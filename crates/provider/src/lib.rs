//! A client of OpenAI-compatible model servers: catalogue, request, streaming decoder, faults, and a scripted
//! fake for tests.
//!
//! It does not depend on works or prompts. [`Catalogue`] lists providers and models. [`Client::prepare`]
//! serialises a request. [`Client::stream`] sends it and decodes the answer into [`Event`]s, or into one
//! [`Fault`] that ends it.

mod address;
mod answer;
mod catalogue;
mod chunk;
mod client;
mod demo;
mod ending;
#[cfg(feature = "fake")]
pub mod fake;
mod fault;
mod filter;
mod finish;
mod key;
mod options;
mod price;
mod refusal;
mod reply;
mod request;
mod splitter;
mod sse;
mod trace;

pub use answer::Answer;
pub use catalogue::{Catalogue, CatalogueError, DEMO, Model, Provider};
pub use client::{Client, Turn};
pub use ending::{Ending, Finish, MAX_REASONING_BYTES, Reasoning, Removed, restore_content};
pub use fault::{Fault, FaultKind, Retry, Scope};
pub use key::Keys;
pub use options::{FinishReason, ModelOptions, ProviderOptions, ReasoningOption};
pub use price::{Price, PriceError, Usage};
pub use reply::{Event, MAX_ANSWER_BYTES, Rules};
pub use request::{ChatRequest, JsonObject, Message, PreparedRequest, Role, Subject};
pub use splitter::{Split, Splitter};
pub use trace::{Trace, body_as_named, trace};
