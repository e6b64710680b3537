//! The crate from outside: against CPython, and by the properties it promises.

mod differential;
mod docs;
mod generate;
mod golden;
mod limits;
mod messages;
mod oracle;
mod problems;
mod properties;
