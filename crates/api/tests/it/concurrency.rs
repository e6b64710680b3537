use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use serde_json::{Value, json};

#[on_both_engines]
async fn thirty_two_editors_lose_nothing_and_leave_no_gap(app: TestApp) {
    let work = app.work().await;
    app.prompt(work, "demo").await;
    let path = format!("/works/{work}/prompt/versions");
    let edit = async |editor: usize| {
        let mut base = 1;
        loop {
            let template = format!("{editor} {{source_text}}");
            let answer =
                app.post(&path, json!({"model": "demo", "template": template, "base_version": base})).await;
            if answer.status == 201 {
                return answer.json()["number"].as_i64().expect("a number");
            }
            answer.refuses(Code::StaleBaseVersion);
            base = answer.json()["latest_version"]["number"].as_i64().expect("a number");
        }
    };
    let mut numbers = futures::future::join_all((0..32).map(edit)).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=33).collect::<Vec<i64>>());
    let list = app.get(&format!("{path}?limit=100")).await.is(200).json();
    let kept: Vec<i64> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|v: &Value| v["number"].as_i64())
        .collect();
    assert_eq!(kept, (1..=33).rev().collect::<Vec<i64>>());
}

#[on_both_engines]
async fn one_run_a_chapter_however_many_ask(app: TestApp) {
    let (work, chapter) = app.scene("fake/slow").await;
    let path = format!("/works/{work}/chapters/{chapter}/translations");
    let start = || app.operator(reqwest::Method::POST, &path).send();
    let answers = futures::future::join_all((0..12).map(|_| start())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(answer.refuses(Code::TranslationInProgress), at("", ""));
    }
}

#[on_both_engines]
async fn chapters_added_at_once_have_numbers_of_their_own(app: TestApp) {
    let work = app.work().await;
    let chapters = futures::future::join_all((0..16).map(|_| app.chapter(work))).await;
    assert_eq!(chapters.len(), 16);
    let list = app.get(&format!("/works/{work}/chapters")).await.is(200).json();
    let numbers: Vec<i64> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|c: &Value| c["number"].as_i64())
        .collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<i64>>());
}
