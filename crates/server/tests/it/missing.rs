//! A database that is not there, or not to be had as the URL asks.

use std::path::Path;

use crate::binary;

struct Ended {
    success: bool,
    said: String,
}

fn colophon(folder: &Path, url: &str, arguments: &[&str]) -> Ended {
    let output = binary::colophon(folder, url).args(arguments).output().expect("the binary");
    let said = [output.stdout, output.stderr].concat();
    Ended { success: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").next().is_none()
}

const COMMANDS: &[&[&str]] = &[
    &["migrate", "status"],
    &["migrate", "down"],
    &["user", "list"],
    &["user", "disable", "mika"],
    &["token", "add", "importer"],
    &["import", "/dev/null"],
    &["verify"],
    &["anchors"],
];

#[test]
fn a_mistyped_file_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in COMMANDS {
        let ended = colophon(folder.path(), "sqlite:data/mistyped.db", arguments);
        assert!(!ended.success && ended.said.contains("data/mistyped.db"), "{arguments:?}: {}", ended.said);
        assert!(is_empty(folder.path()), "{arguments:?}");
    }
}

#[test]
fn a_database_that_is_there_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "sqlite:data/colophon.db?mode=rwc";
    let up = colophon(folder.path(), url, &["migrate", "up"]);
    assert!(up.success, "{}", up.said);
    for arguments in [
        &["migrate", "status"][..],
        &["user", "list"],
        &["token", "add", "importer"],
        &["verify"],
        &["anchors"],
    ] {
        let ended = colophon(folder.path(), url, arguments);
        assert!(ended.success, "{arguments:?}: {}", ended.said);
    }
}

#[test]
fn parameters_that_are_not_heeded_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["serve"][..], &["migrate", "up"], &["user", "list"]] {
        let ended = colophon(folder.path(), "sqlite:colophon.db?mode=ro", arguments);
        assert!(!ended.success && ended.said.contains("mode=ro"), "{arguments:?}: {}", ended.said);
        assert!(is_empty(folder.path()), "{arguments:?}");
    }
}
