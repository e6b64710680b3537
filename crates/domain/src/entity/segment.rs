//! `translation_segments`.

use sea_orm::entity::prelude::*;

/// A slice of a run's source text.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "translation_segments")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) chapter_translation_id: i64,
    pub(crate) position: i32,
    pub(crate) source_text: String,
    pub(crate) status: String,
    pub(crate) error_code: Option<String>,
    pub(crate) error_detail: Option<String>,
    pub(crate) current_attempt_id: Option<i64>,
}

/// Empty: each query writes its own joins.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
