//! `segment_attempts`.

use sea_orm::entity::prelude::*;

/// An attempt at a segment, with only the columns that change: the request is written once, by SQL.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_attempts")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) segment_id: i64,
    pub(crate) status: String,
    pub(crate) text: Option<String>,
    /// A list of `{offset, text}`: text on SQLite, JSONB on PostgreSQL.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(crate) removed: Option<Json>,
    pub(crate) reasoning: Option<String>,
    pub(crate) reasoning_bytes: Option<i64>,
    pub(crate) reasoning_sha256: Option<String>,
    pub(crate) response_sha256: Option<String>,
    pub(crate) model_reported: Option<String>,
    pub(crate) response_id: Option<String>,
    pub(crate) finish_reason: Option<String>,
    pub(crate) finish: Option<String>,
    pub(crate) provider_message: Option<String>,
    pub(crate) prompt_tokens: Option<i64>,
    pub(crate) completion_tokens: Option<i64>,
    pub(crate) total_tokens: Option<i64>,
    pub(crate) cached_tokens: Option<i64>,
    pub(crate) reasoning_tokens: Option<i64>,
    pub(crate) cost_nano_usd: Option<i64>,
    pub(crate) reported_cost_nano_usd: Option<i64>,
    pub(crate) error_code: Option<String>,
    pub(crate) error_detail: Option<String>,
    pub(crate) lease_epoch: Option<i64>,
    pub(crate) finished_at: Option<DateTimeUtc>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
