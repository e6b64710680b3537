//! The API over real HTTP, on both engines, with a scripted provider. Modules mirror the routes.

mod app;
mod attacks_on_bodies;
mod attacks_on_http;
mod attacks_on_sessions;
mod audit;
mod call;
mod chapters;
mod concurrency;
mod conditional;
mod document;
mod events;
mod hostile;
mod idempotency;
mod import_previews;
mod imports;
mod logs;
mod open_pages;
mod permissions;
mod prompts;
mod providers;
mod segments;
mod session;
mod setup;
mod templates;
mod tokens;
mod translations;
mod two_servers;
mod users;
mod verify;
mod versions;
#[cfg(feature = "embed")]
mod web_app;
mod works;
