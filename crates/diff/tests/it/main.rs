//! Hunks, words and their bounds, seen from outside.

mod bounds;
mod hunks;
mod property;
mod words;
