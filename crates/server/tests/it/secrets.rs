//! What a server knows and nobody is told: not where it is configured, not when it fails, not in its log.

use std::path::Path;

use colophon_test_support::{Engine, TestDatabase, on_both_engines};
use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::{
    binary::{self, colophon},
    chaos::server::Server,
};

const PASSWORD: &str = "planted battery staple";

#[test]
fn no_failure_tells_the_password_of_a_database() {
    let folder = tempfile::tempdir().expect("a folder");
    for url in [
        "postgres://u:planted@127.0.0.1:1/x",
        "postgres://u:planted@host:notaport/x",
        "postgres://u:planted@[::1/x",
        "postgres://u:planted@127.0.0.1:1/x?sslmode=planted",
        "mysql://u:planted@127.0.0.1/x",
        "postgres:u:planted@h",
        "u:planted@h",
    ] {
        let config = folder.path().join("colophon.toml");
        std::fs::write(&config, "[database]\nacquire_timeout_s = 1\n").expect("written");
        for arguments in [&["user", "list"][..], &["migrate", "status"], &["serve"]] {
            let output = colophon(folder.path(), url).args(arguments).output().expect("the binary");
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(!output.status.success() && !said.is_empty(), "{url} {arguments:?}");
            assert!(!said.contains("planted"), "{url} {arguments:?}: {said}");
        }
    }
}

#[test]
fn no_mistake_in_the_configuration_tells_what_stands_there() {
    let folder = tempfile::tempdir().expect("a folder");
    for toml in [
        "[database]\nurl = \"postgres://u:planted@h/x",
        "[database]\nurl = postgres://u:planted@h/x",
        "[database]\nurl = [\"postgres://u:planted@h/x\"]",
        "database = \"postgres://u:planted@h/x\"",
        "[[providers]]\nname = \"a\"\nbase_url = \"http://u:planted@h/v1\"",
        "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nheaders = { \"X-Key\" = \"planted\\u0001\" }",
        "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nheaders = { Authorization = \"Bearer planted\" }",
        "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nheaders = \"planted\"",
        "[api]\npublic_url = \"https://u:planted@h\"",
    ] {
        std::fs::write(folder.path().join("colophon.toml"), toml).expect("written");
        let mut command = colophon(folder.path(), "");
        let output = command.env_remove("COLOPHON_DATABASE_URL").args(["user", "list"]).output();
        let output = output.expect("the binary");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!output.status.success() && said.starts_with("colophon: "), "{toml}: {said}");
        assert!(!said.contains("planted"), "{toml}: {said}");
    }
}

/// Adds a user by the command, and perhaps disables them.
fn add_user(folder: &Path, url: &str, name: &str, disabled: bool) {
    use std::io::Write as _;
    let arguments = ["user", "add", name, "--role", "viewer", "--password-stdin"];
    let mut command = binary::colophon(folder, url);
    let mut process =
        command.args(arguments).stdin(std::process::Stdio::piped()).spawn().expect("the binary");
    process.stdin.take().expect("a pipe").write_all(PASSWORD.as_bytes()).expect("told");
    assert!(process.wait().expect("its end").success());
    if disabled {
        let ended = binary::colophon(folder, url).args(["user", "disable", name]).status();
        assert!(ended.expect("the binary").success());
    }
}

/// How much memory a server has, where the system tells.
fn resident_kb(server: &Server) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// How many passwords a server has compared with a hash.
async fn checked(client: &Client, server: &Server) -> u64 {
    let text = client.get(server.url("/metrics")).send().await.expect("metrics").text().await.expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix("colophon_passwords_checked_total "));
    line.expect("the count").parse().expect("a number")
}

#[on_both_engines]
async fn every_failed_sign_in_costs_one_hash_and_tells_nothing(database: TestDatabase) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().expect("a folder");
    let url = database.url();
    std::fs::write(folder.path().join("colophon.toml"), "[api]\nsign_in_burst = 100\n").expect("written");
    let up = colophon(folder.path(), url).args(["migrate", "up"]).output().expect("the binary");
    assert!(up.status.success());
    add_user(folder.path(), url, "mika", false);
    add_user(folder.path(), url, "gone", true);
    let server = Server::start(folder.path(), url);
    let client = Client::builder().no_proxy().build().expect("a client");
    for _ in 0..300 {
        if client.get(server.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let sign_in = async |name: &str, password: &str| {
        let body = json!({"name": name, "password": password});
        let call = client.post(server.url("/api/v1/session")).json(&body);
        call.send().await.expect("an answer").status()
    };
    for (name, password, status) in [
        ("mika", "planted but wrong", StatusCode::UNAUTHORIZED),
        ("nobody", PASSWORD, StatusCode::UNAUTHORIZED),
        ("gone", PASSWORD, StatusCode::UNAUTHORIZED),
        ("mika", PASSWORD, StatusCode::CREATED),
    ] {
        let before = checked(&client, &server).await;
        assert_eq!(sign_in(name, password).await, status, "{name}");
        assert_eq!(checked(&client, &server).await, before + 1, "{name}");
    }
    // Each took 19 MiB, in whatever thread: none of it stays.
    let before = resident_kb(&server);
    let many = (0..24).map(|n| {
        let sign_in = &sign_in;
        async move { sign_in(&format!("nobody {n}"), PASSWORD).await }
    });
    futures::future::join_all(many).await;
    if let (Some(before), Some(after)) = (before, resident_kb(&server)) {
        assert!(after < before + 60 * 1024, "{before} kB, then {after} kB");
    }
    let log = server.log();
    assert!(log.contains("sign_in_failed") && !log.contains("planted"), "{log}");
    let password = database.url().split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    if database.engine() == Engine::Postgres
        && let Some((user, _)) = password
        && let Some((_, secret)) = user.split_once(':')
    {
        assert!(!log.contains(secret), "the database's password is in the log");
    }
}
