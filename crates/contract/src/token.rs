//! API tokens: credentials for other services.

use crate::{Author, Timestamp, rule};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

/// Prefix of every API token, by which people and secret scanners recognise a token.
pub const TOKEN_PREFIX: &str = "clp_";

/// A permission of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read everything that a viewer may read. Every token has this scope.
    Read,
    /// Change works, chapters, prompts and texts.
    Write,
    /// Start, cancel and resume runs, and request retranslations of segments.
    Run,
}

impl Scope {
    /// All scopes, in their order.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Run];

    /// Returns the value's text on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Run => "run",
        }
    }

    /// Returns the value for a text; the inverse of [`Self::as_str`].
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The permissions of a token, as shown to the client that uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenGrant {
    /// The token's scopes, which always include `read`.
    pub scopes: Vec<Scope>,
    /// The only work that the token may access; `null` for all.
    pub work_id: Option<i64>,
}

/// An API token without its secret, which only the token's holder has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// Id; never reused.
    pub id: i64,
    /// The token's name, which says what it is for.
    pub name: String,
    /// The token's scopes, which always include `read`.
    pub scopes: Vec<Scope>,
    /// The only work that the token may access; `null` for all.
    pub work_id: Option<i64>,
    /// The user who is responsible for the token. The token may do no more than its owner, and is rejected
    /// once the owner is disabled. `null` if it was created on the command line without an owner.
    pub owner: Option<Author>,
    /// Whether the token is accepted.
    pub state: TokenState,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the token expires; `null` for never.
    pub expires_at: Option<Timestamp>,
    /// When the token was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// When the token was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a token is accepted, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// The token is accepted.
    Active,
    /// The token has expired.
    Expired,
    /// A person revoked the token.
    Revoked,
    /// The token's owner is disabled.
    OwnerDisabled,
}

impl TokenState {
    /// Returns the value's text on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::OwnerDisabled => "owner_disabled",
        }
    }
}

/// Creates a token that its creator owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// The token's name, which says what it is for: 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::account_name))]
    #[cfg_attr(
        feature = "openapi",
        schema(schema_with = rule::account_name_schema)
    )]
    pub name: String,
    /// The token's scopes; `read` is always included.
    #[validate(custom(function = some_scope))]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 3))]
    pub scopes: Vec<Scope>,
    /// The only work that the token may access.
    #[serde(default)]
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub work_id: Option<i64>,
    /// Number of days until the token expires; it never expires if left out.
    #[serde(default)]
    #[validate(range(min = 1, max = 3650))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650, example = 90))]
    pub expires_in_days: Option<u32>,
}

/// A token that was just created.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The token.
    pub token: ApiToken,
    /// The secret to send as `Authorization: Bearer …`. Only this answer contains it.
    pub secret: String,
}

impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedToken").field("token", &self.token).finish_non_exhaustive()
    }
}

fn some_scope(scopes: &[Scope]) -> Result<(), ValidationError> {
    if (1..=Scope::ALL.len()).contains(&scopes.len()) {
        return Ok(());
    }
    Err(ValidationError::new("length").with_message("must name one to three scopes".into()))
}
