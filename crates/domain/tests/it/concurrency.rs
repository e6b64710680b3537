//! Dozens at once: what must be one is one, and nobody sees another error than the one that is theirs.

use crate::fixture::{Fresh, author, claimant, models, new_chapter, new_prompt, next};
use colophon_contract::RenamePrompt;
use colophon_domain::{Error, PageRequest, Result, chapter, password, prompt, run, user};
use colophon_test_support::on_both_engines;
use std::sync::Arc;
use tokio::task::JoinSet;

const EDITORS: usize = 48;

/// Runs them all at once and gives all their results.
async fn all<T: Send + 'static, F: Future<Output = T> + Send + 'static>(make: impl Fn(usize) -> F) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for n in 0..EDITORS {
        tasks.spawn(make(n));
    }
    tasks.join_all().await
}

/// How many succeeded; the others must have failed as `expected`.
fn winners<T: std::fmt::Debug>(results: &[Result<T>], expected: impl Fn(&Error) -> bool) -> usize {
    for result in results {
        assert!(result.as_ref().is_ok() || result.as_ref().is_err_and(&expected), "{result:?}");
    }
    results.iter().filter(|result| result.is_ok()).count()
}

#[on_both_engines]
async fn many_editors_make_versions_without_gaps(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let fresh = Arc::new(fresh);
    let numbers = all(|n| {
        let fresh = Arc::clone(&fresh);
        async move {
            let mut base = 1;
            loop {
                match fresh.append(id, &next(&format!("{n} {{source_text}}"), base)).await {
                    Ok(version) => break version.number,
                    Err(Error::StaleBaseVersion(latest)) => base = latest.number,
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    })
    .await;
    let mut numbers = numbers;
    numbers.sort_unstable();
    let expected: Vec<_> = (2..).take(EDITORS).collect();
    assert_eq!(numbers, expected);
    crate::hashes::check_history(&fresh.db, id).await;
}

#[on_both_engines]
async fn one_of_many_prompts_is_made(fresh: Fresh) {
    let id = fresh.work().await;
    let db = fresh.db.clone();
    let results = all(|n| {
        let db = db.clone();
        async move {
            let txn = db.begin_write().await?;
            let new = new_prompt(&format!("{n} {{source_text}}"));
            let made = prompt::create_prompt(&txn, &author(), id, &new, &models()).await?;
            txn.commit().await.map(|()| made)
        }
    })
    .await;
    assert_eq!(winners(&results, |e| matches!(e, Error::PromptExists)), 1);
    let made = results.into_iter().find_map(Result::ok).expect("one");
    assert_eq!(prompt::get_prompt(&fresh.db, id).await.expect("reads"), made);
}

#[on_both_engines]
async fn renames_and_appends_all_happen(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let fresh = Arc::new(fresh);
    let results = all(|n| {
        let fresh = Arc::clone(&fresh);
        async move {
            let txn = fresh.db.begin_write().await?;
            let change = RenamePrompt { name: format!("name {n}") };
            prompt::rename_prompt(&txn, id, &change).await?;
            txn.commit().await?;
            fresh.append(id, &next(&format!("{n} {{source_text}}"), 1)).await.map(|_| ())
        }
    })
    .await;
    assert_eq!(winners(&results, |e| matches!(e, Error::StaleBaseVersion(_))), 1);
    let found = prompt::get_prompt(&fresh.db, id).await.expect("reads");
    assert!(found.name.starts_with("name "));
    assert_eq!(found.latest_version.number, 2);
}

#[on_both_engines]
async fn one_run_of_a_chapter_is_active(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let chapter_id = fresh.chapter(id, "夜\n").await;
    let fresh = Arc::new(fresh);
    let results = all(|_| {
        let fresh = Arc::clone(&fresh);
        async move { fresh.queued(id, chapter_id).await }
    })
    .await;
    assert_eq!(winners(&results, |e| matches!(e, Error::TranslationInProgress)), 1);
    let runs = run::list_runs(&fresh.db, id, chapter_id, &PageRequest::default()).await.expect("reads");
    assert_eq!(runs.items.len(), 1);

    let run_id = runs.items[0].id;
    let claims = all(|n| {
        let db = fresh.db.clone();
        async move {
            let txn = db.begin_write().await?;
            let claimed = run::claim_run(&txn, run_id, &claimant(&n.to_string())).await?;
            txn.commit().await.map(|()| claimed)
        }
    })
    .await;
    assert_eq!(claims.into_iter().filter(|claim| claim.as_ref().expect("no error").is_some()).count(), 1);
}

#[on_both_engines]
async fn chapters_get_numbers_without_gaps(fresh: Fresh) {
    let id = fresh.work().await;
    let db = fresh.db.clone();
    let results = all(|_| {
        let db = db.clone();
        async move {
            let txn = db.begin_write().await?;
            let made = chapter::create_chapter(&txn, id, &new_chapter("夜")).await?;
            txn.commit().await.map(|()| made.number)
        }
    })
    .await;
    let mut numbers = results.into_iter().collect::<Result<Vec<_>>>().expect("no error");
    numbers.sort_unstable();
    assert_eq!(numbers, (1..).take(EDITORS).collect::<Vec<_>>());
}

#[on_both_engines]
async fn one_administrator_is_the_first(fresh: Fresh) {
    let hash = password::hash_password("correct horse").expect("hashes");
    let db = fresh.db.clone();
    let results = all(|n| {
        let (db, hash) = (db.clone(), hash.clone());
        async move {
            let txn = db.begin_write().await?;
            let made = user::set_up_first_admin(&txn, &format!("admin {n}"), &hash).await?;
            txn.commit().await.map(|()| made)
        }
    })
    .await;
    assert_eq!(winners(&results, |e| matches!(e, Error::SetupDone)), 1);
    assert_eq!(user::list_users(&fresh.db, &PageRequest::default()).await.expect("reads").items.len(), 1);
}

#[on_both_engines]
async fn readers_see_whole_prompts_while_editors_write(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    fresh.append(id, &next("2 {source_text}", 1)).await.expect("appends");
    let db = fresh.db.clone();
    let reader = tokio::spawn(async move {
        let mut latest = 2;
        while latest < 40 {
            let found = prompt::get_prompt(&db, id).await.expect("reads");
            assert!(found.latest_version.number >= latest);
            latest = found.latest_version.number;
            assert_eq!(found.latest_version.template, format!("{latest} {{source_text}}"));
            assert_eq!(found.versions.items[0].id, found.latest_version.id);
        }
    });
    for base in 2..40 {
        fresh.append(id, &next(&format!("{} {{source_text}}", base + 1), base)).await.expect("appends");
    }
    reader.await.expect("the reader saw nothing odd");
}
