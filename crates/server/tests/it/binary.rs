use std::{path::Path, process::Command};

/// The binary in a folder of its own, on a database, heedless of what the environment has for it.
pub(crate) fn colophon(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colophon"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLOPHON_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("COLOPHON_DATABASE_URL", url).stdin(std::process::Stdio::null());
    command
}
