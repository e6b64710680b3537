//! Follows the chapter's runs that are under way, by their event streams.

use super::{
    failures::{self, Failures},
    segments::Segments,
};
use crate::api::{
    self, Error,
    event::{Incoming, Stream, decode, keep_open},
};
use crate::state::use_visible;
use colophon_contract::{AttemptKind, Progress, Run, RunEvent, RunStatus, WaitingReason, url};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;

/// The browser reconnects within seconds, unless something on the way holds the request without a reply.
const PATIENCE_MS: u32 = 15_000;
/// A stream ends with its run, and that is soon known: until then nothing is said of the connection.
const CALM_MS: u32 = 1_000;
/// How often the server is asked why a run still waits.
const QUEUE_MS: u32 = 4_000;
/// How long the server is left in peace after it was asked for a run. Segments may end many times a second.
const REFRESH_MS: u32 = 300;

/// Whether events come.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Link {
    /// They do, or nothing is known to the contrary.
    #[default]
    Fine,
    /// The connection broke, and the browser tries to reconnect.
    Interrupted,
    /// The server did not give the stream; it is asked again after a while.
    Lost(Option<Error>),
}

/// What is known of the chapter's runs since they were loaded. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Live {
    /// The runs that were under way when they were loaded.
    runs: RwSignal<HashMap<i64, Run>>,
    links: RwSignal<HashMap<i64, Link>>,
    /// Of the runs that are under way: which segments failed.
    failures: RwSignal<HashMap<i64, Failures>>,
    streams: StoredValue<HashMap<i64, Stream>>,
    /// The runs that are being asked for; true where there is news since.
    asking: StoredValue<HashMap<i64, bool>>,
    heard: RwSignal<String>,
    on_end: Callback<()>,
}

impl Live {
    /// Nothing is known yet; `on_end` is called after a run has ended.
    pub fn new(on_end: Callback<()>) -> Self {
        Self {
            runs: RwSignal::new(HashMap::new()),
            links: RwSignal::new(HashMap::new()),
            failures: RwSignal::new(HashMap::new()),
            streams: StoredValue::new(HashMap::new()),
            asking: StoredValue::new(HashMap::new()),
            heard: RwSignal::new(String::new()),
            on_end,
        }
    }

    /// Whether events of the run come.
    pub fn link(self, run_id: i64) -> Link {
        self.links.with(|links| links.get(&run_id).cloned().unwrap_or_default())
    }

    /// Which segments of a run that is, or was, under way on this page have failed.
    pub fn failures(self, run_id: i64) -> Failures {
        self.failures.with(|failures| failures.get(&run_id).cloned().unwrap_or_default())
    }

    /// What screen readers announce: each segment and the end, not each piece of text.
    pub fn heard(self) -> Signal<String> {
        self.heard.into()
    }

    /// Asks for the run's stream now.
    pub fn retry(self, run_id: i64) {
        if let Some(stream) = self.streams.with_value(|streams| streams.get(&run_id).copied()) {
            stream.reopen();
        }
    }

    /// `run` with what is known since it was loaded.
    pub fn latest(self, run: Run) -> Run {
        if run.status.is_ended() {
            return run;
        }
        match self.runs.with(|runs| runs.get(&run.id).cloned()) {
            Some(known) => Run { prompt_name: run.prompt_name, ..known },
            None => run,
        }
    }

    /// Takes what was loaded. The runs were asked for after any end that is known, so what was loaded decides
    /// then: a run may have been resumed since.
    pub fn load(self, loaded: &[Run]) {
        self.runs.update(|runs| {
            for run in loaded {
                let is_known = runs.get(&run.id).is_some_and(|known| !known.status.is_ended());
                if run.status.is_ended() {
                    runs.remove(&run.id);
                } else if !is_known {
                    runs.insert(run.id, run.clone());
                }
            }
        });
    }

