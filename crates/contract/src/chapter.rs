//! Chapters.

use crate::{Progress, RunStatus, Timestamp, given::given, given::given_or_null, rule, text};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// A numbered, titled part of a work's source text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Chapter {
    /// Id; never reused.
    pub id: i64,
    /// The work it belongs to.
    pub work_id: i64,
    /// Number from 1, unique within the work.
    pub number: i32,
    /// The volume that the chapter belongs to, if any: all chapters of a volume have the same text here.
    pub volume: Option<String>,
    /// The title in the book; may be empty.
    pub title: String,
    /// The whole source text.
    pub source_text: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A chapter as shown in lists, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChapterSummary {
    /// Id; never reused.
    pub id: i64,
    /// The work it belongs to.
    pub work_id: i64,
    /// Number from 1, unique within the work.
    pub number: i32,
    /// The volume that the chapter belongs to, if any: all chapters of a volume have the same text here.
    pub volume: Option<String>,
    /// The title in the book; may be empty.
    pub title: String,
    /// The source text's length in code points.
    pub characters: i64,
    /// The newest run, whatever its status.
    pub latest_translation: Option<RunSummary>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A run as shown in a chapter's badge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    /// The run.
    pub id: i64,
    /// The run's status.
    pub status: RunStatus,
    /// The prompt version that the run uses; `null` for runs older than prompts.
    pub prompt_version_number: Option<i32>,
    /// The model id of that version.
    pub model_snapshot: String,
    /// The run's progress.
    pub progress: Progress,
    /// When the run was requested.
    pub created_at: Timestamp,
    /// When the run ended.
    pub finished_at: Option<Timestamp>,
}

/// Adds a chapter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateChapter {
    /// The volume that the chapter belongs to, at most 255 code points; none if left out, `null` or blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", max_length = 255, example = "第一部")
    )]
    pub volume: Option<String>,
    /// At most 255 code points.
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", max_length = 255, example = "一　午後の授業")
    )]
    pub title: String,
    /// 1 to 1,000,000 code points. Its line ends become LF.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(min = 1, max = 1_000_000), custom(function = rule::not_blank))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"\S",
            min_length = 1,
            max_length = 1_000_000,
            example = "「ではみなさんは、そういうふうに川だと言われたり、"
        )
    )]
    pub source_text: String,
    /// Number; the work's highest number + 1 if left out. 409 `chapter_number_taken` if it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 1_000_000))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000))]
    pub number: Option<i32>,
}

/// Changes the given fields and keeps the others. Runs keep their own copy of the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateChapter {
    /// At most 255 code points; `null` or blank removes the chapter from its volume.
    #[serde(default, deserialize_with = "given_or_null", skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", max_length = 255))]
    pub volume: Option<String>,
    /// At most 255 code points.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", nullable = false, max_length = 255)
    )]
    pub title: Option<String>,
    /// 1 to 1,000,000 code points. Its line ends become LF.
    #[serde(default, deserialize_with = "text::given_text", skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 1_000_000), custom(function = rule::not_blank))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"\S", nullable = false, min_length = 1, max_length = 1_000_000)
    )]
    pub source_text: Option<String>,
    /// Number from 1, unique within the work.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 1_000_000))]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 1_000_000))]
    pub number: Option<i32>,
}
