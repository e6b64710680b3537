//! Runs from end to end: a database of each engine, the real provider client, a scripted provider over HTTP.

mod cancel;
mod cases;
mod dropped;
mod events;
mod faults;
mod large;
mod notices;
mod outage;
mod preview;
mod provenance;
mod providers;
mod rate_limits;
mod replaced;
mod resume;
mod retranslate;
mod segments;
mod server;
mod stage;
mod stopping;
mod takeover;
mod translate;
mod verify;
mod volumes;
