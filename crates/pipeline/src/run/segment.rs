//! Translates one segment: render, wait for a turn, send, stream, save. Repeats this after a temporary fault.

use super::answer::{Broken, Outcome};
use super::retry::{Next, Waits, time_after};
use super::save::{Write, Written, patiently};
use super::{Halt, Task, failure};
use crate::render::{self, PRECEDING, Place};
use crate::{catalogue, metric};
use colophon_contract::{FailureCode, Message, RunError};
use colophon_domain::provider::Limits;
use colophon_domain::run::{self, FinishedPair, NewAttempt, PendingSegment, Retranslation, RunContext};
use colophon_provider::{Fault, Model, PreparedRequest, Scope, Turn};
use colophon_template::{RenderError, Template};
use futures::FutureExt as _;
use sha2::{Digest as _, Sha256};
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// From this length on, a wait frees the run's place for other runs.
const LONG: Duration = Duration::from_secs(2);
/// Rendered templates of up to this many code points need no share of [`LARGE_REQUESTS`].
const SMALL: usize = 64 * 1024;
/// Memory for larger requests, over all runs, in KiB. A template can render to four million code points, and
/// a run keeps its request while it waits for its provider.
pub(crate) const LARGE_REQUESTS: u32 = 128 * 1024;
/// Memory per byte of a request's messages: the messages, the body, and the copies on the way to the
/// database.
const MEMORY_PER_BYTE: usize = 4;

/// What segments are translated with: the snapshots of a run, and what was made from them.
pub(super) struct Making<'a> {
    pub(super) context: &'a RunContext,
    pub(super) template: &'a Template,
    pub(super) model: &'a Model,
    /// The limits of the model's provider.
    pub(super) limits: Limits,
}

/// The bytes to send and the attempt to record, with their share of [`LARGE_REQUESTS`]; or why there are
/// none.
type Prepared = std::result::Result<(PreparedRequest, NewAttempt, Option<OwnedSemaphorePermit>), RunError>;

/// The rendered messages with their share of [`LARGE_REQUESTS`].
type Rendered = (Vec<Message>, Option<OwnedSemaphorePermit>);

impl<'a> Making<'a> {
    pub(super) fn new(
        context: &'a RunContext,
        template: &'a Template,
        (model, provider): (&'a Model, &colophon_provider::Provider),
    ) -> Self {
        Self { context, template, model, limits: catalogue::limits(provider) }
    }
}

impl Task {
    /// Translates one segment; `again` is a person's request to translate it again. Each try is an attempt of
    /// its own, and the segment keeps its text until an attempt succeeds. Returns `Some` if this segment
    /// failed but others may succeed.
    pub(super) async fn translate(
        &self,
        making: &Making<'_>,
        segment: &PendingSegment,
        again: Option<&Retranslation>,
    ) -> std::result::Result<Option<RunError>, Halt> {
        let (mut request, mut attempt, mut share) = match self.prepare_or_fail(making, segment, again).await?
        {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Some(error)),
        };
        let model = making.model;
        let mut waits = Waits::new(&self.shared.options);
        loop {
            let (turn, attempt_id) = self.begin(&attempt, making.limits).await?;
            let Broken { answer, fault } = match self.receive(request.clone(), turn, model, attempt_id).await
            {
                Outcome::Whole(answer) => {
                    self.save(&Write::Finish { attempt_id, answer: &answer }).await?;
                    metric::segment_ended(&model.provider, "completed");
                    self.tell_probe_passed(&model.provider).await;
                    return Ok(None);
                }
                Outcome::Broken(broken) => broken,
                Outcome::Stopped => return Err(Halt::Stopped),
                Outcome::Lost => return Err(Halt::Lost),
            };
            let mut error = failure::of_fault(&fault);
            let next = waits.after(&fault, Instant::now());
            if let Next::GiveUp(Some(why)) = &next {
                error.detail = format!("{} {why}", error.detail);
            }
            // No event reports a wait of an ended run, so the event of the failed try states when the wait
            // ends.
            if let Next::Rest(wait) = &next
                && again.is_some()
                && *wait >= LONG
            {
                error.detail = format!("{} It is asked again at {}.", error.detail, time_after(*wait));
            }
            // A probe that did not pass goes back into the queue, where the other runs wait.
            let waits_in_queue = fault.scope == Scope::Provider && self.is_probe();
            let will_retry = waits_in_queue || !matches!(next, Next::GiveUp(_));
            self.save(&Write::Fail { attempt_id, answer: &answer, error: &error, will_retry }).await?;
            metric::segment_ended(&model.provider, error.code.as_str());
            match next {
                Next::Wait(wait) => self.rest(wait).await?,
                Next::Rest(wait) => self.rest_for_rate_limit(&model.provider, wait).await?,
                Next::Prepare => {
                    // A run that waits for a share must not hold another.
                    drop(share.take());
                    match self.prepare_or_fail(making, segment, again).await? {
                        Ok(prepared) => (request, attempt, share) = prepared,
                        Err(error) => return Ok(Some(error)),
                    }
                }
                Next::GiveUp(_) => return self.give_up_segment(model, &fault, error).await.map(Some),
            }
        }
    }

    /// Decides what the final failure of a segment means for the run.
    async fn give_up_segment(
        &self,
        model: &Model,
        fault: &Fault,
        error: RunError,
    ) -> std::result::Result<RunError, Halt> {
        match fault.scope {
            Scope::Provider => Err(Halt::Refused(error, model.provider.clone())),
            Scope::Run => Err(Halt::Failed(error)),
            Scope::Segment => {
                // The provider answered: its key and account work.
                if failure::is_of_content(error.code) || error.code == FailureCode::ProviderRefused {
                    self.tell_probe_passed(&model.provider).await;
                }
                Ok(error)
            }
        }
    }

