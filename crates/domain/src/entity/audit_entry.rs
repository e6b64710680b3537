//! `audit_log`.

use sea_orm::entity::prelude::*;

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) at: DateTimeUtc,
    pub(crate) actor_kind: Option<String>,
    pub(crate) actor_id: Option<i64>,
    pub(crate) actor_name: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) action: String,
    pub(crate) work_id: Option<i64>,
    pub(crate) subject_kind: String,
    pub(crate) subject_id: Option<i64>,
    pub(crate) subject_name: Option<String>,
    pub(crate) before_id: Option<i64>,
    pub(crate) after_id: Option<i64>,
    pub(crate) detail: Option<String>,
    pub(crate) chain_hash: Option<String>,
    pub(crate) chain_length: Option<i64>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
