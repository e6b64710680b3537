//! The tables as sea-orm entities. They are never sent to clients: each query builds the types of the
//! contract.

pub(crate) mod api_token;
pub(crate) mod attempt;
pub(crate) mod audit_entry;
pub(crate) mod chapter;
pub(crate) mod prompt;
pub(crate) mod run;
pub(crate) mod segment;
pub(crate) mod session;
pub(crate) mod user;
pub(crate) mod work;
