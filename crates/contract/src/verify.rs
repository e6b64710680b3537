//! Results of verifying the history, and anchors to compare the history with.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The result of recomputing a prompt's history from what is stored: `GET /works/{work_id}/prompt/verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptVerification {
    /// The work.
    pub work_id: i64,
    /// The work's prompt.
    pub prompt_id: i64,
    /// Whether all versions match their hashes.
    pub verified: bool,
    /// Number of versions that match their hashes: all, or those before the first mismatch.
    pub versions: i64,
    /// The end of the chain as far as it matches its hashes; `null` if version 1 does not match. Keep a copy
    /// of it elsewhere.
    pub head: Option<ChainHead>,
    /// The first mismatch by version number, or `null`.
    pub mismatch: Option<Mismatch>,
}

/// The end of a chain of versions; its chain hash covers all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainHead {
    /// The version's number.
    pub number: i32,
    /// Its content hash.
    pub content_hash: String,
    /// Its chain hash.
    pub chain_hash: String,
}

/// The result of recomputing a run from what is stored: `GET /translations/{translation_id}/verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationVerification {
    /// The run.
    pub translation_id: i64,
    /// Whether no part of the run contradicts the data that it was made from. `unverifiable` lists the parts
    /// that cannot be recomputed.
    pub verified: bool,
    /// Number of segments checked before the first mismatch.
    pub segments: i64,
    /// Number of attempts checked at these segments.
    pub attempts: i64,
    /// Number of the run's stored events checked.
    pub events: i64,
    /// The first mismatch, or `null`.
    pub mismatch: Option<Mismatch>,
    /// Parts that cannot be recomputed, and so count neither as right nor as wrong.
    pub unverifiable: Vec<Unverifiable>,
}

/// The first difference between stored and recomputed data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mismatch {
    /// A code from the closed table of mismatches.
    pub code: MismatchCode,
    /// The place of the mismatch.
    pub place: MismatchPlace,
    /// The value that follows from the other data: a hash, an id, a number or a status; for texts, their
    /// SHA-256. `null` if there is none.
    pub expected: Option<String>,
    /// The stored value; for texts, their SHA-256. `null` if there is none.
    pub found: Option<String>,
    /// A sentence for people.
    pub detail: String,
}

/// The place of a mismatch; fields that do not apply are `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MismatchPlace {
    /// The prompt version's number.
    pub version_number: Option<i64>,
    /// The run.
    pub translation_id: Option<i64>,
    /// The segment's position.
    pub position: Option<i64>,
    /// The attempt.
    pub attempt_id: Option<i64>,
    /// The stored event's number in its run.
    pub event: Option<i64>,
}

/// Parts of a run that cannot be recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unverifiable {
    /// Why these parts cannot be recomputed.
    pub code: UnverifiableCode,
    /// Number of these parts: runs (only this run), attempts, retranslation requests or events.
    pub count: i64,
    /// A sentence for people.
    pub detail: String,
}

/// A chain head: a line of JSON that `colophon anchors` prints and `colophon verify --anchor` reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The work.
    pub work_id: i64,
    /// The work's prompt.
    pub prompt_id: i64,
    /// The number of the latest version at that time.
    pub number: i32,
    /// The version's content hash.
    pub content_hash: String,
    /// The version's chain hash.
    pub chain_hash: String,
    /// When the version was the latest.
    pub exported_at: Timestamp,
}

/// The end of the chain of a run's events: a line of JSON that `colophon anchors --runs` prints and
/// `colophon verify --anchor` reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunAnchor {
    /// The work.
    pub work_id: i64,
    /// The run.
    pub translation_id: i64,
    /// Number of the run's events at that time.
    pub events: i64,
    /// The chain hash of the last of these events.
    pub chain_hash: String,
    /// When this event was the last.
    pub exported_at: Timestamp,
}

