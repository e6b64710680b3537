//! Users, sessions and tokens.

use crate::fixture::Fresh;
use colophon_contract::{AuthorKind, Code, CreateToken, Role, Scope};
use colophon_domain::{
    Error, Missing, PageRequest,
    password::{PasswordHash, hash_password},
    session, token, user,
};
use colophon_test_support::on_both;
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

on_both! {
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
            user::get_credentials(&fresh.db, name).await.expect("reads").verify(password).map(|verified| verified.user().id)
        };
        assert_eq!(verify("МИКА", PASSWORD).await, Some(mika.id));
        assert_eq!(verify("Мика", "wrong horse").await, None);
        assert_eq!(verify("nobody", PASSWORD).await, None);
        assert_eq!(verify("\0", PASSWORD).await, None);
        crate::write!(fresh, |txn| user::disable_user(&txn, "мика").await).expect("disabled");
        assert_eq!(verify("Мика", PASSWORD).await, None);
    }

    async fn a_password_that_was_changed_meanwhile_lets_nobody_in(fresh: Fresh) {
        crate::write!(fresh, |txn| user::create_user(&txn, "mika", hash(), Role::Operator).await).expect("a user");
        let check = async || {
            let credentials = user::get_credentials(&fresh.db, "mika").await.expect("reads");
            credentials.verify(PASSWORD).expect("the password")
        };
        let (early, late) = (check().await, check().await);
        crate::write!(fresh, |txn| session::sign_in(&txn, &early).await).expect("still the password");
        let other = hash_password("another horse").expect("hashes");
        let own = crate::write!(fresh, |txn| user::change_password(&txn, &early, &other).await).expect("changed");
        assert!(session::find_session(&fresh.db, &own).await.expect("reads").is_some());
        // Both knew the password when it was checked.
        let refused = crate::write!(fresh, |txn| session::sign_in(&txn, &late).await);
        assert!(matches!(refused, Err(Error::NotFound(Missing::User))), "{refused:?}");
        let refused = crate::write!(fresh, |txn| user::change_password(&txn, &late, hash()).await);
        assert!(matches!(refused, Err(Error::NotFound(Missing::User))), "{refused:?}");
    }

    async fn a_session_lasts_until_it_ends(fresh: Fresh) {
        let mika = crate::write!(fresh, |txn| user::create_user(&txn, "mika", hash(), Role::Operator).await)
            .expect("a user");
        let sign_in = async || crate::write!(fresh, |txn| session::create_session(&txn, mika.id).await);
        let (first, second) = (sign_in().await.expect("a token"), sign_in().await.expect("a token"));
        assert_ne!(first, second);
        assert_eq!(first.len(), 43);
        let find = async |token: &str| session::find_session(&fresh.db, token).await.expect("reads");
        assert_eq!(find(&first).await, Some(user::actor_of(&mika)));
        assert_eq!(find("").await, None);
        crate::write!(fresh, |txn| session::delete_session(&txn, &first).await).expect("signed out");
        assert_eq!((find(&first).await, find(&second).await), (None, Some(user::actor_of(&mika))));
        assert!(user::list_users(&fresh.db, &PageRequest::default()).await.expect("reads").items[0].last_sign_in_at.is_some());

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

    async fn a_token_stands_for_a_service(fresh: Fresh) {
        let made = crate::write!(fresh, |txn| token::create_token(&txn, None, &new_token()).await)
            .expect("a token").secret;
        assert!(made.starts_with("clp_") && made.len() == 47);
        let found = token::find_token(&fresh.db, &made, None).await.expect("reads").expect("the token");
        assert_eq!((found.actor.author.kind, &*found.actor.author.name), (AuthorKind::Token, "feeder"));
        assert_eq!((found.actor.role, found.touch_due), (Role::Operator, true));
        token::touch_token(&fresh.db, found.token_id).await.expect("touched");
        let again = token::find_token(&fresh.db, &made, None).await.expect("reads").expect("the token");
        assert!(!again.touch_due);
        assert_eq!(token::find_token(&fresh.db, "clp_x", None).await.expect("reads"), None);

        let db = fresh.place.connect().await;
        let stored = db.query_one_raw(Statement::from_string(
            db.get_database_backend(), "SELECT token_sha256 FROM api_tokens",
        )).await.expect("reads").expect("a row");
        assert_ne!(stored.try_get_by_index::<String>(0).expect("text"), made);
        for column in ["expires_at", "revoked_at"] {
            let sql = format!("UPDATE api_tokens SET {column} = $1");
            let now = colophon_domain::time::now().into();
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [now]);
            db.execute_raw(statement).await.expect("set");
            assert_eq!(token::find_token(&fresh.db, &made, None).await.expect("reads"), None, "{column}");
        }
    }

    async fn the_first_administrator_is_set_up_once(fresh: Fresh) {
        let first = crate::write!(fresh, |txn| user::set_up_first_admin(&txn, "mika", hash()).await);
        assert_eq!(first.expect("a user").role, Role::Admin);
        let second = crate::write!(fresh, |txn| user::set_up_first_admin(&txn, "other", hash()).await);
        assert!(matches!(second, Err(Error::SetupDone)), "{second:?}");
    }
}
