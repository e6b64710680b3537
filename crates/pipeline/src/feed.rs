//! One reader of the database for all readers of a run in this process.

use crate::live::{Live, Mirrored};
use colophon_domain::Db;
use colophon_domain::run::get_replay;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a run's own task has to publish what it committed before the database is read.
const OWN_WORD: Duration = Duration::from_millis(25);
/// Number of polls after which the database is read about a run that is worked on here, even if nothing was
/// announced. A notification of another server may have been lost, and streaming text keeps readers from
/// polling themselves.
const UNTOLD_POLLS: u32 = 15;

/// Reads a run's changes from the database for its readers here, when notified and at each poll, until nobody
/// reads it any more or it has ended.
pub(crate) async fn feed(db: Db, run_id: i64, live: Weak<Live>, poll: Duration, stop: CancellationToken) {
    let mut looked = Instant::now();
    while let Some(live) = live.upgrade() {
        if live.is_local() && live.is_behind() {
            tokio::time::sleep(OWN_WORD).await;
        }
        if live.is_behind() || looked.elapsed() >= poll * UNTOLD_POLLS {
            looked = Instant::now();
            let (said, seen) = live.before_a_look();
            match get_replay(&db, run_id, seen).await {
                Ok(replay) => match live.mirror(said, replay) {
                    Mirrored::Ended => return,
                    Mirrored::Behind => {
                        drop(live);
                        tokio::time::sleep(OWN_WORD).await;
                        continue;
                    }
                    Mirrored::Present => {}
                },
                Err(error) => tracing::warn!(run_id, %error, "events cannot be read"),
            }
        }
        let poke = live.poke();
        drop(live);
        tokio::select! {
            () = stop.cancelled() => return,
            () = poke.notified() => {}
            () = tokio::time::sleep(poll) => {}
        }
    }
}
