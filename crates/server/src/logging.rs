//! Structured logs on standard error.

use std::io::IsTerminal;

use serde::Deserialize;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// `[log]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogOptions {
    /// Which records, in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// How each is written.
    pub format: LogFormat,
}

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for machines.
    Json,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            // What actix-http calls an error is a request that is none: anybody could fill the log.
            filter: "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_server=warn,actix_http=off"
                .to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// Starts logging for the life of the process.
///
/// # Errors
/// A filter that is not of its syntax.
pub(crate) fn start(options: &LogOptions) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::try_new(&options.filter)?;
    let base = tracing_subscriber::registry().with(filter);
    match options.format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            base.with(fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false)).init();
        }
        LogFormat::Json => {
            base.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).init()
        }
    }
    Ok(())
}
