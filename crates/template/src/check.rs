//! Checks a template before it is saved. Reports all problems of all fields. A dry run uses the version's own
//! values and a sample of each built-in variable.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::evaluate::{Evaluator, Fault, Output, Refusal, too_long};
use crate::lines::Lines;
use crate::name::{Name, classify};
use crate::parse::{Field, Node};
use crate::problem::{Problem, ProblemCode, Suggestion, SuggestionKind, Warning, WarningCode};
use crate::suggest::{MeantField, Vocabulary, double_braces, is_quoted, is_wordy};
use crate::template::Template;
use crate::variables::{BuiltInValues, Values};

/// Maximum number of described problems; further problems are only counted. Finding suggestions for thousands
/// of problems takes seconds, and users do not read so many.
pub const MAX_PROBLEMS: usize = 100;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The first [`MAX_PROBLEMS`] problems in the order of the text. A template without problems can be
    /// saved.
    pub problems: Vec<Problem>,
    /// Total number of problems.
    pub problem_count: usize,
    /// The warnings; for [`WarningCode::VariableEscaped`] only the first 100 places.
    pub warnings: Vec<Warning>,
    /// The known variables in the template, in the order of their first use.
    pub variables_used: Vec<String>,
}

/// Checks `template` against the built-in variables and the version's own ones.
pub fn check(template: &str, own: &BTreeMap<String, String>) -> Check {
    Template::parse(template).check(own)
}

impl Template {
    /// Checks this template against the built-in variables and the version's own ones. Ignores an own
    /// variable with the name of a built-in one, unless that name is in [`crate::ADDED_LATER`].
    pub fn check(&self, own: &BTreeMap<String, String>) -> Check {
        let values = Values { built_ins: BuiltInValues::SAMPLES, own };
        let variables_used = self.list_variables(&values);
        let mut checker = Checker {
            evaluator: Evaluator { text: &self.text, values },
            lines: Lines::new(&self.text),
            vocabulary: Vocabulary::new(own),
            output: Some(Output::counting()),
            problems: Vec::new(),
            problem_count: 0,
        };
        for node in &self.nodes {
            checker.check(node);
        }
        let (problems, problem_count) = (checker.problems, checker.problem_count);
        let mut warnings = self.list_warnings(own, &variables_used);
        warnings.extend(self.list_escaped(own));
        Check { problems, problem_count, warnings, variables_used }
    }

    fn list_variables(&self, values: &Values<'_>) -> Vec<String> {
        let mut used = Vec::new();
        let mut seen = BTreeSet::new();
        for name in self.list_names() {
            if values.find(name).is_some() && seen.insert(name) {
                used.push(name.to_owned());
            }
        }
        used
    }

    fn list_warnings(&self, own: &BTreeMap<String, String>, used: &[String]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code, variable: Option<&str>, detail: String| {
            let variable = variable.map(str::to_owned);
            warnings.push(Warning { code, variable, detail, span: None, suggestion: None });
        };
        if self.text.trim().is_empty() {
            warn(
                WarningCode::EmptyTemplate,
                None,
                "The template is empty: it tells the model nothing.".to_owned(),
            );
        }
        if !self.uses_source_text() {
            let detail = "The template does not use {source_text}: it becomes the system message, and the \
                          text to translate follows as the user message.";
            warn(WarningCode::SourceTextNotUsed, Some("source_text"), detail.to_owned());
        }
        let mut known = BTreeSet::new();
        // `extend` instead of `collect`, because `collect` would add a sort to the web app's code.
        known.extend(used.iter().map(String::as_str));
        for name in own.keys().filter(|name| !known.contains(name.as_str())) {
            let detail = format!("The variable “{name}” is defined, but the template does not use it.");
            warn(WarningCode::UnusedVariable, Some(name), detail);
        }
        warnings
    }
}

