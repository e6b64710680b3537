//! Events of a run, as sent by `GET /translations/{id}/events`.

use crate::{AttemptKind, FailureCode, JsonObject, Progress, RunStatus, SegmentStatus, Usage, WaitingReason};
use serde::{Deserialize, Serialize};

/// A run's status or progress changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationStatus {
    /// The new status.
    pub status: RunStatus,
    /// The run's progress.
    pub progress: Progress,
    /// Why the run waits and until when. Left out of the event that announces that the run continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_reason: Option<WaitingReason>,
    /// Only in a run's first event: the version, model and metadata that the run uses, from its snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
}

/// The version, model and metadata of an attempt, or of a run, which keeps them to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWith {
    /// The prompt version's number.
    pub prompt_version_number: i32,
    /// The prompt version's model.
    pub model: String,
    /// The version's `parameters.metadata`; empty if it has none.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub metadata: JsonObject,
}

/// An attempt at a segment begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentStart {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that begins.
    pub attempt_id: i64,
    /// The version, model and metadata of a requested retranslation. The version may not be the run's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
}

/// A piece of an attempt's text arrived. These events are not stored: a reader that missed some gets the
/// missing text as one piece from its offset. A piece with `offset: 0` replaces all text that the reader
/// holds of the attempt. It is sent if earlier text turned out to be reasoning, also to readers that
/// reconnect later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentDelta {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that the text belongs to.
    pub attempt_id: i64,
    /// Number of code points of the attempt's text before this piece.
    pub offset: u64,
    /// The piece; empty only if it replaces earlier text with nothing.
    pub text: String,
}

/// A segment has its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentComplete {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that made the text.
    pub attempt_id: i64,
    /// The kind of attempt. A person's text may arrive at any time, also while a model translates the
    /// segment.
    #[serde(default = "of_model")]
    pub kind: AttemptKind,
    /// The whole text.
    pub text: String,
    /// The segment's status, `completed`.
    pub status: SegmentStatus,
    /// The run's progress.
    pub progress: Progress,
    /// Numbers of tokens; `null` if the provider reported none.
    pub usage: Option<Usage>,
    /// Cost in US dollars, as a decimal; `null` if a price or a token count is unknown.
    pub cost_usd: Option<String>,
}

/// Returns the kind for events from before they had `kind`.
fn of_model() -> AttemptKind {
    AttemptKind::Model
}

/// An attempt failed; readers discard its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentError {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that failed; `null` if nothing was sent.
    pub attempt_id: Option<i64>,
    /// Why the attempt failed.
    pub code: FailureCode,
    /// A sentence for people.
    pub detail: String,
    /// Whether another attempt follows automatically.
    pub will_retry: bool,
}

/// A run was completed: it has all its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationComplete {
    /// The run's progress: all segments.
    pub progress: Progress,
}

/// A run failed or was cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationError {
    /// `failed` or `cancelled`.
    pub status: RunStatus,
    /// Why the run ended.
    pub code: FailureCode,
    /// A sentence for people.
    pub detail: String,
    /// The run's progress.
    pub progress: Progress,
}

/// Any event of a run. In the event stream, its name is the `event` field and its payload the `data` field.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// `translation-status`
    TranslationStatus(TranslationStatus),
    /// `segment-start`
    SegmentStart(SegmentStart),
    /// `segment-delta`
    SegmentDelta(SegmentDelta),
    /// `segment-complete`
    SegmentComplete(SegmentComplete),
    /// `segment-error`
    SegmentError(SegmentError),
    /// `translation-complete`
    TranslationComplete(TranslationComplete),
    /// `translation-error`
    TranslationError(TranslationError),
}

macro_rules! run_events {
    ($($variant:ident $name:literal;)*) => {
        impl RunEvent {
            /// The names of all events.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Returns the `event` field.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),* }
            }

            /// Returns the `data` field: JSON.
            ///
            /// # Errors
            /// None in practice: every payload can be serialized.
            pub fn data(&self) -> serde_json::Result<String> {
                match self { $(Self::$variant(payload) => serde_json::to_string(payload)),* }
            }

            /// Decodes the event with a `name` and its `data`; returns `None` for an unknown name.
            ///
            /// # Errors
            /// The data is not valid for the named event.
            pub fn decode(name: &str, data: &str) -> serde_json::Result<Option<Self>> {
                match name { $($name => serde_json::from_str(data).map(|p| Some(Self::$variant(p))),)* _ => Ok(None) }
            }
        }
    };
}

