//! The task of one run: it translates the segments in order, since each prompt shows the segments before it.

mod answer;
pub(crate) mod failure;
mod retranslate;
mod retry;
mod save;
mod segment;

use crate::live::{Live, WorkedOn};
use crate::metric;
use crate::runner::Shared;
use colophon_contract::{FailureCode, RunError};
use colophon_domain::provider;
use colophon_domain::run::{self, Lease, Retranslation, RunContext};
use colophon_domain::{Error, Result};
use colophon_provider::{Model, Provider};
use colophon_template::Template;
use save::{Write, Written, patiently, save};
pub(crate) use segment::LARGE_REQUESTS;
use segment::Making;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;

/// A claimed run.
pub(crate) struct Task {
    pub(crate) shared: Arc<Shared>,
    pub(crate) lease: Lease,
    /// Cancelled when this server no longer holds the run.
    pub(crate) abort: CancellationToken,
    pub(crate) worked_on: WorkedOn,
    /// Whether the provider is paused and this run finds out whether the pause can end.
    pub(crate) probe: AtomicBool,
    /// The one segment to translate again, if the run has ended.
    pub(crate) retranslation: Option<Retranslation>,
}

/// Why the work on a run stopped early.
enum Halt {
    /// The server stops: the run goes back into the queue.
    Stopped,
    /// Another server holds the run, or it was cancelled; nothing is left to write.
    Lost,
    /// The run cannot succeed.
    Failed(RunError),
    /// The provider needs money or another key, so no other run of it can succeed either.
    Refused(RunError, String),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::LeaseLost | Error::TranslationEnded => Self::Lost,
            // Reached only when the server stops: until then, the database is retried.
            Error::DatabaseUnavailable(_) => Self::Stopped,
            error => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "a run cannot go on");
                Self::Failed(failure::of_code(FailureCode::Internal))
            }
        }
    }
}

impl Task {
    /// Works on the run until it ends, is parked, or is lost.
    pub(crate) async fn work(&self) {
        if let Some(retranslation) = &self.retranslation {
            return self.retranslate(retranslation).await;
        }
        let run_id = self.lease.run_id;
        match self.translate_all().await {
            Ok(None) => {
                tracing::info!(run_id, "run completed");
                metric::run_ended("completed");
            }
            Ok(Some(error)) | Err(Halt::Failed(error)) => self.fail(&error).await,
            Err(Halt::Lost) => tracing::info!(run_id, "run is no longer ours"),
            Err(Halt::Stopped) => self.park().await,
            Err(Halt::Refused(..)) if self.is_probe() => self.park().await,
            Err(Halt::Refused(error, provider)) => {
                tracing::warn!(provider, code = error.code.as_str(), "provider paused");
                let probe_after = self.shared.options.probe();
                let write = Write::FailRunAndPause { error: &error, provider: &provider, probe_after };
                self.end(&write, error.code).await;
            }
        }
    }

    /// Translates every waiting segment. Returns `Some` if all were tried and some failed for reasons of
    /// their own.
    async fn translate_all(&self) -> std::result::Result<Option<RunError>, Halt> {
        let shared = &self.shared;
        let context = patiently(&shared.hurry, || run::get_context(&shared.db, self.lease.run_id)).await?;
        log_begin("run begins", &context, None);
        let template = Template::parse(&context.template);
        let making = Making::new(&context, &template, self.get_model(&context).map_err(Halt::Failed)?);
        let mut in_a_row = failure::InARow::default();
        loop {
            if self.abort.is_cancelled() {
                return Err(Halt::Lost);
            }
            if shared.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            let next = || run::find_next_segment(&shared.db, self.lease.run_id);
            match patiently(&shared.hurry, next).await? {
                Some(segment) => {
                    let ended = self.translate(&making, &segment, None).await?;
                    if let Some(error) = in_a_row.take(ended.as_ref()) {
                        return Err(Halt::Failed(error));
                    }
                }
                None => break,
            };
        }
        let failed = || run::list_failed_segments(&shared.db, self.lease.run_id);
        let failed = patiently(&shared.hurry, failed).await?;
        if let Some(error) = failure::of_segments(&failed) {
            return Ok(Some(error));
        }
        self.save(&Write::CompleteRun).await?;
        Ok(None)
    }

