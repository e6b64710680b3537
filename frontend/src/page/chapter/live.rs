//! The run under way, followed by its event stream.

use super::segments::Segments;
use crate::api::{
    self, Error,
    event::{EventStream, Incoming, decode},
};
use crate::state::use_visible;
use colophon_contract::{AttemptKind, EventId, Progress, Run, RunEvent, RunStatus, url};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::rc::Rc;

const FIRST_WAIT_MS: u32 = 2_000;
const LONGEST_WAIT_MS: u32 = 30_000;
/// The browser comes back within seconds, unless something on the way holds it without an answer.
const PATIENCE_MS: u32 = 15_000;
/// Streams end with their run, and that is soon known: until then nothing is said of the connection.
const CALM_MS: u32 = 1_000;
/// How often it is asked why a run still waits.
const QUEUE_MS: u32 = 4_000;

/// Whether events come.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// They do, or nothing is known to the contrary.
    Fine,
    /// The connection broke, and the browser tries to mend it.
    Interrupted,
    /// The server did not give the stream; it is asked again after a while.
    Lost(Option<Error>),
}

/// What the event stream told of the chapter's run under way. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Live {
    news: RwSignal<Option<Run>>,
    link: RwSignal<Link>,
    heard: RwSignal<String>,
    tries: RwSignal<u32>,
    on_end: Callback<()>,
}

impl Live {
    /// Nothing told yet; `on_end` is called after a run ended.
    pub fn new(on_end: Callback<()>) -> Self {
        Self {
            news: RwSignal::new(None),
            link: RwSignal::new(Link::Fine),
            heard: RwSignal::new(String::new()),
            tries: RwSignal::new(0),
            on_end,
        }
    }

    /// Whether events come.
    pub fn link(self) -> Signal<Link> {
        self.link.into()
    }

    /// What screen readers are told: each segment and the end, not each piece of text.
    pub fn heard(self) -> Signal<String> {
        self.heard.into()
    }

    /// Asks for the stream now.
    pub fn retry(self) {
        self.tries.update(|tries| *tries += 1);
    }

    /// `run` with what is known since it was loaded.
    pub fn latest(self, run: Run) -> Run {
        let news = self.news.with(|news| news.as_ref().filter(|news| news.id == run.id).cloned());
        match news {
            Some(news) if !run.status.is_ended() => Run { prompt_name: run.prompt_name, ..news },
            _ => run,
        }
    }

    /// Takes what was loaded. It was asked for after any end that was told, so that it has the last word then:
    /// the run may have been resumed since.
    pub fn load(self, runs: &[Run]) {
        let active = runs.iter().find(|run| !run.status.is_ended());
        self.news.maybe_update(|news| {
            let id = news.as_ref().filter(|news| !news.status.is_ended()).map(|news| news.id);
            let is_known = news.is_some() == active.is_some() && id == active.map(|run| run.id);
            if !is_known {
                *news = active.cloned();
            }
            !is_known
        });
    }

    /// Takes an event that was not seen before.
    fn apply(self, event: &RunEvent) {
        match event {
            RunEvent::TranslationStatus(status) => self.advance(status.status, status.progress),
            RunEvent::SegmentComplete(done) => {
                // Of an ended run only a segment that is translated again is followed.
                let Some(before) =
                    self.news.with_untracked(|news| news.as_ref().map(|news| news.progress.done))
                else {
                    return;
                };
                self.advance(RunStatus::Running, done.progress);
                if done.kind == AttemptKind::Person {
                    self.refresh();
                }
                if done.progress.done > before {
                    let Progress { done, total } = done.progress;
                    self.heard.set(format!("{done} of {total} segments are translated."));
                    self.refresh();
                }
            }
            // Ends are looked at: the run may have been resumed after them.
            _ => {}
        }
    }

    /// Never back: a replay begins with how things were.
    fn advance(self, status: RunStatus, progress: Progress) {
        self.news.maybe_update(|news| {
            let Some(news) = news else { return false };
            let is_old = progress.done < news.progress.done || news.status.is_ended();
            if is_old || (news.status, news.progress) == (status, progress) {
                return false;
            }
            (news.status, news.progress) = (status, progress);
            true
        });
    }

    /// Asks for what events do not tell: cost and usage of all attempts, and what a run waits for.
    fn refresh(self) {
        let Some(run_id) = self.news.with_untracked(|news| news.as_ref().map(|news| news.id)) else { return };
        spawn_local(async move {
            let _ = self.look(run_id).await;
        });
    }