macro_rules! table {
    ($(#[$about:meta])* $name:ident: $($variant:ident $text:tt $meaning:tt;)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $(#[doc = $meaning] #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All values of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value's text on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns a sentence for people.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

table! {
    /// The closed table of mismatches in a history.
    MismatchCode:
    RowUnreadable "row_unreadable" "A row holds what cannot be read, such as JSON that is none or a number out of its range.";
    RowOrphaned "row_orphaned" "A row belongs to one that is not there.";
    PromptEmpty "prompt_empty" "The prompt has no versions, though it was made with one.";
    VersionNumber "version_number" "A version's number is not the next one: one is missing, or one too many.";
    VersionOrder "version_order" "A version's id is lower than that of an earlier one: versions changed places.";
    TemplateCharacters "template_characters" "The length noted of a template is not its length.";
    ContentHash "content_hash" "A version's content does not hash to its content hash.";
    ChainHash "chain_hash" "A version's chain hash does not follow from the one before it and its content hash.";
    VersionRestoredFrom "version_restored_from" "A version does not have the content of the one that it says to bring back.";
    AnchorMissing "anchor_missing" "A version that an anchor names is not there.";
    AnchorChanged "anchor_changed" "A version is not what it was when the anchor was exported.";
    VersionMissing "version_missing" "A run or an attempt by a model names no prompt version that is there.";
    VersionOfOtherWork "version_of_other_work" "The prompt version that a run or an attempt names is of another work.";
    ModelSnapshot "model_snapshot" "A run's model is not its version's.";
    TemplateSnapshot "template_snapshot" "A run's template is not its version's.";
    ParametersSnapshot "parameters_snapshot" "A run's parameters are not its version's.";
    SegmentPosition "segment_position" "A segment's position is not the next one: one is missing, or one too many.";
    SegmentStatus "segment_status" "A segment's status is not what its text says.";
    CurrentAttempt "current_attempt" "A segment does not show the attempt that was last chosen for it, or one that is not a finished, successful one of its own.";
    TextMissing "text_missing" "The run is completed, and a segment that needs text has none.";
    SegmentCount "segment_count" "A run's number of segments, or of those done, is not theirs.";
    SourceHash "source_hash" "The segments joined do not hash to the run's hash of its source text.";
    AttemptKind "attempt_kind" "An attempt has what its kind cannot have, or lacks what it must.";
    AttemptVersion "attempt_version" "An attempt was made under another version than its run's, and nobody asked for that.";
    AttemptRequest "attempt_request" "Nobody asked for the attempt as it says: by that author, with that instruction, under that version.";
    AttemptRestoredFrom "attempt_restored_from" "An attempt does not have the text and the version of the one that it says to bring back.";
    Preceding "preceding" "The attempts that a segment was shown are not finished ones of segments before it.";
    Messages "messages" "The messages are not what the snapshots, the instruction and the preceding attempts render to.";
    RequestHash "request_hash" "The request does not hash to its hash.";
    ResponseHash "response_hash" "The answer's content, which is the text with what was removed, or its reasoning does not hash to its hash.";
    EventNumber "event_number" "A stored event's number is not the next one: one is missing, or one too many.";
    EventContradicts "event_contradicts" "A stored event tells otherwise of an attempt.";
    EventMissing "event_missing" "Nothing tells of an attempt, of its end, or of the run: a row was added, or an event is gone.";
    Record "record" "A row does not say what it said when its event was stored: who, when, by which provider, what that reported; or the event was changed.";
    EventChain "event_chain" "The chain of a run's events is broken: an event was changed, added or taken away, or the run's row names another end.";
    SegmentFailure "segment_failure" "A segment does not say of its last failure what the events tell.";
    AuditContradicts "audit_contradicts" "The audit log tells otherwise of who did it, in which work or under which version.";
    AuditMissing "audit_missing" "The audit log names a work, a prompt, a version, a run, an event, a person's text or a retranslation request that is not there.";
    EntryMissing "entry_missing" "A person's text, a retranslation request, or the start, resume, cancel or end of a run has no entry in the audit log, or more than one.";
    AuthorMissing "author_missing" "The user or token that a text or a retranslation request is by does not exist.";
    RunStatus "run_status" "The run's status, or why it failed, is not what its last event told.";
}

table! {
    /// The closed table of reasons why something cannot be recomputed.
    UnverifiableCode:
    LegacyRun "legacy_run" "The run is older than prompts: its snapshots are those of the legacy global prompt, and no version tells whether it was made with that.";
    LegacyAttempts "legacy_attempts" "Texts from before attempts were kept: nothing is known of their making, and no hash of them was taken.";
    RequestNames "request_names" "Attempts from before the names of their parameters were kept, where none of the names that the catalogue has today give the hash: their messages are verified, but under which names their parameters were sent is not known any more, so their request hashes are not.";
    UnchainedRun "unchained_run" "The run is older than the chain of its events: that its last events were taken away, or that events about the run itself were changed, is not detected. Its chain starts with its next event.";
    UnloggedTexts "unlogged_texts" "Texts by people and retranslation requests from before the audit log: only their own rows tell who made them.";
    UnrecordedEvents "unrecorded_events" "Stored events from before they witnessed their rows: of those, who, when, by which provider and what that reported is not verified.";
}
