//! Prompts and their versions.

use crate::fixture::{Fresh, author, models, new_prompt, next, object};
use colophon_contract::{AppendVersion, Code, JsonObject, RenamePrompt, RestoreVersion};
use colophon_domain::{
    Error, Missing, ModelEntry, Models, PageRequest,
    hot::{self, PromptTag},
    prompt, verify,
};
use colophon_test_support::on_both_engines;

#[on_both_engines]
async fn a_prompt_is_made_once_and_found(fresh: Fresh) {
    let id = fresh.work().await;
    assert_eq!(prompt::find_prompt(&fresh.db, id).await.expect("reads"), None);
    let none = prompt::get_prompt(&fresh.db, id).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Prompt))), "{none:?}");
    assert_eq!(
        prompt::list_works_without_prompt(&fresh.db).await.expect("reads"),
        [(id, "銀河鉄道の夜".into())]
    );

    let made = fresh.prompt(id).await;
    assert_eq!((&*made.name, made.work_id, made.latest_version.number), ("House style", id, 1));
    assert_eq!(made.latest_version.author, author());
    assert_eq!(made.latest_version.parameters, object(r#"{"temperature": 0.3}"#));
    assert_eq!(made.versions.items.len(), 1);
    assert_eq!(made.versions.items[0].template_characters, 13);
    assert_eq!(prompt::get_prompt(&fresh.db, id).await.expect("reads"), made);
    assert_eq!(hot::get_prompt_head(&fresh.db, id).await.expect("reads").tag, PromptTag::of(&made));
    assert!(prompt::list_works_without_prompt(&fresh.db).await.expect("reads").is_empty());

    let new = new_prompt("{source_text}");
    let second =
        crate::write!(fresh, |txn| prompt::create_prompt(&txn, &author(), id, &new, &models()).await);
    assert!(matches!(second, Err(Error::PromptExists)), "{second:?}");
    let nowhere =
        crate::write!(fresh, |txn| prompt::create_prompt(&txn, &author(), 99, &new, &models()).await);
    assert!(matches!(nowhere, Err(Error::NotFound(Missing::Work))), "{nowhere:?}");
}

#[on_both_engines]
async fn the_first_page_has_the_newest_versions_and_one_template(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    for base in 1..=24 {
        fresh.append(id, &next(&format!("{base}: {{source_text}}"), base)).await.expect("appends");
    }
    let found = prompt::get_prompt(&fresh.db, id).await.expect("reads");
    assert_eq!((found.latest_version.number, &*found.latest_version.template), (25, "24: {source_text}"));
    let mut numbers: Vec<_> = found.versions.items.iter().map(|v| v.number).collect();
    assert_eq!(numbers.len(), 20);
    let rest = PageRequest { limit: 20, cursor: found.versions.next_cursor.clone() };
    let rest = prompt::list_versions(&fresh.db, id, &rest).await.expect("reads");
    numbers.extend(rest.items.iter().map(|v| v.number));
    assert_eq!(numbers, (1..=25).rev().collect::<Vec<_>>());
    assert_eq!(rest.next_cursor, None);
    for _ in 0..2 {
        let head = hot::get_prompt_head(&fresh.db, id).await.expect("reads");
        let json = hot::get_prompt_json(&fresh.db, &head).await.expect("reads");
        assert_eq!(json, serde_json::to_string(&found).expect("JSON"));
    }
    let first = PageRequest { limit: 20, cursor: None };
    let first = prompt::list_versions(&fresh.db, id, &first).await.expect("reads");
    assert_eq!(first.items, found.versions.items);
}

#[on_both_engines]
async fn the_json_of_a_head_is_that_of_its_moment(fresh: Fresh) {
    let id = fresh.work().await;
    let before = fresh.prompt(id).await;
    let head = hot::get_prompt_head(&fresh.db, id).await.expect("reads");
    fresh.append(id, &next("2 {source_text}", 1)).await.expect("appends");
    let json = hot::get_prompt_json(&fresh.db, &head).await.expect("reads");
    assert_eq!(json, serde_json::to_string(&before).expect("JSON"));
    let head = hot::get_prompt_head(&fresh.db, id).await.expect("reads");
    let json = hot::get_prompt_json(&fresh.db, &head).await.expect("reads");
    let after = prompt::get_prompt(&fresh.db, id).await.expect("reads");
    assert_eq!((json, after.latest_version.number), (serde_json::to_string(&after).expect("JSON"), 2));
    assert_eq!(after.updated_at, after.latest_version.created_at);
}

#[on_both_engines]
async fn an_append_on_a_stale_base_is_refused_with_the_latest(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let second = fresh.append(id, &next("2 {source_text}", 1)).await.expect("appends");
    for base in [1, 3] {
        let refused = fresh.append(id, &next("3 {source_text}", base)).await.expect_err("stale");
        let Error::StaleBaseVersion(latest) = refused else { panic!("{refused:?}") };
        assert_eq!(*latest, second);
    }
    assert_eq!(prompt::get_prompt(&fresh.db, id).await.expect("reads").latest_version, second);
}

#[on_both_engines]
async fn a_version_that_changes_nothing_is_refused(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let same = AppendVersion {
        // The same number in another spelling.
        parameters: object(r#"{"temperature": 3e-1}"#),
        note: "another note".into(),
        name: Some("Another name".into()),
        ..next("{source_text}", 1)
    };
    assert_eq!(fresh.append(id, &same).await.expect_err("unchanged").code(), Code::VersionUnchanged);
    let found = prompt::get_prompt(&fresh.db, id).await.expect("reads");
    assert_eq!((&*found.name, found.latest_version.number), ("House style", 1));
    for changed in [
        AppendVersion { model: "local/tiny".into(), ..same.clone() },
        AppendVersion { parameters: JsonObject::new(), base_version: 2, ..same.clone() },
        AppendVersion { template: "{source_text} ".into(), base_version: 3, ..same.clone() },
    ] {
        fresh.append(id, &changed).await.expect("a change");
    }
    assert_eq!(prompt::get_prompt(&fresh.db, id).await.expect("reads").name, "Another name");
}

/// Versions of earlier servers may have other line ends: requests are converted when they are read, so that here
/// they are stored as given.
#[on_both_engines]
async fn other_line_ends_alone_are_no_new_version(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let variables =
        |tone: &str| serde_json::json!({"variables": {"tone": tone}}).as_object().expect("one").clone();
    let old =
        AppendVersion { parameters: variables("dry\r\ncalm"), ..next("{tone}\r\n\r\n{source_text}\r\n", 1) };
    let old = fresh.append(id, &old).await.expect("appends");
    for (template, tone) in [
        ("{tone}\n\n{source_text}\n", "dry\ncalm"),
        ("{tone}\r\r{source_text}\r", "dry\rcalm"),
        ("{tone}\r\n\r\n{source_text}\r\n", "dry\ncalm"),
        ("{tone}\n\n{source_text}\n", "dry\r\ncalm"),
    ] {
        let same = AppendVersion { parameters: variables(tone), ..next(template, 2) };
        let refused = fresh.append(id, &same).await.expect_err("unchanged");
        assert!(matches!(refused, Error::LineEndsOnly), "{template:?}: {refused:?}");
        assert_eq!(refused.code(), Code::VersionUnchanged);
    }
    let same = AppendVersion { parameters: old.parameters.clone(), ..next(&old.template, 2) };
    assert!(matches!(fresh.append(id, &same).await, Err(Error::VersionUnchanged)));

    // What a line end means elsewhere is a change.
    let other =
        AppendVersion { parameters: variables("dry\n\ncalm"), ..next("{tone}\n\n{source_text}\n", 2) };
    fresh.append(id, &other).await.expect("a change");
}

#[on_both_engines]
async fn a_restored_version_keeps_its_line_ends_and_its_hash_verifies(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let old = fresh.append(id, &next("One.\r\n{source_text}\r\n", 1)).await.expect("appends");
    fresh.append(id, &next("Two.\n{source_text}\n", 2)).await.expect("appends");
    let request = RestoreVersion { base_version: 3, note: String::new() };
    let draft = prompt::draft_restored_version(&fresh.db, &author(), id, 2, &request, &models()).await;
    let draft = draft.expect("a draft");
    let restored = crate::write!(fresh, |txn| prompt::append_version(&txn, draft).await).expect("restores");
    assert_eq!(restored.template, old.template);
    let verification = verify::verify_prompt(&fresh.db, id).await.expect("verifies");
    assert_eq!((verification.mismatch, verification.versions), (None, 4));
}

#[on_both_engines]
async fn what_a_run_could_not_use_is_refused(fresh: Fresh) {
    let id = fresh.work().await;
    fresh.prompt(id).await;
    let good = next("{tone} {source_text}", 1);
    let with = |json: &str| AppendVersion { parameters: object(json), ..good.clone() };
    for (new, code, pointer) in [
        (AppendVersion { model: "gone".into(), ..good.clone() }, Code::ModelUnknown, ""),
        (with(r#"{"variables": {"tone": "x"}, "top_k": 1}"#), Code::ParametersInvalid, "/parameters/top_k"),
        (with(r#"{"variables": {"a.b": "x"}}"#), Code::ParametersInvalid, "/parameters/variables/a.b"),
        (with("{}"), Code::TemplateInvalid, "/template"),
        (
            AppendVersion { note: "\0".into(), ..with(r#"{"variables": {"tone": "x"}}"#) },
            Code::ValidationFailed,
            "/note",
        ),
    ] {
        let refused = fresh.append(id, &new).await.expect_err("refused");
        assert_eq!(refused.code(), code);
        let pointers: Vec<_> = refused.field_errors().into_iter().filter_map(|e| e.pointer).collect();
        assert_eq!(pointers.first().map_or("", String::as_str), pointer);
    }
    fresh.append(id, &with(r#"{"variables": {"tone": "x"}, "metadata": {"a": [1]}}"#)).await.expect("good");
}

#[on_both_engines]
async fn a_version_is_restored_as_a_new_one_by_todays_rules(fresh: Fresh) {
    let id = fresh.work().await;
    let first = fresh.prompt(id).await.latest_version;
    fresh.append(id, &next("2 {source_text}", 1)).await.expect("appends");
    let request = RestoreVersion { base_version: 2, note: "back".into() };
    let restore = async |number, request: &RestoreVersion, models: &Models| {
        let draft = prompt::draft_restored_version(&fresh.db, &author(), id, number, request, models).await?;
        crate::write!(fresh, |txn| prompt::append_version(&txn, draft).await)
    };
    let missing = restore(9, &request, &models()).await;
    assert!(matches!(missing, Err(Error::NotFound(Missing::Version))), "{missing:?}");
    let unchanged = restore(2, &request, &models()).await;
    assert!(matches!(unchanged, Err(Error::VersionUnchanged)), "{unchanged:?}");
    let poorer = Models::new([ModelEntry { id: "demo".into(), provider: "demo".into(), parameters: vec![] }]);
    assert_eq!(restore(1, &request, &poorer).await.expect_err("refused").code(), Code::ParametersInvalid);

    let third = restore(1, &request, &models()).await.expect("restores");
    assert_eq!((third.number, third.restored_from, &*third.note), (3, Some(1), "back"));
    assert_eq!((&third.template, &third.parameters), (&first.template, &first.parameters));
    let stale = restore(1, &request, &models()).await;
    assert!(matches!(stale, Err(Error::StaleBaseVersion(_))), "{stale:?}");
    assert_eq!(prompt::get_version(&fresh.db, id, 3).await.expect("reads"), third);
}

#[on_both_engines]
async fn a_name_alone_makes_no_version(fresh: Fresh) {
    let id = fresh.work().await;
    let before = fresh.prompt(id).await;
    let tag = hot::get_prompt_head(&fresh.db, id).await.expect("reads").tag;
    let change = RenamePrompt { name: "Hausstil".into() };
    let after = crate::write!(fresh, |txn| prompt::rename_prompt(&txn, id, &change).await).expect("renamed");
    assert_eq!((&*after.name, &after.latest_version), ("Hausstil", &before.latest_version));
    assert!(after.updated_at > before.updated_at);
    let head = hot::get_prompt_head(&fresh.db, id).await.expect("reads");
    assert_ne!(head.tag, tag);
    let json = hot::get_prompt_json(&fresh.db, &head).await.expect("reads");
    assert_eq!(json, serde_json::to_string(&after).expect("JSON"));
    let none = crate::write!(fresh, |txn| prompt::rename_prompt(&txn, 99, &change).await);
    assert!(matches!(none, Err(Error::NotFound(Missing::Work))), "{none:?}");
}

#[on_both_engines]
async fn versions_are_found_by_number_only(fresh: Fresh) {
    let id = fresh.work().await;
    let none = prompt::get_version(&fresh.db, id, 1).await;
    assert!(matches!(none, Err(Error::NotFound(Missing::Prompt))), "{none:?}");
    let made = fresh.prompt(id).await.latest_version;
    assert_eq!(prompt::get_version(&fresh.db, id, 1).await.expect("reads"), made);
    for number in [-1, 0, 2, i32::MAX] {
        let none = prompt::get_version(&fresh.db, id, number).await;
        assert!(matches!(none, Err(Error::NotFound(Missing::Version))), "{none:?}");
    }
}
