use crate::app::TestApp;
use crate::call::{Answer, at};
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

pub(crate) const BOOK: &str = "銀河鉄道の夜\n宮沢賢治\n\n一　午後の授業\n\n「ではみなさんは、そういうふうに川だと言われたりした。」\n\n\
    二　活版所\n\nジョバンニが学校の門を出るとき、同じ組の七八人は家へ帰らず集まっていました。\n";

pub(crate) fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Form {
    Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()))
}

async fn import(app: &TestApp, form: Form) -> Answer {
    app.operator(Method::POST, "/works/import").form(form).send().await
}

#[on_both_engines]
async fn a_file_becomes_a_work_with_its_chapters(app: TestApp) {
    let made = import(&app, file("ginga.txt", BOOK)).await.is(201);
    let work = made.json()["work"]["id"].as_i64().expect("an id");
    assert_eq!(made.header("location"), format!("/api/v1/works/{work}"));
    assert_json_snapshot!("imported", made.json(), {
        ".work.id" => "[id]", ".work.created_at" => "[time]", ".work.updated_at" => "[time]",
    });
    let chapters = app.get(&format!("/works/{work}/chapters")).await.is(200).json();
    assert_eq!(chapters["items"].as_array().expect("items").len(), 2);
}

#[on_both_engines]
async fn what_the_client_says_goes_before_what_the_file_says(app: TestApp) {
    let form = file("x.txt", BOOK)
        .text("title", "Night")
        .text("author", "")
        .text("source_language", "ja")
        .text("target_language", "fr");
    let work = import(&app, form).await.is(201).json()["work"].clone();
    assert_eq!((&work["title"], &work["author"]), (&json!("Night"), &json!("宮沢賢治")));
    assert_eq!(work["target_language"], "fr");
}

#[on_both_engines]
async fn what_is_no_such_form_is_refused(app: TestApp) {
    let none = import(&app, Form::new().text("title", "x")).await;
    assert_eq!(none.refuses(Code::MalformedMultipart), at("/file", "missing"));
    let twice = file("a.txt", BOOK).part("file", Part::bytes(BOOK.as_bytes()).file_name("b.txt"));
    assert_eq!(import(&app, twice).await.refuses(Code::MalformedMultipart), at("/file", "duplicate_field"));
    let unknown = file("a.txt", BOOK).text("colour", "red");
    assert_eq!(import(&app, unknown).await.refuses(Code::MalformedMultipart), at("/colour", "unknown_field"));
    let tag = file("a.txt", BOOK).text("target_language", "日本語");
    assert_eq!(
        import(&app, tag).await.refuses(Code::ValidationFailed),
        at("/target_language", "language_invalid")
    );
    let control = file("a.txt", BOOK).text("title", "a\u{0}b");
    assert_eq!(import(&app, control).await.refuses(Code::ValidationFailed).0, "/title");
    let latin = file("a.txt", BOOK).part("title", Part::bytes(&b"\xff"[..]));
    assert_eq!(import(&app, latin).await.refuses(Code::MalformedMultipart), at("/title", "encoding"));
    let json = app.operator(Method::POST, "/works/import").json(&json!({})).send().await;
    json.refuses(Code::UnsupportedMediaType);
    for kind in ["multipart/form-data", "multipart/form-data; boundary="] {
        let call = app.operator(Method::POST, "/works/import").header("content-type", kind);
        call.body("x").send().await.refuses(Code::MalformedMultipart);
    }
    let call =
        app.operator(Method::POST, "/works/import").header("content-type", "multipart/form-data; boundary=b");
    call.body("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nbroken off")
        .send()
        .await
        .refuses(Code::MalformedMultipart);
    app.get("/works/import").await.refuses(Code::MethodNotAllowed);
    assert_eq!(app.get("/works").await.json()["items"], json!([]));
}

#[on_both_engines]
async fn a_file_that_is_no_book_is_refused_whole(app: TestApp) {
    for (form, code) in [
        (file("x.txt", ""), "no_text"),
        (file("x.pdf", "%PDF-1.7"), "unsupported_file_type"),
        (file("x.epub", "PK\x03\x04 rubbish"), "epub_invalid"),
        (file("x.txt", "a\0b"), "nul_character"),
        (file("../../etc/passwd", vec![0xff; 100]).text("encoding", "utf-8"), "encoding_invalid"),
    ] {
        let answer = import(&app, form).await;
        let (place, found) = answer.refuses(Code::ImportFailed);
        assert_eq!(place, "/file");
        assert!(found == code || answer.status == 422, "{found}, not {code}");
    }
    assert_eq!(app.get("/works").await.json()["items"], json!([]));
}

#[on_both_engines]
async fn a_file_over_the_limit_is_refused(app: TestApp) {
    let large = vec![b'x'; 64_000_001];
    assert_eq!(import(&app, file("x.txt", large.clone())).await.refuses(Code::PayloadTooLarge).0, "/file");
    // Also where nobody says how long it is.
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.txt\"\r\n\r\n";
    let mut chunks = vec![head.as_bytes().to_vec()];
    chunks.extend(large.chunks(65_536).map(<[u8]>::to_vec));
    let stream = futures::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
    let call =
        app.operator(Method::POST, "/works/import").header("content-type", "multipart/form-data; boundary=b");
    let answer = call.body(reqwest::Body::wrap_stream(stream)).send().await;
    answer.refuses(Code::PayloadTooLarge);
    let title = file("x.txt", BOOK).text("title", "x".repeat(5_000));
    assert_eq!(import(&app, title).await.refuses(Code::PayloadTooLarge).0, "/title");
}

#[on_both_engines]
async fn a_repeated_import_makes_one_work(app: TestApp) {
    let call = |text: &str| {
        app.operator(Method::POST, "/works/import").header("idempotency-key", "k").form(file("x.txt", text))
    };
    // Each form has a boundary of its own.
    let first = call(BOOK).send().await.is(201);
    let again = call(BOOK).send().await.is(201);
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    call("心\n夏目漱石\n\n一\n\n私はその人を常に先生と呼んでいた。\n")
        .send()
        .await
        .refuses(Code::IdempotencyKeyReused);
    assert_eq!(app.get("/works").await.json()["items"].as_array().expect("items").len(), 1);
}
