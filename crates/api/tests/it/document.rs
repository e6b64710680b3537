//! The OpenAPI document against the routes and against the snapshot in the repository.

use crate::app::TestApp;
use colophon_contract::{AuditAction, Code, FailureCode};
use colophon_domain::hot::Asked;
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::Value;
use std::path::Path;

/// Every operation: method, path template, its part of the document.
pub(crate) fn operations() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(colophon_api::openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths").clone();
    let of_path = |(path, item): (String, Value)| {
        let item = item.as_object().expect("an item").clone();
        item.into_iter().map(move |(method, operation)| {
            (method.to_uppercase().parse().expect("a method"), path.clone(), operation)
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// A path template with an id for each variable.
pub(crate) fn filled(template: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn the_document_is_the_one_in_the_repository() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = format!("{}\n", colophon_api::openapi().to_pretty_json().expect("JSON"));
    if std::env::var_os("COLOPHON_UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &made).expect("the snapshot can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "docs/openapi.json is stale: run this test with COLOPHON_UPDATE_OPENAPI=1");
}

/// What a request is about is read from its path before it is matched: a path that was renamed would cost a statement
/// more, or keep a token of one work from its own runs, and nothing else would tell.
#[test]
fn what_requests_are_about_follows_from_the_paths_of_the_document() {
    let mut about = Vec::new();
    for (method, path, operation) in operations() {
        let path = filled(&path);
        let path = path.strip_prefix(colophon_contract::url::BASE).unwrap_or(&path);
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        let of_run = operation["tags"][0] == "translations" && path.starts_with("/translations/");
        match Asked::of(method.as_str(), path) {
            Asked::Run(1) => assert!(path.starts_with("/translations/1"), "{id}"),
            Asked::Other => assert!(!of_run, "{id}"),
            asked => about.push((id, asked)),
        }
    }
    about.sort_by(|(left, _), (right, _)| left.cmp(right));
    let expected = [("append_version", Asked::Base(1)), ("get_prompt", Asked::Prompt(1))];
    assert_eq!(about, expected.map(|(id, asked)| (id.to_owned(), asked)));
}

#[test]
fn every_operation_has_its_errors_and_examples() {
    let operations = operations();
    assert!(operations.len() > 30, "{}", operations.len());
    for (method, path, operation) in operations {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name}");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for status in ["400", "500", "503"] {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        // What takes no body refuses one, and a POST always takes one or refuses it.
        for status in ["413", "422"].into_iter().filter(|_| method == Method::POST) {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{name} {status}");
            check_contents(&format!("{name} {status}"), status, &response["content"]);
        }
        check_contents(name, "", &operation["requestBody"]["content"]);
    }
}

#[test]
fn links_give_an_operation_all_parts_of_its_address() {
    let operations = operations();
    let find = |id: &str| operations.iter().find(|(.., operation)| operation["operationId"] == id);
    let mut count = 0;
    for (_, path, operation) in &operations {
        for response in operation["responses"].as_object().expect("responses").values() {
            for (name, link) in response["links"].as_object().into_iter().flatten() {
                let (_, to, _) = find(name).unwrap_or_else(|| panic!("{path}: no operation {name}"));
                let wanted: Vec<&str> = to.split(['{', '}']).skip(1).step_by(2).collect();
                let mut given: Vec<&String> =
                    link["parameters"].as_object().expect("parameters").keys().collect();
                given.sort_by_key(|name| wanted.iter().position(|wanted| wanted == name));
                assert_eq!(given, wanted, "{path} to {name}");
                assert_eq!(link["operationId"], *name);
                count += 1;
            }
        }
    }
    assert!(count >= 22, "{count}: each way leads from an answer that there is");
}

fn check_contents(name: &str, status: &str, contents: &Value) {
    for (kind, content) in contents.as_object().into_iter().flatten() {
        let examples = content["examples"].as_object();
        let some = examples.is_some_and(|examples| !examples.is_empty()) || !content["example"].is_null();
        assert!(some, "{name} {kind} has no example");
        if !status.starts_with(['4', '5']) {
            continue;
        }
        assert_eq!(kind, "application/problem+json", "{name}");
        for (code, example) in examples.expect("an example for each code") {
            assert_eq!(example["$ref"], format!("#/components/examples/{code}"), "{name}");
            let code = Code::ALL.iter().find(|known| known.as_str() == code).expect("a code");
            assert_eq!(code.status().to_string(), status, "{name}");
        }
    }
}

#[test]
fn the_closed_tables_are_as_on_the_wire() {
    let document = serde_json::to_value(colophon_api::openapi()).expect("JSON");
    let actions: Vec<_> = AuditAction::ALL.iter().map(|action| action.as_str()).collect();
    assert_eq!(document["components"]["schemas"]["AuditAction"]["enum"], serde_json::json!(actions));
    let codes = |name: &str| document["components"]["schemas"][name]["enum"].clone();
    assert_eq!(codes("Code"), serde_json::to_value(Code::ALL).expect("JSON"));
    assert_eq!(codes("FailureCode"), serde_json::to_value(FailureCode::ALL).expect("JSON"));
}

#[test]
fn every_problem_has_its_example() {
    let document = serde_json::to_value(colophon_api::openapi()).expect("JSON");
    for code in Code::ALL {
        let example = &document["components"]["examples"][code.as_str()]["value"];
        assert_eq!(example["code"], code.as_str());
        assert_eq!(example["status"], code.status());
    }
}

#[test]
fn every_code_is_documented_somewhere_and_in_the_guide() {
    let document = serde_json::to_string(&colophon_api::openapi()).expect("JSON");
    let guide = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md"));
    let guide = guide.expect("docs/API.md");
    // Those that belong to no operation.
    let elsewhere = [Code::NotFound, Code::MethodNotAllowed, Code::ShuttingDown];
    for code in Code::ALL {
        let row = format!("| {} | `{}` | {} |", code.status(), code.as_str(), code.meaning());
        assert!(guide.contains(&row), "docs/API.md lacks the row\n{row}");
        if !elsewhere.contains(code) {
            assert!(
                document.contains(&format!("{{\"$ref\":\"#/components/examples/{}\"}}", code.as_str())),
                "{}",
                code.as_str()
            );
        }
    }
    for code in FailureCode::ALL {
        let row = format!("| `{}` | {} |", code.as_str(), code.meaning());
        assert!(guide.contains(&row), "docs/API.md lacks the row\n{row}");
    }
}

#[on_both_engines]
async fn every_operation_of_the_document_is_routed(app: TestApp) {
    for (method, path, _) in operations() {
        // Without anybody signed in and without a body a route says what it wants; none is 404 or 405.
        let answer = app.nobody(method.clone(), &filled(&path)).send().await;
        let expected: &[u16] = match path.rsplit('/').next() {
            Some("session" | "setup") => &[401, 415],
            Some("password") if !path.ends_with("/session/password") => &[415],
            _ => &[401],
        };
        assert!(expected.contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
    }
}

#[on_both_engines]
async fn other_methods_are_refused_with_those_that_are_taken(app: TestApp) {
    let operations = operations();
    for (_, path, _) in &operations {
        let taken = operations.iter().filter(|(_, other, _)| other == path).map(|(method, ..)| method);
        let taken: Vec<&Method> = taken.collect();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if taken.contains(&&method) {
                continue;
            }
            let answer = app.operator(method.clone(), &filled(path)).send().await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text());
            answer.refuses(Code::MethodNotAllowed);
            let allow = answer.header("allow");
            assert!(taken.iter().all(|method| allow.contains(method.as_str())), "{path}: {allow}");
        }
        let options = app.nobody(Method::OPTIONS, &filled(path)).send().await.is(204);
        assert!(options.header("allow").contains("OPTIONS"));
    }
}

#[on_both_engines]
async fn the_document_is_served_to_all_with_a_tag(app: TestApp) {
    let served = app.nobody(Method::GET, "/api/openapi.json").send().await.is(200);
    assert_eq!(served.json(), serde_json::to_value(colophon_api::openapi()).expect("JSON"));
    assert_eq!(served.json()["openapi"], "3.1.0");
    let again = app.nobody(Method::GET, "/api/openapi.json").header("if-none-match", served.header("etag"));
    assert!(again.send().await.is(304).body.is_empty());
}
