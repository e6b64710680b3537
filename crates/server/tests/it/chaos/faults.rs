//! What providers answer instead of translations, with secrets in it: each has its code, a key in its words is never
//! shown, and nothing of its words is logged.

use colophon_contract::{Provider, RunStatus, url};
use colophon_provider::fake::Script;
use colophon_test_support::{TestDatabase, on_both_engines};
use serde_json::{Value, json};

use super::{
    client::Ask,
    reader::Reader,
    scale::tell,
    server::KEY,
    stage::{Stage, Work},
};

/// Everything is logged that anybody might want to have logged.
const RUNS: &str = "retry_ms = 1\nsegments = { target = 12, max = 60 }\n[log]\nfilter = 'trace'";

/// What a provider should not say; a code could be made of each word.
const WORDS: [&str; 3] = [KEY, "hush-customer-4711", "hush hush"];

fn words() -> String {
    WORDS.join(" ")
}

/// An answer, the code that it has, and how often a segment is tried with it.
fn faults() -> Vec<(Script, &'static str, usize)> {
    let words = words();
    let error = json!({"error": {"message": words, "code": WORDS[0], "type": WORDS[2], "param": WORDS[1]}});
    let coded = |code: &str| json!({"error": {"message": words, "code": code, "param": words}});
    let begun = || Script::deltas("other", "Nig", 1);
    let told = |body: &Value| format!("data: {body}\n\n");
    vec![
        (Script::json(400, &error), "provider_refused", 1),
        (Script::json(404, &error), "provider_refused", 1),
        (Script::json(401, &error), "provider_unauthorized", 1),
        (Script::json(403, &error), "provider_refused", 1),
        (Script::json(402, &error), "provider_quota", 1),
        (Script::json(429, &coded("insufficient_quota")), "provider_quota", 1),
        (Script::json(500, &error), "provider_error", 4),
        (
            Script::status(503).header("Content-Type", "text/plain").then_send(words.clone()),
            "provider_error",
            4,
        ),
        (Script::status(302).header("Location", &format!("http://localhost/{KEY}")), "provider_refused", 1),
        (Script::html().then_send(words.clone()), "provider_html_response", 4),
        (Script::json(200, &json!({"choices": [], "note": words})), "stream_incomplete", 4),
        (begun().then_send(format!("data: {words}\n\n")), "provider_invalid_response", 4),
        (begun().then_send(told(&error)), "stream_error", 4),
        (begun().then_send(told(&coded("insufficient_quota"))), "provider_quota", 1),
        (begun().then_send(format!(": {words}\n\n")), "stream_incomplete", 4),
        (
            begun().then_finish("other", "length").then_send(format!(": {words}\n\n")).then_done(),
            "output_truncated",
            1,
        ),
        (begun().then_finish("other", "content_filter").then_done(), "content_filtered", 1),
        (Script::deltas("other", " ", 1).then_finish("other", "stop").then_done(), "empty_answer", 1),
    ]
}

#[on_both_engines]
async fn what_a_provider_says_instead_is_told_by_its_code_alone(database: TestDatabase) {
    let stage = Stage::start(database.url(), 1, RUNS).await;
    let work = stage.work().await;
    let faults = faults();
    let count = faults.len();
    for (n, (script, code, tries)) in faults.into_iter().enumerate() {
        stage.fake().script(script.times(u32::try_from(tries).expect("a few")));
        check_fault(&stage, work, n, code, tries).await;
    }
    let log = stage.servers[0].log();
    assert!(log.contains("\"TRACE\""), "the log is whole");
    check_silence(&log, &WORDS);
    stage.check_logs();
    tell(&format!(
        "faults, {:?}: {count} faults, {} requests to the provider, {} requests, {} lines of log",
        database.engine(),
        stage.fake().total(),
        stage.client.asked(),
        log.lines().count(),
    ));
}

/// Runs a chapter of one segment into what is scripted.
async fn check_fault(stage: &Stage, work: Work, n: usize, code: &str, tries: usize) {
    let chapter = stage.chapter(work, &n.to_string(), 1).await;
    let run = stage.begin(work, chapter).await;
    let ended = stage.ended(run.id).await;
    let found = ended.error.as_ref().map(|error| error.code.as_str());
    assert_eq!((ended.status, found), (RunStatus::Failed, Some(code)), "{ended:?}");
    assert_eq!(stage.attempts(run.id, 1).await.len(), tries, "{code}");

    let providers: Vec<Provider> = stage.get(url::providers()).await;
    let fake = providers.iter().find(|provider| provider.name == "fake").expect("listed");
    let pauses = ["provider_quota", "provider_unauthorized"].contains(&code);
    assert_eq!(fake.paused.as_ref().map(|pause| pause.code.as_str()), pauses.then_some(code));

    let places = [
        url::translation(run.id),
        url::translations(work.id, chapter),
        url::segments(run.id),
        url::attempts(run.id, 1),
        url::providers(),
    ];
    for place in places {
        check_silence(&stage.insist(Ask::get(place)).await.is(200).body.to_string(), &[KEY]);
    }
    let mut reader = Reader::of(run.id);
    reader.read_all(&stage.client, &[&stage.servers[0]], || usize::MAX).await;
    check_silence(&reader.told, &[KEY]);
    if pauses {
        stage.resume_provider("fake").await;
    }
}

#[track_caller]
fn check_silence(text: &str, silenced: &[&str]) {
    let text = text.to_lowercase();
    for words in silenced {
        if let Some(at) = text.find(&words.to_lowercase()) {
            let from = text.floor_char_boundary(at.saturating_sub(600));
            panic!("{words:?} is told: {}", &text[from..text.ceil_char_boundary(at + 100)]);
        }
    }
}
