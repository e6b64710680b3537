//! Verification: recomputes histories from the stored rows, and compares them with the audit log and with
//! anchors kept elsewhere. Stored rows are not trusted.

mod cells;
mod mismatch;
mod orphan;
mod prompt;
mod run;

pub use orphan::list_orphans;
pub use prompt::{find_verification, list_anchors, verify_anchor, verify_prompt};
pub use run::{Recomputed, RequestHash, Sent, list_run_anchors, list_run_ids, verify_run, verify_run_anchor};
