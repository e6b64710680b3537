//! One reader of the database for all readers of a run in this process.

use crate::live::{Live, Mirrored};
use colophon_domain::Db;
use colophon_domain::run::get_replay;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a run's own task has to tell of what it committed before the database is asked.
const OWN_WORD: Duration = Duration::from_millis(25);
/// After how many polls the database is asked about a run that is worked on here, though nobody told of anything: what
/// another server told may have been lost, and the text that streams in keeps readers from asking themselves.
const UNTOLD_POLLS: u32 = 15;

/// Brings what the database has of a run to those who read it here, when poked and from time to time, until
/// nobody reads it any more or it has ended.
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
