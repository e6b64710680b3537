//! API tokens: how other services get in.

use crate::{Author, Timestamp, rule};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

/// What an API token begins with, so that people and scanners know one when they see it.
pub const TOKEN_PREFIX: &str = "clp_";

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read everything that a viewer reads. Every token does.
    Read,
    /// Change works, chapters, prompts and texts.
    Write,
    /// Start, cancel and resume runs, and have segments translated again.
    Run,
}

impl Scope {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Run];

    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Run => "run",
        }
    }

    /// The inverse of [`Self::as_str`].
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// What a token is for: shown to who asks by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenGrant {
    /// What it may do; `read` is always among them.
    pub scopes: Vec<Scope>,
    /// The only work it may do that to; `null` for all.
    pub work_id: Option<i64>,
}

/// A token, without its secret, which nobody has but its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// Never reused.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What it may do; `read` is always among them.
    pub scopes: Vec<Scope>,
    /// The only work it may do that to; `null` for all.
    pub work_id: Option<i64>,
    /// Who answers for it: it may do no more than they may, and is refused once they are disabled. `null` where it was
    /// made on the command line without one.
    pub owner: Option<Author>,
    /// Whether it is taken.
    pub state: TokenState,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; `null` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a token is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It is.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// Its owner is disabled.
    OwnerDisabled,
}

impl TokenState {
    /// As on the wire.
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

/// Makes a token, which is its maker's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for: 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::account_name))]
    #[cfg_attr(
        feature = "openapi",
        schema(schema_with = rule::account_name_schema)
    )]
    pub name: String,
    /// What it may do; `read` goes without saying.
    #[validate(custom(function = some_scope))]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 3))]
    pub scopes: Vec<Scope>,
    /// The only work it may do that to.
    #[serde(default)]
    #[validate(range(min = 1))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub work_id: Option<i64>,
    /// In how many days it expires; never, where none are given.
    #[serde(default)]
    #[validate(range(min = 1, max = 3650))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650, example = 90))]
    pub expires_in_days: Option<u32>,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The token.
    pub token: ApiToken,
    /// What to send as `Authorization: Bearer …`. This answer is the only place where it is.
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
