//! `/templates` and `/models`.

use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

on_both! {
    async fn a_template_is_checked_as_saving_would(app: TestApp) {
        let request = json!({"template": "{\"k\": 1} {sorce_text} {tone}", "parameters": {"variables": {"tone": ""}}});
        let check = app.viewer(Method::POST, "/templates/check").json(&request).send().await.is(200).json();
        assert_json_snapshot!("template_check", check);
        let fine = app.post("/templates/check", json!({"template": "{source_text}"})).await.is(200).json();
        assert_eq!(fine, json!({"problems": [], "warnings": [], "variables_used": ["source_text"]}));
        let long = app.post("/templates/check", json!({"template": "x".repeat(50_001)})).await;
        assert_eq!(long.refuses(Code::ValidationFailed), at("/template", "length"));
    }

    async fn a_template_that_writes_out_much_holds_nobody_up(app: TestApp) {
        // Each of 2,000 fields is 10,000 wide: twenty million characters.
        let request = json!({"template": "{source_text:>10000}".repeat(2_000)});
        let checks: Vec<_> = (0..4).map(|_| app.post("/templates/check", request.clone())).collect();
        for answer in futures::future::join_all(checks).await {
            answer.is(200);
        }
        app.get("/session").await.is(200);
    }

    async fn the_variables_are_listed(app: TestApp) {
        let variables = app.get("/templates/variables").await.is(200).json();
        let names: Vec<&str> = variables.as_array().expect("a list").iter().filter_map(|v| v["name"].as_str()).collect();
        for name in [
            "work_title", "work_author", "source_language", "target_language", "chapter_title", "chapter_number",
            "segment_number", "segment_count", "source_text", "preceding", "instruction",
        ] {
            assert!(names.contains(&name), "{name} of {names:?}");
        }
    }

    async fn the_models_are_listed_with_what_they_lack(app: TestApp) {
        let models = app.get("/models").await.is(200).json();
        let find = |id: &str| -> Value {
            models.as_array().expect("a list").iter().find(|model| model["id"] == id).cloned().expect("a model")
        };
        assert_json_snapshot!("model", find("keyless/good"));
        assert_eq!(find("demo")["available"], true);
        assert_eq!(find("fake/good")["missing_env"], Value::Null);
    }
}
