//! What of a run is read: by clients, by followers of its events, and by whoever works on it.

pub(crate) mod attempt;
pub(crate) mod context;
pub(crate) mod follow;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod segment;
