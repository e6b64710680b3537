//! `chapters`.

use sea_orm::entity::prelude::*;

/// A piece of a work's source text.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "chapters")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) work_id: i64,
    pub(crate) number: i32,
    pub(crate) volume: Option<String>,
    pub(crate) title: String,
    pub(crate) source_text: String,
    pub(crate) characters: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) deleted_at: Option<DateTimeUtc>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
