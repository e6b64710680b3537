//! One attempt: from the first byte sent to the end of the answer.

use super::Task;
use crate::metric;
use colophon_contract::{Finish, Removed, Usage};
use colophon_domain::run::{Answer, Reasoning, checkpoint_attempt};
use colophon_domain::{Error, Result};
use colophon_provider::{Ending, Event, Fault, FaultKind, Model, PreparedRequest, Turn};
use futures::StreamExt as _;
use futures::future::{BoxFuture, FutureExt as _, OptionFuture};
use std::pin::pin;
use std::time::Instant;
use tokio::time::{MissedTickBehavior, interval_at};

/// How an attempt ended.
pub(super) enum Outcome {
    /// With its whole text.
    Whole(Answer),
    /// Without its whole text.
    Broken(Broken),
    /// The server stops, and the answer took too long.
    Stopped,
    /// The run was cancelled, or another server works on it.
    Lost,
}

/// An attempt without its whole text.
pub(super) struct Broken {
    /// The partial answer, kept for readers of the attempt.
    pub(super) answer: Answer,
    /// Why the answer is not whole.
    pub(super) fault: Fault,
}

impl Task {
    /// Sends a request and takes the answer, which readers see as it comes.
    pub(super) async fn receive(
        &self,
        request: PreparedRequest,
        turn: Turn,
        model: &Model,
        attempt_id: i64,
    ) -> Outcome {
        let begun = Instant::now();
        let mut answer = Answer::default();
        let mut events = pin!(self.shared.client.stream_in_turn(request, turn));
        let every = self.shared.options.checkpoint();
        let mut checkpoint = interval_at(tokio::time::Instant::now() + every, every);
        checkpoint.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // How many bytes of the text are saved, and how many pieces of removed text.
        let mut saved = (0, 0);
        let mut saving: Option<BoxFuture<'_, Result<()>>> = None;
        let outcome = loop {
            tokio::select! {
                biased;
                () = self.abort.cancelled() => return Outcome::Lost,
                () = self.shared.hurry.cancelled() => return Outcome::Stopped,
                Some(result) = OptionFuture::from(saving.as_mut()), if saving.is_some() => {
                    saving = None;
                    match result {
                        Err(Error::LeaseLost) => return Outcome::Lost,
                        Err(error) => tracing::warn!(attempt_id, %error, "partial text not saved"),
                        Ok(()) => {}
                    }
                }
                _ = checkpoint.tick(), if saving.is_none() => {
                    let present = (answer.text.len(), answer.removed.len());
                    if present != saved {
                        saved = present;
                        let (text, removed) = (answer.text.clone(), answer.removed.clone());
                        saving = Some(self.checkpoint(attempt_id, text, removed).boxed());
                    }
                }
                event = events.next() => match event {
                    Some(Ok(Event::Started { .. } | Event::Reasoning(_))) => {}
                    Some(Ok(Event::Replaced(text))) => {
                        let replaced = std::mem::replace(&mut answer.text, text);
                        if !replaced.is_empty() {
                            answer.removed = vec![Removed { offset: 0, text: replaced }];
                        }
                        self.live().replace(attempt_id, &answer.text);
                    }
                    Some(Ok(Event::Delta(text))) => {
                        if answer.text.is_empty() {
                            metric::first_token(&model.provider, &model.id, begun.elapsed());
                        }
                        answer.text.push_str(&text);
                        self.live().write(attempt_id, &text);
                    }
                    Some(Ok(Event::Finished(ending))) => {
                        take_ending(&mut answer, *ending, model);
                        break Outcome::Whole(answer);
                    }
                    Some(Err(fault)) => break broken(answer, fault, model),
                    None => break broken(answer, Fault::new(FaultKind::StreamIncomplete), model),
                },
            }
        };
        metric::answer(&model.provider, &model.id, begun.elapsed());
        outcome
    }

    async fn checkpoint(&self, attempt_id: i64, text: String, removed: Vec<Removed>) -> Result<()> {
        let txn = self.shared.db.begin_write().await?;
        checkpoint_attempt(&txn, &self.lease, attempt_id, &text, &removed).await?;
        txn.commit().await
    }
}

fn broken(mut answer: Answer, mut fault: Fault, model: &Model) -> Outcome {
    answer.provider_message = fault.provider_says();
    take_ending(&mut answer, std::mem::take(&mut *fault.ending), model);
    Outcome::Broken(Broken { answer, fault })
}

/// Takes over what is known at the end. The ending's text replaces the deltas' text, because the removed
/// pieces refer to it.
fn take_ending(answer: &mut Answer, ending: Ending, model: &Model) {
    answer.cost_nano_usd = ending.usage.as_ref().and_then(|usage| model.cost_nano(usage));
    answer.reported_cost_nano_usd = ending.reported_cost_nano;
    answer.usage = ending.usage.and_then(|usage| usage_of(&usage));
    if ending.content_sha256.is_some() {
        answer.text = ending.text;
        answer.removed = ending.removed.into_iter().map(removed_of).collect();
    }
    answer.content_sha256 = ending.content_sha256;
    answer.reasoning = ending.reasoning.and_then(|reasoning| {
        let bytes = i64::try_from(reasoning.bytes).ok()?;
        Some(Reasoning { text: reasoning.text, bytes, sha256: reasoning.sha256 })
    });
    answer.finish_reason = ending.finish_reason;
    answer.finish = ending.finish.map(finish_of);
    answer.response_id = ending.response_id;
    answer.model_reported = ending.reported_model;
    if let Some(usage) = answer.usage {
        metric::tokens(&model.provider, &model.id, usage);
    }
}

fn usage_of(usage: &colophon_provider::Usage) -> Option<Usage> {
    let detail = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    Some(Usage {
        prompt_tokens: i64::try_from(usage.prompt_tokens).ok()?,
        completion_tokens: i64::try_from(usage.completion_tokens).ok()?,
        total_tokens: i64::try_from(usage.total_tokens).ok()?,
        cached_tokens: detail(usage.cached_tokens),
        reasoning_tokens: detail(usage.reasoning_tokens),
    })
}

fn removed_of(removed: colophon_provider::Removed) -> Removed {
    Removed { offset: removed.offset as u64, text: removed.text }
}

fn finish_of(finish: colophon_provider::Finish) -> Finish {
    match finish {
        colophon_provider::Finish::Done => Finish::Done,
        colophon_provider::Finish::Truncated => Finish::Truncated,
        colophon_provider::Finish::Filtered => Finish::Filtered,
        colophon_provider::Finish::Other => Finish::Other,
    }
}
