//! The rows of a run and the small rules about them. Nothing here uses what is above.

pub(crate) mod answer;
pub(crate) mod attempt;
pub(crate) mod choose;
pub(crate) mod content;
pub(crate) mod event;
pub(crate) mod retranslation;
pub(crate) mod run;
pub(crate) mod segment;
pub(crate) mod wait;
pub(crate) mod witness;
