//! Users: people who sign in. They are never deleted, because the history names them as authors.

mod link;
mod manage;

pub use link::{LINK_LIFETIME, Link, create_link, find_link, set_password_by_link};
pub use manage::{change_password, disable_user, invite_user, update_user};

use crate::{
    Actor, Db, Engine, Error, Missing, PageRequest, Result, Txn,
    audit::{self, Entry},
    db::statement,
    entity::{session as sessions, user as entity},
    error::is_constraint_violation,
    password::{PasswordHash, verify_password},
    stored::role_of,
    time::{self, timestamp},
};
use colophon_contract::{
    AuditAction, FieldError, Page, Role, SubjectKind, User, UserState, account_name,
    rule::{self, NAME_MAX},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};
use unicode_normalization::UnicodeNormalization as _;

/// The data that a password is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user of that name, even if disabled.
    owner: Option<User>,
    hash: PasswordHash,
}

impl Credentials {
    fn of(row: Option<entity::Model>) -> Result<Self> {
        let hash = row.as_ref().map(|row| PasswordHash(row.password_hash.clone()));
        Ok(Self { owner: row.map(user).transpose()?, hash: hash.unwrap_or_else(PasswordHash::of_nobody) })
    }

    /// Returns the user of the credentials, even if the user may not sign in; for the audit log.
    #[must_use]
    pub fn owner(&self) -> Option<&User> {
        self.owner.as_ref()
    }

    /// Returns the user if the name exists, the user may sign in and the password is right. Takes as long for
    /// an unknown name, so that the time does not reveal which names exist. As slow as
    /// [`crate::password::verify_password`].
    #[must_use]
    pub fn verify(self, password: &str) -> Option<Verified> {
        let fits = verify_password(password, &self.hash);
        let Self { owner, hash } = self;
        let user = owner.filter(|user| fits && user.state == UserState::Active)?;
        Some(Verified { user, hash })
    }
}

/// A user whose password was checked against this hash.
#[derive(Debug, Clone)]
pub struct Verified {
    user: User,
    hash: PasswordHash,
}

impl Verified {
    /// Returns the user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }
}

/// Locks the user's row until the transaction ends, if the checked password is still the current one.
///
/// # Errors
/// `NotFound`, if the user was disabled or got another password meanwhile.
pub(crate) async fn hold(txn: &Txn, verified: &Verified) -> Result<entity::Model> {
    let find = entity::Entity::find_by_id(verified.user.id)
        .filter(entity::Column::DisabledAt.is_null())
        .filter(entity::Column::PasswordHash.eq(verified.hash.0.as_str()))
        .lock(LockType::NoKeyUpdate);
    find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::User))
}

/// Returns the actor of a user.
#[must_use]
pub fn actor_of(user: &User) -> Actor {
    Actor::user(user.id, user.name.clone(), user.role)
}

/// Adds a user with a password.
///
/// # Errors
/// `UserExists`; `ValidationFailed` if the name is blank, too long or has control or invisible characters.
pub async fn create_user(txn: &Txn, name: &str, hash: &PasswordHash, role: Role) -> Result<User> {
    insert(txn, name, Some(hash), role).await
}

/// Adds a user; `hash` is `None` if the user has no password yet.
async fn insert(txn: &Txn, name: &str, hash: Option<&PasswordHash>, role: Role) -> Result<User> {
    let name = check_name(name)?;
    // A user from before names were normalised looks the same but has another key.
    if find_by_name(txn.conn(), &name).await?.is_some() || looks_like_another(txn, &name).await? {
        return Err(Error::UserExists);
    }
    let now = time::now();
    let row = entity::ActiveModel {
        name_key: Set(name_key(&name)),
        name: Set(name),
        password_hash: Set(hash.map_or_else(|| PasswordHash::of_nobody().0, |hash| hash.0.clone())),
        role: Set(role.as_str().to_owned()),
        created_at: Set(now),
        password_set_at: Set(hash.map(|_| now)),
        ..Default::default()
    };
    let exists = |error: DbErr| {
        if is_constraint_violation(&error) { Error::UserExists } else { error.into() }
    };
    let made = user(row.insert(txn.conn()).await.map_err(exists)?)?;
    audit::record(txn, about(AuditAction::UserCreated, &made).saying(role.as_str())).await?;
    Ok(made)
}

