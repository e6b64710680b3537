//! What people are told about a template: where, what, and what would mend it.

use std::collections::BTreeMap;

use colophon_template::{Check, PieceKind, ProblemCode, Template, WarningCode, check};

fn own() -> BTreeMap<String, String> {
    [("tone", "plain"), ("w", "5"), ("house style", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// Each problem as `code line:column text`, and ` => ` what its suggestion makes of the template.
fn describe(template: &str) -> Vec<String> {
    let describe = |problem: &colophon_template::Problem| {
        let (span, code) = (problem.span, problem.code);
        let mut out = format!("{code} {}:{} {}", span.line, span.column, problem.text);
        if let Some(suggestion) = &problem.suggestion {
            out += " => ";
            out += &suggestion.apply(template);
        }
        assert!(problem.detail.ends_with(['.', '?', ']', '”']), "{}", problem.detail);
        assert_eq!(problem.text.chars().count(), span.length);
        out
    };
    check(template, &own()).problems.iter().map(describe).collect()
}

#[track_caller]
fn assert_problems(template: &str, expected: &[&str]) {
    assert_eq!(describe(template), expected, "{template}");
}

#[test]
fn problems_are_in_the_order_of_their_places() {
    let problems = check("{w.!s:.10001{nope}}", &own()).problems;
    let codes: Vec<ProblemCode> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [ProblemCode::LookupRefused, ProblemCode::WidthTooLarge, ProblemCode::UnknownVariable]);
}

#[test]
fn every_problem_is_reported_at_its_place() {
    assert_problems(
        "夜 {tone}\n  {sorce_text} {} }\n{w!x}{chapter_number:q}{tone:99999}{tone:{source_text}}{w.x}",
        &[
            "unknown_variable 2:4 sorce_text => 夜 {tone}\n  {source_text} {} }\n{w!x}{chapter_number:q}{tone:99999}{tone:{source_text}}{w.x}",
            "positional_field 2:16 {} => 夜 {tone}\n  {sorce_text} {{}} }\n{w!x}{chapter_number:q}{tone:99999}{tone:{source_text}}{w.x}",
            "unbalanced_brace 2:19 } => 夜 {tone}\n  {sorce_text} {} }}\n{w!x}{chapter_number:q}{tone:99999}{tone:{source_text}}{w.x}",
            "unknown_conversion 3:3 !x => 夜 {tone}\n  {sorce_text} {} }\n{w}{chapter_number:q}{tone:99999}{tone:{source_text}}{w.x}",
            "bad_format_spec 3:22 q => 夜 {tone}\n  {sorce_text} {} }\n{w!x}{chapter_number}{tone:99999}{tone:{source_text}}{w.x}",
            "width_too_large 3:30 99999",
            "nested_text_field 3:43 source_text => 夜 {tone}\n  {sorce_text} {} }\n{w!x}{chapter_number:q}{tone:99999}{tone}{w.x}",
            "lookup_refused 3:57 w.x => 夜 {tone}\n  {sorce_text} {} }\n{w!x}{chapter_number:q}{tone:99999}{tone:{source_text}}{w}",
        ],
    );
}

#[test]
fn unknown_names_are_mended_to_the_nearest_variable() {
    for (template, mended) in [
        ("{ source_text }", "{source_text}"),
        ("{Source_Text}", "{source_text}"),
        ("{source-text!r:>9}", "{source_text!r:>9}"),
        ("{\"source_text\"}", "{source_text}"),
        ("{chapter.title}", "{chapter_title}"),
        ("{source_text[0]}", "{source_text}"),
        ("{source_text.strip}", "{source_text}"),
        ("{House_Style}", "{house style}"),
        ("{author}", "{work_author}"),
        ("{$tone}", "{tone}"),
        ("{tone:{segment_numbr}}", "{tone:{segment_number}}"),
    ] {
        let found = check(template, &own());
        let [problem] = &found.problems[..] else { panic!("{template}: {found:?}") };
        let suggestion = problem.suggestion.as_ref().unwrap_or_else(|| panic!("{template}"));
        assert_eq!(suggestion.apply(template), mended);
        assert_eq!(suggestion.kind.as_str(), "variable");
    }
}

#[test]
fn a_name_that_no_field_can_look_up_is_never_meant() {
    let own = [("house.tone", ""), ("7", ""), ("tune", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    for (template, meant) in [("{house.tone}", None), ("{house_tone}", None), ("{tone}", Some("{tune}"))] {
        let found = check(template, &own);
        let suggestion =
            found.problems[0].suggestion.as_ref().filter(|mends| mends.kind.as_str() == "variable");
        assert_eq!(suggestion.map(|suggestion| suggestion.apply(template)).as_deref(), meant, "{template}");
    }
}

#[test]
fn text_in_braces_is_mended_by_doubling() {
    assert_problems(r#"{"k": 1}"#, &[r#"unknown_variable 1:1 {"k": 1} => {{"k": 1}}"#]);
    assert_problems(
        r#"Answer as {"a": {"b": [{"c": "{source_text}"}]}} only"#,
        &[
            r#"unknown_variable 1:11 {"a": {"b": [{"c": "{source_text}"}]}} => Answer as {{"a": {{"b": [{{"c": "{source_text}"}}]}}}} only"#,
        ],
    );
    assert_problems(
        r#"{"text": "{sorce_text}"}"#,
        &[
            r#"unknown_variable 1:1 {"text": "{sorce_text}"} => {{"text": "{sorce_text}"}}"#,
            r#"unknown_variable 1:12 sorce_text => {"text": "{source_text}"}"#,
        ],
    );
    assert_problems(
        r#"{"a": {"tone"}}"#,
        &[r#"unknown_variable 1:1 {"a": {"tone"}} => {{"a": {{"tone"}}}}"#],
    );
    assert_problems("{glossary}", &["unknown_variable 1:2 glossary => {{glossary}}"]);
    assert_problems("{0}", &["positional_field 1:2 0 => {{0}}"]);
    assert_problems("{", &["unbalanced_brace 1:1 { => {{"]);
    assert_problems("{{tone}", &["unbalanced_brace 1:7 } => {{tone}}"]);
    assert_problems("{tone, please", &["unbalanced_brace 1:1 { => {tone}, please"]);
    assert_problems("{tone=1", &["unbalanced_brace 1:1 { => {{tone=1"]);
    let code = "if (a) { b(); } else { return; }";
    assert_eq!(describe(code).len(), 2);
}

#[test]
fn syntax_that_cpython_stops_at_does_not_hide_what_follows() {
    let codes = |template: &str| {
        let problems = check(template, &own()).problems;
        problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        codes("{tone {nope} {w!} }"),
        ["unbalanced_brace", "unknown_variable", "unknown_conversion", "unbalanced_brace"]
    );
    assert_eq!(codes("{a[} {nope}"), ["unbalanced_brace", "unbalanced_brace", "unknown_variable"]);
    assert_eq!(codes("{w[}:!{]x} {nope}"), ["lookup_refused", "unknown_variable"]);
    assert_eq!(codes("{w:{w:{w}}} {nope}"), ["nested_too_deep", "unknown_variable"]);
    assert_eq!(codes("{w:{b{c}}}"), ["unbalanced_brace", "unknown_variable", "unbalanced_brace"]);
    assert_eq!(
        codes("{w!rr} {w!:>5} {w!{w}} {nope}"),
        ["unknown_conversion", "unknown_conversion", "unknown_conversion", "unknown_variable"]
    );
    assert_eq!(codes("{w!{}} {nope}"), ["unknown_conversion", "unknown_variable"]);
    assert_eq!(
        codes("{nope!x:99999.99999}"),
        ["unknown_variable", "unknown_conversion", "width_too_large", "width_too_large"]
    );
    assert_eq!(
        codes("{tone:{nope}{0}{w.x}{source_text}}"),
        ["unknown_variable", "positional_field", "lookup_refused", "nested_text_field"]
    );
}

#[test]
fn the_dry_run_uses_the_versions_own_values() {
    let with = |value: &str| check("{chapter_number:{w}}", &BTreeMap::from([("w".into(), value.into())]));
    assert_eq!(with("08,d").problems, []);
    assert_eq!(with("s").problems[0].code, ProblemCode::BadFormatSpec);
    assert_eq!(with("10001").problems[0].code, ProblemCode::WidthTooLarge);
    assert_eq!(with("{w}").problems[0].text, "{w}");
}

#[test]
fn warnings_and_used_variables_are_told() {
    let codes = |check: &Check| check.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>();
    let found = check("{tone:{w}} {source_text!r} {tone} {nope}", &own());
    assert_eq!(found.variables_used, ["tone", "w", "source_text"]);
    assert_eq!(codes(&found), [WarningCode::UnusedVariable]);
    assert_eq!(found.warnings[0].variable.as_deref(), Some("house style"));
    let found = check(" \n", &BTreeMap::new());
    assert_eq!(codes(&found), [WarningCode::EmptyTemplate, WarningCode::SourceTextNotUsed]);
    assert_eq!(found.problems, []);
    assert_eq!(
        codes(&check("{{source_text}}", &BTreeMap::new())),
        [WarningCode::SourceTextNotUsed, WarningCode::VariableEscaped]
    );
}

/// Each escaped variable as `line:column name`, and the template with all of them corrected.
fn escaped(template: &str) -> (Vec<String>, String) {
    let unusable = ["a.b", "0"].map(|name| (name.to_owned(), String::new()));
    let own = own().into_iter().chain(unusable).collect();
    let found = check(template, &own);
    let mut corrected = template.to_owned();
    let mut places = Vec::new();
    for warning in found.warnings.iter().rev().filter(|w| w.code == WarningCode::VariableEscaped) {
        let (span, name) = (warning.span.expect("a place"), warning.variable.as_deref().expect("a name"));
        assert!(warning.detail.contains(&format!("{{{name}}}")), "{}", warning.detail);
        let suggestion = warning.suggestion.as_ref().expect("a correction");
        assert_eq!((suggestion.span, suggestion.replacement.as_str()), (span, &*format!("{{{name}}}")));
        places.insert(0, format!("{}:{} {name}", span.line, span.column));
        // From the last to the first: so the offsets of the others hold.
        corrected = suggestion.apply(&corrected);
    }
    assert_eq!(Template::parse(template).with_single_braces(&own), corrected, "{template}");
    (places, corrected)
}

#[test]
fn a_known_variable_between_doubled_braces_is_warned_of_with_its_place_and_correction() {
    for (template, places, corrected) in [
        ("{{source_text}}", &["1:1 source_text"][..], "{source_text}"),
        ("夜\n訳せ：{{ source_text }}。", &["2:4 source_text"], "夜\n訳せ：{source_text}。"),
        ("{{\t\u{3000}chapter_number\r\n}}", &["1:1 chapter_number"], "{chapter_number}"),
        (
            "{{tone}}, {{house style}}: {{w}}{{ w}}",
            &["1:1 tone", "1:11 house style", "1:28 w", "1:33 w"],
            "{tone}, {house style}: {w}{w}",
        ),
        ("${{source_text}}", &["1:2 source_text"], "${source_text}"),
        ("<<{{source_text}}>>", &["1:3 source_text"], "<<{source_text}>>"),
        (r#"{{"text": {{source_text}}}}"#, &["1:11 source_text"], r#"{{"text": {source_text}}}"#),
        ("{{volume_title}}", &["1:1 volume_title"], "{volume_title}"),
    ] {
        assert_eq!(
            escaped(template),
            (places.iter().map(|at| (*at).to_owned()).collect(), corrected.to_owned())
        );
    }
}

#[test]
fn braces_that_may_be_meant_as_text_are_not_warned_of() {
    for template in [
        "{source_text}",
        "{{{source_text}}}",
        "{{{{source_text}}}}",
        "{{sorce_text}}",
        "{{}}",
        "{{source_text and more}}",
        "{{source_text: \"…\"}}",
        "{{\"source_text\": 1}}",
        "{{#tone}}x{{/tone}}",
        "${source_text}",
        "[[source_text]]",
        "<source_text>",
        "}}source_text{{",
        "{{source_text{{",
        "}}source_text}}",
        "{tone:{{w}}}",
        "{{a.b}} {{0}}",
    ] {
        assert_eq!(escaped(template), (Vec::new(), template.to_owned()), "{template}");
    }
}

#[test]
fn escaped_variables_are_listed_up_to_a_bound_and_all_corrected() {
    let template = "{{w}}".repeat(10_000);
    let found = check(&template, &own()).warnings;
    assert_eq!(found.iter().filter(|w| w.code == WarningCode::VariableEscaped).count(), 100);
    assert_eq!(Template::parse(&template).with_single_braces(&own()), "{w}".repeat(10_000));
}

#[test]
fn mustache_within_pasted_json_is_mended_to_a_field() {
    assert_problems(
        r#"{"text": "{{source_text}}"}"#,
        &[r#"unknown_variable 1:1 {"text": "{{source_text}}"} => {{"text": "{source_text}"}}"#],
    );
}

#[test]
fn an_own_variable_with_the_name_of_a_younger_built_in_one_counts() {
    let own = BTreeMap::from([("volume_title".to_owned(), "5".to_owned())]);
    let template = Template::parse("{volume_title}{chapter_number:{volume_title}}");
    assert_eq!(template.check(&own).problems, []);
    let values =
        colophon_template::Values { built_ins: colophon_template::BuiltInValues::SAMPLES, own: &own };
    assert_eq!(template.render(&values).as_deref(), Ok("5    1"));
    let problems = template.check(&BTreeMap::new()).problems;
    assert_eq!(problems[0].code, ProblemCode::NestedTextField, "as a built-in one it is text");
}

#[test]
fn a_variable_is_renamed_in_every_field_and_nowhere_else() {
    let template = Template::parse("{w}{w!r:>{w}} w {{w}} {ww} { w }{tone:{w}");
    assert_eq!(template.with_renamed_variable("w", "幅"), "{幅}{幅!r:>{幅}} w {{w}} {ww} { w }{tone:{幅}");
    assert_eq!(template.with_renamed_variable("none", "x"), template.text());
}

#[test]
fn pieces_set_variables_off() {
    let template = Template::parse("夜{{ {tone!r:>{w}} {nope} {a.b} }");
    let pieces = template.pieces(&own());
    let fields: Vec<_> = pieces
        .iter()
        .filter(|piece| piece.kind != PieceKind::Literal)
        .map(|piece| (piece.kind, piece.text, piece.name, piece.bytes.start, piece.characters.clone()))
        .collect();
    assert_eq!(
        fields,
        [
            (PieceKind::EscapedBrace, "{{", None, 3, 1..3),
            (PieceKind::Variable, "{tone!r:>{w}}", Some("tone"), 6, 4..17),
            (PieceKind::UnknownVariable, "{nope}", Some("nope"), 20, 18..24),
            (PieceKind::Refused, "{a.b}", Some("a.b"), 27, 25..30),
            (PieceKind::Refused, "}", None, 33, 31..32),
        ]
    );
}

#[test]
fn codes_are_distinct_snake_case() {
    let codes = ProblemCode::ALL.iter().map(|code| code.as_str());
    let codes: Vec<_> = codes.chain(WarningCode::ALL.iter().map(|code| code.as_str())).collect();
    assert!(codes.iter().all(|code| code.chars().all(|one| one.is_ascii_lowercase() || one == '_')));
    let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
    assert_eq!(distinct.len(), codes.len());
}
