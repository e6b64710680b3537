//! Runs survive anything: real servers, driven over HTTP, whose processes, database, disk and provider are taken away
//! in mid-run.
//!
//! Each scenario has a bounded form for the project's tests and a longer one, told by variables that `just chaos`
//! sets. What is random follows from a seed (`CHAOS_SEED`), which is printed.

mod client;
mod contention;
mod disk;
mod faults;
mod kills;
mod outage;
mod proof;
mod provider;
mod reader;
mod readers;
pub(crate) mod scale;
pub(crate) mod server;
mod stage;
mod stall;
