use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use colophon_fuzz_targets::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn every_kept_input_holds() {
    for (name, check) in TARGETS {
        let inputs = list(&fuzz().join("corpus").join(name));
        assert!(inputs.len() > 10, "{name} has a corpus");
        for input in inputs {
            let data = fs::read(&input).expect("an input can be read");
            assert!(catch_unwind(|| check(&data)).is_ok(), "{name}: {}", input.display());
        }
    }
}

#[test]
fn no_input_at_all_holds() {
    for (_, check) in TARGETS {
        check(b"");
        check(&[0]);
        check(&[0xff; 64]);
    }
}

#[test]
fn every_target_can_be_fuzzed() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stem = |path: PathBuf| path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    let fuzzed: BTreeSet<String> = list(&fuzz().join("fuzz_targets")).into_iter().map(stem).collect();
    assert_eq!(known, fuzzed);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for name in &known {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is a binary of fuzz/Cargo.toml");
    }
}
