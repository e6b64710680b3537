//! Dry runs of imports, uploads that are kept for a while, and the options.

use crate::app::{TestApp, app_with, make_token, options};
use crate::call::{Answer, at};
use crate::imports::{BOOK, file};
use colophon_api::ImportOptions;
use colophon_contract::{Code, Role};
use colophon_test_support::{Engine, on_both_engines};
use insta::assert_json_snapshot;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const DRY_RUN: &str = "/works/import?dry_run=true";
const IMPORT: &str = "/works/import";

async fn send(app: &TestApp, path: &str, form: Form) -> Answer {
    app.operator(Method::POST, path).form(form).send().await
}

/// A form with the id of an upload in place of the file.
fn kept(id: &str) -> Form {
    Form::new().text("upload_id", id.to_owned())
}

async fn upload(app: &TestApp, form: Form) -> String {
    let preview = send(app, DRY_RUN, form).await.is(200).json();
    preview["upload_id"].as_str().expect("an id").to_owned()
}

/// Volume, title and length of each chapter of a preview or of a list.
fn outline(chapters: &Value) -> Vec<Value> {
    let outline = chapters.as_array().expect("chapters").iter().map(|chapter| {
        json!([chapter["number"], chapter["volume"], chapter["title"], chapter["characters"]])
    });
    outline.collect()
}

async fn stored_outline(app: &TestApp, work: &Value) -> Vec<Value> {
    let list = app.get(&format!("/works/{work}/chapters?limit=100")).await.is(200).json();
    outline(&list["items"])
}

fn codes(reply: &Value) -> Vec<&str> {
    let warnings = reply["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code")).collect()
}

#[on_both_engines]
async fn a_dry_run_says_what_would_be_made_and_stores_nothing(app: TestApp) {
    let preview = send(&app, DRY_RUN, file("ginga.txt", BOOK)).await.is(200);
    assert_eq!(preview.header("cache-control"), "no-store");
    assert_json_snapshot!("preview", preview.json(), {".upload_id" => "[id]"});
    assert_eq!(app.get("/works").await.json()["items"], json!([]));
    // What the client says goes before what the file says, and a blank author is none.
    let form =
        file("ginga.txt", BOOK).text("title", "Night").text("author", " ").text("target_language", "fr");
    let preview = send(&app, DRY_RUN, form).await.is(200).json();
    assert_eq!((&preview["title"], &preview["author"]), (&json!("Night"), &json!("")));
    assert_eq!((&preview["source_language"], &preview["target_language"]), (&json!("ja"), &json!("fr")));
    let imported = send(&app, "/works/import?dry_run=false", file("ginga.txt", BOOK)).await.is(201);
    assert_eq!(imported.json()["chapter_count"], 2);
}

#[on_both_engines]
async fn what_neither_client_nor_file_says_is_null_in_a_preview_and_missing_in_an_import(app: TestApp) {
    // A file without a name, in no language, and with nothing that looks like a title.
    let text = format!("{}\n", "1234567890 ".repeat(40)).repeat(3);
    let form = || Form::new().part("file", reqwest::multipart::Part::bytes(text.clone().into_bytes()));
    let preview = send(&app, DRY_RUN, form()).await.is(200).json();
    assert_eq!((&preview["title"], &preview["source_language"]), (&json!(null), &json!(null)));
    assert_eq!(send(&app, IMPORT, form()).await.refuses(Code::ValidationFailed), at("/title", "missing"));
    let form = kept(preview["upload_id"].as_str().expect("an id"))
        .text("title", "Numbers")
        .text("source_language", "en");
    assert_eq!(send(&app, IMPORT, form).await.is(201).json()["work"]["title"], "Numbers");
}

#[on_both_engines]
async fn an_upload_serves_further_dry_runs_and_one_import(app: TestApp) {
    let id = upload(&app, file("ginga.txt", BOOK)).await;
    let whole = send(&app, DRY_RUN, kept(&id).text("split", "none")).await.is(200).json();
    assert_eq!((outline(&whole["chapters"]).len(), &whole["upload_id"]), (1, &json!(id)));
    let preview = send(&app, DRY_RUN, kept(&id).text("pattern", "^二")).await.is(200).json();
    let made =
        send(&app, IMPORT, kept(&id).text("split", "pattern").text("pattern", "^二")).await.is(201).json();
    assert_eq!(stored_outline(&app, &made["work"]["id"]).await, outline(&preview["chapters"]));
    assert_eq!(made["work"]["title"], preview["title"]);
    // It went with its import.
    send(&app, IMPORT, kept(&id)).await.refuses(Code::UploadGone);
    send(&app, DRY_RUN, kept(&id)).await.refuses(Code::UploadGone);
    assert_eq!(app.get("/works").await.json()["items"].as_array().expect("items").len(), 1);
}

