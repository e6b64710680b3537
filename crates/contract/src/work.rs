//! Works.

use crate::{Timestamp, given::given, rule};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// A novel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Work {
    /// Id; never reused.
    pub id: i64,
    /// The title that readers know, in the source language.
    pub title: String,
    /// Empty if unknown.
    pub author: String,
    /// Language tag (RFC 5646).
    pub source_language: String,
    /// Language tag (RFC 5646).
    pub target_language: String,
    /// Number of chapters.
    pub chapters: i64,
    /// Number of chapters that have a completed translation.
    pub translated: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the work's own fields last changed.
    pub updated_at: Timestamp,
}

/// Creates a work without chapters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateWork {
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
            min_length = 1,
            max_length = 255,
            example = "銀河鉄道の夜"
        )
    )]
    pub title: String,
    /// At most 255 code points; empty if unknown.
    #[serde(default)]
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", max_length = 255, example = "宮沢賢治")
    )]
    pub author: String,
    /// Language tag (RFC 5646).
    #[validate(custom(function = rule::language_tag))]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "ja", max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    )]
    pub source_language: String,
    /// Language tag (RFC 5646).
    #[validate(custom(function = rule::language_tag))]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "en", max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    )]
    pub target_language: String,
}

/// Changes the given fields and keeps the others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateWork {
    /// 1 to 255 code points.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 255), custom(function = rule::name))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
            nullable = false,
            min_length = 1,
            max_length = 255
        )
    )]
    pub title: Option<String>,
    /// At most 255 code points.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 255), custom(function = rule::no_controls))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", nullable = false, max_length = 255)
    )]
    pub author: Option<String>,
    /// Language tag (RFC 5646).
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rule::language_tag))]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    )]
    pub source_language: Option<String>,
    /// Language tag (RFC 5646).
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = rule::language_tag))]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    )]
    pub target_language: Option<String>,
}
