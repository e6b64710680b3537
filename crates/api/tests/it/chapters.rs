use crate::app::TestApp;
use crate::call::at;
use colophon_contract::Code;
use colophon_test_support::on_both_engines;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

#[on_both_engines]
async fn a_chapter_is_made_read_changed_and_deleted(app: TestApp) {
    let work = app.work().await;
    let base = format!("/works/{work}/chapters");
    let made = app.post(&base, json!({"title": "一", "source_text": "本文\n"})).await.is(201);
    assert_json_snapshot!("chapter", made.json(), {
        ".id" => "[id]", ".work_id" => "[id]", ".created_at" => "[time]", ".updated_at" => "[time]"
    });
    let path = made.header("location").to_owned();
    assert_eq!(path, format!("/api/v1{base}/{}", made.id()));
    assert_eq!(app.get(&path).await.is(200).json(), made.json());
    let list = app.get(&base).await.is(200).json();
    assert_json_snapshot!("chapters", list, {
        ".items[].id" => "[id]", ".items[].work_id" => "[id]",             ".items[].created_at" => "[time]", ".items[].updated_at" => "[time]"
    });

    let changed = app.patch(&path, json!({"title": "", "number": 7})).await.is(200).json();
    assert_eq!((&changed["title"], &changed["number"]), (&json!(""), &json!(7)));
    assert_eq!(app.post(&base, json!({"title": "八", "source_text": "x"})).await.is(201).json()["number"], 8);

    app.delete(&path).await.is(204);
    app.get(&path).await.refuses(Code::ChapterNotFound);
    app.patch(&path, json!({})).await.refuses(Code::ChapterNotFound);
    app.delete(&path).await.refuses(Code::ChapterNotFound);
}

#[on_both_engines]
async fn a_chapter_belongs_to_a_volume_or_to_none(app: TestApp) {
    let work = app.work().await;
    let base = format!("/works/{work}/chapters");
    let new = |volume: Value| json!({"title": "一", "source_text": "本文", "volume": volume});
    let made = app.post(&base, new(json!(" 第一部\u{3000}"))).await.is(201).json();
    assert_eq!(made["volume"], "第一部", "equal volumes are equal texts");
    for none in [json!(null), json!(""), json!(" \u{3000}")] {
        assert_eq!(app.post(&base, new(none)).await.is(201).json()["volume"], json!(null));
    }
    let path = format!("{base}/{}", made["id"]);
    assert_eq!(app.get(&path).await.is(200).json()["volume"], "第一部");
    assert_eq!(app.get(&base).await.is(200).json()["items"][0]["volume"], "第一部");
    assert_eq!(app.patch(&path, json!({"title": "二"})).await.is(200).json()["volume"], "第一部");
    let moved = app.patch(&path, json!({"volume": "第二部"})).await.is(200).json();
    assert_eq!((&moved["volume"], &moved["title"]), (&json!("第二部"), &json!("二")));
    let same = app.patch(&path, json!({"volume": "第二部 "})).await.is(200).json();
    assert_eq!(same["updated_at"], moved["updated_at"]);
    for none in [json!(null), json!(""), json!(" ")] {
        assert_eq!(app.patch(&path, json!({"volume": none})).await.is(200).json()["volume"], json!(null));
        app.patch(&path, json!({"volume": "x".repeat(255)})).await.is(200);
    }
    for (wrong, code) in [(json!("x".repeat(256)), "length"), (json!("a\nb"), "control_character")] {
        assert_eq!(
            app.patch(&path, json!({"volume": wrong})).await.refuses(Code::ValidationFailed),
            at("/volume", code)
        );
        assert_eq!(app.post(&base, new(wrong)).await.refuses(Code::ValidationFailed), at("/volume", code));
    }
    assert_eq!(app.patch(&path, json!({"volume": 1})).await.refuses(Code::ValidationFailed).0, "/volume");
}

#[on_both_engines]
async fn a_chapters_text_is_stored_with_line_feeds(app: TestApp) {
    let work = app.work().await;
    let base = format!("/works/{work}/chapters");
    let made = app.post(&base, json!({"title": "一", "source_text": "夜。\r\n朝。\r昼。"})).await.is(201);
    assert_eq!(made.json()["source_text"], "夜。\n朝。\n昼。");
    let path = made.header("location").to_owned();
    let same = app.patch(&path, json!({"source_text": "夜。\n朝。\r\n昼。"})).await.is(200).json();
    assert_eq!(same, made.json(), "no change");
    let blank = app.patch(&path, json!({"source_text": "\r\n\r"})).await;
    assert_eq!(blank.refuses(Code::ValidationFailed), at("/source_text", "blank"));
}

