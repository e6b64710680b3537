//! Databases are each test's own, and PostgreSQL goes when the tests do.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use colophon_test_support::{Engine, Fixture, TestDatabase, URL_VARIABLE, on_both_engines};
use sea_orm::ConnectionTrait;

#[on_both_engines]
async fn a_database_is_migrated_and_empty_and_ones_own(first: TestDatabase) {
    let second = TestDatabase::fresh(first.engine()).await;
    for database in [&first, &second] {
        let insert =
            "INSERT INTO works (id, title, author, source_language, target_language, created_at, updated_at)
            VALUES (1, 'x', '', 'ja', 'en', '2026-11-22T10:00:00+00:00', '2026-11-22T10:00:00+00:00')";
        database.connect().await.execute_unprepared(insert).await.expect("no such row is there yet");
    }
    let url = first.url().to_owned();
    drop(first);
    if let Some(file) = url.strip_prefix("sqlite://") {
        assert!(!Path::new(file).exists());
    } else {
        assert!(sea_orm::Database::connect(url).await.is_err());
    }
}

/// Without the cluster that this process itself may have been given.
fn test_postgres(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_test-postgres"));
    command.args(arguments).env_remove(URL_VARIABLE);
    command
}

fn stdout(output: Output) -> String {
    String::from_utf8(output.stdout).expect("it prints UTF-8").trim().to_owned()
}

/// The folder of a cluster, from its URL.
fn folder(url: &str) -> PathBuf {
    let (_, options) = url.split_once("?host=").expect("a socket is named");
    PathBuf::from(options.split('&').next().unwrap_or_default())
}

#[test]
fn a_command_is_run_beside_a_cluster_that_ends_with_it() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let script = format!("echo \"${URL_VARIABLE}\"; exit 7");
    let output = test_postgres(&["run", "--", "sh", "-c", &script]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(7));
    let url = stdout(output);
    assert!(url.starts_with("postgres://"), "{url}");
    assert!(!folder(&url).exists());
}

#[test]
fn a_cluster_ends_though_its_process_was_killed() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let script = format!("echo \"${URL_VARIABLE}\"; cat");
    let mut command = test_postgres(&["run", "--", "sh", "-c", &script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut url).expect("it prints");
    let folder = folder(url.trim());
    assert!(folder.exists());
    child.kill().expect("it can be killed");
    child.wait().expect("it was killed");
    let is_gone = || {
        std::thread::sleep(Duration::from_millis(20));
        !folder.exists()
    };
    assert!((0..3_000).any(|_| is_gone()), "the cluster goes on");
}

#[test]
fn a_machine_without_postgres_is_told_from_a_broken_one() {
    let script = format!("echo \"[${URL_VARIABLE}]\"");
    let mut run = test_postgres(&["run", "--", "sh", "-c", &script]);
    assert_eq!(stdout(run.env("PG_BIN", "/nonexistent").output().expect("it starts")), "[]");

    let mut start = test_postgres(&["start"]);
    let output = start.env("PG_BIN", "/nonexistent").output().expect("it starts");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no PostgreSQL here"));

    let broken = tempfile::tempdir().expect("a folder can be made");
    for program in ["initdb", "postgres"] {
        std::fs::write(broken.path().join(program), "").expect("a file can be made");
    }
    let mut run = test_postgres(&["run", "--", "true"]);
    let output = run.env("PG_BIN", broken.path()).output().expect("it starts");
    assert!(String::from_utf8_lossy(&output.stderr).contains("PostgreSQL did not start"));
}

#[test]
fn with_ci_a_missing_postgres_fails_its_tests() {
    let half = |ci: Option<&str>| {
        let mut tests = Command::new(std::env::current_exe().expect("this program"));
        tests.args(["--exact", "a_database_is_migrated_and_empty_and_ones_own::postgres", "--nocapture"]);
        tests.env("PG_BIN", "/nonexistent").env_remove(URL_VARIABLE).env_remove("CI");
        tests.envs(ci.map(|ci| ("CI", ci)));
        let output = tests.output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).expect("it prints UTF-8"))
    };
    for ci in [None, Some("false")] {
        let (passes, said) = half(ci);
        assert!(passes && said.contains("skipped: no PostgreSQL here"), "{said}");
    }
    let (passes, said) = half(Some("true"));
    assert!(!passes && said.contains("with CI=true no test is skipped: no PostgreSQL here"), "{said}");
}
