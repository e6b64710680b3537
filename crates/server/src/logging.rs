//! Structured logs on standard error.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;

use serde::Deserialize;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// `[log]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogOptions {
    /// Filter of records, in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// Format of each record.
    pub format: LogFormat,
}

/// Format of a log record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            // actix-http logs each malformed request as an error: anybody could fill the log.
            filter: "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_server=warn,actix_http=off"
                .to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// Starts logging for the life of the process, panics included.
///
/// # Errors
/// The filter has a syntax error.
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
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = constant_message(panic.payload());
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(place, message, backtrace, "panicked");
    }));
    Ok(())
}

/// Returns a panic's message if it is a constant of the program. A formatted message contains data, which may
/// be a secret or part of a novel. The logged place identifies the panic.
fn constant_message(payload: &dyn Any) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(a message with values, which are not told)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_nothing_of_what_was_worked_on() {
        let planted = String::from("planted");
        let payload = std::panic::catch_unwind(|| panic!("no {planted}")).expect_err("a panic");
        assert!(!constant_message(&*payload).contains("planted"));
        let payload =
            std::panic::catch_unwind(|| planted.parse::<u8>().map_err(|_| planted.clone()).expect("a key"));
        let payload = payload.expect_err("a panic");
        assert!(!constant_message(&*payload).contains("planted"));
        let payload = std::panic::catch_unwind(|| panic!("at the disco")).expect_err("a panic");
        assert_eq!(constant_message(&*payload), "at the disco");
    }
}
