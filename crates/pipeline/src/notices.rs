//! Handles notifications of other servers, on PostgreSQL: readers, the queue and leases are checked now
//! instead of at the next poll.

use crate::runner::Shared;
use colophon_domain::notice::{Listener, Notice};
use std::sync::Arc;
use std::time::Duration;

/// Interval between tries to listen while the database is unavailable; polls continue meanwhile.
const RETRY: Duration = Duration::from_secs(1);

/// Handles notifications until nothing is worked on any more.
pub(crate) async fn hear(shared: Arc<Shared>) {
    let Some(mut listener) = Listener::new(&shared.db) else { return };
    let mut retry = Retry::default();
    loop {
        let heard = tokio::select! {
            () = shared.done.cancelled() => return,
            heard = listener.next() => heard,
        };
        match heard {
            Ok(notice) => {
                retry.hear(notice);
                heed(&shared, notice);
            }
            Err(error) => {
                tracing::warn!(%error, "what other servers do is noticed late");
                if !retry.is_at_once() {
                    tokio::select! {
                        () = shared.done.cancelled() => return,
                        () = tokio::time::sleep(RETRY) => {}
                    }
                }
            }
        }
    }
}

/// Reconnects at once after a cut, then at an interval until a notification arrives.
#[derive(Default)]
struct Retry {
    failed: bool,
}

impl Retry {
    /// A lapse only says that the connection was made, and it may be cut again at once. So it does not reset
    /// the state.
    fn hear(&mut self, notice: Notice) {
        self.failed &= notice == Notice::Lapse;
    }

    /// Returns whether to reconnect now, after a failure.
    fn is_at_once(&mut self) -> bool {
        !std::mem::replace(&mut self.failed, true)
    }
}

fn heed(shared: &Shared, notice: Notice) {
    match notice {
        Notice::Event { run_id, seq } => tell(shared, run_id, seq),
        Notice::Queued { run_id, seq } => {
            tell(shared, run_id, seq);
            shared.wake.notify_one();
        }
        Notice::Cancelled { run_id, seq } => {
            tell(shared, run_id, seq);
            if shared.is_active(run_id) {
                shared.check_leases.notify_one();
            }
        }
        Notice::Text { run_id } => {
            if let Some(live) = shared.live.find(run_id).filter(|live| !live.is_local()) {
                live.poke().notify_one();
            }
        }
        Notice::Queue => shared.wake.notify_one(),
        Notice::Lapse => {
            shared.live.list().iter().for_each(|live| live.doubt());
            shared.happened.send_replace(());
            shared.wake.notify_one();
            shared.check_leases.notify_one();
        }
    }
}

fn tell(shared: &Shared, run_id: i64, seq: i64) {
    if let Some(live) = shared.live.find(run_id) {
        live.tell(seq);
    }
    shared.happened.send_replace(());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_is_cut_whenever_it_is_made_is_not_made_again_at_once() {
        let mut retry = Retry::default();
        retry.hear(Notice::Lapse);
        assert!(retry.is_at_once());
        for _ in 0..3 {
            retry.hear(Notice::Lapse);
            assert!(!retry.is_at_once());
        }
        retry.hear(Notice::Lapse);
        retry.hear(Notice::Queue);
        assert!(retry.is_at_once(), "it was a good one");
    }
}
