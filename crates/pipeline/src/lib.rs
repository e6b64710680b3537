//! Segments, renders, streams and saves: runs and their events.
//!
//! [`segment`] cuts a chapter, and [`render`] makes the messages for a slice. [`Runner`] sends them, saves
//! the answer and publishes events to the readers of [`Runner::subscribe`]. A run lives in the server, not in
//! a request: a request only stores the run and calls [`Runner::wake`].

mod catalogue;
mod cursor;
mod events;
mod feed;
mod live;
mod metric;
mod notices;
mod options;
mod preview;
pub mod render;
mod run;
mod runner;
pub mod segment;
mod verify;
mod works;

pub use catalogue::models;
pub use events::Subscription;
pub use options::Options;
pub use runner::Runner;
pub use verify::verify_run;
