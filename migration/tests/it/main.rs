//! The migrations and what the database refuses, on both engines, by raw SQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod allowed;
mod answers;
mod attempts;
mod chains;
mod hands;
mod history;
mod migrator;
mod parity;
mod prompts;
mod race;
mod refusal;
mod row;
mod runs;
mod segments;
mod story;
