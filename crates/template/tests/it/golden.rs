//! Cases on which CPython 3.11 has judged; `scripts/template-oracle/golden.py` made them.

use colophon_template::ProblemCode;
use serde_json::Value as Json;

use crate::oracle::{Case, ask_python, skip};

const GOLDEN: &str = include_str!("../golden.jsonl");

/// The cases with CPython's verdicts.
fn cases() -> Vec<(Case, Json)> {
    let mut lines = GOLDEN.lines().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let defaults = lines.next().expect("the values");
    let case = |verdict: Json| {
        let mut line = defaults.clone();
        line["template"] = verdict["template"].clone();
        for values in ["built_ins", "own"] {
            for (name, value) in verdict[values].as_object().into_iter().flatten() {
                line[values][name] = value.clone();
            }
        }
        (Case::from_json(&line), verdict)
    };
    lines.map(case).collect()
}

#[test]
fn golden_cases_render_as_in_cpython() {
    let cases = cases();
    assert!(cases.len() > 900, "{} cases", cases.len());
    for (case, verdict) in &cases {
        case.assert_agrees(verdict);
    }
}

#[test]
fn golden_cases_are_still_what_cpython_says() {
    let (cases, golden): (Vec<_>, Vec<_>) = cases().into_iter().unzip();
    let verdicts = match ask_python(&cases) {
        Ok(verdicts) => verdicts,
        Err(reason) => return skip(&reason),
    };
    for (golden, verdict) in golden.iter().zip(&verdicts) {
        assert_eq!(
            (&golden["text"], &golden["refused"]),
            (&verdict["text"], &verdict["refused"]),
            "{golden}"
        );
    }
}

/// The code goes with the reason for which CPython (or the oracle, for the stated differences) refuses,
/// where the reason is one that comes first in both.
#[test]
fn golden_cases_are_refused_for_the_same_reason() {
    const REASONS: &[(&str, &[ProblemCode])] = &[
        ("difference: lookup_refused", &[ProblemCode::LookupRefused, ProblemCode::PositionalField]),
        ("difference: width_too_large", &[ProblemCode::WidthTooLarge]),
        ("difference: nested_text_field", &[ProblemCode::NestedTextField]),
        ("ValueError: Format string contains positional fields", &[ProblemCode::PositionalField]),
        ("ValueError: Too many decimal digits in format string", &[ProblemCode::PositionalField]),
        ("ValueError: Single '", &[ProblemCode::UnbalancedBrace, ProblemCode::UnknownConversion]),
        ("ValueError: unexpected '{' in field name", &[ProblemCode::UnbalancedBrace]),
        (
            "ValueError: unmatched '{' in format spec",
            &[ProblemCode::UnbalancedBrace, ProblemCode::UnknownConversion],
        ),
        ("ValueError: expected '}' before end", &[ProblemCode::UnbalancedBrace, ProblemCode::LookupRefused]),
        ("ValueError: end of string while looking", &[ProblemCode::UnbalancedBrace]),
        (
            "ValueError: expected ':' after conversion",
            &[ProblemCode::UnknownConversion, ProblemCode::UnbalancedBrace],
        ),
        ("ValueError: Unknown conversion", &[ProblemCode::UnknownConversion]),
        ("ValueError: Max string recursion", &[ProblemCode::NestedTooDeep, ProblemCode::UnknownVariable]),
        ("ValueError: Empty attribute", &[ProblemCode::LookupRefused, ProblemCode::PositionalField]),
        ("ValueError: Only '.' or '[' may follow", &[ProblemCode::LookupRefused]),
        ("ValueError: Missing ']'", &[ProblemCode::LookupRefused]),
        ("KeyError", &[ProblemCode::UnknownVariable]),
        ("UnicodeEncodeError", &[ProblemCode::BadFormatSpec]),
        ("OverflowError", &[ProblemCode::BadFormatSpec]),
        // What is left is about format specs.
        ("ValueError", &[ProblemCode::BadFormatSpec]),
    ];
    for (case, verdict) in cases() {
        let (Err(error), Some(refused)) = (case.render(), verdict["refused"].as_str()) else { continue };
        let reason = REASONS.iter().find(|(reason, _)| refused.starts_with(reason));
        let (_, codes) = reason.unwrap_or_else(|| panic!("an unheard-of reason: {refused}"));
        assert!(codes.contains(&error.problem.code), "{}\n  {error:?}\n  {refused}", case.template);
    }
}