    /// Takes the run as the server has it, unless more is known by now. Whether it has ended.
    async fn look(self, run_id: i64) -> Result<bool, Error> {
        let run = api::run::get(run_id).await?;
        let ended = run.status.is_ended().then(|| match &run.error {
            Some(error) => format!("The translation has ended: {}", error.detail),
            None => "The translation is complete.".to_owned(),
        });
        let is_ended = ended.is_some();
        // The page may be gone by now.
        let is_news = self.news.try_maybe_update(|news| {
            let is_newer = news.as_ref().is_some_and(|news| {
                news.id == run.id
                    && !news.status.is_ended()
                    && (is_ended || news.progress.done <= run.progress.done)
            });
            if is_newer {
                *news = Some(run);
            }
            (is_newer, is_newer)
        });
        if let (Some(true), Some(words)) = (is_news, ended) {
            self.heard.set(words);
            self.on_end.run(());
        }
        Ok(is_ended)
    }
}

/// Keeps one event stream open while `is_wanted` and somebody looks, for as long as the calling component
/// is on the page.
pub fn follow(live: Live, run_id: i64, segments: Option<Segments>, is_wanted: Signal<bool>) {
    let visible = use_visible();
    let is_open = Memo::new(move |_| is_wanted.get() && visible.get());
    let stream = StoredValue::new_local(None::<EventStream>);
    let (waited, broken) = (StoredValue::new(FIRST_WAIT_MS), StoredValue::new(false));
    // The last stored event that was taken: a stream that is opened anew begins with those seen already.
    let seen = StoredValue::new(0);
    let take = move |id: EventId, event: RunEvent| {
        if !matches!(event, RunEvent::SegmentDelta(_)) {
            if id.seq <= seen.get_value() {
                return;
            }
            seen.set_value(id.seq);
        }
        if let Some(segments) = segments {
            segments.apply(&event);
        }
        live.apply(&event);
        if matches!(event, RunEvent::TranslationComplete(_) | RunEvent::TranslationError(_)) {
            live.refresh();
        }
    };
    let handler = move |incoming: Incoming| match incoming {
        Incoming::Opened => {
            broken.set_value(false);
            waited.set_value(FIRST_WAIT_MS);
            live.link.set(Link::Fine);
        }
        Incoming::Event(message) => {
            if let Some((id, event)) = decode(&message) {
                take(id, event);
            }
        }
        Incoming::Interrupted => {
            broken.set_value(true);
            spawn_local(async move {
                TimeoutFuture::new(CALM_MS).await;
                let is_broken = broken.try_get_value() == Some(true);
                if !is_broken || is_open.try_get_untracked() != Some(true) {
                    return;
                }
                live.link.set(Link::Interrupted);
                TimeoutFuture::new(PATIENCE_MS).await;
                if live.link.try_get_untracked() == Some(Link::Interrupted) {
                    look_again(live, run_id, segments, waited).await;
                }
            });
        }
        Incoming::Closed => spawn_local(look_again(live, run_id, segments, waited)),
    };
    // The stream is outside of the page's own state, as are the tab's visibility and the network.
    Effect::new(move |_| {
        live.tries.track();
        stream.set_value(None);
        if is_open.get() {
            stream.set_value(EventStream::open(&url::events(run_id), Rc::new(handler)));
        }
    });
    spawn_local(watch_queue(live, is_open));
}

/// Why a run waits is told by no event.
async fn watch_queue(live: Live, is_open: Memo<bool>) {
    loop {
        TimeoutFuture::new(QUEUE_MS).await;
        let Some(is_open) = is_open.try_get_untracked() else { return };
        let is_queued = |news: &Option<Run>| news.as_ref().is_some_and(|run| run.status == RunStatus::Queued);
        if is_open && live.news.try_with_untracked(is_queued) == Some(true) {
            live.refresh();
        }
    }
}

/// After a stream closed for good: either the run has ended, or it is asked for again after a while.
async fn look_again(live: Live, run_id: i64, segments: Option<Segments>, waited: StoredValue<u32>) {
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
    live.link.try_set(Link::Lost(error));
    let Some(wait) = waited.try_get_value() else { return };
    waited.try_set_value((wait * 2).min(LONGEST_WAIT_MS));
    TimeoutFuture::new(wait).await;
    live.tries.try_update(|tries| *tries += 1);
}
