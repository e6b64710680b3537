//! Every operation of the document, by who asks.

use crate::app::{TestApp, make_token};
use crate::document::{filled, operations};
use colophon_contract::{Code, Role};
use colophon_test_support::on_both;
use reqwest::Method;
use serde_json::Value;

/// Open to all, as the document says by an empty requirement.
fn is_open(operation: &Value) -> bool {
    operation["security"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one.as_object().is_some_and(|o| o.is_empty())))
}

on_both! {
    async fn every_operation_says_who_may_and_holds_to_it(app: TestApp) {
        let admin = make_token(&app.db, "chief", Role::Admin).await;
        for (method, path, operation) in operations() {
            let name = operation["operationId"].as_str().expect("an id").to_owned();
            let path = filled(&path);
            if is_open(&operation) {
                assert!(["create_session", "set_up"].contains(&name.as_str()), "{name} is open");
                continue;
            }
            app.nobody(method.clone(), &path).send().await.refuses(Code::Unauthenticated);
            let rubbish = app.nobody(method.clone(), &path).header("cookie", "colophon_session=x").send().await;
            rubbish.refuses(Code::Unauthenticated);
            let needs_operator = operation["x-role"] == "operator";
            let reads = method == Method::GET
                || ["preview_prompt", "check_template", "delete_session"].contains(&name.as_str());
            assert_eq!(needs_operator, !reads, "{name}");
            let read = app.viewer(method.clone(), &path).send().await;
            if needs_operator {
                read.refuses(Code::Forbidden);
            } else {
                assert!(![401, 403].contains(&read.status), "{name}: {}", read.text());
            }
            for answer in [
                app.operator(method.clone(), &path).send().await,
                app.nobody(method.clone(), &path).header("authorization", &format!("Bearer {admin}")).send().await,
            ] {
                assert!(![401, 403].contains(&answer.status), "{name}: {}", answer.text());
            }
        }
    }
}
