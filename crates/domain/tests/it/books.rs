//! Works and chapters.

use crate::fixture::{Fresh, new_chapter, new_work};
use colophon_contract::{Code, CreateWork, UpdateChapter, UpdateWork};
use colophon_domain::{
    Error, Missing, PageRequest,
    chapter::{self, NewChapter},
    run, work,
};
use colophon_test_support::on_both_engines;

fn page(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest { limit, cursor }
}

#[on_both_engines]
async fn works_are_listed_newest_first_in_pages(fresh: Fresh) {
    let mut ids = Vec::new();
    for n in 0..5 {
        let new = new_work(&format!("作品{n}"));
        ids.push(crate::write!(fresh, |txn| work::create_work(&txn, &new).await).expect("a work").id);
    }
    ids.reverse();
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let list = work::list_works(&fresh.db, None, None, &page(2, cursor)).await.expect("a page");
        seen.extend(list.items.iter().map(|work| work.id));
        cursor = list.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);
    let other = page(2, Some("b3RoZXI".into()));
    let refused = work::list_works(&fresh.db, None, None, &other).await.expect_err("no cursor of ours");
    assert_eq!(refused.code(), Code::MalformedQuery);
}

#[on_both_engines]
async fn search_finds_pieces_of_titles_and_authors_in_any_case(fresh: Fresh) {
    for (title, author) in [
        ("Война и мир", "Лев Толстой"),
        ("Les Misérables", "Victor HUGO"),
        ("100% [sic]*?", "a_b\\c"),
        ("草枕", "夏目漱石"),
    ] {
        let new = CreateWork { author: author.into(), ..new_work(title) };
        crate::write!(fresh, |txn| work::create_work(&txn, &new).await).expect("a work");
    }
    for (query, titles) in [
        ("ВОЙНА", &["Война и мир"][..]),
        ("толст", &["Война и мир"]),
        ("misÉr", &["Les Misérables"]),
        ("hugo", &["Les Misérables"]),
        ("漱", &["草枕"]),
        ("%", &["100% [sic]*?"]),
        ("[SIC]*?", &["100% [sic]*?"]),
        ("_", &["100% [sic]*?"]),
        ("A_B\\", &["100% [sic]*?"]),
        ("nothing", &[]),
        ("a.b", &[]),
        ("]", &["100% [sic]*?"]),
        ("\0", &[]),
        ("^", &[]),
        ("  ", &["草枕", "100% [sic]*?", "Les Misérables", "Война и мир"]),
    ] {
        let list =
            work::list_works(&fresh.db, Some(query), None, &PageRequest::default()).await.expect("a list");
        let found: Vec<_> = list.items.iter().map(|work| &*work.title).collect();
        assert_eq!(found, titles, "{query:?}");
    }
}

#[on_both_engines]
async fn a_work_is_changed_field_by_field(fresh: Fresh) {
    let id = fresh.work().await;
    let before = work::get_work(&fresh.db, id).await.expect("the work");
    let change = UpdateWork { author: Some(String::new()), ..UpdateWork::default() };
    let after = crate::write!(fresh, |txn| work::update_work(&txn, id, &change).await).expect("changed");
    assert_eq!((&*after.title, &*after.author), ("銀河鉄道の夜", ""));
    assert_eq!(after.created_at, before.created_at);
    assert!(after.updated_at > before.updated_at);
    assert_eq!(work::get_work(&fresh.db, id).await.expect("the work"), after);
}

