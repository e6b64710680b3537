//! Starts the tests' PostgreSQL for several processes:
//!
//! - `test-postgres run -- COMMAND…` runs the command with its own cluster, whose URL is in
//!   `COLOPHON_TEST_POSTGRES_URL`, and exits with the command's status. Without PostgreSQL, it runs the
//!   command without a cluster.
//! - `test-postgres start` prints the URL of a cluster that runs until `test-postgres stop`.

use std::{
    io::{self, Write},
    process::{Command, ExitCode},
};

use colophon_test_support::{Cluster, URL_VARIABLE, start_free, stop_free};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", "--", program, arguments @ ..] => run(program, arguments),
        ["start"] => start(),
        ["stop"] => stop_free().map(|()| ExitCode::SUCCESS),
        _ => Err(io::Error::other("usage: test-postgres run -- COMMAND… | start | stop")),
    };
    result.unwrap_or_else(|error| {
        writeln!(io::stderr(), "{error}").ok();
        ExitCode::from(2)
    })
}

fn run(program: &str, arguments: &[&str]) -> io::Result<ExitCode> {
    let cluster = if std::env::var_os(URL_VARIABLE).is_some() { None } else { Cluster::start()? };
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(cluster) = &cluster {
        command.env(URL_VARIABLE, cluster.url());
    }
    let status = command.status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

fn start() -> io::Result<ExitCode> {
    let Some(url) = start_free()? else {
        return Err(io::Error::other("no PostgreSQL here (set PG_BIN to the folder of its programs)"));
    };
    writeln!(io::stdout(), "{url}")?;
    Ok(ExitCode::SUCCESS)
}
