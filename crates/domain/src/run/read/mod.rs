//! Queries about runs: for clients, for subscribers to their events, and for runners.

pub(crate) mod attempt;
pub(crate) mod context;
pub(crate) mod follow;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod segment;
