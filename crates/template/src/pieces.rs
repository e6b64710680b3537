//! Splits a template into parts for an editor.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::evaluate::Evaluator;
use crate::lines::Lines;
use crate::parse::Node;
use crate::problem::ProblemCode;
use crate::template::Template;
use crate::variables::{BuiltInValues, Values};

/// The kind of a part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Text without a special meaning.
    Literal,
    /// A doubled brace, which renders as a single brace.
    EscapedBrace,
    /// A field of a known variable, from brace to brace.
    Variable,
    /// A field of an unknown variable.
    UnknownVariable,
    /// A single brace, or a field that names no variable (`{}`, `{0}`, `{a.b}`).
    Refused,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The kind of part.
    pub kind: PieceKind,
    /// The template's text of this part.
    pub text: &'a str,
    /// For a field, the name between its braces, as written.
    pub name: Option<&'a str>,
    /// The range in bytes of UTF-8.
    pub bytes: Range<usize>,
    /// The range in code points.
    pub characters: Range<usize>,
}

impl Template {
    /// Returns the parts in order and without gaps. Their texts joined are the template.
    pub fn pieces(&self, own: &BTreeMap<String, String>) -> Vec<Piece<'_>> {
        let lines = Lines::new(&self.text);
        let values = Values { built_ins: BuiltInValues::SAMPLES, own };
        let evaluator = Evaluator { text: &self.text, values };
        let piece = |node: &Node| {
            let bytes = node.span().clone();
            let characters = lines.count_before(bytes.start)..lines.count_before(bytes.end);
            let (kind, name) = match node {
                Node::Literal(_) => (PieceKind::Literal, None),
                Node::Escape(_) => (PieceKind::EscapedBrace, None),
                Node::Stray(_) => (PieceKind::Refused, None),
                Node::Field(field) => {
                    let fault = evaluator.find_name_fault(field, false);
                    let kind = match fault.map(|fault| fault.code) {
                        None => PieceKind::Variable,
                        Some(ProblemCode::UnknownVariable) => PieceKind::UnknownVariable,
                        Some(_) => PieceKind::Refused,
                    };
                    (kind, Some(&self.text[field.name.clone()]))
                }
            };
            Piece { kind, text: &self.text[bytes.clone()], name, bytes, characters }
        };
        self.nodes.iter().map(piece).collect()
    }
}
