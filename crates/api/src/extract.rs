//! Strict request extractors: anything unreadable is a problem with its place, never actix's own text.

mod body;
mod conditional;
mod json;
mod loss;
mod path;
mod query;
mod upload;

pub(crate) use body::{Body, NoBody};
pub(crate) use conditional::IfNoneMatch;
pub(crate) use path::{
    AttemptPath, ChapterPath, ProviderPath, SegmentPath, TokenPath, TranslationPath, UserPath, VersionPath,
    WorkPath,
};
pub(crate) use query::{
    AuditFilterQuery, AuditQuery, DiffQuery, ImportQuery, PageQuery, Query, WorksQuery, refuse_query,
};
pub(crate) use upload::{FormBody, ImportForm, ImportRequest, Source};
