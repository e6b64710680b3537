//! `SECURITY.md` against the tests that it names.

use std::path::Path;

/// What stands in backquotes and has the form `file::function`, or `file::title` of a browser test.
fn named(text: &str) -> Vec<(&str, &str)> {
    text.split('`')
        .filter_map(|quoted| quoted.rsplit_once("::"))
        .filter(|(file, _)| file.ends_with(".rs") || file.ends_with(".spec.ts"))
        .collect()
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let tests = named(row);
        assert!(!tests.is_empty(), "no test is named in\n{row}");
        for (file, function) in tests {
            let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            let begins = if file.ends_with(".rs") {
                format!("fn {function}(")
            } else {
                format!("test(\"{function}\"")
            };
            assert!(source.contains(&begins), "{file} has no {function}");
        }
    }
}
