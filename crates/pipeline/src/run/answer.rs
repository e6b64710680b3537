//! One attempt: from the first byte sent to the answer's end.

use super::Task;
use crate::metric;
use colophon_contract::Usage;
use colophon_domain::run::{Answer, checkpoint_attempt};
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
    /// Without.
    Broken(Broken),
    /// The server stops and it took too long.
    Stopped,
    /// The run was cancelled, or somebody else works on it.
    Lost,
}

/// An attempt without its whole text.
pub(super) struct Broken {
    /// What came: kept for those who want to see.
    pub(super) answer: Answer,
    /// Why no more came.
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
        let mut saved = 0;
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
                    if answer.text.len() > saved {
                        saved = answer.text.len();
                        saving = Some(self.checkpoint(attempt_id, answer.text.clone()).boxed());
                    }
                }
                event = events.next() => match event {
                    Some(Ok(Event::Started { .. })) => {}
                    Some(Ok(Event::Delta(text))) => {
                        if answer.text.is_empty() {
                            metric::first_token(&model.provider, &model.id, begun.elapsed());
                        }
                        answer.text.push_str(&text);
                        self.live().write(attempt_id, &text);
                    }
                    Some(Ok(Event::Finished(ending))) => {
                        take_ending(&mut answer, ending, model);
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

    async fn checkpoint(&self, attempt_id: i64, text: String) -> Result<()> {
        let txn = self.shared.db.begin_write().await?;
        checkpoint_attempt(&txn, &self.lease, attempt_id, &text).await?;
        txn.commit().await
    }
}

fn broken(mut answer: Answer, mut fault: Fault, model: &Model) -> Outcome {
    take_ending(&mut answer, std::mem::take(&mut *fault.ending), model);
    Outcome::Broken(Broken { answer, fault })
}

fn take_ending(answer: &mut Answer, ending: Ending, model: &Model) {
    answer.cost_nano_usd = ending.usage.as_ref().and_then(|usage| model.cost_nano(usage));
    answer.usage = ending.usage.and_then(|usage| {
        Some(Usage {
            prompt_tokens: i64::try_from(usage.prompt_tokens).ok()?,
            completion_tokens: i64::try_from(usage.completion_tokens).ok()?,
            total_tokens: i64::try_from(usage.total_tokens).ok()?,
        })
    });
    answer.finish_reason = ending.finish_reason;
    answer.response_id = ending.response_id;
    answer.model_reported = ending.reported_model;
    if let Some(usage) = answer.usage {
        metric::tokens(&model.provider, &model.id, usage);
    }
}
