//! Users: people who sign in.

use crate::{
    Actor, Db, Engine, Error, Missing, Result, Txn,
    db::statement,
    entity::{session as sessions, user as entity},
    error::is_unique_violation,
    password::{PasswordHash, verify_password},
    time::{self, timestamp},
};
use colophon_contract::{
    Author, AuthorKind, FieldError, Role, Timestamp,
    rule::{self, NAME_MAX},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never reused.
    pub id: i64,
    /// As shown; unique whatever the case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

/// What a password is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    user: Option<User>,
    hash: PasswordHash,
}

impl Credentials {
    /// The user, if there is one of that name who may sign in and the password is theirs. Takes as long where
    /// there is none, so that the time does not tell which names exist; as slow as
    /// [`crate::password::hash_password`].
    #[must_use]
    pub fn verify(self, password: &str) -> Option<User> {
        let fits = verify_password(password, &self.hash);
        self.user.filter(|_| fits)
    }
}

impl User {
    /// The user as who asks.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            author: Author { kind: AuthorKind::User, id: Some(self.id), name: self.name.clone() },
            role: self.role,
        }
    }
}

/// Adds a user.
///
/// # Errors
/// `UserExists`; `ValidationFailed` for a name that is blank, too long or has control characters.
pub async fn create_user(txn: &Txn, name: &str, hash: &PasswordHash, role: Role) -> Result<User> {
    check_name(name)?;
    let row = entity::ActiveModel {
        name: Set(name.trim().to_owned()),
        name_key: Set(name_key(name)),
        password_hash: Set(hash.0.clone()),
        role: Set(role.as_str().to_owned()),
        created_at: Set(time::now()),
        ..Default::default()
    };
    let exists = |error: DbErr| {
        if is_unique_violation(&error) { Error::UserExists } else { error.into() }
    };
    user(row.insert(txn.conn()).await.map_err(exists)?)
}

/// Adds the first administrator; one of many who try at the same moment succeeds.
///
/// # Errors
/// `SetupDone` once there is any user; as [`create_user`].
pub async fn set_up_first_admin(txn: &Txn, name: &str, hash: &PasswordHash) -> Result<User> {
    if txn.engine() == Engine::Postgres {
        // There is no row to lock yet: nobody else may add a user until this one is in.
        txn.conn().execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    if any(txn.conn()).await? {
        return Err(Error::SetupDone);
    }
    create_user(txn, name, hash, Role::Admin).await
}

/// Whether there is any user: if not, the server offers to set up the first.
///
/// # Errors
/// Of the database only.
pub async fn has_users(db: &Db) -> Result<bool> {
    any(db.read()).await
}

/// What to check the password of a name against.
///
/// # Errors
/// Of the database only.
pub async fn get_credentials(db: &Db, name: &str) -> Result<Credentials> {
    // No name has U+0000, and PostgreSQL would not even look for one.
    let key = name_key(name).replace('\0', "\u{fffd}");
    let find = entity::Entity::find()
        .filter(entity::Column::NameKey.eq(key))
        .filter(entity::Column::DisabledAt.is_null());
    Ok(match find.one(db.read()).await? {
        Some(row) => Credentials { hash: PasswordHash(row.password_hash.clone()), user: Some(user(row)?) },
        None => Credentials { hash: PasswordHash::of_nobody(), user: None },
    })
}

/// All users by name.
///
/// # Errors
/// Of the database only.
pub async fn list_users(db: &Db) -> Result<Vec<User>> {
    let rows = entity::Entity::find().order_by_asc(entity::Column::NameKey).all(db.read()).await?;
    rows.into_iter().map(user).collect()
}

/// Keeps a user from signing in and ends their sessions.
///
/// # Errors
/// Not found.
pub async fn disable_user(txn: &Txn, name: &str) -> Result<User> {
    let find = entity::Entity::find().filter(entity::Column::NameKey.eq(name_key(name)));
    let row = find.one(txn.conn()).await?.ok_or(Error::NotFound(Missing::User))?;
    let of_user = sessions::Column::UserId.eq(row.id);
    sessions::Entity::delete_many().filter(of_user).exec(txn.conn()).await?;
    if row.disabled_at.is_some() {
        return user(row);
    }
    let mut row = row.into_active_model();
    row.disabled_at = Set(Some(time::now()));
    user(row.update(txn.conn()).await?)
}

/// The rule for names of users and tokens.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let error = match rule::name(name) {
        Ok(()) if name.chars().count() as u64 <= NAME_MAX => return Ok(()),
        Ok(()) => FieldError::at("/name", "length", format!("must have at most {NAME_MAX} characters")),
        Err(e) => FieldError::at("/name", e.code.to_string(), e.message.unwrap_or_default()),
    };
    Err(Error::ValidationFailed(vec![error]))
}

/// A role as the database holds it.
pub(crate) fn role_of(text: &str) -> Result<Role> {
    Role::find(text).ok_or_else(|| Error::internal(format!("a role {text:?}")))
}

fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

async fn any(conn: &impl ConnectionTrait) -> Result<bool> {
    Ok(conn.query_one_raw(statement(conn, "SELECT 1 FROM users LIMIT 1", [])).await?.is_some())
}

fn user(row: entity::Model) -> Result<User> {
    Ok(User {
        id: row.id,
        role: role_of(&row.role)?,
        name: row.name,
        created_at: timestamp(row.created_at),
        last_sign_in_at: time::optional(row.last_sign_in_at),
        disabled_at: time::optional(row.disabled_at),
    })
}
