//! Events of a run, as sent by `GET /translations/{id}/events`.

use crate::{AttemptKind, FailureCode, JsonObject, Progress, RunStatus, SegmentStatus, Usage, WaitingReason};
use serde::{Deserialize, Serialize};

/// A run's status or progress changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationStatus {
    /// The status now.
    pub status: RunStatus,
    /// How far it came.
    pub progress: Progress,
    /// Why the run rests and until when; left out of the event that says that it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_reason: Option<WaitingReason>,
    /// In a run's first event: what it is made with, from its snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
}

/// What a run is made with to its end, or an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWith {
    /// The version's number.
    pub prompt_version_number: i32,
    /// The version's model.
    pub model: String,
    /// The version's `parameters.metadata`; empty where it has none.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub metadata: JsonObject,
}

/// A segment goes to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentStart {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that begins.
    pub attempt_id: i64,
    /// What it is made with, where somebody asked for the segment by name: not always the run's own version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
}

/// A piece of text arrived. Not stored; readers who missed some get it with the next one's offset. A piece with
/// `offset: 0` replaces all that a reader holds of the attempt's text: it turned out to be reasoning, or the reader came
/// back after that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentDelta {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that the text belongs to.
    pub attempt_id: i64,
    /// Code points of the attempt's text before this piece.
    pub offset: u64,
    /// The piece; empty only where it replaces text by nothing.
    pub text: String,
}

/// A segment has its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentComplete {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that made it.
    pub attempt_id: i64,
    /// Whose it is: a person's text comes of itself, whatever is with the model meanwhile.
    #[serde(default = "of_model")]
    pub kind: AttemptKind,
    /// The whole text.
    pub text: String,
    /// The segment's status, `completed`.
    pub status: SegmentStatus,
    /// How far the run came.
    pub progress: Progress,
    /// `null` where the provider gave none.
    pub usage: Option<Usage>,
    /// US dollars as a decimal; `null` where a price or a count is not known.
    pub cost_usd: Option<String>,
}

/// What events were about before they said so.
fn of_model() -> AttemptKind {
    AttemptKind::Model
}

/// An attempt failed; readers drop its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentError {
    /// The segment's position, from 1.
    pub position: i32,
    /// The attempt that failed; `null` where nothing was sent.
    pub attempt_id: Option<i64>,
    /// Why.
    pub code: FailureCode,
    /// A sentence for people.
    pub detail: String,
    /// Whether another attempt follows of itself.
    pub will_retry: bool,
}

/// A run ended with all its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationComplete {
    /// How far it came: all of it.
    pub progress: Progress,
}

/// A run ended otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationError {
    /// `failed` or `cancelled`.
    pub status: RunStatus,
    /// Why.
    pub code: FailureCode,
    /// A sentence for people.
    pub detail: String,
    /// How far it came.
    pub progress: Progress,
}

/// Any event of a run. On the wire the name is the event stream's `event` field and the rest its `data`.
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

            /// The `event` field.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),* }
            }

            /// The `data` field: JSON.
            ///
            /// # Errors
            /// None in practice: every payload serialises.
            pub fn data(&self) -> serde_json::Result<String> {
                match self { $(Self::$variant(payload) => serde_json::to_string(payload)),* }
            }

            /// The event of a `name` and its `data`; `None` for a name that is not known.
            ///
            /// # Errors
            /// Data that is not the named event's.
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

/// Where in a run's events a reader is: `{seq}.{offset}`, the last stored event seen and the code points
/// of the running attempt's text seen since. An event stream's `id` and `Last-Event-ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventId {
    /// The last stored event; 0 before the first.
    pub seq: i64,
    /// Code points of the text that followed it.
    pub offset: u64,
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.offset)
    }
}

impl std::str::FromStr for EventId {
    type Err = ();

    /// Takes what its [`Display`](std::fmt::Display) writes, and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (seq, offset) = text.split_once('.').ok_or(())?;
        let seq: u32 = seq.parse().map_err(|_| ())?;
        let id = Self { seq: i64::from(seq), offset: offset.parse().map_err(|_| ())? };
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

/// A stored event of one of a work's runs, without text. On the wire the name is the event stream's `event` field
/// and the rest its `data`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkEvent {
    /// As in [`RunEvent::NAMES`].
    #[serde(skip)]
    pub name: String,
    /// The run.
    pub run_id: i64,
    /// The chapter it translates.
    pub chapter_id: i64,
    /// What the run's own event has, without `text`.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: JsonObject,
}

/// Where in the events of a work's runs a reader is: `{position}.{run_id}.{seq}`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct WorkEventId {
    /// The transaction's place among all.
    pub position: i64,
    /// The run.
    pub run_id: i64,
    /// The event's number in the run.
    pub seq: i64,
}

impl std::fmt::Display for WorkEventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.position, self.run_id, self.seq)
    }
}

impl std::str::FromStr for WorkEventId {
    type Err = ();

    /// Takes what its [`Display`](std::fmt::Display) writes, and nothing else.
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
