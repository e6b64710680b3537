//! The audit log stays as it was written, users and tokens stay, and somebody can always manage them.

use colophon_test_support::{
    Engine::{Postgres, Sqlite},
    TestDatabase, on_both_engines,
};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::{
    refusal::{Refusal, all_are_refused, refusal},
    row::{NOW, hash},
    story,
};

const APPENDED: &str = "colophon: the audit log is only ever appended to";
const USERS: &str = "colophon: users are never deleted";
const LAST: &str = "colophon: somebody must remain who can manage users";
const TOKENS: &str = "colophon: tokens are never deleted";
const TOKEN: &str = "colophon: a token is only ever used, revoked or left to expire";

#[on_both_engines]
async fn the_audit_log_is_only_ever_appended_to(db: TestDatabase) {
    all_are_refused(&db, log()).await;
}

#[on_both_engines]
async fn users_stay_and_one_can_manage_them(db: TestDatabase) {
    all_are_refused(&db, users()).await;
}

#[on_both_engines]
async fn tokens_stay_what_they_were_made(db: TestDatabase) {
    all_are_refused(&db, tokens()).await;
}

#[on_both_engines]
async fn what_happens_to_users_and_tokens_is_accepted(db: TestDatabase) {
    let db = story::tell(&db).await;
    for statement in [
        entry(1),
        entry(2),
        other_admin(true),
        "UPDATE users SET password_set_at = NULL WHERE id = 1".to_owned(),
        format!("UPDATE users SET password_set_at = {NOW} WHERE id = 1"),
        "UPDATE users SET role = 'viewer' WHERE id = 1".to_owned(),
        format!("UPDATE users SET disabled_at = {NOW} WHERE id = 1"),
        "UPDATE users SET disabled_at = NULL, role = 'admin' WHERE id = 1".to_owned(),
        format!("UPDATE users SET link_sha256 = {}, link_expires_at = {NOW} WHERE id = 1", hash('a')),
        "UPDATE users SET link_sha256 = NULL, link_expires_at = NULL WHERE id = 1".to_owned(),
        token(),
        format!("UPDATE api_tokens SET last_used_at = {NOW} WHERE id = 1"),
        format!("UPDATE api_tokens SET revoked_at = {NOW} WHERE id = 1"),
    ] {
        db.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[on_both_engines]
async fn roles_of_tokens_become_scopes_and_back(db: TestDatabase) {
    let db = db.connect().await;
    colophon_migration::down(&db, Some(story::SINCE_ACCESS), colophon_migration::Force::No).await.unwrap();
    for (n, role) in [('a', "viewer"), ('b', "operator"), ('c', "admin")] {
        let old = format!(
            "INSERT INTO api_tokens (name, token_sha256, role, created_at) VALUES ('{role}', {}, '{role}', {NOW})",
            hash(n)
        );
        db.execute_unprepared(&old).await.unwrap();
    }
    colophon_migration::up(&db, None).await.unwrap();
    let scopes = "SELECT scopes FROM api_tokens ORDER BY id";
    let column = |rows: Vec<Vec<Option<String>>>| rows.into_iter().flatten().flatten().collect::<Vec<_>>();
    assert_eq!(column(story::rows(&db, scopes).await), ["read", "read write run", "read write run"]);
    colophon_migration::down(&db, Some(story::SINCE_ACCESS), colophon_migration::Force::No).await.unwrap();
    let roles = "SELECT role FROM api_tokens ORDER BY id";
    assert_eq!(column(story::rows(&db, roles).await), ["viewer", "operator", "operator"]);
}

/// An entry of the log.
fn entry(after: u32) -> String {
    format!(
        "INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, after_id)
         VALUES ({NOW}, 'user', 1, 'Ada', 'version_appended', 'prompt', 1, {after})"
    )
}

fn other_admin(ready: bool) -> String {
    let ready = if ready { NOW } else { "NULL" };
    format!(
        "INSERT INTO users (name, name_key, password_hash, role, created_at, password_set_at)
         VALUES ('Bo', 'bo', 'x', 'admin', {NOW}, {ready})"
    )
}

fn token() -> String {
    format!(
        "INSERT INTO api_tokens (name, token_sha256, owner_id, scopes, created_at)
         VALUES ('ci', {}, 1, 'read write', {NOW})",
        hash('b')
    )
}

fn log() -> Vec<Refusal> {
    let nobody = "INSERT INTO audit_log (at, actor_name, action, subject_kind)";
    vec![
        refusal("an update", "UPDATE audit_log SET action = 'sign_in'", APPENDED).after(entry(1)),
        refusal("a delete", "DELETE FROM audit_log", APPENDED).after(entry(1)),
        refusal("a truncate", "TRUNCATE audit_log", APPENDED).after(entry(1)).on(Postgres),
        refusal(
            "a replace",
            format!("INSERT OR REPLACE INTO audit_log (id, at, action, subject_kind) VALUES (1, {NOW}, 'x', 'user')"),
            APPENDED,
        )
        .after(entry(1))
        .on(Sqlite),
        refusal(
            "one in another's place",
            format!("INSERT INTO audit_log (id, at, action, subject_kind) VALUES (1, {NOW}, 'x', 'user')"),
            "cannot insert",
        )
        .on(Postgres),
        refusal(
            "one in a gap",
            format!(
                "INSERT INTO audit_log (id, at, action, subject_kind) OVERRIDING SYSTEM VALUE
                 VALUES (99999, {NOW}, 'x', 'user')"
            ),
            APPENDED,
        )
        .after(entry(1))
        .on(Postgres),
        refusal("a name without a kind", format!("{nobody} VALUES ({NOW}, 'Ada', 'x', 'user')"), "CHECK|check"),
    ]
}

fn users() -> Vec<Refusal> {
    let disable = format!("UPDATE users SET disabled_at = {NOW} WHERE id = 1");
    vec![
        refusal("a delete", "DELETE FROM users", USERS),
        refusal("a truncate", "TRUNCATE users CASCADE", "colophon: ").on(Postgres),
        refusal("another id", "UPDATE users SET id = 7 WHERE id = 1", USERS),
        refusal(
            "a replace",
            format!(
                "INSERT OR REPLACE INTO users (name, name_key, password_hash, role, created_at)
                 VALUES ('Ada', 'ada', 'x', 'viewer', {NOW})"
            ),
            USERS,
        )
        .on(Sqlite),
        refusal("an update that replaces", "UPDATE OR REPLACE users SET name_key = 'bo' WHERE id = 1", USERS)
            .after(other_admin(true))
            .on(Sqlite),
        refusal("the last administrator disabled", disable.clone(), LAST),
        refusal("the last administrator's role", "UPDATE users SET role = 'operator' WHERE id = 1", LAST),
        refusal(
            "the last administrator's password",
            "UPDATE users SET password_set_at = NULL WHERE id = 1",
            LAST,
        ),
        refusal(
            "the last administrator's password, beside one who is only invited",
            "UPDATE users SET password_set_at = NULL WHERE id = 1",
            LAST,
        )
        .after(other_admin(false)),
        refusal("the passwords of all", "UPDATE users SET password_set_at = NULL", LAST)
            .after(other_admin(true)),
        refusal("the last but one who is only invited", disable, LAST).after(other_admin(false)),
        refusal("all at once", format!("UPDATE users SET disabled_at = {NOW}"), LAST)
            .after(other_admin(true)),
    ]
}

fn tokens() -> Vec<Refusal> {
    let revoke = format!("UPDATE api_tokens SET revoked_at = {NOW}");
    let one = |name, set: &str| refusal(name, format!("UPDATE api_tokens SET {set}"), TOKEN).after(token());
    vec![
        one("more scopes", "scopes = 'read write run'"),
        one("another work", "work_id = 1"),
        one("no owner", "owner_id = NULL"),
        one("another name", "name = 'cd'"),
        one("another secret", &format!("token_sha256 = {}", hash('c'))),
        one("a longer life", "expires_at = NULL").after(format!("UPDATE api_tokens SET expires_at = {NOW}")),
        one("taken again", "revoked_at = NULL").after(revoke),
        refusal("a delete", "DELETE FROM api_tokens", TOKENS).after(token()),
        refusal("a truncate", "TRUNCATE api_tokens", TOKENS).after(token()).on(Postgres),
        refusal(
            "a replace",
            format!(
                "INSERT OR REPLACE INTO api_tokens (name, token_sha256, scopes, created_at)
                 VALUES ('ci', {}, 'read write run', {NOW})",
                hash('b')
            ),
            TOKENS,
        )
        .after(token())
        .on(Sqlite),
        refusal(
            "a scope that is none",
            format!(
                "INSERT INTO api_tokens (name, token_sha256, scopes, created_at) VALUES ('ci', {}, 'all', {NOW})",
                hash('b')
            ),
            "CHECK|check",
        ),
    ]
}
