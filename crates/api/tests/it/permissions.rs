//! Every operation of the document, by who asks: what each is answered.

use crate::app::{PASSWORD, TestApp};
use crate::document::{filled, operations};
use colophon_contract::{Code, CreateToken, Role, Scope, UpdateUser};
use colophon_domain::{token, user};
use colophon_test_support::on_both_engines;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    /// All, signed in or not.
    Anybody,
    /// Who may read what belongs to no work.
    Reader,
    /// Who may read a work.
    Viewer,
    /// Who may change a work.
    Operator,
    /// Who may run translations of a work.
    Translator,
    /// Whoever is signed in themselves.
    Person,
    /// Who manages users, tokens and providers.
    Admin,
}
use Who::*;

/// Each operation, who is let in, and what they are answered to a request without a body.
const OPERATIONS: &[(&str, Who, &[u16])] = &[
    ("create_session", Anybody, &[415]),
    ("set_up", Anybody, &[415]),
    ("set_password", Anybody, &[415]),
    ("get_session", Reader, &[200]),
    ("delete_session", Reader, &[204]),
    ("change_password", Person, &[415]),
    ("list_works", Reader, &[200]),
    ("create_work", Operator, &[415]),
    ("import_work", Operator, &[415]),
    ("get_work", Viewer, &[200]),
    ("update_work", Operator, &[415]),
    ("delete_work", Operator, &[204, 409]),
    ("stream_work_events", Viewer, &[200]),
    ("list_chapters", Viewer, &[200]),
    ("create_chapter", Operator, &[415]),
    ("get_chapter", Viewer, &[200]),
    ("update_chapter", Operator, &[415]),
    ("delete_chapter", Operator, &[204, 409]),
    ("get_prompt", Viewer, &[200]),
    ("create_prompt", Operator, &[415]),
    ("rename_prompt", Operator, &[415]),
    ("list_versions", Viewer, &[200]),
    ("append_version", Operator, &[415]),
    ("get_version", Viewer, &[200]),
    ("restore_version", Operator, &[415]),
    ("diff_versions", Viewer, &[400]),
    ("verify_prompt", Viewer, &[200]),
    ("preview_prompt", Viewer, &[415]),
    ("list_translations", Viewer, &[200]),
    ("start_translation", Translator, &[202]),
    ("get_translation", Viewer, &[200]),
    ("verify_translation", Viewer, &[200]),
    ("cancel_translation", Translator, &[200, 409]),
    ("resume_translation", Translator, &[409]),
    ("stream_events", Viewer, &[200]),
    ("list_segments", Viewer, &[200]),
    ("get_segment", Viewer, &[200]),
    ("update_segment", Operator, &[415]),
    ("list_attempts", Viewer, &[200]),
    ("get_attempt_removed", Viewer, &[200]),
    ("get_attempt_messages", Viewer, &[200]),
    ("get_attempt_reasoning", Viewer, &[200]),
    ("restore_attempt", Operator, &[415]),
    ("retranslate_segment", Translator, &[415]),
    ("check_template", Reader, &[415]),
    ("list_template_variables", Reader, &[200]),
    ("list_models", Reader, &[200]),
    ("list_providers", Reader, &[200]),
    ("resume_provider", Admin, &[404]),
    ("list_users", Admin, &[200]),
    ("create_user", Admin, &[415]),
    ("get_user", Admin, &[200]),
    ("update_user", Admin, &[415]),
    ("create_link", Admin, &[201]),
    ("list_tokens", Admin, &[200]),
    ("create_token", Admin, &[415]),
    ("revoke_token", Admin, &[204]),
    ("list_audit", Admin, &[200]),
    ("export_audit", Admin, &[200]),
];