    /// Takes an event of the run that was not seen before.
    fn apply(self, run_id: i64, event: &RunEvent) {
        // A segment of an ended run that is translated again keeps the text it had.
        if self.is_under_way(run_id) {
            self.failures.maybe_update(|failures| failures::note(failures.entry(run_id).or_default(), event));
        }
        match event {
            RunEvent::TranslationStatus(status) => {
                self.advance(run_id, status.status, status.progress, status.waiting_reason.as_ref());
            }
            RunEvent::SegmentComplete(segment) => {
                // A run that has ended is known only by what was loaded: a retranslation is no progress of it.
                let before =
                    self.runs.with_untracked(|runs| runs.get(&run_id).map(|known| known.progress.done));
                let Some(before) = before else { return };
                self.advance(run_id, RunStatus::Running, segment.progress, None);
                let Progress { done, total } = segment.progress;
                if done > before {
                    self.heard.set(format!("{done} of {total} segments are translated."));
                }
                if done > before || segment.kind == AttemptKind::Person {
                    self.refresh(run_id);
                }
            }
            RunEvent::TranslationComplete(_) | RunEvent::TranslationError(_) => self.refresh(run_id),
            _ => {}
        }
    }

    fn is_under_way(self, run_id: i64) -> bool {
        self.runs.with_untracked(|runs| runs.get(&run_id).is_some_and(|run| !run.status.is_ended()))
    }

    /// Never back: a replay begins with how things were. `waiting`: what a running run waits for; what a queued one waits
    /// for is told by no event.
    fn advance(self, run_id: i64, status: RunStatus, progress: Progress, waiting: Option<&WaitingReason>) {
        self.runs.maybe_update(|runs| {
            let Some(known) = runs.get_mut(&run_id) else { return false };
            let waiting = match status {
                RunStatus::Running => waiting,
                _ => known.waiting_reason.as_ref(),
            };
            let is_old = progress.done < known.progress.done || known.status.is_ended();
            let is_known =
                (known.status, known.progress, known.waiting_reason.as_ref()) == (status, progress, waiting);
            if is_old || is_known {
                return false;
            }
            known.waiting_reason = waiting.cloned();
            (known.status, known.progress) = (status, progress);
            true
        });
    }

    /// Asks for what events do not tell: cost and usage of all attempts, and what a run waits for. One request at a
    /// time: the news during one are asked for by the next.
    fn refresh(self, run_id: i64) {
        let is_asking = self.asking.try_update_value(|asking| asking.insert(run_id, true).is_some());
        if is_asking != Some(false) {
            return;
        }
        spawn_local(async move {
            loop {
                self.asking.try_update_value(|asking| asking.insert(run_id, false));
                // A failure shows by the stream's own.
                let _ = self.look(run_id).await;
                TimeoutFuture::new(REFRESH_MS).await;
                let is_news = self.asking.try_update_value(|asking| {
                    let is_news = asking.get(&run_id) == Some(&true);
                    if !is_news {
                        asking.remove(&run_id);
                    }
                    is_news
                });
                if is_news != Some(true) {
                    return;
                }
            }
        });
    }

    /// Takes the run as the server has it, unless more is known by now. Whether it has ended.
    async fn look(self, run_id: i64) -> Result<bool, Error> {
        let run = api::run::get(run_id).await?;
        let is_ended = run.status.is_ended();
        let words = match &run.error {
            Some(error) => format!("The translation has ended: {}", error.detail),
            None => "The translation is complete.".to_owned(),
        };
        // The page may be gone by now.
        let is_news = self.runs.try_maybe_update(|runs| {
            let known = runs.get_mut(&run_id).filter(|known| {
                !known.status.is_ended() && (is_ended || known.progress.done <= run.progress.done)
            });
            let is_news = known.is_some();
            if let Some(known) = known {
                *known = run;
            }
            (is_news, is_news)
        });
        if is_ended && is_news == Some(true) {
            self.heard.set(words);
            self.on_end.run(());
        }
        Ok(is_ended)
    }

    fn set_link(self, run_id: i64, link: Link) {
        self.links.try_update(|links| links.insert(run_id, link));
    }
}

