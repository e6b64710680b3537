//! The audit log: who did what, when, from where.

use crate::{Author, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($variant:ident $text:literal $meaning:literal;)*) => {
        /// The closed table of actions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        // Not `rename` for each variant: the schema would lack it, because its derive does not accept a
        // literal from a macro.
        #[serde(rename_all = "snake_case")]
        pub enum AuditAction {
            $(#[doc = $meaning] $variant,)*
        }

        impl AuditAction {
            /// All values of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value's text on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the meaning of the action.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// Returns the value for a text; the inverse of [`Self::as_str`].
            #[must_use]
            pub fn find(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.as_str() == text)
            }
        }
    };
}

actions! {
    SignIn "sign_in" "Somebody signed in.";
    SignInFailed "sign_in_failed" "A sign-in failed, or a one-time link was not one that can be used.";
    SignOut "sign_out" "Somebody signed out.";
    PasswordChanged "password_changed" "Somebody changed their own password.";
    PasswordSet "password_set" "Somebody set their password by a one-time link.";
    UserCreated "user_created" "A user was added.";
    UserUpdated "user_updated" "A user's role was changed.";
    UserDisabled "user_disabled" "A user was disabled; their sessions ended.";
    UserEnabled "user_enabled" "A user may sign in again.";
    LinkCreated "link_created" "A one-time link to set a user's password was made.";
    TokenCreated "token_created" "An API token was made.";
    TokenRevoked "token_revoked" "An API token was revoked.";
    WorkCreated "work_created" "A work was made.";
    WorkImported "work_imported" "A work was made of a file.";
    WorkUpdated "work_updated" "A work's title, author or languages were changed.";
    WorkDeleted "work_deleted" "A work was deleted.";
    ChapterCreated "chapter_created" "A chapter was added.";
    ChapterUpdated "chapter_updated" "A chapter's title, number or text was changed.";
    ChapterDeleted "chapter_deleted" "A chapter was deleted.";
    PromptCreated "prompt_created" "A prompt was made with its version 1.";
    PromptRenamed "prompt_renamed" "A prompt got another name.";
    VersionAppended "version_appended" "A version was appended to a prompt.";
    VersionRestored "version_restored" "A version's content was brought back as a new version.";
    RunStarted "run_started" "A run was started.";
    RunEnded "run_ended" "A run ended: with all its text, without, or because somebody cancelled it.";
    RunCancelled "run_cancelled" "A run was cancelled.";
    RunResumed "run_resumed" "A run was resumed.";
    SegmentEdited "segment_edited" "A segment got a text by hand.";
    SegmentRetranslated "segment_retranslated" "A segment was asked to be translated again.";
    AttemptRestored "attempt_restored" "An attempt's text was brought back.";
    ProviderPaused "provider_paused" "Runs wait for a provider, for it refused.";
    ProviderResumed "provider_resumed" "A provider's pause was ended.";
    ProviderConfigured "provider_configured" "A server started with another configuration of a provider than was known.";
    ProviderRemoved "provider_removed" "A server started without a provider that was known.";
}

/// The kind of an action's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A person.
    User,
    /// An API token.
    Token,
    /// A work.
    Work,
    /// A chapter.
    Chapter,
    /// A prompt; `before_id` and `after_id` are ids of its versions.
    Prompt,
    /// A run; `after_id` is the id of its prompt version.
    Translation,
    /// A segment of a run; `before_id` and `after_id` are ids of its attempts.
    Segment,
    /// A provider of the catalogue, by its name.
    Provider,
}

impl SubjectKind {
    /// Returns the value's text on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Work => "work",
            Self::Chapter => "chapter",
            Self::Prompt => "prompt",
            Self::Translation => "translation",
            Self::Segment => "segment",
            Self::Provider => "provider",
        }
    }

    /// Returns the value for a text; the inverse of [`Self::as_str`].
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        [
            Self::User,
            Self::Token,
            Self::Work,
            Self::Chapter,
            Self::Prompt,
            Self::Translation,
            Self::Segment,
            Self::Provider,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// An entry of the audit log. The database keeps it unchanged for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Id, in the order in which entries were written.
    pub id: i64,
    /// When the action was done.
    pub at: Timestamp,
    /// The author; `null` if unknown, as in a failed sign-in.
    pub actor: Option<Author>,
    /// The client's network address; `null` for actions of the server or a command.
    pub address: Option<String>,
    /// The request's `X-Request-Id`, which the log has too; `null` for actions of the server or a command.
    pub request_id: Option<String>,
    /// The action: an [`AuditAction`], or a text by a newer version that this version does not know.
    #[cfg_attr(feature = "openapi", schema(schema_with = known_or_text::<AuditAction>))]
    pub action: String,
    /// The work that the subject belongs to, if any.
    pub work_id: Option<i64>,
    /// The subject of the action.
    pub subject: AuditSubject,
    /// The id of the subject's state before the action.
    pub before_id: Option<i64>,
    /// The id of the subject's state after the action.
    pub after_id: Option<i64>,
    /// Further details in words; never a text of a work, never a secret.
    pub detail: Option<String>,
}

/// The subject of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditSubject {
    /// The kind: a [`SubjectKind`], or a text by a newer version that this version does not know.
    #[cfg_attr(feature = "openapi", schema(schema_with = known_or_text::<SubjectKind>))]
    pub kind: String,
    /// The subject's id; `null` for providers, and if the subject is unknown.
    pub id: Option<i64>,
    /// The subject's name at that moment, if it has one.
    pub name: Option<String>,
}

/// Returns a schema for the values of a closed table, by which a client can distinguish them, and for any
/// other text: later versions may add values.
#[cfg(feature = "openapi")]
fn known_or_text<T: utoipa::ToSchema>() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    let known = utoipa::openapi::Ref::from_schema_name(T::name());
    let text = utoipa::openapi::Object::with_type(utoipa::openapi::Type::String);
    utoipa::openapi::schema::AnyOfBuilder::new().item(known).item(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_one_name() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_value(action).expect("JSON"), action.as_str());
            assert_eq!(AuditAction::find(action.as_str()), Some(*action));
        }
    }
}
