//! The task of one run: segment by segment, in order, since each is shown those before it.

mod answer;
pub(crate) mod failure;
mod save;

use crate::live::{Live, WorkedOn};
use crate::metric;
use crate::render::{self, PRECEDING, Place, sent_text};
use crate::runner::Shared;
use answer::Outcome;
use colophon_contract::{FailureCode, MessageRole, RunError};
use colophon_domain::run::{self, Lease, NewAttempt, PendingSegment, RunContext};
use colophon_domain::{Error, Result};
use colophon_provider::{ChatRequest, Message, Model, PreparedRequest, Role, Subject};
use colophon_template::Template;
use save::{Write, patiently, save};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A claimed run.
pub(crate) struct Task {
    pub(crate) shared: Arc<Shared>,
    pub(crate) lease: Lease,
    /// Cancelled when the run is no longer ours.
    pub(crate) abort: CancellationToken,
    pub(crate) worked_on: WorkedOn,
}

/// Why the work on a run went no further.
enum Halt {
    /// The server stops: back into the queue.
    Stopped,
    /// It is no longer ours; whoever took it has written all there is to write.
    Lost,
    /// It cannot succeed.
    Failed(RunError),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::LeaseLost | Error::TranslationEnded => Self::Lost,
            // Tried for as long as the server runs.
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
    /// Works on the run until it ends, is parked, or is no longer ours.
    pub(crate) async fn work(&self) {
        let run_id = self.lease.run_id;
        let halt = match self.translate_all().await {
            Ok(()) => {
                tracing::info!(run_id, "run completed");
                return metric::run_ended("completed");
            }
            Err(halt) => halt,
        };
        match halt {
            Halt::Lost => tracing::info!(run_id, "run is no longer ours"),
            Halt::Stopped => self.park().await,
            Halt::Failed(error) => self.fail(&error).await,
        }
    }

    async fn translate_all(&self) -> std::result::Result<(), Halt> {
        let shared = &self.shared;
        let context = patiently(&shared.hurry, || run::get_context(&shared.db, self.lease.run_id)).await?;
        tracing::info!(
            run_id = context.run_id,
            chapter_id = context.chapter_id,
            prompt_version = context.prompt_version_number,
            model = context.model,
            metadata = context.parameters.get("metadata").map(tracing::field::display),
            "run begins"
        );
        let template = Template::parse(&context.template);
        let model = self.get_model(&context).map_err(Halt::Failed)?;
        loop {
            if self.abort.is_cancelled() {
                return Err(Halt::Lost);
            }
            if shared.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            let next = || run::find_next_segment(&shared.db, self.lease.run_id);
            match patiently(&shared.hurry, next).await? {
                Some(segment) => self.translate(&context, &template, model, &segment).await?,
                None => break,
            }
        }
        self.save(&Write::CompleteRun).await?;
        Ok(())
    }

    /// The run's model, if a request to it could be sent.
    fn get_model(&self, context: &RunContext) -> std::result::Result<&Model, RunError> {
        let catalogue = self.shared.client.catalogue();
        let model = catalogue.find_model(&context.model);
        let model = model.ok_or_else(|| failure::of_unknown_model(&context.model))?;
        match catalogue.missing_env(model) {
            Some(variable) => Err(failure::of_missing_key(variable)),
            None => Ok(model),
        }
    }

    /// One segment: render, send, stream, save.
    async fn translate(
        &self,
        context: &RunContext,
        template: &Template,
        model: &Model,
        segment: &PendingSegment,
    ) -> std::result::Result<(), Halt> {
        let (request, attempt) = match self.prepare(context, template, segment).await? {
            Ok(prepared) => prepared,
            Err(error) => {
                self.save(&Write::FailSegment { position: segment.position, error: &error }).await?;
                return Err(Halt::Failed(error));
            }
        };
        let attempt_id = self.save(&Write::Start(&attempt)).await?;
        let attempt_id = attempt_id.ok_or(Halt::Failed(failure::of_code(FailureCode::Internal)))?;
        match self.receive(request, model, attempt_id).await {
            Outcome::Whole(answer) => {
                self.save(&Write::Finish { attempt_id, answer: &answer }).await?;
                metric::segment_ended(&model.provider, "completed");
                Ok(())
            }
            Outcome::Broken(answer, error) => {
                self.save(&Write::Fail { attempt_id, answer: &answer, error: &error }).await?;
                metric::segment_ended(&model.provider, error.code.as_str());
                Err(Halt::Failed(error))
            }
            Outcome::Stopped => Err(Halt::Stopped),
            Outcome::Lost => Err(Halt::Lost),
        }
    }

