//! Problems and warnings of a template, their places, and suggested corrections.

use std::fmt;

macro_rules! codes {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $($(#[$variant_doc])* $variant,)* }

        impl $type {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the code in snake case, as sent by the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Kinds of problems of a template.
    ProblemCode {
        /// A brace that opens or closes nothing.
        UnbalancedBrace = "unbalanced_brace",
        /// A field without a name, or with a number as its name (`{}`, `{0}`, `{:>5}`). There are no
        /// positional values.
        PositionalField = "positional_field",
        /// An attribute or an item of a value (`{a.b}`, `{a[0]}`): refused, unlike in Python.
        LookupRefused = "lookup_refused",
        /// A field that names an unknown variable.
        UnknownVariable = "unknown_variable",
        /// A conversion other than `!r`, `!s` and `!a`, or no conversion after `!`.
        UnknownConversion = "unknown_conversion",
        /// A format spec that Python refuses, always or for a value of this kind.
        BadFormatSpec = "bad_format_spec",
        /// A width or a precision over [`crate::MAX_WIDTH`]: refused, unlike in Python.
        WidthTooLarge = "width_too_large",
        /// A field in the format spec of a field that is itself in a format spec.
        NestedTooDeep = "nested_too_deep",
        /// A built-in text variable within a format spec: refused, unlike in Python.
        NestedTextField = "nested_text_field",
        /// The rendered text is over [`crate::MAX_RENDERED`].
        RenderedTooLong = "rendered_too_long",
    }
}

codes! {
    /// Kinds of warnings about an accepted template.
    WarningCode {
        /// The template is empty or blank: the model receives no instructions.
        EmptyTemplate = "empty_template",
        /// The template does not use `{source_text}`: it becomes the system message, and the segment becomes
        /// the user message.
        SourceTextNotUsed = "source_text_not_used",
        /// The version defines a variable that its template does not use.
        UnusedVariable = "unused_variable",
        /// A known variable between doubled braces (`{{source_text}}`, the syntax of mustache): the model
        /// receives the characters `{source_text}`, not the value.
        VariableEscaped = "variable_escaped",
    }
}

/// A part of a template. All counts are in code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The line of its start, from 1. Lines end with U+000A.
    pub line: usize,
    /// The column of its start, from 1.
    pub column: usize,
    /// Number of code points, including line ends.
    pub length: usize,
    /// Number of code points before it in the template.
    pub offset: usize,
}

/// How a suggestion corrects a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuggestionKind {
    /// Names the nearest known variable.
    Variable,
    /// Doubles the braces, so that they are text.
    DoubleBraces,
}

impl SuggestionKind {
    /// Returns `variable` or `double_braces`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::DoubleBraces => "double_braces",
        }
    }
}

/// A change that corrects a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The kind of change.
    pub kind: SuggestionKind,
    /// The part of the template to replace. It may differ from the span of the problem.
    pub span: Span,
    /// The replacement text.
    pub replacement: String,
}

impl Suggestion {
    /// Returns `template` with this change. `template` must be the checked one.
    pub fn apply(&self, template: &str) -> String {
        let byte_at = |text: &str, count| text.char_indices().nth(count).map_or(text.len(), |(byte, _)| byte);
        let (before, rest) = template.split_at(byte_at(template, self.span.offset));
        let after = &rest[byte_at(rest, self.span.length)..];
        [before, &self.replacement, after].concat()
    }
}

/// A problem of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem.
    pub code: ProblemCode,
    /// The place of the problem.
    pub span: Span,
    /// The template's text at this place.
    pub text: String,
    /// Explains the problem in one or two sentences, for people.
    pub detail: String,
    /// A correction, if there is a simple one.
    pub suggestion: Option<Suggestion>,
}

/// A warning about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The kind of warning.
    pub code: WarningCode,
    /// The variable that the warning concerns, if any.
    pub variable: Option<String>,
    /// Explains the warning in one sentence, for people.
    pub detail: String,
    /// The place, if the warning concerns a part of the template.
    pub span: Option<Span>,
    /// The correction; it replaces the span of the warning.
    pub suggestion: Option<Suggestion>,
}

/// A template could not be rendered with the given values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// The first problem, without a suggestion.
    pub problem: Box<Problem>,
}

impl fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, span, detail, .. } = &*self.problem;
        write!(formatter, "{code} at line {}, column {}: {detail}", span.line, span.column)
    }
}

impl std::error::Error for RenderError {}
