//! Segment, render, stream, save: runs and their events.
//!
//! One way through: [`segment`] cuts a chapter, [`render`] makes of a slice what is sent, [`Runner`] sends
//! it, saves what comes and tells [`Runner::subscribe`]'s readers. A run lives in the server, not in a
//! request: what asks for one only writes it down and calls [`Runner::wake`].

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
