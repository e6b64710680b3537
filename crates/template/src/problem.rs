//! What is wrong with a template, where, and what would mend it.

use std::fmt;

macro_rules! codes {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $($(#[$variant_doc])* $variant,)* }

        impl $type {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it crosses the wire, in snake case.
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
    /// What can be wrong with a template.
    ProblemCode {
        /// A brace that opens nothing or closes nothing.
        UnbalancedBrace = "unbalanced_brace",
        /// A field without a name or with a number for one (`{}`, `{0}`, `{:>5}`): there are no positions
        /// to take a value from.
        PositionalField = "positional_field",
        /// An attribute or an item of a value (`{a.b}`, `{a[0]}`): refused, other than in Python.
        LookupRefused = "lookup_refused",
        /// A field that names no variable.
        UnknownVariable = "unknown_variable",
        /// A conversion other than `!r`, `!s` and `!a`, or none after the `!`.
        UnknownConversion = "unknown_conversion",
        /// A format spec that Python refuses, or refuses for a value of this kind.
        BadFormatSpec = "bad_format_spec",
        /// A width or a precision over [`crate::MAX_WIDTH`]: refused, other than in Python.
        WidthTooLarge = "width_too_large",
        /// A field in the format spec of a field in a format spec.
        NestedTooDeep = "nested_too_deep",
        /// A built-in text variable within a format spec: refused, other than in Python.
        NestedTextField = "nested_text_field",
        /// All that rendering writes is over [`crate::MAX_RENDERED`].
        RenderedTooLong = "rendered_too_long",
    }
}

codes! {
    /// What is worth knowing about a template that is accepted.
    WarningCode {
        /// The template is empty or blank: the model is told nothing.
        EmptyTemplate = "empty_template",
        /// The template does not use `{source_text}`: it becomes the system message, and the segment
        /// follows as the user message.
        SourceTextNotUsed = "source_text_not_used",
        /// The version defines a variable that its template does not use.
        UnusedVariable = "unused_variable",
        /// A known variable between doubled braces (`{{source_text}}`, as mustache writes a variable): the model
        /// receives the characters `{source_text}`, not the value.
        VariableEscaped = "variable_escaped",
    }
}

/// A part of a template. All counts are in code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The line it starts on, from 1. Lines end with U+000A.
    pub line: usize,
    /// The column it starts at, from 1.
    pub column: usize,
    /// How many code points it has, line ends included.
    pub length: usize,
    /// How many code points of the template are before it.
    pub offset: usize,
}

/// How a suggestion mends a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuggestionKind {
    /// It names the nearest known variable.
    Variable,
    /// It doubles the braces, so that they are text.
    DoubleBraces,
}

impl SuggestionKind {
    /// `variable` or `double_braces`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::DoubleBraces => "double_braces",
        }
    }
}

/// A change that mends a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it does.
    pub kind: SuggestionKind,
    /// The part of the template to replace: not always that of the problem.
    pub span: Span,
    /// The text to put there.
    pub replacement: String,
}

impl Suggestion {
    /// `template`, which must be the one that was checked, with this change made.
    pub fn apply(&self, template: &str) -> String {
        let byte_at = |text: &str, count| text.char_indices().nth(count).map_or(text.len(), |(byte, _)| byte);
        let (before, rest) = template.split_at(byte_at(template, self.span.offset));
        let after = &rest[byte_at(rest, self.span.length)..];
        [before, &self.replacement, after].concat()
    }
}

/// One thing that is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub code: ProblemCode,
    /// Where.
    pub span: Span,
    /// The template's text there.
    pub text: String,
    /// What is wrong, a sentence or two for people.
    pub detail: String,
    /// What would mend it, where something simple would.
    pub suggestion: Option<Suggestion>,
}

/// Something worth knowing about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub code: WarningCode,
    /// The variable it is about, if it is about one.
    pub variable: Option<String>,
    /// A sentence for people.
    pub detail: String,
    /// Where, if it is about a part of the template.
    pub span: Option<Span>,
    /// The change that corrects it; its span is the warning's.
    pub suggestion: Option<Suggestion>,
}

/// A template could not be rendered with the values given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// The first thing that was in the way, without a suggestion.
    pub problem: Box<Problem>,
}

impl fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, span, detail, .. } = &*self.problem;
        write!(formatter, "{code} at line {}, column {}: {detail}", span.line, span.column)
    }
}

impl std::error::Error for RenderError {}