#[on_both_engines]
async fn an_import_that_is_refused_keeps_its_upload(app: TestApp) {
    let id = upload(&app, file("ginga.txt", BOOK)).await;
    let refused = send(&app, IMPORT, kept(&id).text("target_language", "日本語")).await;
    assert_eq!(refused.refuses(Code::ValidationFailed), at("/target_language", "language_invalid"));
    send(&app, IMPORT, kept(&id).text("encoding", "iso-2022-jp")).await.refuses(Code::ImportFailed);
    send(&app, IMPORT, kept(&id)).await.is(201);
}

#[on_both_engines]
async fn a_repeated_import_of_an_upload_gets_its_first_answer(app: TestApp) {
    let id = upload(&app, file("ginga.txt", BOOK)).await;
    let import = |form: Form| app.operator(Method::POST, IMPORT).header("idempotency-key", "k").form(form);
    let first = import(kept(&id)).send().await.is(201);
    let again = import(kept(&id)).send().await.is(201);
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    import(kept(&id).text("title", "x")).send().await.refuses(Code::IdempotencyKeyReused);
    send(&app, IMPORT, kept(&id)).await.refuses(Code::UploadGone);
    // A key that was used for an upload that is gone is free again.
    let call = |form: Form| app.operator(Method::POST, IMPORT).header("idempotency-key", "other").form(form);
    call(kept("unknown")).send().await.refuses(Code::UploadGone);
    call(file("ginga.txt", BOOK)).send().await.is(201);
}

#[on_both_engines]
async fn an_upload_belongs_to_who_sent_it(app: TestApp) {
    let id = upload(&app, file("ginga.txt", BOOK)).await;
    let other = make_token(&app.db, "other", Role::Operator).await;
    for path in [DRY_RUN, IMPORT] {
        let call = app.nobody(Method::POST, path).header("authorization", &format!("Bearer {other}"));
        call.form(kept(&id)).send().await.refuses(Code::UploadGone);
        for unknown in ["x", "../../etc/passwd", &"x".repeat(64), "\u{1f4d6}"] {
            send(&app, path, kept(unknown)).await.refuses(Code::UploadGone);
        }
        assert_eq!(
            send(&app, path, kept(&"x".repeat(65))).await.refuses(Code::ValidationFailed),
            at("/upload_id", "length")
        );
        app.viewer(Method::POST, path).form(kept(&id)).send().await.refuses(Code::Forbidden);
    }
    let neighbour = app.neighbour().await;
    let call = app.operator_at(&neighbour, Method::POST, DRY_RUN).form(kept(&id));
    call.send().await.refuses(Code::UploadGone);
    send(&app, DRY_RUN, kept(&id)).await.is(200);
}

#[on_both_engines]
async fn what_is_no_such_request_is_refused(app: TestApp) {
    send(&app, DRY_RUN, Form::new()).await.refuses(Code::MalformedMultipart);
    let neither = Form::new().text("upload_id", "").text("split", "none");
    assert_eq!(send(&app, DRY_RUN, neither).await.refuses(Code::MalformedMultipart), at("/file", "missing"));
    let both = file("a.txt", BOOK).text("upload_id", "x");
    assert_eq!(
        send(&app, DRY_RUN, both).await.refuses(Code::MalformedMultipart),
        at("/upload_id", "unexpected")
    );
    let twice = file("a.txt", BOOK).text("split", "none").text("split", "none");
    assert_eq!(
        send(&app, DRY_RUN, twice).await.refuses(Code::MalformedMultipart),
        at("/split", "duplicate_field")
    );
    for query in ["dry_run=1", "dry_run=", "dry_run=TRUE", "dry_run=true&dry_run=true"] {
        let answer = send(&app, &format!("/works/import?{query}"), file("a.txt", BOOK)).await;
        assert_eq!(answer.refuses(Code::MalformedQuery).0, "dry_run");
    }
    let answer = send(&app, "/works/import?dry_run=true&x=1", file("a.txt", BOOK)).await;
    assert_eq!(answer.refuses(Code::MalformedQuery).0, "x");
    assert_eq!(app.post("/works?dry_run=true", json!({})).await.refuses(Code::MalformedQuery).0, "dry_run");
}

