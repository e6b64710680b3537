//! Users, sessions and tokens.

use crate::fixture::{Fresh, author, models, next};
use colophon_contract::{AuthorKind, Code, CreateToken, Role, Scope};
use colophon_domain::{
    Actor, Db, Error, Missing, PageRequest,
    hot::{self, Asked, Base, Brought, Credential},
    password::{PasswordHash, hash_password},
    prompt, run, session, token, user, work,
};
use colophon_test_support::on_both_engines;
use sea_orm::{ConnectionTrait, Statement};
use std::sync::OnceLock;

const PASSWORD: &str = "correct horse";

fn new_token() -> CreateToken {
    CreateToken { name: "feeder".into(), scopes: vec![Scope::Write], work_id: None, expires_in_days: None }
}

fn hash() -> &'static PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| hash_password(PASSWORD).expect("hashes"))
}

async fn find_actor(db: &Db, credential: Credential) -> Option<Actor> {
    hot::identify(db, &credential, Asked::Other).await.expect("reads").map(|access| access.actor)
}

#[on_both_engines]
async fn the_right_password_signs_in_and_nothing_else(fresh: Fresh) {
    assert!(!user::has_users(&fresh.db).await.expect("reads"));
    let mika = crate::write!(fresh, |txn| user::create_user(&txn, " Мика ", hash(), Role::Operator).await)
        .expect("a user");
    assert_eq!((&*mika.name, mika.role), ("Мика", Role::Operator));
    assert!(user::has_users(&fresh.db).await.expect("reads"));
    let same = crate::write!(fresh, |txn| user::create_user(&txn, "мИКА", hash(), Role::Admin).await);
    assert!(matches!(same, Err(Error::UserExists)), "{same:?}");
    for name in [" ", "a\nb", &"x".repeat(256)] {
        let refused = crate::write!(fresh, |txn| user::create_user(&txn, name, hash(), Role::Admin).await);
        assert_eq!(refused.expect_err("refused").code(), Code::ValidationFailed);
    }

    let verify = async |name: &str, password: &str| {
        user::get_credentials(&fresh.db, name)
            .await
            .expect("reads")
            .verify(password)
            .map(|verified| verified.user().id)
    };
    assert_eq!(verify("МИКА", PASSWORD).await, Some(mika.id));
    assert_eq!(verify("Мика", "wrong horse").await, None);
    assert_eq!(verify("nobody", PASSWORD).await, None);
    assert_eq!(verify("\0", PASSWORD).await, None);
    crate::write!(fresh, |txn| user::disable_user(&txn, "мика").await).expect("disabled");
    assert_eq!(verify("Мика", PASSWORD).await, None);
}

#[on_both_engines]
async fn a_password_that_was_changed_meanwhile_lets_nobody_in(fresh: Fresh) {
    crate::write!(fresh, |txn| user::create_user(&txn, "mika", hash(), Role::Operator).await)
        .expect("a user");
    let check = async || {
        let credentials = user::get_credentials(&fresh.db, "mika").await.expect("reads");
        credentials.verify(PASSWORD).expect("the password")
    };
    let (early, late) = (check().await, check().await);
    crate::write!(fresh, |txn| session::sign_in(&txn, &early).await).expect("still the password");
    let other = hash_password("another horse").expect("hashes");
    let own = crate::write!(fresh, |txn| user::change_password(&txn, &early, &other).await).expect("changed");
    assert!(find_actor(&fresh.db, Credential::Session(own)).await.is_some());
    // Both knew the password when it was checked.
    let refused = crate::write!(fresh, |txn| session::sign_in(&txn, &late).await);
    assert!(matches!(refused, Err(Error::NotFound(Missing::User))), "{refused:?}");
    let refused = crate::write!(fresh, |txn| user::change_password(&txn, &late, hash()).await);
    assert!(matches!(refused, Err(Error::NotFound(Missing::User))), "{refused:?}");
}