/// A kind of client.
struct Client {
    name: &'static str,
    header: (&'static str, String),
    is: Is,
}

/// What a kind of client is.
#[derive(Clone, Copy)]
enum Is {
    /// Nobody whom the server knows.
    Nobody,
    /// Somebody signed in.
    Person(Role),
    /// A token with its owner's role and its scopes.
    Token(Role, &'static [Scope]),
    /// One that is bound to the work that the requests are about.
    OfThisWork,
    /// One that is bound to another.
    OfAnotherWork,
}

/// What a client is answered: nothing but this code, or as the table says.
fn refusal(who: Who, is: Is, path: &str) -> Option<Code> {
    let of_work = path.contains("{work_id}") || path.contains("{translation_id}");
    let needed = match who {
        Anybody => return None,
        Reader | Viewer | Person => Role::Viewer,
        Operator | Translator => Role::Operator,
        Admin => Role::Admin,
    };
    let scope = match who {
        Anybody | Reader | Viewer => Some(Scope::Read),
        Operator => Some(Scope::Write),
        Translator => Some(Scope::Run),
        Person | Admin => None,
    };
    let forbidden = |so: bool| so.then_some(Code::Forbidden);
    match is {
        Is::Nobody => Some(Code::Unauthenticated),
        Is::Person(role) => forbidden(role < needed),
        Is::Token(role, scopes) => {
            forbidden(role < needed || scope.is_none_or(|scope| !scopes.contains(&scope)))
        }
        Is::OfThisWork => forbidden(scope.is_none() || (!of_work && who != Reader)),
        Is::OfAnotherWork if scope.is_none() => Some(Code::Forbidden),
        Is::OfAnotherWork if path.contains("{work_id}") => Some(Code::WorkNotFound),
        Is::OfAnotherWork if of_work => Some(Code::TranslationNotFound),
        Is::OfAnotherWork => forbidden(who != Reader),
    }
}

async fn token_of(
    app: &TestApp,
    owner: &str,
    scopes: &[Scope],
    work_id: Option<i64>,
    days: Option<u32>,
) -> String {
    let owner = user::get_user_by_name(&app.db, owner).await.expect("the owner").id;
    let name = format!("{scopes:?} {work_id:?}");
    let new = CreateToken { name, scopes: scopes.to_vec(), work_id, expires_in_days: days };
    let txn = app.db.begin_write().await.expect("a transaction");
    let made = token::create_token(&txn, Some(owner), &new).await.expect("a token");
    txn.commit().await.expect("committed");
    made.secret
}

/// Work 1 with a chapter, a prompt and a run, work 2, and all kinds of clients.
async fn clients(app: &TestApp) -> Vec<Client> {
    for (name, role) in [
        ("chief", Role::Admin),
        ("writer", Role::Operator),
        ("reader", Role::Viewer),
        ("gone", Role::Admin),
        ("leaver", Role::Admin),
    ] {
        app.user(name, role).await;
    }
    let (work, chapter) = app.scene("fake/good").await;
    let run = app.start(work, chapter).await;
    app.ended(run).await;
    let other = app.work().await;
    assert_eq!((work, chapter, run, other), (1, 1, 1, 2));

    let all = Scope::ALL.as_slice();
    let mut clients = vec![Client { name: "nobody", header: ("x-nobody", String::new()), is: Is::Nobody }];
    for (name, is) in [
        ("reader", Is::Person(Role::Viewer)),
        ("writer", Is::Person(Role::Operator)),
        ("chief", Is::Person(Role::Admin)),
        ("gone", Is::Nobody),
    ] {
        clients.push(Client { name, header: ("cookie", app.sign_in(name).await), is });
    }
    let revoked = token_of(app, "chief", all, None, None).await;
    let ago = "UPDATE api_tokens SET revoked_at = '2026-01-01T00:00:00+00:00' WHERE id = (SELECT max(id) FROM api_tokens)";
    assert_eq!(app.database().execute(ago).await, 1);
    let expired = token_of(app, "chief", all, None, Some(1)).await;
    let ago = "UPDATE api_tokens SET expires_at = '2026-01-01T00:00:00+00:00' WHERE id = (SELECT max(id) FROM api_tokens)";
    assert_eq!(app.database().execute(ago).await, 1);
    let tokens = [
        (
            "a token that may read",
            token_of(app, "chief", &[Scope::Read], None, None).await,
            Is::Token(Role::Admin, &[Scope::Read]),
        ),
        (
            "a token that may write",
            token_of(app, "chief", &[Scope::Write], None, Some(9)).await,
            Is::Token(Role::Admin, &[Scope::Read, Scope::Write]),
        ),
        (
            "a token that may run",
            token_of(app, "writer", &[Scope::Run], None, None).await,
            Is::Token(Role::Operator, &[Scope::Read, Scope::Run]),
        ),
        (
            "a token that may do all",
            token_of(app, "chief", all, None, None).await,
            Is::Token(Role::Admin, &Scope::ALL),
        ),
        (
            "a viewer's token",
            token_of(app, "reader", all, None, None).await,
            Is::Token(Role::Viewer, &Scope::ALL),
        ),
        ("a token of this work", token_of(app, "chief", all, Some(1), None).await, Is::OfThisWork),
        ("a token of another work", token_of(app, "chief", all, Some(2), None).await, Is::OfAnotherWork),
        ("an expired token", expired, Is::Nobody),
        ("a revoked token", revoked, Is::Nobody),
        ("a token of somebody disabled", token_of(app, "leaver", all, None, None).await, Is::Nobody),
        ("a token that never was", "clp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(), Is::Nobody),
    ];
    clients.extend(tokens.map(|(name, token, is)| Client {
        name,
        header: ("authorization", format!("Bearer {token}")),
        is,
    }));
    for name in ["gone", "leaver"] {
        let txn = app.db.begin_write().await.expect("a transaction");
        user::disable_user(&txn, name).await.expect("disabled");
        txn.commit().await.expect("committed");
    }
    clients
}

/// Operations in an order in which none takes away what a later one is about.
fn ordered() -> Vec<(Method, String, Value)> {
    let mut all = operations();
    all.sort_by_key(|(method, path, _)| (method == Method::DELETE, std::cmp::Reverse(path.len())));
    all
}

#[test]
fn every_operation_has_its_row_and_every_row_its_operation() {
    let known: BTreeSet<&str> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(known.len(), OPERATIONS.len());
    let operations = operations();
    let ids: BTreeSet<&str> =
        operations.iter().map(|(.., operation)| operation["operationId"].as_str().expect("an id")).collect();
    assert_eq!(ids, known);
    for (method, path, operation) in &operations {
        let (name, who, _) = row(operation);
        let (role, scope) = match who {
            Anybody | Reader | Viewer => (Value::Null, Value::Null),
            Person => (json!("viewer"), Value::Null),
            Operator => (json!("operator"), json!("write")),
            Translator => (json!("operator"), json!("run")),
            Admin => (json!("admin"), Value::Null),
        };
        let permission = &operation["x-permission"];
        assert_eq!((&permission["role"], &permission["scope"]), (&role, &scope), "{name}");
        // As the document says by an empty requirement.
        let is_open = operation["security"].as_array().is_some_and(|all| all.contains(&json!({})));
        assert_eq!(is_open, who == Anybody, "{name}");
        let reads = method == Method::GET || ["preview_prompt", "check_template"].contains(&name);
        let own = ["delete_session", "change_password"].contains(&name);
        let may_viewers = matches!(who, Reader | Viewer | Person);
        assert!(who == Anybody || who == Admin || may_viewers == (reads || own), "{name} {path}");
    }
}

fn row(operation: &Value) -> (&'static str, Who, &'static [u16]) {
    let name = operation["operationId"].as_str().expect("an id");
    *OPERATIONS.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("{name} has no row"))
}

#[on_both_engines]
async fn every_operation_answers_each_as_it_should(app: TestApp) {
    for client in clients(&app).await {
        for (method, path, operation) in ordered() {
            let (name, who, allowed) = row(&operation);
            let refused = refusal(who, client.is, &path);
            // Streams go on for ever: their heads will do.
            let is_stream = path.ends_with("/events");
            let asked = if is_stream { Method::HEAD } else { method.clone() };
            let (header, value) = &client.header;
            let answer = app.nobody(asked, &filled(&path)).header(header, value).send().await;
            let said = || format!("{} at {name}: {} {}", client.name, answer.status, answer.text());
            match refused {
                Some(code) if is_stream => assert_eq!(answer.status, code.status(), "{}", said()),
                Some(code) => {
                    assert_eq!(answer.json()["code"], code.as_str(), "{}", said());
                    answer.refuses(code);
                }
                None => assert!(allowed.contains(&answer.status), "{}", said()),
            }
        }
        restore(&app).await;
    }
}

#[on_both_engines]
async fn a_role_holds_from_the_next_request_on(app: TestApp) {
    app.user("chief", Role::Admin).await;
    app.user("mika", Role::Operator).await;
    let (chief, mika) = (app.sign_in("chief").await, app.sign_in("mika").await);
    let id = user::get_user_by_name(&app.db, "mika").await.expect("mika").id;
    let token = token_of(&app, "mika", &Scope::ALL, None, None).await;
    let second = app.neighbour().await;
    let change = async |change: UpdateUser| {
        let call = app.nobody(Method::PATCH, &format!("/users/{id}")).header("cookie", &chief);
        call.json(&serde_json::to_value(change).expect("JSON")).send().await.is(200);
    };
    let new = json!({"title": "t", "source_language": "ja", "target_language": "en"});
    let status = async |header: &str, value: &str| {
        let mut statuses = Vec::new();
        for server in [&app.base_url, &second.base_url] {
            let call = app.at(server, Method::POST, "/works").header(header, value).json(&new);
            statuses.push(call.send().await.status);
        }
        (statuses[0], statuses[1])
    };
    let bearer = format!("Bearer {token}");
    assert_eq!(
        (status("cookie", &mika).await, status("authorization", &bearer).await),
        ((201, 201), (201, 201))
    );
    change(UpdateUser { role: Some(Role::Viewer), disabled: None }).await;
    assert_eq!(
        (status("cookie", &mika).await, status("authorization", &bearer).await),
        ((403, 403), (403, 403))
    );
    change(UpdateUser { role: Some(Role::Operator), disabled: None }).await;
    assert_eq!(
        (status("cookie", &mika).await, status("authorization", &bearer).await),
        ((201, 201), (201, 201))
    );
    change(UpdateUser { role: None, disabled: Some(true) }).await;
    assert_eq!(
        (status("cookie", &mika).await, status("authorization", &bearer).await),
        ((401, 401), (401, 401))
    );
    let sign_in = app.nobody(Method::POST, "/session").json(&json!({"name": "mika", "password": PASSWORD}));
    sign_in.send().await.refuses(Code::SignInFailed);
    change(UpdateUser { role: None, disabled: Some(false) }).await;
    // Sessions ended; the token is its owner's again.
    assert_eq!(
        (status("cookie", &mika).await, status("authorization", &bearer).await),
        ((401, 401), (201, 201))
    );
}

/// Brings back what a client deleted or left under way.
async fn restore(app: &TestApp) {
    for sql in ["UPDATE works SET deleted_at = NULL", "UPDATE chapters SET deleted_at = NULL"] {
        app.database().execute(sql).await;
    }
    let runs = app.operator(Method::GET, "/works/1/chapters/1/translations").send().await.is(200).json();
    let last = format!("/translations/{}", runs["items"][0]["id"]);
    while ["queued", "running"].contains(&status_of(app, &last).await.as_str()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn status_of(app: &TestApp, run: &str) -> String {
    let run = app.operator(Method::GET, run).send().await.is(200).json();
    run["status"].as_str().expect("a status").to_owned()
}