#[on_both_engines]
async fn a_number_belongs_to_one_chapter(app: TestApp) {
    let work = app.work().await;
    let base = format!("/works/{work}/chapters");
    let new = json!({"title": "一", "source_text": "x", "number": 3});
    let first = app.post(&base, new.clone()).await.is(201).id();
    let taken = app.post(&base, new.clone()).await.refuses(Code::ChapterNumberTaken);
    assert_eq!(taken, at("/number", "taken"));
    let other = app.post(&base, json!({"title": "二", "source_text": "x"})).await.is(201).id();
    app.patch(&format!("{base}/{other}"), json!({"number": 3})).await.refuses(Code::ChapterNumberTaken);
    app.delete(&format!("{base}/{first}")).await.is(204);
    app.post(&base, new).await.is(201);
}

#[on_both_engines]
async fn chapters_come_by_number_in_pages(app: TestApp) {
    let work = app.work().await;
    let base = format!("/works/{work}/chapters");
    for number in [5, 2, 9] {
        app.post(&base, json!({"title": "", "source_text": "x", "number": number})).await.is(201);
    }
    let first = app.get(&format!("{base}?limit=2")).await.is(200).json();
    assert_eq!((&first["items"][0]["number"], &first["items"][1]["number"]), (&json!(2), &json!(5)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = app.get(&format!("{base}?limit=2&cursor={cursor}")).await.is(200).json();
    assert_eq!((&second["items"][0]["number"], &second["next_cursor"]), (&json!(9), &json!(null)));
    app.get(&format!("{base}?cursor=eA")).await.refuses(Code::MalformedQuery);
    let other = app.work().await;
    let of_another = app.get(&format!("/works/{other}/chapters?cursor={cursor}")).await;
    of_another.refuses(Code::MalformedQuery);
}

#[on_both_engines]
async fn a_chapter_is_of_its_work(app: TestApp) {
    let (work, other) = (app.work().await, app.work().await);
    let chapter = app.chapter(work).await;
    app.get(&format!("/works/{other}/chapters/{chapter}")).await.refuses(Code::ChapterNotFound);
    app.get(&format!("/works/999/chapters/{chapter}")).await.refuses(Code::WorkNotFound);
    app.get("/works/999/chapters").await.refuses(Code::WorkNotFound);
    app.post("/works/999/chapters", json!({"title": "", "source_text": "x"}))
        .await
        .refuses(Code::WorkNotFound);
    app.patch("/works/999/chapters/1", json!({})).await.refuses(Code::WorkNotFound);
    app.delete("/works/999/chapters/1").await.refuses(Code::WorkNotFound);
    let (place, _) = app.get(&format!("/works/{work}/chapters/x")).await.refuses(Code::MalformedPath);
    assert_eq!(place, "chapter_id");
}

#[on_both_engines]
async fn chapters_may_be_long_to_a_limit(app: TestApp) {
    let base = format!("/works/{}/chapters", app.work().await);
    // Three bytes each: more than other bodies may hold.
    let most = "夜".repeat(1_000_000);
    let made = app.post(&base, json!({"title": "", "source_text": most})).await.is(201);
    assert_eq!(made.json()["source_text"], most);
    let more = json!({"title": "", "source_text": format!("{most}夜")});
    assert_eq!(app.post(&base, more).await.refuses(Code::ValidationFailed), at("/source_text", "length"));
    let blank = json!({"title": "", "source_text": "\u{3000}\n"});
    assert_eq!(app.post(&base, blank).await.refuses(Code::ValidationFailed), at("/source_text", "blank"));
}

#[on_both_engines]
async fn a_work_counts_its_chapters(app: TestApp) {
    let work = app.work().await;
    app.chapter(work).await;
    let second = app.chapter(work).await;
    app.delete(&format!("/works/{work}/chapters/{second}")).await.is(204);
    let work = app.get(&format!("/works/{work}")).await.is(200).json();
    assert_eq!((&work["chapters"], &work["translated"]), (&json!(1), &json!(0)));
}
