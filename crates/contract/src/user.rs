//! Users: people who sign in, and how they get a password.

use crate::{Role, Timestamp, given::given, rule};
use serde::{Deserialize, Serialize};
use validator::Validate;

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Id; never reused.
    pub id: i64,
    /// The user's name; unique, regardless of case.
    pub name: String,
    /// The user's role.
    pub role: Role,
    /// Whether the user can sign in.
    pub state: UserState,
    /// When the user was added.
    pub created_at: Timestamp,
    /// When the user last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the user was disabled.
    pub disabled_at: Option<Timestamp>,
    /// When the newest one-time link expires; `null` if no link can be used.
    pub link_expires_at: Option<Timestamp>,
}

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Not yet: the user has not set a password.
    Invited,
    /// Yes.
    Active,
    /// Not any more.
    Disabled,
}

impl UserState {
    /// Returns the value's text on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// Invites a user.
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
    /// The user's role.
    pub role: Role,
}

/// Changes the given fields and keeps the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// The user's role, effective from the next request.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub role: Option<Role>,
    /// `true`: the user's sessions end and the user's tokens are rejected, from the next request. `false`:
    /// the user may sign in again.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub disabled: Option<bool>,
}

/// A user who was invited, with the link to send to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitedUser {
    /// The invited user.
    pub user: User,
    /// The link to set the password.
    pub link: PasswordLink,
}

/// A one-time link by which a user sets their password. Only this answer contains it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordLink {
    /// A page of the web app. The secret is after the `#`, where no server on the way sees it.
    pub url: String,
    /// When the link expires.
    pub expires_at: Timestamp,
}

/// Sets a password by a one-time link, and signs the user in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The token from the link.
    #[validate(length(min = 1, max = 255))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub token: String,
    /// The new password: 10 to 256 code points.
    #[validate(length(min = 10, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 10, max_length = 256, format = Password))]
    pub password: String,
}

/// Changes the signed-in user's own password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The current password.
    #[validate(length(min = 1, max = 256))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256, format = Password))]
    pub current_password: String,
    /// The new password: 10 to 256 code points.
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
