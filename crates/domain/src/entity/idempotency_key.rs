//! `idempotency_keys`.

use sea_orm::entity::prelude::*;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) actor_kind: String,
    pub(crate) actor_id: i64,
    pub(crate) key: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body_sha256: String,
    pub(crate) status: i32,
    pub(crate) headers: Json,
    pub(crate) body: String,
    pub(crate) created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
