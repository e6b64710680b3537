//! Files imported on the command line.

use crate::binary::colophon;
use colophon_test_support::{TestDatabase, on_both_engines};
use std::path::Path;

const BOOK: &str = "銀河鉄道の夜\n宮沢賢治\n\n一　午後の授業\n\n「ではみなさんは」\n\n二　活版所\n\n｜学校《がっこう》の門。\u{1b}[31m\n";

/// Whether the command succeeds, and what it says.
fn run(folder: &Path, url: &str, arguments: &[&str]) -> (bool, String) {
    let output = colophon(folder, url).args(arguments).output().expect("the binary");
    let said = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

#[on_both_engines]
async fn a_file_is_previewed_and_then_imported(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ginga.txt"), BOOK).expect("written");
    // There may be no database yet, and a preview makes none.
    let (ok, said) = run(folder.path(), "sqlite:none.db", &["import", "--dry-run", "ginga.txt"]);
    assert!(
        ok && said.contains("not compared with imported works") && said.contains("一　午後の授業"),
        "{said}"
    );
    assert!(!folder.path().join("none.db").exists());
    let run = |arguments: &[&str]| run(folder.path(), database.url(), arguments);
    assert!(run(&["migrate", "up"]).0);
    let preview = ["import", "--dry-run", "--target-language", "ja", "--ruby", "keep", "ginga.txt"];
    let (ok, said) = run(&preview);
    assert!(ok, "{said}");
    for line in [
        "  title:     銀河鉄道の夜",
        "  author:    宮沢賢治",
        "  languages: ja to ja",
        "  format:    text, UTF-8",
        "  chapters:  2",
        "       1           9  一　午後の授業 | 「ではみなさんは」",
        "二　活版所 | 学校（がっこう）の門。",
        "  same_language: ",
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(!said.contains('\u{1b}') && !said.contains("already_imported"), "{said}");

    let (ok, said) = run(&["import", "ginga.txt"]);
    assert!(ok && said.contains("work 1: 銀河鉄道の夜 by 宮沢賢治, 2 chapters"), "{said}");
    for (arguments, chapters) in [(&["--split", "none"], 1), (&["--pattern", "^二"], 2)] {
        let (ok, said) = run(&[&["import"][..], arguments, &["ginga.txt"]].concat());
        assert!(
            ok && said.contains(&format!("{chapters} chapters")) && said.contains("already_imported: "),
            "{said}"
        );
    }
    let (ok, said) = run(&preview);
    assert!(ok && said.contains("already_imported: This file was imported before, as work 3."), "{said}");
}

#[on_both_engines]
async fn an_option_that_is_wrong_is_named(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ginga.txt"), BOOK).expect("written");
    let run = |arguments: &[&str]| run(folder.path(), database.url(), arguments);
    assert!(run(&["migrate", "up"]).0);
    for (arguments, rule) in [
        (&["--encoding", "utf-9"][..], "utf-9"),
        (&["--split", "toc-3"], "toc-3"),
        (&["--split", "pattern"], "pattern"),
        (&["--pattern", "("], "unclosed group"),
        (&["--split", "auto", "--pattern", "x"], "pattern"),
        (&["--ruby", "some"], "ruby"),
        (&["--notes", "some"], "notes"),
        (&["--title", "a\tb"], "title"),
        (&["--title", "x", "ginga.txt"], "one file"),
    ] {
        let (ok, said) = run(&[&["import"][..], arguments, &["ginga.txt"]].concat());
        assert!(!ok && said.contains(rule), "{arguments:?}: {said}");
    }
    let (_, listed) = run(&["verify"]);
    assert!(!listed.contains("work 1"), "nothing was imported: {listed}");
}
