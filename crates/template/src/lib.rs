//! Python format-string templates: parse, check and render. The crate has no I/O and no dependencies; server
//! and browser use the same code.
//!
//! A template is accepted or refused, and renders, as in CPython 3.11's `template.format_map(values)`, with
//! these differences:
//! 1. Attribute and index look-ups are refused ([`ProblemCode::LookupRefused`]).
//! 2. A width or a precision over [`MAX_WIDTH`] is refused ([`ProblemCode::WidthTooLarge`]). For the same
//!    reason a rendered text over [`MAX_RENDERED`] is refused ([`ProblemCode::RenderedTooLong`]).
//! 3. A field within a format spec may name only an integer variable or one of the version's own
//!    ([`ProblemCode::NestedTextField`]).
//! 4. All problems are reported, not only the first.
//!
//! ```
//! use std::collections::BTreeMap;
//! use colophon_template::{BuiltInValues, ProblemCode, Template, Values, check};
//!
//! let own = BTreeMap::from([("tone".to_owned(), "plain".to_owned())]);
//! let found = check("{tone}: {sorce_text}", &own);
//! assert_eq!(found.problems[0].code, ProblemCode::UnknownVariable);
//! let mended = found.problems[0].suggestion.as_ref().unwrap().apply("{tone}: {sorce_text}");
//!
//! let built_ins = BuiltInValues { source_text: "a {brace}", ..BuiltInValues::SAMPLES };
//! let rendered = Template::parse(&mended).render(&Values { built_ins, own: &own });
//! assert_eq!(rendered.as_deref(), Ok("plain: a {brace}"));
//! ```

mod check;
mod escaped;
mod evaluate;
mod format;
mod lines;
mod messages;
mod name;
mod parse;
mod pieces;
mod problem;
mod repr;
mod spec;
mod suggest;
mod tables;
mod template;
mod variables;

pub use check::{Check, MAX_PROBLEMS, check};
pub use evaluate::MAX_RENDERED;
pub use messages::{Message, Role};
pub use pieces::{Piece, PieceKind};
pub use problem::{
    Problem, ProblemCode, RenderError, Span, Suggestion, SuggestionKind, Warning, WarningCode,
};
pub use spec::MAX_WIDTH;
pub use template::Template;
pub use variables::{
    ADDED_LATER, BUILT_INS, BuiltIn, BuiltInValues, Kind, NameProblem, Value, Values, check_own_variable,
    suggest_own_name,
};
