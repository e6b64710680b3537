//! Checking and previewing templates.

use crate::{JsonObject, parameters, text};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// A problem that prevents saving a template. Positions are in code points, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateProblem {
    /// The kind of problem, such as `unknown_variable`; the table is in the documentation of templates.
    pub code: String,
    /// Place in the request's body, as an RFC 6901 pointer: `/template`, or below `/parameters/variables`.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Length of `text`.
    pub length: u32,
    /// The part of the template that is wrong.
    pub text: String,
    /// A sentence for people.
    pub detail: String,
    /// A replacement for `text` that corrects the problem, if one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A possible mistake that does not prevent saving a template. A warning about a part of the template has its
/// place, in code points from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateWarning {
    /// The kind of warning, such as `variable_escaped`; the table is in the documentation of templates.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// The variable at that place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Place in the request's body, as an RFC 6901 pointer: `/template`, or below `/parameters/variables`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Line in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Length of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// The part that the warning is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A replacement for `text` that corrects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A possible mistake that does not prevent importing a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// The kind of warning, such as `ruby_removed`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Requests a check of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckTemplate {
    /// At most 50,000 code points. Its line ends become LF; positions count the converted text.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 50_000, example = "Translate: {sorce_text}"))]
    pub template: String,
    /// The version's parameters; only `variables` are used.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
}

/// The result of checking a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateCheck {
    /// The problems that prevent saving, in order of place: the first 100.
    pub problems: Vec<TemplateProblem>,
    /// Number of all problems.
    pub problem_count: u64,
    /// Possible mistakes that do not prevent saving.
    pub warnings: Vec<TemplateWarning>,
    /// Names of the variables that the template uses, in order of first use.
    pub variables_used: Vec<String>,
}

/// A built-in variable of templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateVariable {
    /// The name as written between braces.
    pub name: String,
    /// `integer` or `string`.
    pub kind: String,
    /// What the variable stands for.
    pub description: String,
    /// An example of a value.
    pub example: String,
}

/// Renders a template on a segment of a chapter, without saving or sending anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewPrompt {
    /// At most 50,000 code points. Its line ends become LF; positions count the converted text.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 50_000))]
    pub template: String,
    /// An id of the model catalogue.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255, example = "demo"))]
    pub model: String,
    /// The model's own parameters, and the keys `variables` and `metadata`. At most 16 kB.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// A chapter of the work.
    pub chapter_id: i64,
    /// The segment's position, from 1; the first segment that has text if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub segment: Option<i32>,
}

/// The messages that would be sent, with the template's problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The rendered template. `null` if problems prevent rendering, or if it is longer than 16,384 code
    /// points. It is also the content of the first message, and long texts are sent only once.
    pub rendered: Option<String>,
    /// The messages as they would be sent; empty if problems prevent rendering.
    pub messages: Vec<Message>,
    /// Whether the rendered template is longer than 1,000,000 code points: the first message ends there.
    pub truncated: bool,
    /// Names of the variables that the template uses, in order of first use.
    pub variables_used: Vec<String>,
    /// Estimated number of tokens of the messages as shown: one per character of Chinese, Japanese or Korean,
    /// one per four other characters.
    pub token_estimate: u32,
    /// The problems that would prevent saving: the first 100.
    pub problems: Vec<TemplateProblem>,
    /// Number of all problems.
    pub problem_count: u64,
    /// Possible mistakes that do not prevent saving.
    pub warnings: Vec<TemplateWarning>,
}

/// A chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The message's role.
    pub role: MessageRole,
    /// The message's text.
    pub content: String,
}

/// The role of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// Instructions.
    System,
    /// The text to translate, with or without instructions.
    User,
}