#[on_both_engines]
async fn a_session_lasts_until_it_ends(fresh: Fresh) {
    let mika = crate::write!(fresh, |txn| user::create_user(&txn, "mika", hash(), Role::Operator).await)
        .expect("a user");
    let sign_in = async || crate::write!(fresh, |txn| session::create_session(&txn, mika.id).await);
    let (first, second) = (sign_in().await.expect("a token"), sign_in().await.expect("a token"));
    assert_ne!(first, second);
    assert_eq!(first.len(), 43);
    let find = async |token: &str| find_actor(&fresh.db, Credential::Session(token.to_owned())).await;
    assert_eq!(find(&first).await, Some(user::actor_of(&mika)));
    assert_eq!(find("").await, None);
    crate::write!(fresh, |txn| session::delete_session(&txn, &first).await).expect("signed out");
    assert_eq!((find(&first).await, find(&second).await), (None, Some(user::actor_of(&mika))));
    assert!(
        user::list_users(&fresh.db, &PageRequest::default()).await.expect("reads").items[0]
            .last_sign_in_at
            .is_some()
    );

    let db = fresh.place.connect().await;
    let set = async |seconds: i64| {
        let until = colophon_domain::time::now() + chrono::TimeDelta::seconds(seconds);
        let sql = "UPDATE sessions SET expires_at = $1";
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [until.into()]);
        db.execute_raw(statement).await.expect("set");
    };
    set(-1).await;
    assert_eq!(find(&second).await, None, "expired");
    set(60).await;
    assert_eq!(find(&second).await, Some(user::actor_of(&mika)));
    crate::write!(fresh, |txn| user::disable_user(&txn, "MIKA").await).expect("disabled");
    assert_eq!(find(&second).await, None);
    let disabled = sign_in().await;
    assert!(matches!(disabled, Err(Error::NotFound(Missing::User))), "{disabled:?}");
    let nobody = crate::write!(fresh, |txn| user::disable_user(&txn, "nobody").await);
    assert!(matches!(nobody, Err(Error::NotFound(Missing::User))), "{nobody:?}");
}

#[on_both_engines]
async fn a_token_stands_for_a_service(fresh: Fresh) {
    let made = crate::write!(fresh, |txn| token::create_token(&txn, None, &new_token()).await)
        .expect("a token")
        .secret;
    assert!(made.starts_with("clp_") && made.len() == 47);
    let find = async |token: &str| {
        let credential = Credential::Token(token.to_owned());
        hot::identify(&fresh.db, &credential, Asked::Other).await.expect("reads")
    };
    let found = find(&made).await.expect("the token");
    assert_eq!((found.actor.author.kind, &*found.actor.author.name), (AuthorKind::Token, "feeder"));
    assert_eq!(found.actor.role, Role::Operator);
    token::touch_token(&fresh.db, found.touch_due.expect("never used")).await.expect("touched");
    assert_eq!(find(&made).await.expect("the token").touch_due, None);
    assert_eq!(find("clp_x").await, None);

    let db = fresh.place.connect().await;
    let stored = db
        .query_one_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT token_sha256 FROM api_tokens",
        ))
        .await
        .expect("reads")
        .expect("a row");
    assert_ne!(stored.try_get_by_index::<String>(0).expect("text"), made);
    for column in ["expires_at", "revoked_at"] {
        let sql = format!("UPDATE api_tokens SET {column} = $1");
        let now = colophon_domain::time::now().into();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [now]);
        db.execute_raw(statement).await.expect("set");
        assert_eq!(find(&made).await, None, "{column}");
    }
}

