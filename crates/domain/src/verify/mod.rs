//! Verification: recomputing histories from what is stored, and holding them against the audit log and against anchors
//! that were kept elsewhere. What is read is not trusted.

mod cells;
mod mismatch;
mod orphan;
mod prompt;
mod run;

pub use orphan::list_orphans;
pub use prompt::{find_verification, list_anchors, verify_anchor, verify_prompt};
pub use run::{Recomputed, RequestHash, Sent, list_run_anchors, list_run_ids, verify_run, verify_run_anchor};
