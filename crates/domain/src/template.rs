//! Templates as the contract sees them: checks and the table of variables.

use crate::parameters::check_variable_names;
use colophon_contract::parameters::own_variables;
use colophon_contract::{JsonObject, TemplateCheck, TemplateProblem, TemplateVariable, Warning};
use colophon_template::{BUILT_INS, Kind, Problem, Span};

/// What is to be said of a template, with the version's own variables from `parameters.variables`.
#[must_use]
pub fn check_template(template: &str, parameters: &JsonObject) -> TemplateCheck {
    let check = colophon_template::check(template, &own_variables(parameters));
    let of_names = check_variable_names(parameters).map(|error| TemplateProblem {
        code: error.code,
        pointer: error.pointer.unwrap_or_default(),
        line: 1,
        column: 1,
        length: 0,
        text: String::new(),
        detail: error.detail,
        suggestion: None,
    });
    let of_template = check.problems.iter().map(|problem| problem_of(template, problem));
    TemplateCheck {
        problems: of_names.chain(of_template).collect(),
        warnings: check
            .warnings
            .into_iter()
            .map(|warning| Warning { code: warning.code.as_str().to_owned(), detail: warning.detail })
            .collect(),
        variables_used: check.variables_used,
    }
}

/// The built-in variables.
#[must_use]
pub fn list_variables() -> Vec<TemplateVariable> {
    let variable = |built_in: &colophon_template::BuiltIn| TemplateVariable {
        name: built_in.name.to_owned(),
        kind: match built_in.kind {
            Kind::Text => "string",
            Kind::Integer => "integer",
        }
        .to_owned(),
        description: built_in.description.to_owned(),
        example: built_in.sample.to_string(),
    };
    BUILT_INS.iter().map(variable).collect()
}

/// A problem of `template` as it is told. A suggestion replaces the problem's text: where the mend is elsewhere (a
/// whole field for a name in it), the place of the mend is the one that is told.
#[must_use]
pub fn problem_of(template: &str, problem: &Problem) -> TemplateProblem {
    let (span, text) = match &problem.suggestion {
        Some(suggestion) if suggestion.span != problem.span => {
            (suggestion.span, slice(template, suggestion.span))
        }
        _ => (problem.span, problem.text.clone()),
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    TemplateProblem {
        code: problem.code.as_str().to_owned(),
        pointer: "/template".to_owned(),
        line: count(span.line),
        column: count(span.column),
        length: count(span.length),
        text,
        detail: problem.detail.clone(),
        suggestion: problem.suggestion.as_ref().map(|suggestion| suggestion.replacement.clone()),
    }
}

fn slice(template: &str, span: Span) -> String {
    template.chars().skip(span.offset).take(span.length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_replaces_the_text_it_comes_with() {
        let template = "一行\n{sorce_text!x} {\"k\": 1}";
        let check = check_template(template, &JsonObject::new());
        assert!(check.problems.len() >= 2);
        for problem in check.problems {
            assert_eq!(problem.pointer, "/template");
            let line = template.lines().nth(problem.line as usize - 1).expect("the line");
            let there: String =
                line.chars().skip(problem.column as usize - 1).take(problem.length as usize).collect();
            assert_eq!(there, problem.text);
        }
    }

    #[test]
    fn a_bad_variable_name_is_a_problem_of_its_own() {
        let parameters = serde_json::from_str(r#"{"variables": {"a.b": "x"}}"#).expect("an object");
        let check = check_template("{source_text}", &parameters);
        assert_eq!(check.problems.len(), 1);
        assert_eq!(check.problems[0].pointer, "/parameters/variables/a.b");
        assert_eq!(list_variables().len(), 11);
    }
}