/// Keeps the run's event stream open while `is_wanted` and somebody looks, for as long as the calling component
/// is on the page.
pub fn follow(live: Live, run_id: i64, segments: Option<Segments>, is_wanted: Signal<bool>) {
    let visible = use_visible();
    let is_open = Memo::new(move |_| is_wanted.get() && visible.get());
    // The last stored event that was taken: a stream that is opened anew begins with those seen already.
    let seen = StoredValue::new(0);
    let is_broken = StoredValue::new(false);
    let handler = move |stream: Stream, incoming| match incoming {
        Incoming::Opened => {
            is_broken.set_value(false);
            live.set_link(run_id, Link::Fine);
        }
        Incoming::Event(message) => {
            let Some((id, event)) = decode(&message) else { return };
            if !matches!(event, RunEvent::SegmentDelta(_)) {
                if id.seq <= seen.get_value() {
                    return;
                }
                seen.set_value(id.seq);
            }
            if let Some(segments) = segments {
                segments.apply(&event);
            }
            live.apply(run_id, &event);
        }
        Incoming::Interrupted => {
            is_broken.set_value(true);
            spawn_local(async move {
                let connection = stream.connection();
                let is_still = move || {
                    is_broken.try_get_value() == Some(true)
                        && is_open.try_get_untracked() == Some(true)
                        && stream.connection() == connection
                };
                TimeoutFuture::new(CALM_MS).await;
                if !is_still() {
                    return;
                }
                live.set_link(run_id, Link::Interrupted);
                TimeoutFuture::new(PATIENCE_MS).await;
                if is_still() {
                    look_again(live, run_id, segments, stream).await;
                }
            });
        }
        Incoming::Closed => spawn_local(look_again(live, run_id, segments, stream)),
    };
    let stream = keep_open(url::events(run_id), is_open.into(), handler);
    live.streams.update_value(|streams| {
        streams.insert(run_id, stream);
    });
    spawn_local(watch_queue(live, run_id, is_open));
}

/// Why a run waits is told by no event.
async fn watch_queue(live: Live, run_id: i64, is_open: Memo<bool>) {
    loop {
        TimeoutFuture::new(QUEUE_MS).await;
        let Some(is_open) = is_open.try_get_untracked() else { return };
        let is_queued = live
            .runs
            .try_with_untracked(|runs| runs.get(&run_id).is_some_and(|run| run.status == RunStatus::Queued));
        if is_open && is_queued == Some(true) {
            live.refresh(run_id);
        }
    }
}

/// After a stream closed for good: either the run has ended, or the stream is asked for again after a while.
async fn look_again(live: Live, run_id: i64, segments: Option<Segments>, stream: Stream) {
    let connection = stream.connection();
    let error = match live.look(run_id).await {
        Ok(true) => match segments {
            // A segment was being translated again: how that ended is asked for, and waited for.
            Some(segments) if segments.is_any_again() => {
                segments.fetch();
                None
            }
            _ => return,
        },
        Ok(false) => None,
        Err(error) => Some(error),
    };
    // Another connection may have been opened meanwhile, and be fine.
    if stream.connection().is_some() && stream.connection() == connection {
        live.set_link(run_id, Link::Lost(error));
        stream.reopen_later().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{
        fixture::{moment, run},
        with_signals,
    };
    use colophon_contract::TranslationStatus;

    #[test]
    fn a_running_run_waits_until_an_event_says_that_it_goes_on() {
        with_signals(|| {
            let live = Live::new(Callback::new(|()| ()));
            live.load(&[run(RunStatus::Running)]);
            let status = |waiting_reason| {
                let progress = Progress { done: 3, total: 8 };
                let status = RunStatus::Running;
                RunEvent::TranslationStatus(TranslationStatus {
                    status,
                    progress,
                    made_with: None,
                    waiting_reason,
                })
            };
            let known = || live.latest(run(RunStatus::Running)).waiting_reason;
            let reason = WaitingReason::rate_limited("demo".to_owned(), moment("15:44:23"));
            live.apply(1, &status(Some(reason.clone())));
            assert_eq!(known(), Some(reason));
            live.apply(1, &status(None));
            assert_eq!(known(), None);
        });
    }
}
