//! Events of all runs of a work: one reader of the database for all readers of the work in this process.

use colophon_contract::{WorkEvent, WorkEventId};
use colophon_domain::run::{get_work_place, list_work_events};
use colophon_domain::{Db, Result};
use futures::Stream;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// How many events a slow reader may be behind before it reads the database by itself.
const RECENT: usize = 64;
/// Rows read at once.
const PAGE: u32 = 100;

/// How long the feed waits after a change, so that many events of many runs take one read.
const TOGETHER: Duration = Duration::from_millis(50);

/// An event with its place, or a place up to which no more events exist.
pub(crate) type Told = (WorkEventId, Option<WorkEvent>);

/// What the readers of a work share.
struct Work {
    news: broadcast::Sender<Arc<Told>>,
}

/// The works that have a reader here.
#[derive(Default)]
pub(crate) struct Works(Mutex<HashMap<i64, Weak<Work>>>);

/// Where events come from.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) db: Db,
    pub(crate) works: Arc<Works>,
    /// Changes when something may have happened in any run.
    pub(crate) happened: watch::Receiver<()>,
    pub(crate) poll: Duration,
    pub(crate) stop: CancellationToken,
}

impl Source {
    /// Returns the events after a place, with that place; from now on if it is `None` or does not exist.
    pub(crate) async fn follow(
        self,
        work_id: i64,
        after: Option<WorkEventId>,
    ) -> Result<(WorkEventId, impl Stream<Item = Told> + use<>)> {
        let now = get_work_place(&self.db, work_id).await?;
        let at = after.filter(|after| after.position <= now.position).unwrap_or(now);
        let work = self.work(work_id, now);
        Ok((at, self.events(work_id, work, at)))
    }

    /// Returns the shared state of a work. Its events begin no later than at `now`.
    fn work(&self, work_id: i64, now: WorkEventId) -> Arc<Work> {
        let mut works = self.works.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(work) = works.get(&work_id).and_then(Weak::upgrade) {
            return work;
        }
        works.retain(|_, work| work.strong_count() > 0);
        let work = Arc::new(Work { news: broadcast::Sender::new(RECENT) });
        works.insert(work_id, Arc::downgrade(&work));
        tokio::spawn(self.clone().feed(work_id, Arc::downgrade(&work), now));
        work
    }

    async fn feed(mut self, work_id: i64, work: Weak<Work>, mut at: WorkEventId) {
        while let Some(work) = work.upgrade() {
            self.happened.mark_unchanged();
            let mut there_may_be_more = false;
            match list_work_events(&self.db, work_id, at, PAGE).await {
                Ok((read, next)) => {
                    there_may_be_more = read.len() == PAGE as usize;
                    for told in told(read, at, next) {
                        // There may be no receiver at the moment.
                        let _ = work.news.send(Arc::new(told));
                    }
                    at = next;
                }
                Err(error) => tracing::warn!(work_id, %error, "events of a work cannot be read"),
            }
            drop(work);
            if there_may_be_more {
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                Ok(()) = self.happened.changed() => tokio::time::sleep(TOGETHER).await,
                () = tokio::time::sleep(self.poll) => {}
            }
        }
    }

    fn events(self, work_id: i64, work: Arc<Work>, mut at: WorkEventId) -> impl Stream<Item = Told> + use<> {
        // Subscribed before the database is read, so that no later event is missed.
        let mut news = work.news.subscribe();
        async_stream::stream! {
            // Keeps the feed running.
            let _work = work;
            let mut behind = true;
            loop {
                if behind {
                    match list_work_events(&self.db, work_id, at, PAGE).await {
                        Ok((read, next)) => {
                            behind = read.len() == PAGE as usize;
                            for told in told(read, at, next) {
                                yield told;
                            }
                            at = next;
                        }
                        Err(error) => {
                            tracing::warn!(work_id, %error, "events of a work cannot be read");
                            tokio::select! {
                                () = self.stop.cancelled() => return,
                                () = tokio::time::sleep(self.poll) => {}
                            }
                        }
                    }
                    continue;
                }
                let told = tokio::select! {
                    () = self.stop.cancelled() => return,
                    told = news.recv() => told,
                };
                match told {
                    Ok(told) if told.0 > at => {
                        at = told.0;
                        yield (*told).clone();
                    }
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => behind = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        }
    }
}

/// Returns the events that were read, then the place up to which no more exist, if it is after the last
/// event.
fn told(
    read: Vec<(WorkEventId, WorkEvent)>,
    after: WorkEventId,
    next: WorkEventId,
) -> impl Iterator<Item = Told> {
    let last = read.last().map_or(after, |(id, _)| *id);
    let place = (next > last).then_some((next, None));
    read.into_iter().map(|(id, event)| (id, Some(event))).chain(place)
}