#[on_both_engines]
async fn a_deleted_work_is_gone_with_all_that_is_in_it(fresh: Fresh) {
    let id = fresh.work().await;
    let chapter_id = fresh.chapter(id, "夜").await;
    fresh.prompt(id).await;
    crate::write!(fresh, |txn| work::delete_work(&txn, id).await).expect("deleted");
    let gone = [
        work::get_work(&fresh.db, id).await.map(|_| ()),
        chapter::list_chapters(&fresh.db, id, &PageRequest::default()).await.map(|_| ()),
        chapter::get_chapter(&fresh.db, id, chapter_id).await.map(|_| ()),
        colophon_domain::prompt::get_prompt(&fresh.db, id).await.map(|_| ()),
        colophon_domain::hot::get_prompt_head(&fresh.db, id).await.map(|_| ()),
        colophon_domain::prompt::get_version(&fresh.db, id, 1).await.map(|_| ()),
        colophon_domain::prompt::list_versions(&fresh.db, id, &PageRequest::default()).await.map(|_| ()),
        run::list_runs(&fresh.db, id, chapter_id, &PageRequest::default()).await.map(|_| ()),
        fresh.append(id, &crate::fixture::next("x {source_text}", 1)).await.map(|_| ()),
        fresh.queued(id, chapter_id).await.map(|_| ()),
        crate::write!(fresh, |txn| work::delete_work(&txn, id).await),
    ];
    for result in gone {
        assert!(matches!(result, Err(Error::NotFound(Missing::Work))), "{result:?}");
    }
    assert!(
        work::list_works(&fresh.db, None, None, &PageRequest::default())
            .await
            .expect("a list")
            .items
            .is_empty()
    );
}

#[on_both_engines]
async fn chapters_are_numbered_and_their_numbers_are_theirs_alone(fresh: Fresh) {
    let id = fresh.work().await;
    let first = crate::write!(fresh, |txn| chapter::create_chapter(&txn, id, &new_chapter("あ")).await);
    assert_eq!(first.expect("a chapter").number, 1);
    let mut new = new_chapter("い");
    new.number = Some(7);
    let seventh =
        crate::write!(fresh, |txn| chapter::create_chapter(&txn, id, &new).await).expect("a chapter");
    let taken = crate::write!(fresh, |txn| chapter::create_chapter(&txn, id, &new).await);
    assert!(matches!(taken, Err(Error::ChapterNumberTaken)), "{taken:?}");
    new.number = None;
    let last = crate::write!(fresh, |txn| chapter::create_chapter(&txn, id, &new).await).expect("a chapter");
    assert_eq!(last.number, 8);
    let change = UpdateChapter { number: Some(7), ..UpdateChapter::default() };
    let taken = crate::write!(fresh, |txn| chapter::update_chapter(&txn, id, last.id, &change).await);
    assert!(matches!(taken, Err(Error::ChapterNumberTaken)), "{taken:?}");

    crate::write!(fresh, |txn| chapter::delete_chapter(&txn, id, seventh.id).await).expect("deleted");
    let moved = crate::write!(fresh, |txn| chapter::update_chapter(&txn, id, last.id, &change).await);
    assert_eq!(moved.expect("the number is free again").number, 7);
    let gone = chapter::get_chapter(&fresh.db, id, seventh.id).await;
    assert!(matches!(gone, Err(Error::NotFound(Missing::Chapter))), "{gone:?}");
}

#[on_both_engines]
async fn chapters_are_listed_by_number_with_their_newest_run(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let chapters = [fresh.chapter(id, "a\n").await, fresh.chapter(id, "夜の\n駅\n").await];
    let lease = fresh.running(id, chapters[1]).await;
    let failed = colophon_contract::RunError {
        code: colophon_contract::FailureCode::ProviderError,
        detail: "broke".into(),
    };
    crate::write!(fresh, |txn| run::fail_run(&txn, &lease, &failed).await).expect("failed");
    let newest = fresh.queued(id, chapters[1]).await.expect("a run");

    let list = chapter::list_chapters(&fresh.db, id, &page(1, None)).await.expect("a page");
    assert_eq!((list.items[0].id, list.items[0].characters), (chapters[0], 2));
    assert_eq!(list.items[0].latest_translation, None);
    let list = chapter::list_chapters(&fresh.db, id, &page(1, list.next_cursor)).await.expect("a page");
    let run = list.items[0].latest_translation.as_ref().expect("a run");
    assert_eq!((run.id, run.prompt_version_number, &*run.model_snapshot), (newest, Some(1), "demo"));
    assert_eq!((run.progress.done, run.progress.total), (0, 2));
    assert_eq!((list.items[0].characters, list.next_cursor), (5, None));
}

#[on_both_engines]
async fn a_work_counts_its_chapters_and_those_translated(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let chapter_id = fresh.chapter(id, "夜\n").await;
    fresh.chapter(id, "駅\n").await;
    for _ in 0..2 {
        let lease = fresh.running(id, chapter_id).await;
        let attempt = fresh.start(&lease, 1).await.expect("starts");
        fresh.finish(&lease, attempt, "Night").await.expect("finishes");
        crate::write!(fresh, |txn| run::complete_run(&txn, &lease).await).expect("completes");
    }
    let work = work::get_work(&fresh.db, id).await.expect("the work");
    assert_eq!((work.chapters, work.translated), (2, 1));
}

