//! The run under way, followed by its event stream.

use super::segments::Segments;
use crate::api::{
    self, Error,
    event::{EventStream, Incoming},
};
use colophon_contract::{EventId, Progress, Run, RunEvent, RunStatus};
use gloo_timers::future::TimeoutFuture;
use leptos::{ev, prelude::*, task::spawn_local};

const FIRST_WAIT_MS: u32 = 2_000;
const LONGEST_WAIT_MS: u32 = 30_000;
/// The browser comes back within seconds, unless something on the way holds it without an answer.
const PATIENCE_MS: u32 = 15_000;

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

    /// The run as it was when the stream is opened.
    fn begin(self, run: &Run) {
        if self.news.with_untracked(|news| news.as_ref().is_none_or(|news| news.id != run.id)) {
            self.news.set(Some(run.clone()));
        }
    }

    /// Takes an event; what a replay repeats changes nothing.
    fn apply(self, event: &RunEvent) {
        match event {
            RunEvent::TranslationStatus(status) => self.advance(status.status, status.progress),
            RunEvent::SegmentComplete(done) => {
                let before = self.done();
                self.advance(RunStatus::Running, done.progress);
                if done.progress.done > before {
                    let Progress { done, total } = done.progress;
                    self.heard.set(format!("{done} of {total} segments are translated."));
                    self.refresh();
                }
            }
            RunEvent::TranslationComplete(_) => {
                self.heard.set("The translation is complete.".to_owned());
                self.end(RunStatus::Completed);
            }
            RunEvent::TranslationError(error) => {
                self.heard.set(format!("The translation has ended: {}", error.detail));
                self.end(error.status);
            }
            RunEvent::SegmentStart(_) | RunEvent::SegmentDelta(_) | RunEvent::SegmentError(_) => {}
        }
    }

    fn done(self) -> i64 {
        self.news.with_untracked(|news| news.as_ref().map_or(0, |news| news.progress.done))
    }

    /// Never back: a replay begins with how things were.
    fn advance(self, status: RunStatus, progress: Progress) {
        self.news.maybe_update(|news| {
            let Some(news) = news else { return false };
            let is_old = progress.done < news.progress.done
                || (status == RunStatus::Queued && news.status == RunStatus::Running);
            if is_old || (news.status, news.progress) == (status, progress) {
                return false;
            }
            (news.status, news.progress) = (status, progress);
            true
        });
    }

    /// Asks for what events do not tell: cost and usage of all attempts.
    fn refresh(self) {
        let Some(run_id) = self.news.with_untracked(|news| news.as_ref().map(|news| news.id)) else { return };
        spawn_local(async move {
            if let Ok(run) = api::run::get(run_id).await {
                self.take(run);
            }
        });
    }

    /// The run as the server has it, unless more is known by now.
    fn take(self, run: Run) {
        self.news.try_maybe_update(|news| {
            let is_newer = news.as_ref().is_some_and(|news| {
                news.id == run.id && !news.status.is_ended() && news.progress.done <= run.progress.done
            });
            if is_newer {
                *news = Some(run);
            }
            (is_newer, ())
        });
    }

    fn end(self, status: RunStatus) {
        self.news.update(|news| {
            if let Some(news) = news {
                news.status = status;
            }
        });
        self.on_end.run(());
    }
}

/// Keeps one event stream open while `is_wanted` and somebody looks, for as long as the calling component
/// is on the page.
pub fn follow(live: Live, run: Run, segments: Option<Segments>, is_wanted: Signal<bool>) {
    let run_id = run.id;
    live.begin(&run);
    let visible = RwSignal::new(!document().hidden());
    let listener = window_event_listener(ev::visibilitychange, move |_| visible.set(!document().hidden()));
    on_cleanup(move || listener.remove());
    let is_open = Memo::new(move |_| is_wanted.get() && visible.get());
    let stream = StoredValue::new_local(None::<EventStream>);
    let waited = StoredValue::new(FIRST_WAIT_MS);
    let take = move |id: EventId, event: RunEvent| {
        if let Some(segments) = segments {
            segments.apply(id, &event);
        }
        live.apply(&event);
    };
    let handler = move |incoming: Incoming| match incoming {
        Incoming::Opened => {
            waited.set_value(FIRST_WAIT_MS);
            live.link.set(Link::Fine);
        }
        Incoming::Event(id, event) => take(id, event),
        Incoming::Interrupted => {
            live.link.set(Link::Interrupted);
            spawn_local(async move {
                TimeoutFuture::new(PATIENCE_MS).await;
                if live.link.try_get_untracked() == Some(Link::Interrupted) {
                    look_again(live, run_id, waited).await;
                }
            });
        }
        Incoming::Closed => spawn_local(look_again(live, run_id, waited)),
    };
    // The stream is outside of the page's own state, as are the tab's visibility and the network.
    Effect::new(move |_| {
        live.tries.track();
        stream.set_value(None);
        if is_open.get() {
            stream.set_value(EventStream::open(run_id, handler));
        }
    });
}

/// After a stream closed for good: either the run has ended, or it is asked for again after a while.
async fn look_again(live: Live, run_id: i64, waited: StoredValue<u32>) {
    let found = api::run::get(run_id).await;
    let error = match found {
        Ok(run) if run.status.is_ended() => {
            if live.news.try_get_untracked().is_some() {
                live.end(run.status);
            }
            return;
        }
        Ok(run) => {
            live.take(run);
            None
        }
        Err(error) => Some(error),
    };
    live.link.try_set(Link::Lost(error));
    let Some(wait) = waited.try_get_value() else { return };
    waited.try_set_value((wait * 2).min(LONGEST_WAIT_MS));
    TimeoutFuture::new(wait).await;
    live.tries.try_update(|tries| *tries += 1);
}
