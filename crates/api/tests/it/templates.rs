//! `/templates` and `/models`.

use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

#[on_both_engines]
async fn a_template_is_checked_as_saving_would(app: TestApp) {
    let request =
        json!({"template": "{\"k\": 1} {sorce_text} {tone}", "parameters": {"variables": {"tone": ""}}});
    let check = app.viewer(Method::POST, "/templates/check").json(&request).send().await.is(200).json();
    assert_json_snapshot!("template_check", check);
    let fine = app.post("/templates/check", json!({"template": "{source_text}"})).await.is(200).json();
    assert_eq!(
        fine,
        json!({"problem_count": 0, "problems": [], "warnings": [], "variables_used": ["source_text"]})
    );
    let long = app.post("/templates/check", json!({"template": "x".repeat(50_001)})).await;
    assert_eq!(long.refuses(Code::ValidationFailed), at("/template", "length"));
}

#[on_both_engines]
async fn an_escaped_variable_is_warned_of_by_the_check_and_the_preview(app: TestApp) {
    let work = app.work().await;
    let chapter = app.chapter(work).await;
    let escaped = |reply: &Value| -> Vec<Value> {
        let warnings = reply["warnings"].as_array().expect("warnings").iter();
        warnings.filter(|warning| warning["code"] == "variable_escaped").cloned().collect()
    };
    let template = "{source_text}\r\n{{tone}} {{ preceding }} {{{instruction}}}";
    let parameters = json!({"variables": {"tone": "calm"}});
    let check = json!({"template": template, "parameters": parameters});
    let check = app.post("/templates/check", check).await.is(200).json();
    assert_eq!(check["problems"], json!([]));
    let places: Vec<_> = escaped(&check)
        .iter()
        .map(|w| (w["variable"].clone(), w["line"].clone(), w["column"].clone(), w["suggestion"].clone()))
        .collect();
    let expected = [("tone", 2, 1, "{tone}"), ("preceding", 2, 10, "{preceding}")]
        .map(|(name, line, column, field)| (json!(name), json!(line), json!(column), json!(field)));
    assert_eq!(places, expected);

    let preview =
        json!({"template": template, "parameters": parameters, "model": "demo", "chapter_id": chapter});
    let preview = app.post(&format!("/works/{work}/prompt/preview"), preview).await.is(200).json();
    assert_eq!(escaped(&preview), escaped(&check));
    let rendered = preview["rendered"].as_str().expect("a text");
    assert!(rendered.ends_with("\n{tone} { preceding } {}"), "{rendered}");
}

#[on_both_engines]
async fn a_variable_with_the_name_of_a_built_in_one_is_refused_with_another_name(app: TestApp) {
    let work = app.work().await;
    let chapter = app.chapter(work).await;
    let parameters = json!({"variables": {"volume_title": "mine"}});
    let new = json!({
        "name": "n", "model": "demo", "template": "{volume_title}: {source_text}", "parameters": parameters,
    });
    let refused = app.post(&format!("/works/{work}/prompt"), new).await;
    let place = refused.refuses(Code::ParametersInvalid);
    assert_eq!(place, at("/parameters/variables/volume_title", "variable_name_invalid"));
    assert_eq!(refused.json()["errors"][0]["suggestion"], "own_volume_title");
    let check = json!({"template": "{volume_title}: {source_text}", "parameters": parameters});
    let check = app.post("/templates/check", check).await.is(200).json();
    assert_eq!(check["problems"][0]["suggestion"], "own_volume_title");

    // A version from before the built-in variable still renders with its own.
    let preview = json!({
        "template": "{volume_title}: {source_text:.1}", "parameters": parameters, "model": "demo", "chapter_id": chapter,
    });
    let preview = app.post(&format!("/works/{work}/prompt/preview"), preview).await.is(200).json();
    assert_eq!(
        (&preview["problems"], &preview["warnings"][0]["variable"]),
        (&json!([]), &json!("volume_title"))
    );
    let rendered = preview["rendered"].as_str().expect("a text");
    assert!(rendered.starts_with("mine: "), "{rendered}");
}

#[on_both_engines]
async fn a_template_that_writes_out_much_holds_nobody_up(app: TestApp) {
    // Each of 2,000 fields is 10,000 wide: twenty million characters.
    let request = json!({"template": "{source_text:>10000}".repeat(2_000)});
    let checks: Vec<_> = (0..4).map(|_| app.post("/templates/check", request.clone())).collect();
    for answer in futures::future::join_all(checks).await {
        answer.is(200);
    }
    app.get("/session").await.is(200);
}

#[on_both_engines]
async fn the_variables_are_listed(app: TestApp) {
    let variables = app.get("/templates/variables").await.is(200).json();
    let names: Vec<&str> =
        variables.as_array().expect("a list").iter().filter_map(|v| v["name"].as_str()).collect();
    for name in [
        "work_title",
        "work_author",
        "source_language",
        "target_language",
        "chapter_title",
        "volume_title",
        "chapter_number",
        "segment_number",
        "segment_count",
        "source_text",
        "preceding",
        "instruction",
    ] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
}

#[on_both_engines]
async fn the_models_are_listed_with_what_they_lack(app: TestApp) {
    let models = app.get("/models").await.is(200).json();
    let find = |id: &str| -> Value {
        models.as_array().expect("a list").iter().find(|model| model["id"] == id).cloned().expect("a model")
    };
    assert_json_snapshot!("model", find("keyless/good"));
    assert_eq!(find("demo")["available"], true);
    assert_eq!(find("fake/good")["missing_env"], Value::Null);
}
