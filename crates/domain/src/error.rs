//! The errors of this crate. Only the API maps them to HTTP statuses.

use colophon_contract::{Code, FieldError, PromptVersion, Segment, TemplateProblem};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, SqlxError};

/// The result of every function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of object that was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A work that does not exist or was deleted.
    Work,
    /// A chapter that does not exist or was deleted.
    Chapter,
    /// The work's prompt.
    Prompt,
    /// A version of the prompt.
    Version,
    /// A run.
    Translation,
    /// A segment of a run.
    Segment,
    /// An attempt at a segment.
    Attempt,
    /// A provider of the catalogue.
    Provider,
    /// A user.
    User,
    /// An API token.
    Token,
}

/// Why a request was refused or failed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object does not exist.
    #[error("not found: {0:?}")]
    NotFound(Missing),
    /// The work has a prompt already.
    #[error("the work has a prompt")]
    PromptExists,
    /// The base version is not the latest. Contains the latest version, to merge with.
    #[error("the base version is not the latest")]
    StaleBaseVersion(Box<PromptVersion>),
    /// The base attempt is not the one that the segment shows. Contains the segment as it is now.
    #[error("the base attempt is not the present one")]
    StaleBaseAttempt(Box<Segment>),
    /// The segment needs no text.
    #[error("the segment is blank")]
    SegmentBlank,
    /// The attempt did not succeed, so it cannot be restored.
    #[error("the attempt has no whole text")]
    AttemptWithoutText,
    /// Another version was appended after the draft's base. Drafting again returns
    /// [`Self::StaleBaseVersion`].
    #[error("the base version is not the latest any more")]
    BaseMoved,
    /// Another chapter of the work has the number.
    #[error("the chapter number is taken")]
    ChapterNumberTaken,
    /// The work has no prompt to translate with.
    #[error("the work has no prompt")]
    PromptMissing,
    /// A run of the chapter or of a chapter of the work is queued or running, or a model is translating the
    /// segment.
    #[error("a translation is in progress")]
    TranslationInProgress,
    /// The run has ended.
    #[error("the translation has ended")]
    TranslationEnded,
    /// The run is complete.
    #[error("the translation is complete")]
    TranslationCompleted,
    /// The run is older than prompts and can only be read.
    #[error("the translation is older than prompts")]
    TranslationLegacy,
    /// The first administrator exists.
    #[error("set-up is done")]
    SetupDone,
    /// A user of that name exists; case does not matter.
    #[error("a user of that name exists")]
    UserExists,
    /// The user is disabled and gets no link.
    #[error("the user is disabled")]
    UserDisabled,
    /// No other user could manage users after the change.
    #[error("the last administrator")]
    LastAdmin,
    /// The one-time link was used, replaced, or has expired.
    #[error("the link cannot be used")]
    LinkInvalid,
    /// Another runner holds the run, or the run has ended. The caller must stop working on it.
    #[error("the lease of the run is lost")]
    LeaseLost,
    /// The cursor does not belong to this list.
    #[error("the cursor is not of this list")]
    CursorInvalid,
    /// Values break rules, with a pointer to each.
    #[error("values break rules")]
    ValidationFailed(Vec<FieldError>),
    /// The template cannot be rendered. Contains every problem.
    #[error("the template is invalid")]
    TemplateInvalid(Vec<TemplateProblem>),
    /// The model does not accept the parameters. Contains a pointer to each.
    #[error("the parameters are invalid")]
    ParametersInvalid(Vec<FieldError>),
    /// Model, template and parameters equal those of the latest version.
    #[error("nothing changed")]
    VersionUnchanged,
    /// Only the line ends differ from the latest version.
    #[error("line ends only")]
    LineEndsOnly,
    /// The model is not in the catalogue.
    #[error("the model {model:?} is not in the catalogue")]
    ModelUnknown {
        /// Its id.
        model: String,
    },
    /// The configuration does not name a usable database.
    #[error("{0}")]
    Configuration(String),
    /// Another `serve` uses the database file.
    #[error("another server is using the database {file}")]
    AlreadyServed {
        /// The database's file.
        file: String,
    },
    /// The database cannot be reached, is busy or cannot write. A retry may succeed.
    #[error("the database is unavailable")]
    DatabaseUnavailable(#[source] DbErr),
    /// A defect of the program or of the stored data.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Returns an internal error with a message for the log.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into().into())
    }

    /// Returns the problem code of the error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound(Missing::Work) => Code::WorkNotFound,
            Self::NotFound(Missing::Chapter) => Code::ChapterNotFound,
            Self::NotFound(Missing::Prompt) => Code::PromptNotFound,
            Self::NotFound(Missing::Version) => Code::VersionNotFound,
            Self::NotFound(Missing::Translation) => Code::TranslationNotFound,
            Self::NotFound(Missing::Segment) => Code::SegmentNotFound,
            Self::NotFound(Missing::Attempt) => Code::AttemptNotFound,
            Self::NotFound(Missing::Provider) => Code::ProviderNotFound,
            Self::NotFound(Missing::User) => Code::UserNotFound,
            Self::NotFound(Missing::Token) => Code::TokenNotFound,
            Self::PromptExists => Code::PromptExists,
            Self::StaleBaseVersion(_) => Code::StaleBaseVersion,
            Self::StaleBaseAttempt(_) => Code::StaleBaseAttempt,
            Self::SegmentBlank => Code::SegmentBlank,
            Self::AttemptWithoutText => Code::AttemptWithoutText,
            Self::ChapterNumberTaken => Code::ChapterNumberTaken,
            Self::PromptMissing => Code::PromptMissing,
            Self::TranslationInProgress => Code::TranslationInProgress,
            Self::TranslationEnded => Code::TranslationEnded,
            Self::TranslationCompleted => Code::TranslationCompleted,
            Self::TranslationLegacy => Code::TranslationLegacy,
            Self::SetupDone => Code::SetupDone,
            Self::CursorInvalid => Code::MalformedQuery,
            Self::ValidationFailed(_) => Code::ValidationFailed,
            Self::UserExists => Code::UserExists,
            Self::UserDisabled => Code::UserDisabled,
            Self::LastAdmin => Code::LastAdmin,
            Self::LinkInvalid => Code::LinkInvalid,
            Self::TemplateInvalid(_) => Code::TemplateInvalid,
            Self::ParametersInvalid(_) => Code::ParametersInvalid,
            Self::VersionUnchanged | Self::LineEndsOnly => Code::VersionUnchanged,
            Self::ModelUnknown { .. } => Code::ModelUnknown,
            Self::DatabaseUnavailable(_) => Code::DatabaseUnavailable,
            Self::BaseMoved
            | Self::LeaseLost
            | Self::Configuration(_)
            | Self::AlreadyServed { .. }
            | Self::Internal(_) => Code::Internal,
        }
    }

    /// Returns the invalid fields with their pointers; empty for other errors.
    #[must_use]
    pub fn field_errors(self) -> Vec<FieldError> {
        match self {
            Self::ValidationFailed(errors) | Self::ParametersInvalid(errors) => errors,
            Self::TemplateInvalid(problems) => problems.into_iter().map(FieldError::from).collect(),
            _ => Vec::new(),
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::DatabaseUnavailable(error) } else { Self::Internal(error.into()) }
    }
}

