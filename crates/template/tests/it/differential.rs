//! Generated templates and values, here and in CPython: accept or refuse, and the text.
//!
//! `TEMPLATE_FUZZ_CASES` sets how many (20,000), `TEMPLATE_FUZZ_SEED` the second seed (the time).

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use colophon_template::Template;

use crate::generate::{Random, generate};
use crate::oracle::{Case, ask_python, skip, tell};

const BATCH: usize = 20_000;

#[test]
fn generated_templates_render_as_in_cpython() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let cases = number("TEMPLATE_FUZZ_CASES").unwrap_or(20_000) as usize;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970").as_micros() as u64;
    let seed = number("TEMPLATE_FUZZ_SEED").unwrap_or_else(now);
    // Half of them are the same each time, the others are new ones.
    let (mut fixed, mut fresh) = (Random::new(1), Random::new(seed));
    tell(&format!("differential: {cases} cases, TEMPLATE_FUZZ_SEED={seed}"));
    let (mut done, mut accepted) = (0, 0);
    while done < cases {
        let batch: Vec<Case> = (done..cases.min(done + BATCH))
            .map(|index| generate(if index % 2 == 0 { &mut fixed } else { &mut fresh }))
            .collect();
        let verdicts = match ask_python(&batch) {
            Ok(verdicts) => verdicts,
            Err(reason) => return skip(&reason),
        };
        for (case, verdict) in batch.iter().zip(&verdicts) {
            case.assert_agrees(verdict);
            assert_consistent(case, verdict["text"].is_string());
            accepted += usize::from(verdict["text"].is_string());
        }
        done += batch.len();
    }
    tell(&format!("differential: {accepted} of {cases} accepted, all agree with CPython"));
    // A generator that only makes nonsense, or never does, proves nothing.
    let is_telling = cases >= 1000;
    assert!(
        !is_telling || accepted * 100 > cases * 35 && accepted * 100 < cases * 75,
        "{accepted} of {cases} accepted"
    );
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
    assert!(check.problems.is_sorted_by_key(|problem| problem.span.offset), "{:?}", check.problems);
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

#[test]
fn every_code_point_is_escaped_as_in_cpython() {
    let planes = (0..=0x10_u32).map(|plane| {
        let text: String = (plane << 16..(plane + 1) << 16).filter_map(char::from_u32).collect();
        Case::with_samples("{a!r}".to_owned(), BTreeMap::from([("a".to_owned(), text)]))
    });
    if let Err(reason) = assert_agree(&planes.collect::<Vec<_>>()) {
        skip(&reason);
    }
}

#[test]
fn every_numeric_code_point_is_a_digit_where_it_is_one_in_cpython() {
    let numeric = (0..=0x10_ffff).filter_map(char::from_u32).filter(|one| one.is_numeric() || one.is_ascii());
    let own = |name: char| BTreeMap::from([(name.to_string(), "value".to_owned())]);
    let cases = numeric.flat_map(|one| {
        ["{%}", "{chapter_number:1%}", "{work_title:.%}"]
            .map(|template| Case::with_samples(template.replace('%', &one.to_string()), own(one)))
    });
    if let Err(reason) = assert_agree(&cases.collect::<Vec<_>>()) {
        skip(&reason);
    }
}

fn assert_agree(cases: &[Case]) -> Result<(), String> {
    let verdicts = ask_python(cases)?;
    cases.iter().zip(&verdicts).for_each(|(case, verdict)| case.assert_agrees(verdict));
    Ok(())
}
