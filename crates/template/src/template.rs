//! Parsed templates and their rendering.

use crate::evaluate::{Evaluator, Fault, Output, Refusal, too_long};
use crate::lines::Lines;
use crate::name::{Name, classify};
use crate::parse::{Field, Node, parse};
use crate::problem::{Problem, RenderError};
use crate::variables::Values;

/// A parsed template. It may have problems: [`Template::check`] reports all of them, [`Template::render`] the
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(crate) text: String,
    pub(crate) nodes: Vec<Node>,
}

impl Template {
    /// Parses any `text`, in time linear in its length.
    pub fn parse(text: &str) -> Self {
        Self { text: text.to_owned(), nodes: parse(text) }
    }

    /// Returns the text of the template.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a field names `source_text`, with any conversion and format spec. Fields within format specs
    /// do not count, because they may not name it. The rendered text does not matter: `{source_text:.0}` uses
    /// it.
    pub fn uses_source_text(&self) -> bool {
        self.list_fields().any(|field| self.text[field.name.clone()] == *"source_text")
    }

    /// Returns the text with every field replaced by the value of its variable. Fields in values are not
    /// expanded.
    ///
    /// # Errors
    /// The first problem of the template with these values. A template without problems in
    /// [`Template::check`] can still fail: `{chapter_number:{chapter_number}}` at chapter 10,001, or with
    /// values so long that the text is over [`crate::MAX_RENDERED`].
    pub fn render(&self, values: &Values<'_>) -> Result<String, RenderError> {
        let mut output = Output::keeping();
        self.write(values, &mut output).map_err(|(node, refusal)| self.refuse(node, refusal))?;
        Ok(output.text)
    }

    /// Returns the first `limit` code points of the result of [`Template::render`], and whether there are
    /// more. Does not evaluate the template after that point.
    ///
    /// # Errors
    /// Those of [`Template::render`], for the written part.
    pub fn render_first(&self, values: &Values<'_>, limit: usize) -> Result<(String, bool), RenderError> {
        let mut output = Output::keeping_first(limit);
        match self.write(values, &mut output) {
            Ok(()) => Ok((output.text, false)),
            Err((_, Refusal::Overflow)) => Ok((output.text, true)),
            Err((node, refusal)) => Err(self.refuse(node, refusal)),
        }
    }

    fn write(&self, values: &Values<'_>, output: &mut Output) -> Result<(), (&Node, Refusal)> {
        let evaluator = Evaluator { text: &self.text, values: *values };
        let mut faults = Vec::new();
        for node in &self.nodes {
            let written = match node {
                Node::Literal(span) => output.push(&self.text[span.clone()]).map_err(Refusal::from),
                Node::Escape(span) => output.push(&self.text[span.start..=span.start]).map_err(Refusal::from),
                Node::Stray(span) => Err(Refusal::Faults(vec![evaluator.stray(span)])),
                Node::Field(field) => {
                    faults.extend(evaluator.find_name_fault(field, false));
                    evaluator.find_other_faults(field, &mut faults);
                    match faults.is_empty() {
                        true => evaluator.write(field, output),
                        false => Err(Refusal::Faults(std::mem::take(&mut faults))),
                    }
                }
            };
            written.map_err(|refusal| (node, refusal))?;
        }
        Ok(())
    }

    fn refuse(&self, node: &Node, refusal: Refusal) -> RenderError {
        let overflow = || too_long(node.span());
        let Fault { code, span, detail } = match refusal {
            Refusal::Faults(faults) => faults.into_iter().next().unwrap_or_else(overflow),
            Refusal::Overflow => overflow(),
        };
        let text = self.text[span.clone()].to_owned();
        let span = Lines::new(&self.text).span(&span);
        RenderError { problem: Box::new(Problem { code, span, text, detail, suggestion: None }) }
    }

    pub(crate) fn list_fields(&self) -> impl Iterator<Item = &Field> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Field(field) => Some(field),
            _ => None,
        })
    }

    /// Returns the template with all fields of the variable `old` renamed to `new`, including those in format
    /// specs.
    pub fn with_renamed_variable(&self, old: &str, new: &str) -> String {
        let (mut renamed, mut position) = (String::new(), 0);
        for Field { name, .. } in self.list_all_fields() {
            if self.text[name.clone()] == *old {
                renamed.push_str(&self.text[position..name.start]);
                renamed.push_str(new);
                position = name.end;
            }
        }
        renamed + &self.text[position..]
    }

    /// Returns the names of all fields that name a variable, in order, including those in format specs.
    pub(crate) fn list_names(&self) -> impl Iterator<Item = &str> {
        self.list_all_fields().filter_map(|field| match classify(&self.text[field.name.clone()]) {
            Name::Plain(name) => Some(name),
            _ => None,
        })
    }

    /// Returns all fields. A field comes before the fields in its format spec.
    fn list_all_fields(&self) -> impl Iterator<Item = &Field> {
        self.list_fields().flat_map(|field| {
            let nodes = field.spec.iter().filter_map(|spec| spec.nodes.as_deref()).flatten();
            let nested = nodes.filter_map(|node| match node {
                Node::Field(inner) => Some(inner),
                _ => None,
            });
            std::iter::once(field).chain(nested)
        })
    }
}