    /// Waits out a rate limit. A wait that people notice is recorded as an event.
    async fn rest_for_rate_limit(&self, provider: &str, wait: Duration) -> std::result::Result<(), Halt> {
        if wait >= LONG {
            self.save(&Write::BeginWait { provider, wait }).await?;
        }
        self.rest(wait).await
    }

    /// Returns the bytes to send and the attempt to record, or fails the segment. A template that does not
    /// render on this segment may render on others. An unknown model or a refused parameter fails the whole
    /// run.
    async fn prepare_or_fail(
        &self,
        making: &Making<'_>,
        segment: &PendingSegment,
        again: Option<&Retranslation>,
    ) -> std::result::Result<Prepared, Halt> {
        let prepared = self.prepare(making, segment, again).await?;
        if let Err(error) = &prepared {
            self.save(&Write::FailSegment { position: segment.position, error }).await?;
            if error.code != FailureCode::TemplateRenderFailed {
                return Err(Halt::Failed(error.clone()));
            }
        }
        Ok(prepared)
    }

    /// Waits for a turn, first in this process and then among all servers, and records the attempt. While it
    /// waits, the run does not count as worked on.
    async fn begin(&self, attempt: &NewAttempt, limits: Limits) -> std::result::Result<(Turn, i64), Halt> {
        let mut turn = pin!(self.shared.client.wait_for_turn(&attempt.provider));
        let turn = match turn.as_mut().now_or_never() {
            Some(turn) => turn,
            None => {
                let _resting = self.shared.rest();
                self.wait_for(turn).await?
            }
        };
        let turn = turn.map_err(|fault| Halt::Failed(failure::of_fault(&fault)))?;
        let mut resting = None;
        loop {
            match self.save(&Write::Start { attempt, limits }).await? {
                Written::Begun(attempt_id) => return Ok((turn, attempt_id)),
                Written::Wait(wait) => {
                    resting.get_or_insert_with(|| self.shared.rest());
                    self.wait_for(tokio::time::sleep(wait)).await?;
                }
                Written::Done => return Err(Halt::Failed(failure::of_code(FailureCode::Internal))),
            }
        }
    }

    /// Waits. During a long wait, the run does not count as worked on.
    async fn rest(&self, wait: Duration) -> std::result::Result<(), Halt> {
        let _resting = (wait >= LONG).then(|| self.shared.rest());
        self.wait_for(tokio::time::sleep(wait)).await
    }

    /// Waits for `end`, unless the run is lost or the server stops.
    async fn wait_for<T>(&self, end: impl Future<Output = T>) -> std::result::Result<T, Halt> {
        tokio::select! {
            () = self.abort.cancelled() => Err(Halt::Lost),
            () = self.shared.stop.cancelled() => Err(Halt::Stopped),
            ended = end => Ok(ended),
        }
    }

    async fn prepare(
        &self,
        making: &Making<'_>,
        segment: &PendingSegment,
        again: Option<&Retranslation>,
    ) -> std::result::Result<Prepared, Halt> {
        let shared = &self.shared;
        let context = making.context;
        let list = || run::list_preceding(&shared.db, context.run_id, segment.position, PRECEDING);
        let preceding = patiently(&shared.hurry, list).await?;
        let place = Place {
            position: segment.position,
            source_text: &segment.source_text,
            instruction: again.and_then(|again| again.instruction.as_deref()).unwrap_or_default(),
        };
        let (messages, share) = match self.render(making, place, &preceding).await? {
            Ok(rendered) => rendered,
            Err(error) => return Ok(Err(failure::of_render(&error))),
        };
        let request = shared.client.prepare(render::request(context, &segment.source_text, &messages));
        Ok(match request {
            Err(fault) => Err(failure::of_fault(&fault)),
            Ok(request) => {
                let attempt = NewAttempt {
                    position: segment.position,
                    messages,
                    preceding: preceding.iter().map(|pair| pair.attempt_id).collect(),
                    prompt_version_id: context.prompt_version_id,
                    instruction: again.and_then(|again| again.instruction.clone()),
                    author: again.map(|again| again.author.clone()),
                    parameter_names: request.parameter_names(),
                    request_sha256: hex::encode(Sha256::digest(request.body())),
                    provider: request.provider.clone(),
                    model_requested: request.upstream.clone(),
                };
                Ok((request, attempt, share))
            }
        })
    }

    /// Renders the messages. A large request waits for its share of the memory without holding any: it is
    /// rendered once to measure it, and again after the wait.
    async fn render(
        &self,
        making: &Making<'_>,
        place: Place<'_>,
        preceding: &[FinishedPair],
    ) -> std::result::Result<std::result::Result<Rendered, RenderError>, Halt> {
        let render = || render::messages(making.template, making.context, place, preceding);
        let first = render::messages_first(making.template, making.context, place, preceding, SMALL);
        let bytes = match first {
            Ok((messages, false)) => return Ok(Ok((messages, None))),
            Ok((_, true)) => match render() {
                Ok(messages) => messages.iter().map(|message| message.content.len()).sum::<usize>(),
                Err(error) => return Ok(Err(error)),
            },
            Err(error) => return Ok(Err(error)),
        };
        let share = u32::try_from(bytes.saturating_mul(MEMORY_PER_BYTE) / 1024).unwrap_or(u32::MAX);
        let large = self.shared.large_requests.clone();
        let share = {
            let _resting = self.shared.rest();
            self.wait_for(large.acquire_many_owned(share.min(LARGE_REQUESTS))).await?
        };
        // The semaphore is never closed.
        let share = share.map_err(|_| Halt::Stopped)?;
        Ok(render().map(|messages| (messages, Some(share))))
    }
}
