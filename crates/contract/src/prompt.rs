//! Prompts, their versions, and the differences between two versions.

use crate::{JsonObject, Page, TemplateWarning, Timestamp, parameters, rule, text};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// The single named prompt of a work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prompt {
    /// Id; never reused.
    pub id: i64,
    /// The work it belongs to.
    pub work_id: i64,
    /// The prompt's name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its name or its latest version last changed.
    pub updated_at: Timestamp,
    /// The version that new runs use.
    pub latest_version: PromptVersion,
    /// The first page of its history, newest first.
    pub versions: Page<PromptVersionSummary>,
}

/// The author of something: the signed-in person, a service's token, or Colophon itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    /// The kind of author.
    pub kind: AuthorKind,
    /// The user's or the token's id; `null` for the system.
    pub id: Option<i64>,
    /// The author's name at that time.
    pub name: String,
}

/// The kind of an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A signed-in person.
    User,
    /// A service with a token.
    Token,
    /// Colophon itself, as in `seed-prompts`.
    System,
}

/// An immutable, numbered version of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptVersion {
    /// Id; never reused.
    pub id: i64,
    /// The prompt it belongs to.
    pub prompt_id: i64,
    /// 1, 2, 3 … without gaps.
    pub number: i32,
    /// An id of the model catalogue.
    pub model: String,
    /// A Python format-string template.
    pub template: String,
    /// The model's own parameters, and the keys `variables` and `metadata`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// Why the version was made; empty if its author gave no reason.
    pub note: String,
    /// The version's author.
    pub author: Author,
    /// The number of the version whose content this version restored.
    pub restored_from: Option<i32>,
    /// SHA-256, hexadecimal, of the RFC 8785 JSON of the version's content.
    pub content_hash: String,
    /// SHA-256, hexadecimal, of the previous chain hash (32 zero bytes for version 1) and `content_hash`, as
    /// bytes.
    pub chain_hash: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A version as shown in lists, without its template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromptVersionSummary {
    /// Id; never reused.
    pub id: i64,
    /// The prompt it belongs to.
    pub prompt_id: i64,
    /// 1, 2, 3 … without gaps.
    pub number: i32,
    /// An id of the model catalogue.
    pub model: String,
    /// The template's length in code points.
    pub template_characters: i64,
    /// The model's own parameters, and the keys `variables` and `metadata`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// Why the version was made; empty if its author gave no reason.
    pub note: String,
    /// The version's author.
    pub author: Author,
    /// The number of the version whose content this version restored.
    pub restored_from: Option<i32>,
    /// See [`PromptVersion::content_hash`].
    pub content_hash: String,
    /// See [`PromptVersion::chain_hash`].
    pub chain_hash: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Creates a work's prompt with its version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePrompt {
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
            min_length = 1,
            max_length = 255,
            example = "House style"
        )
    )]
    pub name: String,
    /// An id of the model catalogue.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255, example = "demo"))]
    pub model: String,
    /// A Python format-string template; at most 50,000 code points. Its line ends become LF.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            max_length = 50_000,
            example = "Translate from {source_language} into {target_language}:\n\n{source_text}"
        )
    )]
    pub template: String,
    /// The model's own parameters, and the keys `variables` and `metadata`. At most 16 kB. Line ends in
    /// `variables` become LF.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// At most 500 code points. Its line ends become LF.
    #[serde(default, deserialize_with = "text::text")]
    #[validate(length(max = 500))]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub note: String,
}

/// Changes a prompt's name; creates no version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RenamePrompt {
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
            min_length = 1,
            max_length = 255
        )
    )]
    pub name: String,
}

