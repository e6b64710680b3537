//! Follows the chapter's running and queued runs by their event streams.

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

/// How long the browser may try to reconnect, in milliseconds, before the app asks the server. A browser
/// reconnects within seconds, unless something between it and the server holds the request without a reply.
const PATIENCE_MS: u32 = 15_000;
/// How long a broken connection is not shown, in milliseconds. A stream also breaks when its run ends, and
/// the app soon learns that.
const CALM_MS: u32 = 1_000;
/// How often the server is asked why a run still waits, in milliseconds.
const QUEUE_MS: u32 = 4_000;
/// Pause between two requests for one run, in milliseconds. Segments may end many times a second.
const REFRESH_MS: u32 = 300;

/// The state of a run's event stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Link {
    /// Events arrive, or nothing to the contrary is known.
    #[default]
    Fine,
    /// The connection broke, and the browser tries to reconnect.
    Interrupted,
    /// The server did not give the stream; the app asks for it again after a pause.
    Lost(Option<Error>),
}

/// The state of the chapter's runs since they were loaded. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Live {
    /// The runs that were under way when they were loaded.
    runs: RwSignal<HashMap<i64, Run>>,
    links: RwSignal<HashMap<i64, Link>>,
    /// The failed segments of the runs that are under way.
    failures: RwSignal<HashMap<i64, Failures>>,
    streams: StoredValue<HashMap<i64, Stream>>,
    /// The runs with a request under way; the value is true if another refresh was called for since it was
    /// sent.
    asking: StoredValue<HashMap<i64, bool>>,
    heard: RwSignal<String>,
    on_end: Callback<()>,
}

impl Live {
    /// Creates the state without runs; `on_end` is called after a run has ended.
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

    /// Returns the state of the run's event stream.
    pub fn link(self, run_id: i64) -> Link {
        self.links.with(|links| links.get(&run_id).cloned().unwrap_or_default())
    }

    /// Returns the failed segments of a run that is, or was, under way on this page.
    pub fn failures(self, run_id: i64) -> Failures {
        self.failures.with(|failures| failures.get(&run_id).cloned().unwrap_or_default())
    }

    /// Returns the text that screen readers announce: each segment and the end, not each piece of text.
    pub fn heard(self) -> Signal<String> {
        self.heard.into()
    }

    /// Reopens the run's stream now.
    pub fn retry(self, run_id: i64) {
        if let Some(stream) = self.streams.with_value(|streams| streams.get(&run_id).copied()) {
            stream.reopen();
        }
    }

    /// Returns `run` with all changes since it was loaded.
    pub fn latest(self, run: Run) -> Run {
        if run.status.is_ended() {
            return run;
        }
        match self.runs.with(|runs| runs.get(&run.id).cloned()) {
            Some(known) => Run { prompt_name: run.prompt_name, ..known },
            None => run,
        }
    }

    /// Takes the runs as loaded. If a run is known to have ended, the loaded one replaces it. It was
    /// requested after that end, and the run may have been resumed since.
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

    /// Applies an event that was not applied before.
    fn apply(self, run_id: i64, event: &RunEvent) {
        // A segment of an ended run keeps its text while it is retranslated.
        if self.is_under_way(run_id) {
            self.failures.maybe_update(|failures| failures::note(failures.entry(run_id).or_default(), event));
        }
        match event {
            RunEvent::TranslationStatus(status) => {
                self.advance(run_id, status.status, status.progress, status.waiting_reason.as_ref());
            }
            RunEvent::SegmentComplete(segment) => {
                // A run that was loaded as ended is not in `runs`: a retranslation is not part of its
                // progress.
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

    /// Updates status and progress, never backwards: a replay begins with old states. `waiting`: why a
    /// running run waits; no event reports why a queued run waits.
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

    /// Requests the run, for what events do not report: cost and usage of all attempts, and what the run
    /// waits for. One request at a time for each run: calls during a request lead to one more request.
    fn refresh(self, run_id: i64) {
        let is_asking = self.asking.try_update_value(|asking| asking.insert(run_id, true).is_some());
        if is_asking != Some(false) {
            return;
        }
        spawn_local(async move {
            loop {
                self.asking.try_update_value(|asking| asking.insert(run_id, false));
                // A failure is not shown here: the stream shows its own.
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

    /// Requests the run and stores it, unless a newer state is known. Returns whether the run has ended.
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

/// Keeps the run's event stream open while `is_wanted` and the tab is visible, for as long as the calling
/// component is on the page.
pub fn follow(live: Live, run_id: i64, segments: Option<Segments>, is_wanted: Signal<bool>) {
    let visible = use_visible();
    let is_open = Memo::new(move |_| is_wanted.get() && visible.get());
    // The number of the last stored event that was applied: a reopened stream repeats earlier events.
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

/// Requests the run regularly while it is queued: no event reports why it waits.
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

/// Handles a stream that does not recover: checks whether the run has ended, else reopens the stream after a
/// pause.
async fn look_again(live: Live, run_id: i64, segments: Option<Segments>, stream: Stream) {
    let connection = stream.connection();
    let error = match live.look(run_id).await {
        Ok(true) => match segments {
            // A segment was being retranslated: request its result, and keep the stream for it.
            Some(segments) if segments.is_any_again() => {
                segments.fetch();
                None
            }
            _ => return,
        },
        Ok(false) => None,
        Err(error) => Some(error),
    };
    // Another connection may have been opened meanwhile and may work.
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