    /// The bytes to send and the attempt to record; or why there are none.
    async fn prepare(
        &self,
        context: &RunContext,
        template: &Template,
        segment: &PendingSegment,
    ) -> Result<std::result::Result<(PreparedRequest, NewAttempt), RunError>> {
        let shared = &self.shared;
        let list = || run::list_preceding(&shared.db, context.run_id, segment.position, PRECEDING);
        let preceding = patiently(&shared.hurry, list).await?;
        let place = Place { position: segment.position, source_text: &segment.source_text, instruction: "" };
        let messages = match render::messages(template, context, place, &preceding) {
            Ok(messages) => messages,
            Err(error) => return Ok(Err(failure::of_render(&error))),
        };
        let sent = |message: &colophon_contract::Message| Message {
            role: match message.role {
                MessageRole::System => Role::System,
                MessageRole::User => Role::User,
            },
            content: message.content.clone(),
        };
        let request = shared.client.prepare(ChatRequest {
            model: context.model.clone(),
            messages: messages.iter().map(sent).collect(),
            parameters: context.parameters.clone(),
            subject: Some(Subject {
                text: sent_text(&segment.source_text).to_owned(),
                target_language: context.target_language.clone(),
            }),
        });
        Ok(match request {
            Err(fault) => Err(failure::of_fault(&fault)),
            Ok(request) => {
                let attempt = NewAttempt {
                    position: segment.position,
                    messages,
                    preceding: preceding.iter().map(|pair| pair.attempt_id).collect(),
                    instruction: None,
                    request_sha256: hex::encode(Sha256::digest(request.body())),
                    provider: request.provider.clone(),
                    model_requested: request.upstream.clone(),
                };
                Ok((request, attempt))
            }
        })
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
        let (run_id, code) = (self.lease.run_id, error.code.as_str());
        match self.save(&Write::FailRun(error)).await {
            Ok(_) => {
                tracing::info!(run_id, code, "run failed");
                metric::run_ended(code);
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// The run stays `running` in the database until a start, or on PostgreSQL another server, finds it.
    fn give_up(&self, error: &Error) {
        let run_id = self.lease.run_id;
        match error {
            Error::LeaseLost | Error::TranslationEnded => tracing::info!(run_id, "run is no longer ours"),
            error => tracing::error!(run_id, %error, "the run's end could not be saved"),
        }
    }

    /// Writes, and tells readers.
    async fn save(&self, write: &Write<'_>) -> Result<Option<i64>> {
        let shared = &self.shared;
        let seen = self.live().last_seq();
        let (attempt_id, events) = save(&shared.db, &self.lease, seen, write, &shared.hurry).await?;
        self.live().publish(events);
        Ok(attempt_id)
    }

    fn live(&self) -> &Live {
        &self.worked_on.0
    }

    /// Gives signs of life until the run is no longer ours.
    pub(crate) async fn keep_lease(&self) {
        let shared = &self.shared;
        let lease = shared.options.lease();
        let mut wait = lease / 3;
        loop {
            tokio::time::sleep(wait).await;
            let renewed = async {
                let txn = shared.db.begin_write().await?;
                run::renew_lease(&txn, &self.lease, lease).await?;
                txn.commit().await
            };
            wait = match renewed.await {
                Ok(()) => lease / 3,
                Err(Error::LeaseLost) => return self.abort.cancel(),
                Err(error) => {
                    tracing::warn!(run_id = self.lease.run_id, %error, "no sign of life given");
                    shared.options.poll().min(lease / 3)
                }
            };
        }
    }
}
