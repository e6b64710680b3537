//! Checking and previewing templates.

use crate::{JsonObject, parameters, text};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// Something that keeps a template from being saved. Positions are in code points, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateProblem {
    /// What is wrong, as in `unknown_variable`; the table is in the documentation of templates.
    pub code: String,
    /// Where in the request's body, as an RFC 6901 pointer: `/template`, or below `/parameters/variables`.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Length of `text`.
    pub length: u32,
    /// The piece of the template that is wrong.
    pub text: String,
    /// A sentence for people.
    pub detail: String,
    /// What to put in the place of `text` to mend it, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Something worth a look that does not keep a template from being saved. One that is about a piece of the template
/// has its place, in code points from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateWarning {
    /// What it is about, as in `variable_escaped`; the table is in the documentation of templates.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// The variable that stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Where in the request's body, as an RFC 6901 pointer: `/template`, or below `/parameters/variables`.
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
    /// The piece that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What to put in the place of `text` to correct it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Something worth a look that does not keep a file from being imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What it is about, as in `ruby_removed`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Asks what is wrong with a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckTemplate {
    /// At most 50,000 code points. Its line ends become LF; places count those.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 50_000, example = "Translate: {sorce_text}"))]
    pub template: String,
    /// Of which `variables` count.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
}

/// What is to be said of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateCheck {
    /// What keeps it from being saved, in order of place: the first 100 problems.
    pub problems: Vec<TemplateProblem>,
    /// How many problems there are.
    pub problem_count: u64,
    /// What is worth a look.
    pub warnings: Vec<TemplateWarning>,
    /// Names of the variables it uses, in order of first use.
    pub variables_used: Vec<String>,
}

/// A built-in variable of templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateVariable {
    /// As written between braces.
    pub name: String,
    /// `integer` or `string`.
    pub kind: String,
    /// What it stands for.
    pub description: String,
    /// A value as it could be.
    pub example: String,
}

/// Renders a template on a segment of a chapter, without saving or sending anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewPrompt {
    /// At most 50,000 code points. Its line ends become LF; places count those.
    #[serde(deserialize_with = "text::text")]
    #[validate(length(max = 50_000))]
    #[cfg_attr(feature = "openapi", schema(max_length = 50_000))]
    pub template: String,
    /// An id of the model catalogue.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255, example = "demo"))]
    pub model: String,
    /// The model's own parameters; `variables` and `metadata` beside them. At most 16 kB.
    #[serde(default, deserialize_with = "parameters::deserialize")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: JsonObject,
    /// A chapter of the work.
    pub chapter_id: i64,
    /// The segment's position, from 1; the first that has text where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub segment: Option<i32>,
}

/// What would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The rendered template; `null` where problems keep it from rendering, and where it is longer than 16,384 code
    /// points: it is the content of the first message, and long texts are sent once.
    pub rendered: Option<String>,
    /// The messages as they would be sent; empty where problems keep it from rendering.
    pub messages: Vec<Message>,
    /// Whether the rendered template is longer than 1,000,000 code points: the first message ends there.
    pub truncated: bool,
    /// Names of the variables it uses, in order of first use.
    pub variables_used: Vec<String>,
    /// A rough count of the tokens of the messages as shown: one a character of Chinese, Japanese or Korean, one for four
    /// others.
    pub token_estimate: u32,
    /// What would keep it from being saved: the first 100 problems.
    pub problems: Vec<TemplateProblem>,
    /// How many problems there are.
    pub problem_count: u64,
    /// What is worth a look.
    pub warnings: Vec<TemplateWarning>,
}

/// A chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Whose it is.
    pub role: MessageRole,
    /// Its text.
    pub content: String,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// Instructions.
    System,
    /// What is to be translated, with or without instructions.
    User,
}