#[on_both_engines]
async fn nothing_is_deleted_while_a_run_is_active(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let chapter_id = fresh.chapter(id, "夜\n").await;
    let run_id = fresh.queued(id, chapter_id).await.expect("a run");
    let refused = [
        crate::write!(fresh, |txn| work::delete_work(&txn, id).await),
        crate::write!(fresh, |txn| chapter::delete_chapter(&txn, id, chapter_id).await),
    ];
    for result in refused {
        assert!(matches!(result, Err(Error::TranslationInProgress)), "{result:?}");
    }
    crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await).expect("cancelled");
    crate::write!(fresh, |txn| chapter::delete_chapter(&txn, id, chapter_id).await).expect("deleted");
    assert!(run::get_run(&fresh.db, run_id).await.is_ok(), "history stays");
}

#[on_both_engines]
async fn a_book_is_imported_whole_or_not_at_all(fresh: Fresh) {
    let chapter = |title: &str, text: &str| NewChapter {
        volume: Some(" 上 ".into()),
        title: title.into(),
        source_text: text.into(),
    };
    let book = vec![chapter("一", "あ\n"), chapter("二", "い\n")];
    let hash = "0".repeat(64);
    let new = new_work("草枕");
    let made =
        crate::write!(fresh, |txn| chapter::import_book(&txn, &new, &hash, book).await).expect("a work");
    assert_eq!(made.chapters, 2);
    assert_eq!(work::get_work(&fresh.db, made.id).await.expect("the work"), made);
    let list = chapter::list_chapters(&fresh.db, made.id, &PageRequest::default()).await.expect("a list");
    assert!(list.items.iter().all(|chapter| chapter.volume.as_deref() == Some("上")), "{list:?}");
    let known = |file_sha256| work::Imported { file_sha256, title: None, first_text: None };
    assert_eq!(work::find_imported(&fresh.db, &known(&hash)).await.expect("found"), Some(made.id));
    assert_eq!(work::find_imported(&fresh.db, &known("1")).await.expect("none"), None);

    let bad = vec![chapter("一", "あ\n"), chapter("二", "\0")];
    let refused = crate::write!(fresh, |txn| chapter::import_book(&txn, &new, &hash, bad).await);
    assert!(matches!(refused, Err(Error::ValidationFailed(_))), "{refused:?}");
    let works = work::list_works(&fresh.db, None, None, &PageRequest::default()).await.expect("a list");
    assert_eq!(works.items.len(), 1);
}

#[on_both_engines]
async fn a_long_book_is_imported_in_order(fresh: Fresh) {
    let new = new_work("草枕");
    let book = (1..=250).map(|n: usize| NewChapter {
        volume: (n > 100).then(|| "下".into()),
        title: n.to_string(),
        source_text: "あ".repeat(n * 100),
    });
    let made = crate::write!(fresh, |txn| chapter::import_book(&txn, &new, &"0".repeat(64), book).await)
        .expect("a work");
    assert_eq!(made.chapters, 250);
    let mut cursor = None;
    let mut numbers = Vec::new();
    loop {
        let list = chapter::list_chapters(&fresh.db, made.id, &page(100, cursor)).await.expect("a page");
        for chapter in list.items {
            assert_eq!(chapter.title, chapter.number.to_string());
            assert_eq!(
                (chapter.characters, chapter.volume.is_some()),
                (i64::from(chapter.number) * 100, chapter.number > 100)
            );
            numbers.push(chapter.number);
        }
        cursor = list.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert!(numbers.into_iter().eq(1..=250));
}

#[on_both_engines]
async fn a_null_character_is_refused_with_a_pointer(fresh: Fresh) {
    let id = fresh.work().await;
    let refused = crate::write!(fresh, |txn| chapter::create_chapter(&txn, id, &new_chapter("a\0")).await);
    let errors = refused.expect_err("refused").field_errors();
    assert_eq!(errors[0].pointer.as_deref(), Some("/source_text"));
}
