//! Every rule of the domain, on both engines.

mod access;
mod books;
mod concurrency;
mod database;
mod edits;
mod fixture;
mod hashes;
mod idempotency;
mod leases;
mod prompts;
mod providers;
mod resume;
mod retranslations;
mod runs;
mod tamper;
mod waits;