#[on_both_engines]
async fn every_option_that_is_wrong_is_named(app: TestApp) {
    let form = file("a.txt", BOOK)
        .text("encoding", "utf-9")
        .text("split", "toc-3")
        .text("ruby", "KEEP")
        .text("notes", "some")
        .text("title", "a\tb");
    let refused = send(&app, DRY_RUN, form).await;
    refused.refuses(Code::ValidationFailed);
    let errors = refused.json()["errors"].as_array().expect("errors").clone();
    let found: Vec<_> =
        errors.iter().map(|error| (error["pointer"].as_str(), error["code"].as_str())).collect();
    let expected = [
        ("/encoding", "encoding_unsupported"),
        ("/notes", "option_invalid"),
        ("/ruby", "option_invalid"),
        ("/split", "option_invalid"),
        ("/title", "control_character"),
    ];
    assert_eq!(found, expected.map(|(place, code)| (Some(place), Some(code))));
    for (split, pattern, code) in [
        ("pattern", "", "pattern_missing"),
        ("auto", "^x", "pattern_unused"),
        ("", "(", "pattern_invalid"),
        ("pattern", "\\w{100}{100}{100}", "pattern_invalid"),
        ("pattern", "(?=x)", "pattern_invalid"),
        ("", &"x".repeat(1_001), "length"),
    ] {
        let form = file("a.txt", BOOK).text("split", split.to_owned()).text("pattern", pattern.to_owned());
        let refused = send(&app, DRY_RUN, form).await;
        assert_eq!(refused.refuses(Code::ValidationFailed), at("/pattern", code), "{pattern}");
        assert!(refused.body.len() < 2_000, "{}", refused.text());
    }
    let refused = send(&app, DRY_RUN, file("a.txt", BOOK).text("pattern", "第(")).await;
    assert!(refused.json()["detail"].as_str().is_some_and(|detail| detail.contains("unclosed group")));
}

#[on_both_engines]
async fn a_pattern_cannot_make_a_server_busy(app: TestApp) {
    let text = format!("{}\n", "a".repeat(100)).repeat(1_500);
    let id = upload(&app, file("a.txt", text)).await;
    // An engine that goes back and tries again would not end.
    for pattern in ["(a|aa)*$b", "^(a+)+$x", "(a*)*b", "(x+x+)+y|^(.*?,){30}P"] {
        let preview = send(&app, DRY_RUN, kept(&id).text("pattern", pattern)).await.is(200).json();
        assert_eq!(outline(&preview["chapters"]).len(), 1, "{pattern}");
    }
}