struct Checker<'a> {
    evaluator: Evaluator<'a>,
    lines: Lines<'a>,
    vocabulary: Vocabulary<'a>,
    /// The output of the dry run; `None` after it exceeded the limit.
    output: Option<Output>,
    /// At most [`MAX_PROBLEMS`].
    problems: Vec<Problem>,
    problem_count: usize,
}

impl Checker<'_> {
    /// Whether further problems are only counted.
    fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    fn check(&mut self, node: &Node) {
        let text = self.evaluator.text;
        match node {
            Node::Literal(span) => {
                self.dry_run(span, |_, output| Ok(output.push(&text[span.clone()])?));
            }
            Node::Escape(span) => {
                self.dry_run(span, |_, output| Ok(output.push(&text[span.start..=span.start])?));
            }
            Node::Stray(span) => {
                let fault = self.evaluator.stray(span);
                if self.is_full() {
                    self.problem_count += 1;
                    return;
                }
                let suggestion = self.mend_stray(span);
                self.report(fault, Some(suggestion));
            }
            Node::Field(field) => self.check_field(field),
        }
    }

    fn check_field(&mut self, field: &Field) {
        let name_fault = self.evaluator.find_name_fault(field, false);
        let is_known = name_fault.is_none();
        if let Some(fault) = name_fault
            && self.report_name(fault, field)
        {
            return;
        }
        let mut faults = Vec::new();
        self.evaluator.find_other_faults(field, &mut faults);
        if let (false, Some(spec)) = (is_known, &field.spec) {
            self.evaluator.find_wide_faults(spec, &mut faults);
        }
        if is_known && faults.is_empty() {
            faults = self.dry_run(&field.span, |evaluator, output| evaluator.write(field, output));
            if self.output.is_none() {
                // Beyond the limit the dry run writes nothing, but a spec may still have faults.
                faults.extend(self.evaluator.find_spec_faults(field));
            }
        }
        for fault in faults {
            if self.is_full() {
                self.problem_count += 1;
                continue;
            }
            let suggestion = self.mend_part(&fault, field, is_known);
            self.report(fault, suggestion);
        }
    }

    /// Reports the fault of a field's name. Returns whether the field is text in braces, such as JSON, so
    /// that no more faults of it need reporting.
    fn report_name(&mut self, fault: Fault, field: &Field) -> bool {
        if self.is_full() {
            self.problem_count += 1;
            return false;
        }
        let text = self.evaluator.text;
        let name = &text[field.name.clone()];
        let is_bare = field.span.len() == field.name.len() + 2;
        let nearest = if is_quoted(name) && !is_bare { None } else { self.find_meant(&fault, name) };
        if let Some(nearest) = nearest {
            let detail = format!("{} Did you mean “{nearest}”?", fault.detail);
            let suggestion = self.suggest(SuggestionKind::Variable, &field.name, nearest.to_owned());
            self.report(Fault { detail, ..fault }, Some(suggestion));
            return false;
        }
        let fields = self.vocabulary.find_fields(text, field.span.start + 1..field.span.end);
        let replacement = double_braces(text, &field.span, &fields);
        let suggestion = self.suggest(SuggestionKind::DoubleBraces, &field.span, replacement);
        let detail = format!("{} Braces that are text are doubled: “{{{{ }}}}”.", fault.detail);
        if is_wordy(name) || name.is_empty() {
            self.report(Fault { detail, ..fault }, Some(suggestion));
            return false;
        }
        self.report(Fault { detail, span: field.span.clone(), ..fault }, Some(suggestion));
        // The text may contain misspelt fields that are meant as fields.
        for MeantField { span, nearest, .. } in fields {
            let inner = span.start + 1..span.end - 1;
            if let Some(nearest) = nearest {
                let detail =
                    format!("There is no variable “{}”. Did you mean “{nearest}”?", &text[inner.clone()]);
                let suggestion = self.suggest(SuggestionKind::Variable, &inner, nearest.to_owned());
                self.report(
                    Fault { code: ProblemCode::UnknownVariable, span: inner, detail },
                    Some(suggestion),
                );
            }
        }
        true
    }

    /// Returns the variable that a refused name probably means: `chapter_title` for `chapter.title`, and the
    /// name before the look-up for `source_text[0]`.
    fn find_meant(&mut self, fault: &Fault, name: &str) -> Option<String> {
        if fault.code == ProblemCode::PositionalField {
            return None;
        }
        let nearest = self.vocabulary.find_nearest(name, false);
        let looked_into = match classify(name) {
            Name::Lookup(first) => Some(first).filter(|first| self.evaluator.values.find(first).is_some()),
            _ => None,
        };
        looked_into.or(nearest).map(str::to_owned)
    }

    /// Suggests a correction for a fault after a field's name. For a fault of a variable, suggests the
    /// nearest variable; otherwise the field with only its name.
    fn mend_part(&mut self, fault: &Fault, field: &Field, is_known: bool) -> Option<Suggestion> {
        let text = self.evaluator.text;
        if fault.code == ProblemCode::UnknownVariable {
            let nearest = self.vocabulary.find_nearest(&text[fault.span.clone()], true)?.to_owned();
            return Some(self.suggest(SuggestionKind::Variable, &fault.span, nearest));
        }
        let is_plain_better = is_known && fault.code != ProblemCode::WidthTooLarge;
        let plain = || format!("{{{}}}", &text[field.name.clone()]);
        is_plain_better.then(|| self.suggest(SuggestionKind::Variable, &field.span, plain()))
    }

    /// Suggests a correction for a single brace: closes `{source_text`, doubles any other brace.
    fn mend_stray(&mut self, span: &Range<usize>) -> Suggestion {
        let text = self.evaluator.text;
        let rest = &text[span.end..];
        let end = rest.find(|character: char| !(character.is_alphanumeric() || character == '_'));
        let name = &rest[..end.unwrap_or(rest.len())];
        let follows = rest[name.len()..].chars().next();
        let ends_there =
            follows.is_none_or(|character| character.is_whitespace() || ",.;)".contains(character));
        if text[span.clone()] == *"{" && ends_there && self.evaluator.values.find(name).is_some() {
            let field = span.start..span.end + name.len();
            return self.suggest(SuggestionKind::Variable, &field, format!("{{{name}}}"));
        }
        self.suggest(SuggestionKind::DoubleBraces, span, double_braces(text, span, &[]))
    }

    /// Lets `write` write a part, up to the limit. Returns the faults that refused it.
    fn dry_run(
        &mut self,
        span: &Range<usize>,
        write: impl FnOnce(&Evaluator<'_>, &mut Output) -> Result<(), Refusal>,
    ) -> Vec<Fault> {
        match self.output.as_mut().map(|output| write(&self.evaluator, output)) {
            None | Some(Ok(())) => Vec::new(),
            Some(Err(Refusal::Faults(faults))) => faults,
            Some(Err(Refusal::Overflow)) => {
                self.output = None;
                self.report(too_long(span), None);
                Vec::new()
            }
        }
    }

    fn suggest(&self, kind: SuggestionKind, span: &Range<usize>, replacement: String) -> Suggestion {
        Suggestion { kind, span: self.lines.span(span), replacement }
    }

    fn report(&mut self, fault: Fault, suggestion: Option<Suggestion>) {
        self.problem_count += 1;
        if self.is_full() {
            return;
        }
        let Fault { code, span, detail } = fault;
        let text = self.evaluator.text[span.clone()].to_owned();
        let span = self.lines.span(&span);
        // The faults of a spec are found after those of the fields within it.
        let is_before = |problem: &Problem| problem.span.offset <= span.offset;
        let at = self.problems.iter().rposition(is_before).map_or(0, |before| before + 1);
        self.problems.insert(at, Problem { code, span, text, detail, suggestion });
    }
}
