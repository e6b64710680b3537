//! Checks of templates and the table of variables, as types of the contract.

use crate::parameters::{VARIABLE_NAME_INVALID, check_parameters_to_render, check_variable_names};
use colophon_contract::parameters::own_variables;
use colophon_contract::{JsonObject, TemplateCheck, TemplateProblem, TemplateVariable, TemplateWarning};
use colophon_template::{BUILT_INS, Kind, MAX_PROBLEMS, Problem, Span, Template, Warning};

/// Checks a template with the version's own variables, from `parameters.variables`.
#[must_use]
pub fn check_template(template: &str, parameters: &JsonObject) -> TemplateCheck {
    let check = colophon_template::check(template, &own_variables(parameters));
    let of_names = check_variable_names(parameters).map(|error| TemplateProblem {
        code: error.code,
        pointer: error.pointer.unwrap_or_default(),
        line: 1,
        column: 1,
        length: 0,
        text: error.text.unwrap_or_default(),
        detail: error.detail,
        suggestion: error.suggestion,
    });
    let of_template = check.problems.iter().map(|problem| problem_of(template, problem));
    let of_names: Vec<_> = of_names.collect();
    let problem_count = (of_names.len() + check.problem_count) as u64;
    TemplateCheck {
        problems: first_problems(of_names.into_iter().chain(of_template)),
        problem_count,
        warnings: check.warnings.into_iter().map(|warning| warning_of(template, warning)).collect(),
        variables_used: check.variables_used,
    }
}

/// Maximum bytes of the texts of a template's problems. Each may be a whole field of the template.
const PROBLEMS_MAX_BYTES: usize = 512 * 1024;

/// Returns the first problems, limited in number and size; at least one if there is any.
fn first_problems(problems: impl Iterator<Item = TemplateProblem>) -> Vec<TemplateProblem> {
    let mut bytes = 0;
    let fits = |problem: &TemplateProblem| {
        let is_first = bytes == 0;
        bytes += 1 + problem.text.len() + problem.suggestion.as_ref().map_or(0, String::len);
        is_first || bytes <= PROBLEMS_MAX_BYTES
    };
    problems.take(MAX_PROBLEMS).take_while(fits).collect()
}

/// [`check_template`] for a template that is rendered and not saved. An old version may have a variable of
/// its own whose name later became built-in: that is a warning here, not a problem.
#[must_use]
pub fn check_template_to_render(template: &str, parameters: &JsonObject) -> TemplateCheck {
    let mut check = check_template(template, parameters);
    let refused = check_parameters_to_render(parameters);
    let is_refused = |problem: &TemplateProblem| {
        refused.iter().any(|error| error.pointer.as_ref() == Some(&problem.pointer))
    };
    let names = check
        .problems
        .extract_if(.., |problem| problem.code == VARIABLE_NAME_INVALID && !is_refused(problem));
    let names: Vec<_> = names.collect();
    check.problem_count -= names.len() as u64;
    check.warnings.extend(names.into_iter().map(|problem| TemplateWarning {
        code: problem.code,
        detail: format!("{} Until then, its own value counts.", problem.detail),
        variable: Some(problem.text.clone()),
        pointer: Some(problem.pointer),
        text: Some(problem.text),
        suggestion: problem.suggestion,
        ..TemplateWarning::default()
    }));
    check
}

/// Returns the warnings for a template that was just saved: where it most likely does not do what was meant.
#[must_use]
pub fn list_saved_warnings(template: &str, parameters: &JsonObject) -> Vec<TemplateWarning> {
    let warnings = Template::parse(template).list_escaped(&own_variables(parameters));
    warnings.into_iter().map(|warning| warning_of(template, warning)).collect()
}

fn warning_of(template: &str, warning: Warning) -> TemplateWarning {
    let span = warning.span;
    TemplateWarning {
        code: warning.code.as_str().to_owned(),
        detail: warning.detail,
        variable: span.and(warning.variable),
        pointer: span.map(|_| "/template".to_owned()),
        line: span.map(|span| count(span.line)),
        column: span.map(|span| count(span.column)),
        length: span.map(|span| count(span.length)),
        text: span.map(|span| slice(template, span)),
        suggestion: warning.suggestion.map(|suggestion| suggestion.replacement),
    }
}

/// Returns the built-in variables.
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

/// Converts a problem of `template`. A suggestion replaces the problem's text. If it applies to another place
/// (the whole field for a name in it), the result has that place.
#[must_use]
pub fn problem_of(template: &str, problem: &Problem) -> TemplateProblem {
    let (span, text) = match &problem.suggestion {
        Some(suggestion) if suggestion.span != problem.span => {
            (suggestion.span, slice(template, suggestion.span))
        }
        _ => (problem.span, problem.text.clone()),
    };
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

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
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
        assert_eq!(list_variables().len(), 12);
    }

    #[test]
    fn an_escaped_variable_is_warned_of_with_its_place_and_what_to_put_there() {
        let template = "一行\n訳：{{ source_text }}";
        let check = check_template(template, &JsonObject::new());
        assert_eq!(check.problems, []);
        let warning = check.warnings.iter().find(|w| w.code == "variable_escaped").expect("a warning");
        let place = (warning.line, warning.column, warning.length, warning.pointer.as_deref());
        assert_eq!(place, (Some(2), Some(3), Some(17), Some("/template")));
        assert_eq!(warning.variable.as_deref(), Some("source_text"));
        assert_eq!(warning.text.as_deref(), Some("{{ source_text }}"));
        assert_eq!(warning.suggestion.as_deref(), Some("{source_text}"));
        assert_eq!(list_saved_warnings(template, &JsonObject::new()), std::slice::from_ref(warning));
        assert_eq!(list_saved_warnings("{source_text}", &JsonObject::new()), []);
    }

    #[test]
    fn a_name_that_became_built_in_is_a_problem_to_save_and_a_warning_to_render() {
        let parameters =
            serde_json::from_str(r#"{"variables": {"volume_title": "mine"}}"#).expect("an object");
        let template = "{volume_title}: {source_text}";
        let to_save = check_template(template, &parameters);
        assert_eq!((to_save.problems.len(), to_save.warnings.len()), (1, 0));
        assert_eq!(to_save.problems[0].suggestion.as_deref(), Some("own_volume_title"));
        let to_render = check_template_to_render(template, &parameters);
        assert_eq!((to_render.problems.len(), to_render.warnings.len()), (0, 1));
        assert_eq!(to_render.warnings[0].variable.as_deref(), Some("volume_title"));
        let broken = check_template_to_render("{nobody}", &parameters);
        assert_eq!((broken.problems.len(), broken.problems[0].code.as_str()), (1, "unknown_variable"));
    }
}
