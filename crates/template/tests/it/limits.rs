//! Hostile templates: bounded work, bounded memory.
//!
//! No time is measured. Work that grows with the square of the length would take hours here.

use std::collections::BTreeMap;

use colophon_template::{
    BuiltInValues, MAX_PROBLEMS, MAX_RENDERED, Problem, ProblemCode, Template, Values, check,
};

/// Bytes; a little more than the API takes.
const LONG: usize = 60_000;

fn own() -> BTreeMap<String, String> {
    (0..800).map(|number| (format!("own_{number}"), "v".repeat(10))).collect()
}

#[test]
fn long_templates_of_any_kind_are_checked_to_their_end() {
    let own = own();
    for part in [
        "{",
        "}",
        "{ ",
        "} ",
        "{a:",
        "{a:{a:",
        "{a[",
        "{[",
        "{!",
        "{a!",
        "{a!x",
        "{\"a\": ",
        "{a:{b:{c}}}",
        "{}",
        "{0}",
        "{nope}",
        "{\"k\": 1}",
        "{ownn_1}",
        "{a:{",
        "{a[]",
        "夜",
        "{own_1:{own_2}}",
        "{\n",
        "\n{",
        "{a}}",
        "{{{",
        "{.",
    ] {
        for (before, after) in [("", ""), ("", "]}"), ("{\"a\": ", "}")] {
            let template = format!("{before}{}{after}", part.repeat(LONG / part.len()));
            let parsed = Template::parse(&template);
            let found = parsed.check(&own);
            assert!(found.problems.len() <= MAX_PROBLEMS, "{before}{part}…{after}");
            let pieces: String = parsed.pieces(&own).iter().map(|piece| piece.text).collect();
            assert!(pieces == template, "{before}{part}…{after}: pieces are left out");
        }
    }
}

#[test]
fn of_many_problems_the_first_are_described_and_all_are_counted() {
    let template: String = (0..6_000).map(|number| format!("{{oun_{number}}}")).collect();
    let found = check(&template, &own());
    assert_eq!((found.problems.len(), found.problem_count), (MAX_PROBLEMS, 6_000));
    let is_at = |(n, problem): (usize, &Problem)| problem.text == format!("oun_{n}");
    assert!(found.problems.iter().enumerate().all(is_at), "the first ones, in order");
    for (template, count) in
        [("} ".repeat(250), 250), ("{a:d}".repeat(300), 300), ("{nope} } ".repeat(60), 120)]
    {
        let own = BTreeMap::from([("a".to_owned(), "x".to_owned())]);
        let found = check(&template, &own);
        assert_eq!((found.problems.len(), found.problem_count), (MAX_PROBLEMS, count), "{}", &template[..9]);
    }
}

#[test]
fn rendering_the_first_part_stops_there() {
    let own = BTreeMap::from([("a".to_owned(), "夜".repeat(10)), ("b".to_owned(), "🌌".to_owned())]);
    let values = Values { built_ins: BuiltInValues::SAMPLES, own: &own };
    let parts = Template::parse("<{a}|{a:>20}|{chapter_number:>20}|{b:🌌^9}|{{}}>");
    let whole = parts.render(&values).expect("renders");
    for limit in 0..=whole.chars().count() + 2 {
        let (text, is_cut) = parts.render_first(&values, limit).expect("renders");
        assert!(whole.starts_with(&text), "{limit}: {text}");
        assert_eq!(is_cut, limit < whole.chars().count(), "{limit}");
        assert!(text.chars().count() <= limit && (is_cut || text == whole), "{limit}: {text}");
    }
    // What stands behind is not even looked at; what stands before is.
    let (text, is_cut) = Template::parse("{a:10000}{nope}").render_first(&values, 5_000).expect("renders");
    assert_eq!((text.chars().count(), is_cut), (5_000, true));
    assert!(Template::parse("{nope}{a:10000}").render_first(&values, 5_000).is_err());
    // Much less is written than the whole would be.
    let wide = Template::parse(&"{a:🌌>9999}".repeat(400));
    let (text, is_cut) = wide.render_first(&values, 100_000).expect("renders");
    assert!(is_cut && text.capacity() < 1_000_000, "{}", text.capacity());
}

#[test]
fn what_rendering_writes_is_limited() {
    let own = BTreeMap::from([("a".to_owned(), "a".repeat(10_000)), ("w".to_owned(), "0".repeat(10_000))]);
    let values = Values { built_ins: BuiltInValues::SAMPLES, own: &own };
    for (part, fits) in
        [("{a:9999}", 400), ("{chapter_number:10000}", 400), ("{a:{w}9}", 200), ("{a!r:.1}", 399)]
    {
        let render = |count: usize| Template::parse(&part.repeat(count)).render(&values);
        assert!(render(fits - 1).is_ok(), "{part}");
        let problem = render(fits + 1).expect_err(part).problem;
        assert_eq!((problem.code, problem.text.as_str()), (ProblemCode::RenderedTooLong, part));
        // The check says so once, and still tells what else is wrong.
        let template = part.repeat(12_000) + "{a:d}{nope}";
        let codes: Vec<_> = check(&template, &own).problems.iter().map(|problem| problem.code).collect();
        assert_eq!(
            codes,
            [ProblemCode::RenderedTooLong, ProblemCode::BadFormatSpec, ProblemCode::UnknownVariable]
        );
    }
    let built_ins = BuiltInValues { source_text: &"夜".repeat(MAX_RENDERED), ..BuiltInValues::SAMPLES };
    let render = |template| Template::parse(template).render(&Values { built_ins, own: &own });
    assert!(render("{source_text}").is_ok());
    assert!(render("{source_text}.").is_err());
}

#[test]
fn a_large_template_is_checked_and_rendered_whole() {
    let own = own();
    let lines = 0..1500;
    let line = |n: usize| format!("Line {n} of {{own_{}}}, {{chapter_number:>5}}.\n", n % 800);
    let template: String = lines.clone().map(line).collect();
    let parsed = Template::parse(&template);
    assert_eq!(parsed.check(&own).problems, []);
    let values =
        Values { built_ins: BuiltInValues { chapter_number: 12, ..BuiltInValues::SAMPLES }, own: &own };
    let expected: String = lines.map(|n| format!("Line {n} of vvvvvvvvvv,    12.\n")).collect();
    assert_eq!(parsed.render(&values).expect("text"), expected);
}
