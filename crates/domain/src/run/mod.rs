//! Runs (chapter translations): their segments, attempts and events.
//!
//! `row` holds the rows and their basic rules. `read` holds the queries of clients and runners. Each other
//! file holds one operation or a few; operations do not call each other.
//!
//! A runner works on a run under a [`Lease`]. Every write by a runner names its lease and checks it in the
//! same transaction. The write fails with [`crate::Error::LeaseLost`] once another runner has claimed the run
//! or the run has ended: a runner that is presumed dead cannot overwrite anything. Writes return the events
//! they recorded; the caller publishes them after the commit.

mod attempt;
mod claim;
mod create;
mod edit;
mod editable;
mod end;
mod lease;
pub(crate) mod read;
mod resume;
mod retranslate;
pub(crate) mod row;
mod wait;

pub use attempt::{
    NewAttempt, Start, checkpoint_attempt, fail_attempt, fail_segment, finish_attempt, start_attempt,
};
pub use claim::{
    BusyProviders, Claimant, Claimed, Retranslation, claim_run, find_claimable_run, has_claimable_run,
};
pub use create::create_run;
pub use edit::{restore_attempt, update_segment};
pub use end::{cancel_run, complete_run, fail_run, park_run};
pub use lease::{expire_leases_of_dead_server, list_held_leases, renew_leases};
pub use read::{
    attempt::{LongColumn, count_attempt_bytes, get_messages, get_reasoning, get_removed, list_attempts},
    context::{FinishedPair, RunContext, get_context, get_context_under, list_preceding},
    follow::{get_work_place, list_work_events},
    replay::{Replay, RunningAttempt, get_replay, lock_and_list_events},
    run::{get_run, list_runs},
    segment::{PendingSegment, find_next_segment, get_segment, list_failed_segments, list_segments},
};
pub use resume::resume_run;
pub use retranslate::create_retranslation;
pub use row::{
    answer::{Answer, PROVIDER_MESSAGE_MAX, Reasoning},
    event::RecordedEvent,
    run::Lease,
};
pub use wait::begin_wait;
