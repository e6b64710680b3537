//! Users: people who sign in, and how they come by a password.

use crate::{Role, Timestamp, given::given, rule};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Never reused.
    pub id: i64,
    /// Unique whatever the case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they can sign in.
    pub state: UserState,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Since when they cannot sign in any more.
    pub disabled_at: Option<Timestamp>,
    /// Until when the one-time link that was made last can be used; `null` where there is none that can.
    pub link_expires_at: Option<Timestamp>,
}

/// Whether somebody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Not yet: they have not set a password.
    Invited,
    /// Yes.
    Active,
    /// Not any more.
    Disabled,
}

impl UserState {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// Invites somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// 1 to 255 code points.
    #[validate(length(min = 1, max = 255), custom(function = rule::account_name))]
    #[cfg_attr(
        feature = "openapi",
        schema(schema_with = rule::account_name_schema)
    )]
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Changes what is given, keeps the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// What they may do, from the next request on.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub role: Option<Role>,
    /// `true`: their sessions end and their tokens are refused, from the next request on. `false`: they may sign in
    /// again.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub disabled: Option<bool>,
}

/// Somebody who was invited, with the link to give to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitedUser {
    /// Who.
    pub user: User,
    /// Where they set their password.
    pub link: PasswordLink,
}

/// A one-time link by which a user sets their password. This answer is the only place where it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordLink {
    /// A page of the web app; the secret is behind `#`, where no server on the way sees it.
    pub url: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Sets a password by a one-time link, and signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// From the link.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub token: String,
    /// 10 to 256 code points.
    #[validate(length(min = 10, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 10, max_length = 256, format = Password))]
    pub password: String,
}

/// Changes one's own password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one until now.
    #[validate(length(min = 1, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256, format = Password))]
    pub current_password: String,
    /// 10 to 256 code points.
    #[validate(length(min = 10, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 10, max_length = 256, format = Password))]
    pub password: String,
}

impl std::fmt::Debug for PasswordLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordLink").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPassword").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangePassword").finish_non_exhaustive()
    }
}
