//! Evaluates fields with values: finds their faults and writes their text.

use std::borrow::Cow;
use std::ops::Range;

use crate::format::{format_integer, format_text, text_width};
use crate::name::{Name, classify};
use crate::parse::{Conversion, Field, Node, Spec};
use crate::problem::ProblemCode;
use crate::repr::{ascii, repr};
use crate::spec::{FormatSpec, MAX_WIDTH, SpecFault};
use crate::variables::{Kind, Value, Values};

/// Maximum number of code points that rendering may write, including converted values and computed format
/// specs.
///
/// Needed because of widths up to 10,000: otherwise 50,000 code points of `{a:9999}` would write 60 MB.
pub const MAX_RENDERED: usize = 4_000_000;

/// A problem with its place in bytes and without a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: ProblemCode,
    pub(crate) span: Range<usize>,
    pub(crate) detail: String,
}

impl Fault {
    fn new(code: ProblemCode, span: &Range<usize>, detail: impl Into<String>) -> Self {
        Self { code, span: span.clone(), detail: detail.into() }
    }
}

/// Receives the rendered text, up to [`MAX_RENDERED`] or less.
pub(crate) struct Output {
    pub(crate) text: String,
    keeps: bool,
    /// Whether to keep the start of a text that does not fit.
    cuts: bool,
    left: usize,
}

/// The output limit was exceeded.
pub(crate) struct Overflow;

impl Output {
    /// Creates an output that keeps the text.
    pub(crate) fn keeping() -> Self {
        Self { text: String::new(), keeps: true, cuts: false, left: MAX_RENDERED }
    }

    /// Creates an output that keeps the first code points of the text.
    pub(crate) fn keeping_first(limit: usize) -> Self {
        Self { text: String::new(), keeps: true, cuts: true, left: limit.min(MAX_RENDERED) }
    }

    /// Creates an output that only counts.
    pub(crate) fn counting() -> Self {
        Self { text: String::new(), keeps: false, cuts: false, left: MAX_RENDERED }
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), Overflow> {
        if let (true, Some((end, _))) = (self.cuts, text.char_indices().nth(self.left)) {
            self.text.push_str(&text[..end]);
            self.left = 0;
            return Err(Overflow);
        }
        self.spend(text)?;
        if self.keeps {
            self.text.push_str(text);
        }
        Ok(())
    }

    fn spend(&mut self, text: &str) -> Result<(), Overflow> {
        self.count(text.chars().count())
    }

    fn count(&mut self, characters: usize) -> Result<(), Overflow> {
        self.left = self.left.checked_sub(characters).ok_or(Overflow)?;
        Ok(())
    }
}

/// Why a field was not written.
pub(crate) enum Refusal {
    /// The field has faults.
    Faults(Vec<Fault>),
    /// The output limit was exceeded.
    Overflow,
}

impl From<Overflow> for Refusal {
    fn from(Overflow: Overflow) -> Self {
        Self::Overflow
    }
}

/// A template's text and the values for its fields.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'a> {
    pub(crate) text: &'a str,
    pub(crate) values: Values<'a>,
}

impl<'a> Evaluator<'a> {
    /// Returns the fault of the field's name.
    pub(crate) fn find_name_fault(&self, field: &Field, nested: bool) -> Option<Fault> {
        let name = &self.text[field.name.clone()];
        let fault = |code, detail: String| Some(Fault::new(code, &field.name, detail));
        match classify(name) {
            // An empty name has an empty span, so the fault gets the field's span.
            Name::Positional if name.is_empty() => {
                let detail = "This field does not name a variable.";
                Some(Fault::new(ProblemCode::PositionalField, &field.span, detail))
            }
            Name::Positional => fault(
                ProblemCode::PositionalField,
                format!("“{name}” is a position, not the name of a variable."),
            ),
            Name::Lookup(_) => fault(
                ProblemCode::LookupRefused,
                "A field cannot look into a value (“.” or “[ ]”): name a variable alone.".to_owned(),
            ),
            Name::Plain(_) if self.values.find(name).is_none() => {
                fault(ProblemCode::UnknownVariable, format!("There is no variable “{name}”."))
            }
            Name::Plain(_) if nested && self.values.is_text_built_in(name) => fault(
                ProblemCode::NestedTextField,
                format!(
                    "“{name}” cannot be part of a format spec: only whole numbers and the version's own \
                     variables can."
                ),
            ),
            Name::Plain(_) => None,
        }
    }

    /// Finds the faults of the rest of the field that do not depend on values.
    pub(crate) fn find_other_faults(&self, field: &Field, faults: &mut Vec<Fault>) {
        if let Conversion::Unknown(span) = &field.conversion {
            let detail = "After “!” comes one of r, s and a, and then “:” or “}”.";
            faults.push(Fault::new(ProblemCode::UnknownConversion, span, detail));
        }
        let Some(spec) = &field.spec else { return };
        let Some(nodes) = &spec.nodes else {
            let detail = "A field within a format spec cannot have a field in its own format spec.";
            faults.push(Fault::new(ProblemCode::NestedTooDeep, &spec.span, detail));
            return;
        };
        for node in nodes {
            match node {
                Node::Literal(_) | Node::Escape(_) => {}
                Node::Stray(span) => faults.push(self.stray(span)),
                Node::Field(inner) => {
                    faults.extend(self.find_name_fault(inner, true));
                    self.find_other_faults(inner, faults);
                }
            }
        }
    }

