//! The rows of a run and their basic rules. Modules here do not use the queries or operations of `run`.

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
