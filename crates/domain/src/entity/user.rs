//! `users`.

use sea_orm::entity::prelude::*;

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) password_hash: String,
    pub(crate) role: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) last_sign_in_at: Option<DateTimeUtc>,
    pub(crate) disabled_at: Option<DateTimeUtc>,
    pub(crate) password_set_at: Option<DateTimeUtc>,
    pub(crate) link_sha256: Option<String>,
    pub(crate) link_expires_at: Option<DateTimeUtc>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
