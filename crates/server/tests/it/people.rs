//! Users and tokens as they are made on the command line.

use crate::binary::colophon;
use crate::chaos::server::Server;
use colophon_test_support::{TestDatabase, on_both_engines};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

/// Runs the binary with something on its standard input; answers with what it said besides.
fn run(folder: &Path, url: &str, arguments: &[&str], input: &str) -> (Output, String) {
    let mut command = colophon(folder, url);
    let pipes = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = pipes.spawn().expect("the binary");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).ok();
    let output = process.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    (output, said)
}

async fn ready(client: &Client, server: &Server) {
    for _ in 0..300 {
        if client.get(server.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it is never ready: {}", server.log());
}

#[on_both_engines]
async fn a_value_that_breaks_a_rule_is_named_with_its_rule(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str], input: &str| run(folder.path(), database.url(), arguments, input);
    assert!(run(&["migrate", "up"], "").0.status.success());
    let add = |name: &str, password: &str| {
        run(&["user", "add", name, "--role", "viewer", "--password-stdin"], password)
    };
    for (name, password, rule) in [
        ("mika", "too short", "password: must have 10 to 256 characters"),
        ("\u{202e}akim", "correct horse", "name: must not contain U+202E"),
        (" ", "correct horse", "name: must not be blank"),
    ] {
        let (output, said) = add(name, password);
        assert!(!output.status.success() && said.contains(rule), "{said}");
        assert!(!said.contains(password), "{said}");
    }
    let (output, said) = run(&["token", "add", "ci\u{200b}"], "");
    assert!(!output.status.success() && said.contains("name: must not contain U+200B"), "{said}");
}

#[on_both_engines]
async fn who_is_disabled_answers_for_no_new_token(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str], input: &str| run(folder.path(), database.url(), arguments, input);
    assert!(run(&["migrate", "up"], "").0.status.success());
    assert!(
        run(&["user", "add", "mika", "--role", "viewer", "--password-stdin"], "correct horse")
            .0
            .status
            .success()
    );
    assert!(run(&["token", "add", "first", "--owner", "mika"], "").0.status.success());
    assert!(run(&["user", "disable", "mika"], "").0.status.success());
    let (output, said) = run(&["token", "add", "second", "--owner", "mika"], "");
    assert!(!output.status.success() && said.contains("mika is disabled"), "{said}");
    assert!(!said.contains("clp_"), "{said}");
    let (_, listed) = run(&["token", "list"], "");
    assert!(listed.contains("first") && !listed.contains("second"), "{listed}");
}

#[on_both_engines]
async fn what_a_server_left_out_and_what_it_is_started_with_is_in_the_audit_log(database: TestDatabase) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (folder, url) = (tempfile::tempdir().expect("a folder"), database.url());
    let configure = |base_url: &str| {
        let toml = format!(
            "[api]\nsign_in_burst = 100\n[[providers]]\nname = \"near\"\nbase_url = \"{base_url}\"\n"
        );
        std::fs::write(folder.path().join("colophon.toml"), toml).expect("written");
    };
    configure("http://127.0.0.1:1/v1");
    assert!(run(folder.path(), url, &["migrate", "up"], "").0.status.success());
    let chief = ["user", "add", "chief", "--role", "admin", "--password-stdin"];
    assert!(run(folder.path(), url, &chief, "correct horse").0.status.success());
    let server = Server::start(folder.path(), url);
    let client = Client::builder().no_proxy().build().expect("a client");
    let sign_in = async |password: &str| {
        let body = json!({"name": "chief", "password": password});
        client.post(server.url("/api/v1/session")).json(&body).send().await.expect("an answer")
    };
    ready(&client, &server).await;
    for _ in 0..25 {
        assert_eq!(sign_in("a guess").await.status(), StatusCode::UNAUTHORIZED);
    }
    server.stop();
    configure("http://127.0.0.1:2/v1");
    server.start_again();
    ready(&client, &server).await;
    let signed_in = sign_in("correct horse").await;
    let cookie = signed_in.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned();
    let told = async |action: &str| -> Vec<String> {
        let call = client.get(server.url(&format!("/api/v1/audit?action={action}&limit=100")));
        let page: Value =
            call.header("cookie", &cookie).send().await.expect("an answer").json().await.expect("JSON");
        let items = page["items"].as_array().expect("items");
        items.iter().map(|entry| entry["detail"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let refused = told("sign_in_failed").await;
    assert!(
        refused[0].starts_with("refusals that were not written down when the server stopped: "),
        "{refused:?}"
    );
    let configured = ["http://127.0.0.1:2/v1/chat/completions", "http://127.0.0.1:1/v1/chat/completions"];
    assert_eq!(told("provider_configured").await, configured);
}
