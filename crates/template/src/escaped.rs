//! Finds variables between doubled braces: `{{source_text}}`, the syntax of mustache and similar languages.
//!
//! In a format string doubled braces are text, so the model would receive the characters `{source_text}`. A
//! warning is given only if a variable is certainly meant: the braces contain only the name of a known
//! variable, and white space. There is no warning for `{{{source_text}}}`, which has its value between
//! braces. There is none for braces doubled twice either: they write `{{source_text}}` as text.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::lines::Lines;
use crate::parse::Node;
use crate::problem::{Suggestion, SuggestionKind, Warning, WarningCode};
use crate::template::Template;
use crate::variables::{BuiltInValues, NameProblem, Values, check_own_variable};

/// A known variable between doubled braces.
struct Escaped<'a> {
    /// Index of its first node: the opening braces.
    first: usize,
    /// From brace to brace, in bytes.
    span: Range<usize>,
    name: &'a str,
}

impl Escaped<'_> {
    fn field(&self) -> String {
        format!("{{{}}}", self.name)
    }

    fn warning(&self, lines: &Lines<'_>) -> Warning {
        let (span, field) = (lines.span(&self.span), self.field());
        let detail = format!(
            "Doubled braces are text: the model receives “{field}”, not the value of the variable. Write \
             {field} with single braces to send the value."
        );
        Warning {
            code: WarningCode::VariableEscaped,
            variable: Some(self.name.to_owned()),
            detail,
            span: Some(span),
            suggestion: Some(Suggestion { kind: SuggestionKind::Variable, span, replacement: field }),
        }
    }
}

/// Maximum number of listed places. Bounds the result for a hostile template.
const MOST_LISTED: usize = 100;

impl Template {
    /// Returns a [`WarningCode::VariableEscaped`] for each known variable between doubled braces, in order,
    /// at most 100.
    pub fn list_escaped(&self, own: &BTreeMap<String, String>) -> Vec<Warning> {
        // Most templates have none, so they need no table of lines.
        if !self.text.contains("{{") {
            return Vec::new();
        }
        let values = Values { built_ins: BuiltInValues::SAMPLES, own };
        let lines = Lines::new(&self.text);
        let escaped = self.list_escaped_variables(&values).take(MOST_LISTED);
        escaped.map(|escaped| escaped.warning(&lines)).collect()
    }

    /// Returns the template with single instead of doubled braces around all known variables
    /// ([`WarningCode::VariableEscaped`]), without a limit.
    pub fn with_single_braces(&self, own: &BTreeMap<String, String>) -> String {
        let values = Values { built_ins: BuiltInValues::SAMPLES, own };
        let (mut corrected, mut position) = (String::new(), 0);
        for escaped in self.list_escaped_variables(&values) {
            corrected.push_str(&self.text[position..escaped.span.start]);
            corrected.push_str(&escaped.field());
            position = escaped.span.end;
        }
        corrected + &self.text[position..]
    }

    fn list_escaped_variables<'a>(&'a self, values: &Values<'_>) -> impl Iterator<Item = Escaped<'a>> {
        let nodes = self.nodes.windows(3).enumerate();
        nodes.filter_map(move |(first, nodes)| {
            let [Node::Escape(open), Node::Literal(literal), Node::Escape(close)] = nodes else {
                return None;
            };
            if !self.opens(open) || self.opens(close) {
                return None;
            }
            let literal = &self.text[literal.clone()];
            let is_known = |name: &&str| values.find(name).is_some() && can_be_looked_up(name);
            let name = [literal, literal.trim()].into_iter().find(is_known)?;
            let escaped = Escaped { first, span: open.start..close.end, name };
            (!self.is_doubled_twice(&escaped)).then_some(escaped)
        })
    }

    /// Whether an escaped brace is `{{`.
    fn opens(&self, escape: &Range<usize>) -> bool {
        self.text[escape.clone()].starts_with('{')
    }

    fn is_doubled_twice(&self, escaped: &Escaped<'_>) -> bool {
        let before = escaped.first.checked_sub(1).and_then(|before| self.nodes.get(before));
        match (before, self.nodes.get(escaped.first + 3)) {
            (Some(Node::Escape(before)), Some(Node::Escape(after))) => {
                self.opens(before) && !self.opens(after)
            }
            _ => false,
        }
    }
}

/// Whether a field can look up this name. While a user types, an own variable may have any name.
fn can_be_looked_up(name: &str) -> bool {
    matches!(check_own_variable(name), Ok(()) | Err(NameProblem::BuiltIn))
}
