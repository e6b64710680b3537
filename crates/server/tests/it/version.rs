//! The version: one for the workspace, the changelog, the API's document and the binary.

use std::{path::Path, process::Command};

use crate::binary::colophon;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn printed(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = colophon(folder.path(), "sqlite:nowhere.db").args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(root()).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn the_binary_says_its_version_and_commit() {
    let line = printed(&["--version"]);
    let about = line.strip_prefix("colophon ").and_then(|rest| rest.strip_suffix('\n')).expect("a line");
    let is_checkout = git(&["rev-parse", "--show-toplevel"])
        .is_some_and(|top| Path::new(&top).canonicalize().ok() == root().canonicalize().ok());
    let commit = about.strip_prefix(&format!("{VERSION} (")).and_then(|rest| rest.strip_suffix(')'));
    match commit {
        // There may be a newer one since the build.
        Some(commit) if is_checkout => {
            assert_eq!(commit.len(), 12, "{about}");
            assert!(
                git(&["cat-file", "-e", &format!("{commit}^{{commit}}")]).is_some(),
                "{about}: no commit"
            );
        }
        Some(_) => {}
        None => assert!(about == VERSION && !is_checkout, "{about}"),
    }
}

#[test]
fn the_document_has_the_version_of_the_workspace() {
    let document: serde_json::Value = serde_json::from_str(&printed(&["openapi"])).expect("JSON");
    assert_eq!(document["info"]["version"], VERSION);
}

/// A section of the changelog: version, date, and the headings in it.
type Section = (String, String, Vec<String>);

/// The sections in their order. `Unreleased` has no date.
fn sections(changelog: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in changelog.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let (version, date) = heading.split_once(" - ").unwrap_or((heading, ""));
            let version = version.strip_prefix('[').and_then(|version| version.strip_suffix(']'));
            let version = version.unwrap_or_else(|| panic!("{line}: a version stands in brackets"));
            sections.push((version.to_owned(), date.to_owned(), Vec::new()));
        } else if let Some(kind) = line.strip_prefix("### ") {
            sections.last_mut().expect("a version comes first").2.push(kind.to_owned());
        }
    }
    sections
}

#[test]
fn the_changelog_keeps_its_form_and_its_newest_version_is_the_workspaces() {
    const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    let changelog = std::fs::read_to_string(root().join("CHANGELOG.md")).expect("the changelog");
    let sections = sections(&changelog);
    let (unreleased, released) = sections.split_first().expect("sections");
    assert_eq!((unreleased.0.as_str(), unreleased.1.as_str()), ("Unreleased", ""));
    assert_eq!(released.first().map(|section| section.0.as_str()), Some(VERSION));
    let number = |version: &str| {
        let parts: Vec<u32> = version.split('.').map(|part| part.parse().expect("a number")).collect();
        <[u32; 3]>::try_from(parts).expect("MAJOR.MINOR.PATCH")
    };
    for pair in released.windows(2) {
        assert!(number(&pair[0].0) > number(&pair[1].0) && pair[0].1 >= pair[1].1, "newest first: {pair:?}");
    }
    for (version, date, kinds) in released {
        let digits: Vec<usize> = date.split('-').map(str::len).collect();
        assert!(
            digits == [4, 2, 2] && date.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()),
            "{date}"
        );
        assert!(!kinds.is_empty(), "{version} says nothing");
    }
    for (version, _, kinds) in &sections {
        let places: Vec<_> = kinds.iter().map(|kind| KINDS.iter().position(|known| known == kind)).collect();
        let in_order = places.iter().all(Option::is_some) && places.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(in_order, "{version}: {kinds:?}, not in the order of {KINDS:?}");
    }
}