run_events! {
    TranslationStatus "translation-status";
    SegmentStart "segment-start";
    SegmentDelta "segment-delta";
    SegmentComplete "segment-complete";
    SegmentError "segment-error";
    TranslationComplete "translation-complete";
    TranslationError "translation-error";
}

/// A reader's position in a run's events, as `{seq}.{offset}`: the last stored event that the reader saw, and
/// the code points of the running attempt's text seen since. It is an event stream's `id` and
/// `Last-Event-ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventId {
    /// Number of the last stored event; 0 before the first.
    pub seq: i64,
    /// Number of code points of the text after that event.
    pub offset: u64,
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.offset)
    }
}

impl std::str::FromStr for EventId {
    type Err = ();

    /// Accepts only texts that its [`Display`](std::fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (seq, offset) = text.split_once('.').ok_or(())?;
        let seq: u32 = seq.parse().map_err(|_| ())?;
        let id = Self { seq: i64::from(seq), offset: offset.parse().map_err(|_| ())? };
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

/// A stored event of a work's run, without text. In the event stream, its name is the `event` field and the
/// rest its `data` field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkEvent {
    /// The event's name, from [`RunEvent::NAMES`].
    #[serde(skip)]
    pub name: String,
    /// The run.
    pub run_id: i64,
    /// The chapter that the run translates.
    pub chapter_id: i64,
    /// The data of the run's own event, without `text`.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: JsonObject,
}

/// A reader's position in the events of a work's runs, as `{position}.{run_id}.{seq}`. Positions are ordered
/// by these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct WorkEventId {
    /// The transaction's position among all transactions.
    pub position: i64,
    /// The run.
    pub run_id: i64,
    /// The event's number in its run.
    pub seq: i64,
}

impl std::fmt::Display for WorkEventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.position, self.run_id, self.seq)
    }
}

impl std::str::FromStr for WorkEventId {
    type Err = ();

    /// Accepts only texts that its [`Display`](std::fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts =
            text.splitn(3, '.').map(|part| part.parse::<i64>().ok().filter(|number| *number >= 0));
        let mut next = || parts.next().flatten().ok_or(());
        let id = Self { position: next()?, run_id: next()?, seq: next()? };
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_the_wire() {
        let event =
            RunEvent::SegmentDelta(SegmentDelta {
                position: 1, attempt_id: 7, offset: 3, text: "夜".into()
            });
        let data = event.data().expect("json");
        assert_eq!(RunEvent::decode(event.name(), &data).expect("decodes"), Some(event));
        assert_eq!(RunEvent::decode("something-new", "{}").expect("ignored"), None);
    }

    #[test]
    fn a_work_event_id_is_three_numbers_in_order() {
        let id: WorkEventId = "12.3.45".parse().expect("an id");
        assert_eq!(id, WorkEventId { position: 12, run_id: 3, seq: 45 });
        assert_eq!(id.to_string(), "12.3.45");
        assert!(id < WorkEventId { position: 12, run_id: 4, seq: 1 });
        for other in
            ["", "1.2", "1.2.3.4", "1.-2.3", "1.+2.3", "1..3", "x.2.3", "01.2.3", "99999999999999999999.1.1"]
        {
            assert!(other.parse::<WorkEventId>().is_err(), "{other}");
        }
    }

    #[test]
    fn an_event_id_is_seq_and_offset() {
        let id: EventId = "12.345".parse().expect("an id");
        assert_eq!(id, EventId { seq: 12, offset: 345 });
        assert_eq!(id.to_string(), "12.345");
        for other in
            ["", "12", "-1.0", "x", "1.x", "+1.2", "1.+2", "01.2", "1.02", "1.2.3", " 1.2", "4294967296.0"]
        {
            assert!(other.parse::<EventId>().is_err(), "{other}");
        }
    }
}
