//! `works`.

use sea_orm::entity::prelude::*;

/// A novel.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "works")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) source_language: String,
    pub(crate) target_language: String,
    /// SHA-256 of the imported file; `None` if there was none, or if the version that imported it did not
    /// store it.
    pub(crate) file_sha256: Option<String>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) deleted_at: Option<DateTimeUtc>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
