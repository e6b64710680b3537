//! CPython as the judge: a case is a template and values, in the lines that
//! `scripts/template-oracle/oracle.py` reads.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use colophon_template::{BuiltInValues, Template, Value, Values};
use serde_json::{Value as Json, json};

/// Values of the built-in variables, owned.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) template: String,
    pub(crate) built_ins: serde_json::Map<String, Json>,
    pub(crate) own: BTreeMap<String, String>,
}

impl Case {
    /// A case with the samples of the built-in variables.
    pub(crate) fn with_samples(template: String, own: BTreeMap<String, String>) -> Self {
        let sample = |variable: &colophon_template::BuiltIn| match variable.sample {
            Value::Text(text) => (variable.name.to_owned(), json!(text)),
            Value::Integer(number) => (variable.name.to_owned(), json!(number)),
        };
        Self { template, built_ins: colophon_template::BUILT_INS.iter().map(sample).collect(), own }
    }

    pub(crate) fn from_json(line: &Json) -> Self {
        let own = serde_json::from_value(line["own"].clone()).expect("own variables");
        let built_ins = line["built_ins"].as_object().expect("built-in variables").clone();
        Self { template: line["template"].as_str().expect("a template").to_owned(), built_ins, own }
    }

    fn to_json(&self) -> Json {
        json!({"template": self.template, "built_ins": self.built_ins, "own": self.own})
    }

    /// What this crate makes of the case.
    pub(crate) fn render(&self) -> Result<String, colophon_template::RenderError> {
        let text = |name: &str| self.built_ins[name].as_str().expect("text");
        let integer = |name: &str| self.built_ins[name].as_i64().expect("an integer");
        let built_ins = BuiltInValues {
            work_title: text("work_title"),
            work_author: text("work_author"),
            source_language: text("source_language"),
            target_language: text("target_language"),
            chapter_title: text("chapter_title"),
            // The golden cases are older.
            volume_title: self.built_ins.get("volume_title").and_then(Json::as_str).unwrap_or_default(),
            chapter_number: integer("chapter_number"),
            segment_number: integer("segment_number"),
            segment_count: integer("segment_count"),
            source_text: text("source_text"),
            preceding: text("preceding"),
            instruction: text("instruction"),
        };
        Template::parse(&self.template).render(&Values { built_ins, own: &self.own })
    }

    /// Panics where this crate and CPython's `verdict` (`{"text"}` or `{"refused"}`) differ.
    pub(crate) fn assert_agrees(&self, verdict: &Json) {
        let rendered = self.render();
        let agree = match (&rendered, verdict["text"].as_str()) {
            (Ok(text), Some(expected)) => text == expected,
            (Err(_), None) => verdict["refused"].is_string(),
            _ => false,
        };
        assert!(agree, "{}\n  here:    {rendered:?}\n  CPython: {verdict}", self.to_json());
    }
}

/// Says something on stdout past the harness, which hides what passing tests print.
pub(crate) fn tell(what: &str) {
    writeln!(std::io::stdout(), "{what}").expect("stdout");
}

/// Says that a comparison is skipped, and why.
///
/// # Panics
/// With `CI=true` in the environment, where no test may be left out.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "with CI=true no test is skipped: {why}");
    tell(&format!("skipped: {why}"));
}

/// CPython's verdicts on `cases`, in order, or why it cannot be asked: Unicode tables and the mini-language
/// differ from version to version, so that only 3.11 will do.
pub(crate) fn ask_python(cases: &[Case]) -> Result<Vec<Json>, String> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/template-oracle/oracle.py");
    let mut found = Vec::new();
    for python in ["python3.11", "python3"] {
        let spawned = Command::new(python).arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = spawned else { continue };
        let mut output = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let about = output.next().and_then(Result::ok).unwrap_or_default();
        let about: Json = serde_json::from_str(&about).unwrap_or_default();
        if about != json!({"python": [3, 11], "unicode": "14.0.0"}) {
            found.push(format!("{python}: {about}"));
            drop(child.stdin.take());
            let _ = child.wait();
            continue;
        }
        let mut input = child.stdin.take().expect("stdin");
        let lines: Vec<String> = cases.iter().map(|case| case.to_json().to_string()).collect();
        let writer = std::thread::spawn(move || {
            for line in lines {
                writeln!(input, "{line}").expect("the oracle reads all cases");
            }
        });
        let verdicts = output.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"));
        let verdicts: Vec<Json> = verdicts.collect();
        writer.join().expect("all cases written");
        assert!(child.wait().expect("the oracle ends").success());
        assert_eq!(verdicts.len(), cases.len());
        return Ok(verdicts);
    }
    Err(format!("no CPython 3.11 here (found: {found:?})"))
}
