//! The one binary: configuration and subcommands.
fn main() {}