    /// Returns the fault of a single brace.
    pub(crate) fn stray(&self, span: &Range<usize>) -> Fault {
        let detail = match &self.text[span.clone()] {
            "{" => "This brace opens a field that is not closed. A brace that is text is doubled: “{{”.",
            _ => "This brace closes nothing. A brace that is text is doubled: “}}”.",
        };
        Fault::new(ProblemCode::UnbalancedBrace, span, detail)
    }

    /// Finds widths over the limit in a spec without fields, for a field of unknown kind.
    pub(crate) fn find_wide_faults(&self, spec: &Spec, faults: &mut Vec<Fault>) {
        let text = &self.text[spec.span.clone()];
        let found = FormatSpec::parse(text, Kind::Integer).err().unwrap_or_default();
        let wide = found.into_iter().filter(|fault| matches!(fault, SpecFault::TooLarge { .. }));
        faults.extend(wide.map(|fault| locate(fault, &spec.span)));
    }

    /// Writes the text of a field. The field must have none of the faults above.
    pub(crate) fn write(&self, field: &Field, out: &mut Output) -> Result<(), Refusal> {
        let value = self.values.find(&self.text[field.name.clone()]).unwrap_or(Value::Text(""));
        let converted = match (&field.conversion, value) {
            (Conversion::None | Conversion::Unknown(_), _) | (Conversion::Str, Value::Text(_)) => None,
            (Conversion::Repr, Value::Text(text)) => Some(repr(text)),
            (Conversion::Ascii, Value::Text(text)) => Some(ascii(text)),
            (_, Value::Integer(number)) => Some(number.to_string()),
        };
        if let Some(converted) = &converted {
            out.spend(converted)?;
        }
        let value = converted.as_deref().map_or(value, Value::Text);
        let spec = match &field.spec {
            Some(spec) => self.expand(spec, out)?,
            None => Cow::Borrowed(""),
        };
        // Most fields have no spec. Their values may be long and need no copy.
        if let (Value::Text(text), "") = (value, spec.as_ref()) {
            return Ok(out.push(text)?);
        }
        let spec = read_spec(&spec, value, field).map_err(Refusal::Faults)?;
        let written = match value {
            // Counting does not need the formatted text.
            Value::Text(text) if !out.keeps => return Ok(out.count(text_width(text, &spec))?),
            Value::Text(text) => format_text(text, &spec),
            Value::Integer(number) => format_integer(number, &spec),
        };
        Ok(out.push(&written)?)
    }

    /// Finds the faults of a format spec without fields, for a known variable. Writes nothing.
    pub(crate) fn find_spec_faults(&self, field: &Field) -> Vec<Fault> {
        let literal = field.spec.as_ref().and_then(|spec| match spec.nodes.as_deref() {
            Some([Node::Literal(span)]) => Some(&self.text[span.clone()]),
            _ => None,
        });
        let value = match field.conversion {
            Conversion::None => self.values.find(&self.text[field.name.clone()]),
            _ => None,
        };
        let read = literal.map(|literal| read_spec(literal, value.unwrap_or(Value::Text("")), field));
        read.and_then(Result::err).unwrap_or_default()
    }

    /// Returns the spec's text with its fields replaced by their values.
    fn expand(&self, spec: &Spec, out: &mut Output) -> Result<Cow<'a, str>, Refusal> {
        let nodes = match spec.nodes.as_deref() {
            None | Some([]) => return Ok(Cow::Borrowed("")),
            Some([Node::Literal(span)]) => return Ok(Cow::Borrowed(&self.text[span.clone()])),
            Some(nodes) => nodes,
        };
        // One count covers the template and all its specs.
        let mut expanded = Output { text: String::new(), keeps: true, cuts: false, left: out.left };
        for node in nodes {
            match node {
                Node::Literal(span) => expanded.push(&self.text[span.clone()])?,
                Node::Escape(span) => expanded.push(&self.text[span.start..=span.start])?,
                Node::Stray(span) => return Err(Refusal::Faults(vec![self.stray(span)])),
                Node::Field(field) => self.write(field, &mut expanded)?,
            }
        }
        out.left = expanded.left;
        Ok(Cow::Owned(expanded.text))
    }
}

/// Reads a field's format spec and checks it against the value.
fn read_spec(spec: &str, value: Value<'_>, field: &Field) -> Result<FormatSpec, Vec<Fault>> {
    let span = field.spec.as_ref().map_or(&field.span, |spec| &spec.span);
    let locate_all = |faults: Vec<SpecFault>| faults.into_iter().map(|fault| locate(fault, span)).collect();
    let spec = FormatSpec::parse(spec, value.kind()).map_err(locate_all)?;
    match spec.check(value) {
        Ok(()) => Ok(spec),
        Err(fault) => Err(locate_all(vec![fault])),
    }
}

fn locate(fault: SpecFault, span: &Range<usize>) -> Fault {
    match fault {
        SpecFault::TooLarge { what } => {
            let detail = format!("The {what} is over {MAX_WIDTH}.");
            Fault::new(ProblemCode::WidthTooLarge, span, detail)
        }
        SpecFault::Bad(detail) => Fault::new(ProblemCode::BadFormatSpec, span, detail),
    }
}

/// Returns the fault of a template that exceeds [`MAX_RENDERED`] at `span`.
pub(crate) fn too_long(span: &Range<usize>) -> Fault {
    let detail = format!("Up to here the template renders to more than {MAX_RENDERED} code points.");
    Fault::new(ProblemCode::RenderedTooLong, span, detail)
}