#[on_both_engines]
async fn options_change_what_is_read(app: TestApp) {
    let text = "桜\n\n一　夜\n\n｜夜渡り《ナイトウォーカー》が来た。\n\n二　朝\n\n朝だった。\n";
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    let id = upload(&app, file("a.txt", shift_jis.to_vec())).await;
    let read = async |form: Form| {
        let made = send(&app, IMPORT, form).await.is(201).json();
        let work = &made["work"]["id"];
        let list = app.get(&format!("/works/{work}/chapters")).await.json();
        let chapter = &list["items"][0]["id"];
        app.get(&format!("/works/{work}/chapters/{chapter}")).await.json()["source_text"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    let preview = send(&app, DRY_RUN, kept(&id).text("encoding", "sjis")).await.is(200).json();
    assert_eq!((&preview["encoding"], &preview["format"]), (&json!("Shift_JIS"), &json!("text")));
    assert!(read(kept(&id).text("ruby", "keep")).await.contains("夜渡り（ナイトウォーカー）が来た"));
    assert!(read(file("a.txt", shift_jis.to_vec()).text("ruby", "drop")).await.contains("夜渡りが来た"));
}

#[on_both_engines]
async fn a_file_that_was_imported_before_is_a_warning(app: TestApp) {
    let first = send(&app, IMPORT, file("a.txt", BOOK)).await.is(201).json();
    assert!(!codes(&first).contains(&"already_imported"));
    let work = &first["work"]["id"];
    // Whatever the file's name, the title and the options.
    let form = || file("b.txt", BOOK).text("title", "Night").text("split", "none");
    let preview = send(&app, DRY_RUN, form()).await.is(200).json();
    assert_eq!((codes(&preview)[0], &preview["warnings"][0]["work_id"]), ("already_imported", work));
    let second = send(&app, IMPORT, form()).await.is(201).json();
    assert_eq!((codes(&second)[0], &second["warnings"][0]["work_id"]), ("already_imported", work));
    let preview = send(&app, DRY_RUN, form()).await.is(200).json();
    assert_eq!(preview["warnings"][0]["work_id"], second["work"]["id"], "the newest");
    for work in [work, &second["work"]["id"]] {
        app.delete(&format!("/works/{work}")).await.is(204);
    }
    let preview = send(&app, DRY_RUN, form()).await.is(200).json();
    assert!(!codes(&preview).contains(&"already_imported"), "deleted works do not count");
}

#[on_both_engines]
async fn a_work_of_an_older_version_is_known_by_its_title_and_first_chapter(app: TestApp) {
    let first = send(&app, IMPORT, file("a.txt", BOOK)).await.is(201).json();
    app.unguard().await.execute("UPDATE works SET file_sha256 = NULL").await;
    let preview = send(&app, DRY_RUN, file("b.txt", BOOK)).await.is(200).json();
    assert_eq!(
        (codes(&preview)[0], &preview["warnings"][0]["work_id"]),
        ("already_imported", &first["work"]["id"])
    );
    let other = BOOK.replace("ではみなさんは", "では、みなさん");
    let preview = send(&app, DRY_RUN, file("b.txt", other)).await.is(200).json();
    assert!(!codes(&preview).contains(&"already_imported"));
}

#[on_both_engines]
async fn a_translation_into_the_same_language_is_a_warning(app: TestApp) {
    for (path, status) in [(DRY_RUN, 200), (IMPORT, 201)] {
        let same =
            send(&app, path, file("a.txt", BOOK).text("target_language", "JA-jp")).await.is(status).json();
        assert!(codes(&same).contains(&"same_language"), "{same}");
    }
    let other = send(&app, DRY_RUN, file("a.txt", BOOK).text("target_language", "ko")).await.is(200).json();
    assert!(!codes(&other).contains(&"same_language"));
}

#[on_both_engines]
async fn each_case_is_imported_as_its_dry_run_says(app: TestApp) {
    for path in cases() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("a file");
        let fields = |form: Form| form.text("target_language", "en").text("ruby", "keep");
        let preview = send(&app, DRY_RUN, fields(file(&name, bytes))).await;
        let preview = preview.is(200).json();
        let id = preview["upload_id"].as_str().expect("an id");
        let made = send(&app, IMPORT, fields(kept(id))).await.is(201).json();
        assert_eq!(stored_outline(&app, &made["work"]["id"]).await, outline(&preview["chapters"]), "{name}");
        assert_eq!(made["warnings"], preview["warnings"], "{name}");
        for field in ["title", "author", "source_language", "target_language"] {
            assert_eq!(made["work"][field], preview[field], "{name}");
        }
    }
}

#[on_both_engines]
async fn the_oldest_upload_makes_room_for_new_ones(engine: Engine) {
    // Half of it is for one.
    let app = small(engine, 4_000).await;
    let text = |n: usize| format!("{BOOK}\n{n}\n{}", "あ".repeat(200));
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(upload(&app, file("a.txt", text(n))).await);
    }
    send(&app, DRY_RUN, kept(&ids[0])).await.refuses(Code::UploadGone);
    send(&app, DRY_RUN, kept(&ids[2])).await.is(200);
    send(&app, DRY_RUN, kept(&ids[1])).await.is(200);
}

#[on_both_engines]
async fn each_kind_of_file_has_its_limit(engine: Engine) {
    let app = small(engine, 10_000).await;
    send(&app, DRY_RUN, file("a.txt", "夜。\n".repeat(100))).await.is(200);
    let text = send(&app, DRY_RUN, file("a.txt", vec![b'x'; 1_001])).await;
    assert_eq!(text.refuses(Code::PayloadTooLarge), at("/file", "too_large"));
    let archive = |size: usize| [b"PK\x03\x04".to_vec(), vec![0; size - 4]].concat();
    send(&app, DRY_RUN, file("a.epub", archive(2_000))).await.refuses(Code::ImportFailed);
    let large = send(&app, DRY_RUN, file("a.epub", archive(2_001))).await;
    assert_eq!(large.refuses(Code::PayloadTooLarge).0, "/file");
    // No archive after all: the limit of a text holds.
    let text = send(&app, DRY_RUN, file("a.txt", format!("PK{}", "x".repeat(1_500)))).await;
    assert_eq!(text.refuses(Code::PayloadTooLarge).0, "/file");
}

/// The cases of the importer's own tests.
fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/cases");
    let folders = ["text", "epub"].map(|folder| std::fs::read_dir(root.join(folder)).expect("cases"));
    let mut paths: Vec<_> =
        folders.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// An application whose limits a test can reach.
async fn small(engine: Engine, upload_bytes: u64) -> TestApp {
    let import = ImportOptions { text_bytes: 1_000, epub_bytes: 2_000, upload_bytes, upload_folder: None };
    app_with(engine, colophon_api::Options { import, ..options() }).await
}