    /// Returns the run's model and its provider, if a request could be sent to them.
    fn get_model(&self, context: &RunContext) -> std::result::Result<(&Model, &Provider), RunError> {
        let catalogue = self.shared.client.catalogue();
        let model = catalogue.find_model(&context.model);
        let found = model.and_then(|model| Some((model, catalogue.find_provider(&model.provider)?)));
        let (model, provider) = found.ok_or_else(|| failure::of_unknown_model(&context.model))?;
        match catalogue.missing_env_of(provider) {
            Some(variable) => Err(failure::of_missing_key(variable)),
            None => Ok((model, provider)),
        }
    }

    fn is_probe(&self) -> bool {
        self.probe.load(Ordering::Relaxed)
    }

    /// Ends the provider's pause if this run is its probe. A database error does not affect the run, whose
    /// text is stored: the next segment, or the next probe, ends the pause.
    async fn tell_probe_passed(&self, provider: &str) {
        if !self.probe.swap(false, Ordering::Relaxed) {
            return;
        }
        let shared = &self.shared;
        let resume = async || {
            let txn = shared.db.begin_write().await?;
            provider::resume_provider(&txn, provider).await?;
            txn.commit().await
        };
        match patiently(&shared.hurry, resume).await {
            Ok(()) => {
                tracing::info!(provider, "provider answers again");
                shared.wake.notify_one();
            }
            Err(error) => {
                tracing::error!(provider, %error, "the provider's pause could not be ended");
                self.probe.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Puts the run back into the queue.
    async fn park(&self) {
        match self.save(&Write::ParkRun).await {
            Ok(_) => {
                tracing::info!(run_id = self.lease.run_id, "run parked");
                metric::run_ended("parked");
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// Ends the run without all its text.
    pub(crate) async fn fail(&self, error: &RunError) {
        if let Some(retranslation) = &self.retranslation {
            return self.fail_retranslation(retranslation, error).await;
        }
        self.end(&Write::FailRun(error), error.code).await;
    }

    async fn end(&self, write: &Write<'_>, code: FailureCode) {
        let (run_id, code) = (self.lease.run_id, code.as_str());
        match self.save(write).await {
            Ok(_) => {
                tracing::info!(run_id, code, "run failed");
                metric::run_ended(code);
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// Leaves the run `running` in the database until its lease expires and a server claims it.
    fn give_up(&self, error: &Error) {
        let run_id = self.lease.run_id;
        match error {
            Error::LeaseLost | Error::TranslationEnded => tracing::info!(run_id, "run is no longer ours"),
            error => tracing::error!(run_id, %error, "the run's end could not be saved"),
        }
    }

    /// Writes, and publishes the events to readers.
    async fn save(&self, write: &Write<'_>) -> Result<Written> {
        let shared = &self.shared;
        let seen = self.live().last_seq();
        let (written, events) = save(&shared.db, &self.lease, seen, write, &shared.hurry).await?;
        self.live().publish(events);
        shared.happened.send_replace(());
        Ok(written)
    }

    fn live(&self) -> &Live {
        &self.worked_on.0
    }
}

/// Logs the start of a run, or of a retranslation of the segment at `position`, with its version and model.
fn log_begin(what: &str, context: &RunContext, position: Option<i32>) {
    tracing::info!(
        run_id = context.run_id,
        chapter_id = context.chapter_id,
        position,
        prompt_version = context.prompt_version_number,
        model = context.model,
        metadata = context.parameters.get("metadata").map(tracing::field::display),
        "{what}"
    );
}
