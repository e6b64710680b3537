//! Generated templates and values, here and in CPython: accept or refuse, and the text.
//!
//! `TEMPLATE_FUZZ_CASES` sets how many (20,000), `TEMPLATE_FUZZ_SEED` the second seed (the time).

use std::time::{SystemTime, UNIX_EPOCH};

use colophon_template::Template;

use crate::generate::{Random, generate};
use crate::oracle::{Case, ask_python};

const BATCH: usize = 20_000;

#[test]
fn generated_templates_render_as_in_cpython() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let cases = usize::try_from(number("TEMPLATE_FUZZ_CASES").unwrap_or(20_000)).unwrap();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let seed = number("TEMPLATE_FUZZ_SEED").unwrap_or_else(|| u64::try_from(now()).unwrap());
    // Half of them are the same each time, the others are new ones.
    let (mut fixed, mut fresh) = (Random::new(1), Random::new(seed));
    println!("differential: {cases} cases, TEMPLATE_FUZZ_SEED={seed}");
    let (mut done, mut accepted) = (0, 0);
    while done < cases {
        let batch: Vec<Case> = (done..cases.min(done + BATCH))
            .map(|index| generate(if index % 2 == 0 { &mut fixed } else { &mut fresh }))
            .collect();
        let verdicts = match ask_python(&batch) {
            Ok(verdicts) => verdicts,
            Err(reason) => return println!("differential: SKIPPED, {reason}"),
        };
        for (case, verdict) in batch.iter().zip(&verdicts) {
            case.assert_agrees(verdict);
            assert_consistent(case, verdict["text"].is_string());
            accepted += usize::from(verdict["text"].is_string());
        }
        done += batch.len();
    }
    println!("differential: {accepted} of {cases} accepted, all agree with CPython");
    // A generator that only makes nonsense, or never does, proves nothing.
    assert!(accepted * 100 > cases * 35 && accepted * 100 < cases * 75, "{accepted} of {cases} accepted");
}

/// What else must hold of any template.
fn assert_consistent(case: &Case, is_accepted: bool) {
    let template = Template::parse(&case.template);
    let check = template.check(&case.own);
    let samples = Case::with_samples(case.template.clone(), case.own.clone());
    if samples.built_ins == case.built_ins {
        assert_eq!(check.problems.is_empty(), is_accepted, "{case:?}\n{:?}", check.problems);
    }
    assert_eq!(check.problems.is_empty(), samples.render().is_ok(), "{case:?}\n{:?}", check.problems);
    let characters: Vec<char> = case.template.chars().collect();
    for problem in &check.problems {
        let (start, end) = (problem.span.offset, problem.span.offset + problem.span.length);
        assert_eq!(characters[start..end].iter().collect::<String>(), problem.text, "{problem:?}");
        let line_start = characters[..start].iter().rposition(|one| *one == '\n').map_or(0, |end| end + 1);
        assert_eq!(problem.span.column, start - line_start + 1, "{problem:?}");
        let lines_before = characters[..start].iter().filter(|one| **one == '\n').count();
        assert_eq!(problem.span.line, lines_before + 1, "{problem:?}");
    }
    let joined: String = template.pieces(&case.own).iter().map(|piece| piece.text).collect();
    assert_eq!(joined, case.template);
}