/// Returns whether a unique constraint or index rejected the statement.
pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Returns whether a constraint or one of our triggers rejected the statement.
pub(crate) fn is_constraint_violation(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) = error else {
        return false;
    };
    let code = e
        .as_database_error()
        .and_then(|e| Some((e.code()?, e.try_downcast_ref::<sea_orm::SqlxPostgresError>().is_some())));
    code.is_some_and(|(code, is_postgres)| {
        // Class 23 (PostgreSQL, appendix A); SQLITE_CONSTRAINT in the low byte.
        if is_postgres {
            code.starts_with("23")
        } else {
            code.parse::<i32>().is_ok_and(|code| code & 0xff == 19)
        }
    })
}

fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) => true,
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => match &**e {
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => true,
            SqlxError::Database(e) => {
                e.code().is_some_and(|code| match e.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
                    Some(_) => postgres_is_unavailable(&code),
                    None => code.parse().is_ok_and(sqlite_is_unavailable),
                })
            }
            _ => false,
        },
        DbErr::Conn(_) => true,
        _ => false,
    }
}

/// Checks an SQLSTATE (PostgreSQL, appendix A): connection exceptions, resources (a full disk is 53100),
/// operator intervention (shutdown), I/O, a read-only server, and codes for which PostgreSQL asks for a
/// retry.
fn postgres_is_unavailable(code: &str) -> bool {
    ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        || ["25006", "40001", "40P01", "55P03"].contains(&code)
}

/// Checks a primary result code (the low byte; <https://www.sqlite.org/rescode.html>): BUSY, LOCKED, NOMEM,
/// READONLY, INTERRUPT (a statement that took too long), IOERR, FULL, CANTOPEN, PROTOCOL.
fn sqlite_is_unavailable(code: i32) -> bool {
    [5, 6, 7, 8, 9, 10, 13, 14, 15].contains(&(code & 0xff))
}