/// Returns whether the name looks like another user's name (UTS 39), although its characters differ.
async fn looks_like_another(txn: &Txn, name: &str) -> Result<bool> {
    if txn.engine() == Engine::Postgres {
        // No index rejects the second of two similar names that are added at the same moment.
        txn.conn().execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    let skeleton = account_name::skeleton_of(&name_key(name));
    let rows = txn.conn().query_all_raw(statement(txn.conn(), "SELECT name FROM users", [])).await?;
    for row in rows {
        if account_name::skeleton_of(&name_key(&row.try_get_by_index::<String>(0)?)) == skeleton {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds the first administrator. Only one of several concurrent calls succeeds.
///
/// # Errors
/// `SetupDone` if there is any user; also the errors of [`create_user`].
pub async fn set_up_first_admin(txn: &Txn, name: &str, hash: &PasswordHash) -> Result<User> {
    if txn.engine() == Engine::Postgres {
        // There is no row to lock yet: block other inserts until this user is stored.
        txn.conn().execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    if any(txn.conn()).await? {
        return Err(Error::SetupDone);
    }
    create_user(txn, name, hash, Role::Admin).await
}

/// Returns whether there is any user. If not, the server offers to set up the first.
///
/// # Errors
/// Returns database errors only.
pub async fn has_users(db: &Db) -> Result<bool> {
    any(db.read()).await
}

/// Returns the credentials of a name.
///
/// # Errors
/// Returns database errors only.
pub async fn get_credentials(db: &Db, name: &str) -> Result<Credentials> {
    Credentials::of(find_by_name(db.read(), name).await?)
}

/// Returns the credentials of a signed-in user.
///
/// # Errors
/// Returns database errors only.
pub async fn get_own_credentials(db: &Db, user_id: i64) -> Result<Credentials> {
    Credentials::of(entity::Entity::find_by_id(user_id).one(db.read()).await?)
}

/// Returns users by id, which is the order in which they were added.
///
/// # Errors
/// `CursorInvalid`.
pub async fn list_users(db: &Db, page: &PageRequest) -> Result<Page<User>> {
    let after = page.after("users")?.unwrap_or(0);
    let limit = u64::try_from(page.rows()).unwrap_or(u64::MAX);
    let find = entity::Entity::find().filter(entity::Column::Id.gt(after)).order_by_asc(entity::Column::Id);
    let rows = find.limit(limit).all(db.read()).await?;
    let users = rows.into_iter().map(user).collect::<Result<Vec<_>>>()?;
    Ok(page.page("users", users, |user| user.id))
}

/// Returns a user.
///
/// # Errors
/// `NotFound`.
pub async fn get_user(db: &Db, user_id: i64) -> Result<User> {
    let row = entity::Entity::find_by_id(user_id).one(db.read()).await?;
    user(row.ok_or(Error::NotFound(Missing::User))?)
}

/// Returns the user of a name; case does not matter.
///
/// # Errors
/// `NotFound`.
pub async fn get_user_by_name(db: &Db, name: &str) -> Result<User> {
    let row = find_by_name(db.read(), name).await?;
    user(row.ok_or(Error::NotFound(Missing::User))?)
}

/// Finds the user of a name. Keys from before names were normalised are as typed then. They are found if the
/// name is typed the same way now, or decomposed. If several rows match, the exact one wins.
async fn find_by_name(conn: &impl ConnectionTrait, name: &str) -> Result<Option<entity::Model>> {
    // No name contains U+0000, and PostgreSQL rejects it in a query.
    let name = name.replace('\0', "\u{fffd}");
    let typed = name.trim().to_lowercase();
    let decomposed = typed.nfd().collect();
    let keys = [typed, name_key(&name), decomposed];
    let mut found: Vec<_> =
        entity::Entity::find().filter(entity::Column::NameKey.is_in(&keys)).all(conn).await?;
    found.sort_by_key(|row| keys.iter().position(|key| *key == row.name_key));
    Ok(found.into_iter().next())
}

/// Returns a name of a user or token as it is stored: trimmed and in normal form C.
///
/// # Errors
/// `ValidationFailed` if the name breaks the rules.
pub(crate) fn check_name(name: &str) -> Result<String> {
    let error = match rule::account_name(name) {
        Ok(()) if name.chars().count() as u64 <= NAME_MAX => return Ok(name.trim().nfc().collect()),
        Ok(()) => FieldError::at("/name", "length", format!("must have at most {NAME_MAX} characters")),
        Err(e) => FieldError::at("/name", e.code.to_string(), e.message.unwrap_or_default()),
    };
    Err(Error::ValidationFailed(vec![error]))
}

/// Returns the key by which names are compared. It ignores case, white space, composition of characters,
/// joiners and variation selectors.
#[must_use]
pub fn name_key(name: &str) -> String {
    let seen: String = name.chars().filter(|c| !account_name::is_joined(*c)).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    // No name contains U+0000, and PostgreSQL rejects it in a query.
    words.join(" ").replace('\0', "\u{fffd}").to_lowercase().nfc().collect()
}

async fn any(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(conn.query_one_raw(statement(conn, "SELECT 1 FROM users LIMIT 1", [])).await?.is_some())
}

/// Returns an audit log entry about a user.
fn about(action: AuditAction, user: &User) -> Entry {
    Entry::new(action, SubjectKind::User, user.id).named(user.name.clone())
}

fn user(row: entity::Model) -> Result<User> {
    let state = match (row.disabled_at, row.password_set_at) {
        (Some(_), _) => UserState::Disabled,
        (None, None) => UserState::Invited,
        (None, Some(_)) => UserState::Active,
    };
    let now = time::now();
    Ok(User {
        id: row.id,
        role: role_of(&row.role)?,
        name: row.name,
        state,
        created_at: timestamp(row.created_at),
        last_sign_in_at: time::optional(row.last_sign_in_at),
        disabled_at: time::optional(row.disabled_at),
        link_expires_at: row
            .link_sha256
            .and(row.link_expires_at)
            .filter(|until| *until > now && row.disabled_at.is_none())
            .map(timestamp),
    })
}

/// Sets the password in a locked row, ends the user's sessions and revokes the user's link.
async fn set_password(txn: &Txn, row: entity::Model, hash: &PasswordHash) -> Result<User> {
    let user_id = row.id;
    let mut row = row.into_active_model();
    row.password_hash = Set(hash.0.clone());
    row.password_set_at = Set(Some(time::now()));
    row.link_sha256 = Set(None);
    row.link_expires_at = Set(None);
    let changed = user(row.update(txn.conn()).await?)?;
    end_sessions(txn, user_id).await?;
    Ok(changed)
}

async fn end_sessions(txn: &Txn, user_id: i64) -> Result<()> {
    let of_user = sessions::Column::UserId.eq(user_id);
    sessions::Entity::delete_many().filter(of_user).exec(txn.conn()).await?;
    Ok(())
}
