//! Variables between doubled braces: `{{source_text}}`, as mustache and its relatives write a variable.
//!
//! In a format string doubled braces are text, so the model would receive the characters `{source_text}`. That is
//! worth a warning where a variable is certainly meant: where nothing but the name of a known one, and white space,
//! is between the braces. `{{{source_text}}}` has its value between braces, and braces doubled twice are the way
//! to write `{{source_text}}` as text: neither is warned of.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::lines::Lines;
use crate::parse::Node;
use crate::problem::{Suggestion, SuggestionKind, Warning, WarningCode};
use crate::template::Template;
use crate::variables::{BuiltInValues, NameProblem, Values, check_own_variable};

/// A known variable between doubled braces.
struct Escaped<'a> {
    /// The first node of it: the opening braces.
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

/// Places that are listed: a bound on what a hostile template makes a check say.
const MOST_LISTED: usize = 100;

impl Template {
    /// A [`WarningCode::VariableEscaped`] for each known variable between doubled braces, in the order of their
    /// places, up to 100.
    pub fn list_escaped(&self, own: &BTreeMap<String, String>) -> Vec<Warning> {
        // Most templates have none, and need no table of lines.
        if !self.text.contains("{{") {
            return Vec::new();
        }
        let values = Values { built_ins: BuiltInValues::SAMPLES, own };
        let lines = Lines::new(&self.text);
        let escaped = self.list_escaped_variables(&values).take(MOST_LISTED);
        escaped.map(|escaped| escaped.warning(&lines)).collect()
    }

    /// The template with single braces around each known variable that has doubled ones
    /// ([`WarningCode::VariableEscaped`]), however many there are.
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

    /// Whether an escape is `{{`.
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

/// Whether a field can name it: an own variable may have any name while it is being typed.
fn can_be_looked_up(name: &str) -> bool {
    matches!(check_own_variable(name), Ok(()) | Err(NameProblem::BuiltIn))
}
