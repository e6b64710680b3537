//! The version that `colophon --version` prints: the package's, and the commit where this is a git checkout.
//!
//! Neither git nor the `.git` folder is needed: without them the version stands alone. A build from an archive may name
//! its commit in `COLOPHON_COMMIT`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const COMMIT: &str = "COLOPHON_COMMIT";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let version = env!("CARGO_PKG_VERSION");
    let version = match named_commit().or_else(|| find_commit(&root)) {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo:rustc-env=COLOPHON_VERSION={version}");
}

fn named_commit() -> Option<String> {
    env::var(COMMIT).ok().map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}

/// The first twelve digits of the commit that is checked out at `root`. A checkout in which `root` is only a folder is
/// somebody else's.
fn find_commit(root: &Path) -> Option<String> {
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    // A commit, a checkout or a reset writes one of these.
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "logs/HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let file = git(root, &["rev-parse", "--git-path", name]).map(|file| root.join(file));
        if let Some(file) = file.filter(|file| file.is_file()) {
            println!("cargo:rerun-if-changed={}", file.display());
        }
    }
    git(root, &["rev-parse", "--short=12", "HEAD"])
}

/// What git prints; `None` where it is not there or fails.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
