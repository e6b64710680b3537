//! Runs (chapter translations): their segments, attempts and events.
//!
//! `row` holds the rows and their small rules, `read` what readers and runners get, and each other file is one verb or
//! a few; verbs do not use each other.
//!
//! Whoever works on a run holds a [`Lease`]. Every write by a runner names it and is refused with
//! [`crate::Error::LeaseLost`] once another runner has claimed the run or the run has ended, in the same
//! transaction: a runner that was thought dead can do no harm. Writes answer with the events they recorded,
//! for the caller to pass on once the transaction is committed.

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
