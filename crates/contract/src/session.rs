//! Sign-in and the first administrator.

use crate::{TokenGrant, rule};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// Signs a user in.
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

/// Creates the first administrator, by the one-time link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The token from the link.
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

/// The user or token that sends the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The author of the changes that the user or token makes.
    pub author: crate::Author,
    /// The role; for a token, its owner's role.
    pub role: Role,
    /// With a token: which of the role's permissions it has.
    pub token: Option<TokenGrant>,
}

/// The permissions of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May read.
    Viewer,
    /// May also write works and prompts, and run translations.
    Operator,
    /// May also manage users, tokens and providers, and read the audit log.
    Admin,
}

impl Role {
    /// Returns the value's text on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Returns the value for a text; the inverse of [`Self::as_str`].
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