/// Appends a version to a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AppendVersion {
    /// An id of the model catalogue.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255, example = "demo"))]
    pub model: String,
    /// A Python format-string template; at most 50,000 code points. Its line ends become LF.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 50_000))]
    pub template: String,
    /// The model's own parameters, and the keys `variables` and `metadata`. At most 16 kB. Line ends in
    /// `variables` become LF.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// At most 500 code points. Its line ends become LF.
    #[serde(default, deserialize_with = "text::text")]
    #[validate(length(max = 500))]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub note: String,
    /// Renames the prompt in the same transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
            min_length = 1,
            max_length = 255
        )
    )]
    pub name: Option<String>,
    /// The latest version that the editor saw; 409 `stale_base_version` if there is a later version.
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub base_version: i32,
}

/// A prompt that was just created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedPrompt {
    /// The prompt.
    #[serde(flatten)]
    pub prompt: Prompt,
    /// Warnings `variable_escaped`: version 1 most likely does not do what its author meant. Left out if
    /// there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<TemplateWarning>,
}

/// A version that was just appended or restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedVersion {
    /// The version.
    #[serde(flatten)]
    pub version: PromptVersion,
    /// Warnings `variable_escaped`: the version most likely does not do what its author meant. Left out if
    /// there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<TemplateWarning>,
}

/// Restores a version's content, including its line ends, byte for byte as a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RestoreVersion {
    /// The latest version that the editor saw; 409 `stale_base_version` if there is a later version.
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub base_version: i32,
    /// At most 500 code points. Its line ends become LF.
    #[serde(default, deserialize_with = "text::text")]
    #[validate(length(max = 500))]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub note: String,
}

/// The differences between two versions. Line ends of all kinds (CRLF, LF, CR) compare equal, in the template
/// and in `variables`. New versions have LF; older versions may have others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    /// The version compared from.
    pub from: PromptVersionSummary,
    /// The version compared to.
    pub to: PromptVersionSummary,
    /// The models before and after; `null` if the model did not change.
    pub model: Option<ModelChange>,
    /// The template's changes as hunks of lines, with LF line ends; empty if it did not change.
    pub template: Vec<DiffHunk>,
    /// The parameters' changes, key by key.
    pub parameters: Vec<KeyChange>,
    /// Whether the two versions differ only in their line ends.
    #[serde(default)]
    pub line_ends_only: bool,
}

/// A model replaced by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelChange {
    /// The model before.
    pub from: String,
    /// The model after.
    pub to: String,
}

/// Neighbouring changed lines with three lines of context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffHunk {
    /// First line in the old text, from 1; 0 if the hunk has no line of the old text.
    pub old_start: u32,
    /// Number of lines of the old text.
    pub old_lines: u32,
    /// First line in the new text, from 1; 0 if the hunk has no line of the new text.
    pub new_start: u32,
    /// Number of lines of the new text.
    pub new_lines: u32,
    /// The lines, in reading order.
    pub lines: Vec<DiffLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    /// The kind of change.
    pub kind: DiffLineKind,
    /// The line's number in the old text, from 1.
    pub old_line: Option<u32>,
    /// The line's number in the new text, from 1.
    pub new_line: Option<u32>,
    /// The line's text in pieces: words, or characters of Chinese and Japanese. Joined, the pieces are the
    /// line with its line end.
    pub spans: Vec<DiffSpan>,
    /// Whether the line is the last of its text and has no line end.
    pub missing_newline: bool,
}

/// The kind of change of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiffLineKind {
    /// Unchanged.
    Context,
    /// Only in the old text.
    Delete,
    /// Only in the new text.
    Insert,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffSpan {
    /// The text.
    pub text: String,
    /// Whether this piece changed within the line.
    pub changed: bool,
}

/// A key of `parameters` that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyChange {
    /// The key's place, as an RFC 6901 pointer within `parameters`.
    pub pointer: String,
    /// The kind of change.
    pub kind: KeyChangeKind,
    /// The value before; left out if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<serde_json::Value>,
    /// The value after; left out if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<serde_json::Value>,
}

/// The kind of change of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyChangeKind {
    /// The key was added.
    Added,
    /// The key was removed.
    Removed,
    /// The key's value changed.
    Changed,
}
