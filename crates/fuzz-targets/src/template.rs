//! Templates, their own variables, and values.

use std::collections::BTreeMap;

use colophon_template::{
    BuiltInValues, MAX_RENDERED, RenderError, Span, Template, Values, check, check_own_variable,
};

/// A template, and after each further U+0000 in turn the name and the value of a variable of its own.
///
/// Every problem is where it says, and mends what it says it mends; the parts make the whole; what a check passes
/// renders, and nothing else does; values are never read as templates, whatever they hold.
pub fn check_template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let template = parts.next().unwrap_or_default();
    let mut own = BTreeMap::new();
    while let Some(name) = parts.next() {
        own.insert(name.to_owned(), parts.next().unwrap_or_default().to_owned());
    }
    let parsed = Template::parse(template);
    assert_eq!(parsed.text(), template);
    check_pieces(&parsed, &own);
    check_problems(&parsed, &own);
    check_rendering(&parsed, &own, &text);
    check_escaping(template, &own);
}

fn check_pieces(parsed: &Template, own: &BTreeMap<String, String>) {
    let (mut bytes, mut characters) = (0, 0);
    for piece in parsed.pieces(own) {
        assert_eq!((piece.bytes.start, piece.characters.start), (bytes, characters), "a gap");
        assert_eq!(piece.text, &parsed.text()[piece.bytes.clone()]);
        assert_eq!(piece.text.chars().count(), piece.characters.len());
        assert!(piece.name.is_none_or(|name| piece.text.contains(name)));
        (bytes, characters) = (piece.bytes.end, piece.characters.end);
    }
    assert_eq!(bytes, parsed.text().len(), "the parts are the whole");
}

fn check_problems(parsed: &Template, own: &BTreeMap<String, String>) {
    let found = parsed.check(own);
    assert_eq!(found, check(parsed.text(), own));
    let places = Places::new(parsed.text());
    for problem in &found.problems {
        assert_eq!(places.text_at(&problem.span), problem.text);
        assert!(!problem.detail.is_empty());
        if let Some(suggestion) = &problem.suggestion {
            assert_ne!(
                places.text_at(&suggestion.span),
                suggestion.replacement,
                "a change that changes nothing"
            );
            let mended = suggestion.apply(parsed.text());
            assert_eq!(
                mended.len() + places.text_at(&suggestion.span).len(),
                parsed.text().len() + suggestion.replacement.len()
            );
        }
    }
    for warning in &found.warnings {
        if let (Some(span), Some(suggestion)) = (&warning.span, &warning.suggestion) {
            let name = warning.variable.as_deref().expect("a variable at that place");
            let text = places.text_at(span);
            assert!(text.starts_with("{{") && text.contains(name) && text.ends_with("}}"));
            assert_eq!(suggestion.replacement, format!("{{{name}}}"));
        }
    }
    let corrected = Template::parse(&parsed.with_single_braces(own));
    assert_eq!(
        corrected.check(own).problems.is_empty(),
        found.problems.is_empty(),
        "no problem comes or goes"
    );
    let values = Values { built_ins: BuiltInValues::SAMPLES, own };
    for name in &found.variables_used {
        assert!(values.find(name).is_some(), "a variable that there is not");
    }
    let rendered = parsed.render(&values);
    assert_eq!(rendered.is_ok(), found.problems.is_empty(), "a check is a rendering that tells everything");
    if let Err(RenderError { problem }) = rendered {
        assert_eq!(places.text_at(&problem.span), problem.text);
    }
}

fn check_rendering(parsed: &Template, own: &BTreeMap<String, String>, hostile: &str) {
    for number in [i64::MIN, -1, 0, 10_000, i64::MAX] {
        let built_ins = BuiltInValues {
            work_title: hostile,
            work_author: "",
            source_language: "{source_language}",
            target_language: "}{",
            chapter_title: "\u{202e}{chapter_title!r:>{segment_count}}\u{0}",
            volume_title: "{volume_title}}",
            chapter_number: number,
            segment_number: number,
            segment_count: number,
            source_text: hostile,
            preceding: "{{}}",
            instruction: "\u{feff}\u{fffd}",
        };
        let values = Values { built_ins, own };
        if let Ok(rendered) = parsed.render(&values) {
            assert!(rendered.chars().count() <= MAX_RENDERED);
            let messages = parsed.messages(&values).expect("what renders can be sent");
            assert_eq!(messages[0].content, rendered);
            assert_eq!(messages.len(), if parsed.uses_source_text() { 1 } else { 2 });
            assert!(messages.get(1).is_none_or(|segment| segment.content == hostile));
        }
    }
}

/// Text with its braces doubled is itself, and so is the value of a variable.
fn check_escaping(text: &str, own: &BTreeMap<String, String>) {
    let values = Values { built_ins: BuiltInValues { source_text: text, ..BuiltInValues::SAMPLES }, own };
    let escaped = text.replace('{', "{{").replace('}', "}}");
    assert_eq!(Template::parse(&escaped).render(&values).as_deref(), Ok(text));
    assert_eq!(Template::parse("{source_text}").render(&values).as_deref(), Ok(text));
    for (name, value) in own.iter().filter(|(name, _)| check_own_variable(name).is_ok()) {
        let template = Template::parse(&format!("{{{name}}}"));
        assert_eq!(template.render(&values).as_ref(), Ok(value), "{name:?}");
    }
}

/// Finds places anew, in a way of its own.
struct Places {
    characters: Vec<char>,
    /// For each place, the last one included: line and column, from 1.
    lines: Vec<(usize, usize)>,
}

impl Places {
    fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut lines = vec![(1, 1)];
        for (at, character) in characters.iter().enumerate() {
            let (line, column) = lines[at];
            lines.push(if *character == '\n' { (line + 1, 1) } else { (line, column + 1) });
        }
        Self { characters, lines }
    }

    fn text_at(&self, span: &Span) -> String {
        assert_eq!(self.lines[span.offset], (span.line, span.column));
        self.characters[span.offset..span.offset + span.length].iter().collect()
    }
}
