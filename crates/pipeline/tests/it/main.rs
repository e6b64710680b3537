//! Runs from end to end: a database of each engine, the real provider client, a scripted provider over HTTP.

mod cancel;
mod dropped;
mod events;
mod faults;
mod outage;
mod preview;
mod provenance;
mod stage;
mod stopping;
mod translate;
