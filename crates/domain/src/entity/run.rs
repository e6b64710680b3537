//! `chapter_translations`.

use sea_orm::entity::prelude::*;

/// A run of a chapter, with only the columns that change: its inputs are written once, by SQL.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "chapter_translations")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) chapter_id: i64,
    pub(crate) status: String,
    pub(crate) error_code: Option<String>,
    pub(crate) error_detail: Option<String>,
    pub(crate) prompt_version_id: Option<i64>,
    pub(crate) provider: Option<String>,
    pub(crate) model_snapshot: String,
    pub(crate) segments_total: i32,
    pub(crate) segments_done: i32,
    pub(crate) waiting_provider: Option<String>,
    pub(crate) waiting_code: Option<String>,
    pub(crate) waiting_until: Option<DateTimeUtc>,
    pub(crate) cancel_requested_at: Option<DateTimeUtc>,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_epoch: i64,
    pub(crate) lease_expires_at: Option<DateTimeUtc>,
    pub(crate) started_at: Option<DateTimeUtc>,
    pub(crate) finished_at: Option<DateTimeUtc>,
    pub(crate) chain_hash: Option<String>,
    pub(crate) chain_length: Option<i64>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