#[on_both_engines]
async fn what_is_asked_for_comes_along(fresh: Fresh) {
    let mika = crate::write!(fresh, |txn| user::create_user(&txn, "mika", hash(), Role::Operator).await)
        .expect("a user");
    let cookie = crate::write!(fresh, |txn| session::create_session(&txn, mika.id).await).expect("a token");
    let token = crate::write!(fresh, |txn| token::create_token(&txn, Some(mika.id), &new_token()).await);
    let token = Credential::Token(token.expect("a token").secret);
    let session = Credential::Session(cookie);
    let (work_id, other_id) = (fresh.work().await, fresh.work().await);
    fresh.prompt(work_id).await;
    fresh.append(work_id, &next("Two: {source_text}", 1)).await.expect("appends");
    let chapter_id = fresh.chapter(work_id, "夜").await;
    let run_id = fresh.queued(work_id, chapter_id).await.expect("a run");
    let head = hot::get_prompt_head(&fresh.db, work_id).await.expect("reads");
    let stranger = Credential::Session("nobody's".into());

    for credential in [&session, &token] {
        let bring = async |asked| {
            let access = hot::identify(&fresh.db, credential, asked).await.expect("reads");
            let alone = hot::identify(&fresh.db, credential, Asked::Other).await.expect("reads");
            let (access, alone) = (access.expect("somebody"), alone.expect("somebody"));
            assert_eq!((&access.actor, access.touch_due), (&alone.actor, alone.touch_due));
            assert_eq!(alone.brought, Brought::Nothing);
            access.brought
        };
        assert_eq!(bring(Asked::Prompt(work_id)).await, Brought::Head(head.clone()));
        let of_other = CreateToken { work_id: Some(other_id), ..new_token() };
        let bound = crate::write!(fresh, |txn| token::create_token(&txn, Some(mika.id), &of_other).await);
        let bound = Credential::Token(bound.expect("a token").secret);
        for asked in [Asked::Prompt(work_id), Asked::Base(work_id)] {
            let access = hot::identify(&fresh.db, &bound, asked).await.expect("reads").expect("a token");
            assert_eq!(access.brought, Brought::Nothing, "of another work: {asked:?}");
        }
        for none in [Asked::Prompt(other_id), Asked::Prompt(99), Asked::Base(other_id), Asked::Run(99)] {
            assert_eq!(bring(none).await, Brought::Nothing, "{none:?}");
        }
        let of_run = if matches!(credential, Credential::Token(_)) {
            Brought::WorkOfRun(work_id)
        } else {
            Brought::Nothing
        };
        assert_eq!(bring(Asked::Run(run_id)).await, of_run);
        let Brought::Base(base) = bring(Asked::Base(work_id)).await else { panic!("no base") };
        let draft = async |work_id, number| {
            let new = next("Three: {source_text}", number);
            let base = Some((*base).clone());
            prompt::draft_version(&fresh.db, &author(), work_id, &new, base, &models()).await
        };
        // What came along is never what refuses: that is read anew.
        let stale = draft(work_id, 1).await;
        assert!(matches!(&stale, Err(Error::StaleBaseVersion(latest)) if latest.number == 2), "{stale:?}");
        let elsewhere = draft(other_id, 2).await;
        assert!(matches!(elsewhere, Err(Error::NotFound(Missing::Prompt))), "{elsewhere:?}");
        for asked in [Asked::Prompt(work_id), Asked::Base(work_id), Asked::Run(run_id)] {
            assert_eq!(hot::identify(&fresh.db, &stranger, asked).await.expect("reads"), None);
        }
    }
    let by = Actor::system("test");
    let bring = async || {
        let access = hot::identify(&fresh.db, &session, Asked::Base(work_id)).await.expect("reads");
        let Brought::Base(base) = access.expect("somebody").brought else { panic!("no base") };
        *base
    };
    let append = async |template: &str, number: i32, base: Base| {
        let new = next(template, number);
        let draft = prompt::draft_version(&fresh.db, &author(), work_id, &new, Some(base), &models()).await;
        prompt::store_version(&fresh.db, &by, draft.expect("a draft")).await.expect("stored")
    };
    let third = append("Three: {source_text}", 2, bring().await).await;
    let chain = prompt::hash::chain_hash(Some(&head.tag.chain_hash), &third.content_hash).expect("a hash");
    assert_eq!((third.number, &third.chain_hash), (3, &chain));
    // Of an editor whose version was another's base while the request was still coming in.
    let early = bring().await;
    fresh.append(work_id, &next("Four: {source_text}", 3)).await.expect("appends");
    assert_eq!(append("Five: {source_text}", 4, early).await.number, 5);

    crate::write!(fresh, |txn| run::cancel_run(&txn, run_id).await).expect("cancelled");
    crate::write!(fresh, |txn| work::delete_work(&txn, work_id).await).expect("deleted");
    for gone in [Asked::Prompt(work_id), Asked::Base(work_id)] {
        let access = hot::identify(&fresh.db, &session, gone).await.expect("reads").expect("somebody");
        assert_eq!(access.brought, Brought::Nothing, "{gone:?}");
    }
}

#[on_both_engines]
async fn the_first_administrator_is_set_up_once(fresh: Fresh) {
    let first = crate::write!(fresh, |txn| user::set_up_first_admin(&txn, "mika", hash()).await);
    assert_eq!(first.expect("a user").role, Role::Admin);
    let second = crate::write!(fresh, |txn| user::set_up_first_admin(&txn, "other", hash()).await);
    assert!(matches!(second, Err(Error::SetupDone)), "{second:?}");
}
