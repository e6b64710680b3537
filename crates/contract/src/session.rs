//! Signing in and the first administrator.

use crate::{TokenGrant, rule};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// Signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateSession {
    /// The user's name.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255, example = "mika"))]
    pub name: String,
    /// The user's password.
    #[validate(length(min = 1, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256, format = Password))]
    pub password: String,
}

/// Makes the first administrator, by the one-time link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// From the link.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub token: String,
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::account_name))]
    #[cfg_attr(
        feature = "openapi",
        schema(schema_with = rule::account_name_schema)
    )]
    pub name: String,
    /// 10 to 256 code points.
    #[validate(length(min = 10, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 10, max_length = 256, format = Password))]
    pub password: String,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Who: as the author of what they do.
    pub author: crate::Author,
    /// What they may do; of a token what its owner may.
    pub role: Role,
    /// With a token: what of that it may do.
    pub token: Option<TokenGrant>,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also writes works and prompts, and runs translations.
    Operator,
    /// Also manages users, tokens and providers, and reads the audit log.
    Admin,
}

impl Role {
    /// As on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|r| r.as_str() == text)
    }
}

impl std::fmt::Debug for CreateSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateSession").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUp").field("name", &self.name).finish_non_exhaustive()
    }
}
