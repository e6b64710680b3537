//! Problems (RFC 9457): the format of every error reply, with the closed table of codes.

use crate::{PromptVersion, Segment, TemplateProblem};
use serde::{Deserialize, Serialize};

// `tt`, not `literal`: derives other than serde's cannot read a literal that a macro was given.
macro_rules! codes {
    ($($variant:ident $text:tt $status:tt $title:tt $meaning:tt;)*) => {
        /// The closed table of codes of error replies. Each is documented at `/problems/<code>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $(#[doc = $meaning] #[serde(rename = $text)] $variant,)*
        }

        impl Code {
            /// All values of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value's text on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the HTTP status of the code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// Returns a short title that is the same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// Returns what the code means and what to do.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

codes! {
    MalformedJson "malformed_json" 400 "Malformed JSON" "The body is not JSON. Nothing was changed.";
    MalformedPath "malformed_path" 400 "Malformed path" "A part of the path is not of its type, such as an id that is not a number.";
    MalformedQuery "malformed_query" 400 "Malformed query" "A query parameter is unknown, not of its type, or out of its range; `cursor` must be one that this list gave.";
    MalformedMultipart "malformed_multipart" 400 "Malformed upload" "The body is not multipart/form-data as described, or has fields that are not known.";
    MalformedHeader "malformed_header" 400 "Malformed header" "A header is not of its form, such as an Idempotency-Key that is empty, too long or not visible ASCII.";
    Unauthenticated "unauthenticated" 401 "Not signed in" "The request has no valid session cookie and no valid bearer token. Sign in, or send a token.";
    SignInFailed "sign_in_failed" 401 "Sign-in failed" "There is no such name with that password, or the user is disabled.";
    Forbidden "forbidden" 403 "Not allowed" "The role of the user or token does not allow this.";
    CrossOrigin "cross_origin" 403 "Foreign origin" "A request with the session cookie came from another site. Services use a bearer token instead.";
    SetupTokenInvalid "setup_token_invalid" 403 "Wrong set-up link" "The token is not that of the link which the server printed last.";
    LinkInvalid "link_invalid" 403 "The link cannot be used" "The one-time link was used, was replaced by another, or has expired. Ask an administrator for a new one.";
    PasswordWrong "password_wrong" 403 "Wrong password" "The present password is not that. Nothing was changed.";
    NotFound "not_found" 404 "Not found" "There is nothing at this address.";
    WorkNotFound "work_not_found" 404 "No such work" "There is no work with that id, or it was deleted.";
    ChapterNotFound "chapter_not_found" 404 "No such chapter" "The work has no chapter with that id, or it was deleted.";
    PromptNotFound "prompt_not_found" 404 "No prompt yet" "The work has no prompt yet; create one.";
    VersionNotFound "version_not_found" 404 "No such version" "The prompt has no version with that number.";
    TranslationNotFound "translation_not_found" 404 "No such translation" "There is no run with that id.";
    SegmentNotFound "segment_not_found" 404 "No such segment" "The run has no segment at that position.";
    AttemptNotFound "attempt_not_found" 404 "No such attempt" "The segment has no attempt with that id.";
    ProviderNotFound "provider_not_found" 404 "No such provider" "The catalogue has no provider of that name.";
    UserNotFound "user_not_found" 404 "No such user" "There is no user with that id.";
    TokenNotFound "token_not_found" 404 "No such token" "There is no API token with that id.";
    UploadGone "upload_gone" 404 "Upload no longer kept" "This server does not keep a file under that `upload_id` for you: it was imported, was not used for 30 minutes, gave way to newer files, or went to another server. Send the file again.";
    MethodNotAllowed "method_not_allowed" 405 "Method not allowed" "The address does not take that method; `Allow` lists those that it takes.";
    RequestTimeout "request_timeout" 408 "Too slow" "The body came in too slowly. Nothing was changed.";
    PromptExists "prompt_exists" 409 "The work has a prompt" "A work has one prompt; append a version to it.";
    StaleBaseVersion "stale_base_version" 409 "Somebody saved in between" "`base_version` is not the latest version. Nothing was stored; `latest_version` is what to merge with.";
    StaleBaseAttempt "stale_base_attempt" 409 "Somebody changed the text in between" "`base_attempt_id` is not the attempt that the segment shows. Nothing was stored; `present_segment` is what to go on from.";
    SegmentBlank "segment_blank" 409 "Nothing to translate" "The segment holds white space only and needs no text.";
    AttemptWithoutText "attempt_without_text" 409 "The attempt did not succeed" "Only an attempt that ended with its whole text can be brought back.";
    ChapterNumberTaken "chapter_number_taken" 409 "Chapter number taken" "Another chapter of the work has that number.";
    PromptMissing "prompt_missing" 409 "No prompt to translate with" "The work has no prompt yet; create one, then start the run.";
    TranslationInProgress "translation_in_progress" 409 "A translation is in progress" "A run of the chapter (or of a chapter of the work) is queued or running, or the segment is with the model. Wait for it or cancel it.";
    TranslationEnded "translation_ended" 409 "The translation has ended" "The run is completed, failed or cancelled; there is nothing to stop.";
    TranslationCompleted "translation_completed" 409 "The translation is complete" "The run has all its text; there is nothing to resume.";
    TranslationLegacy "translation_legacy" 409 "A run from before prompts" "The run is older than prompts: nobody knows what it was made with. Start a new one.";
    IdempotencyKeyInUse "idempotency_key_in_use" 409 "Still at work on it" "A request with the same Idempotency-Key is still being answered; repeat it shortly.";
    UserExists "user_exists" 409 "The name is taken" "Another user has that name, whatever its case.";
    UserDisabled "user_disabled" 409 "The user is disabled" "A disabled user cannot get a link; enable them first.";
    LastAdmin "last_admin" 409 "The last administrator" "Nobody else could manage users then. Make another administrator first.";
    SetupDone "setup_done" 410 "Set-up is done" "The first administrator exists. Sign in.";
    PayloadTooLarge "payload_too_large" 413 "Too large" "The body or the file is larger than the limit.";
    UnsupportedMediaType "unsupported_media_type" 415 "Unsupported media type" "The body's Content-Type is not the one this address takes.";
    ValidationFailed "validation_failed" 422 "Invalid values" "Some values break a rule; `errors` has a pointer to each. Nothing was stored.";
    TemplateInvalid "template_invalid" 422 "Invalid template" "The template cannot be rendered; `errors` has every problem with its place. Nothing was stored.";
    VersionUnchanged "version_unchanged" 422 "Nothing changed" "Model, template and parameters are those of the latest version, line ends apart. Nothing was stored.";
    ModelUnknown "model_unknown" 422 "Unknown model" "The model is not in the catalogue.";
    ParametersInvalid "parameters_invalid" 422 "Invalid parameters" "The parameters are not what the model takes; `errors` has a pointer to each. Nothing was stored.";
    IdempotencyKeyReused "idempotency_key_reused" 422 "Idempotency-Key used before" "The key was used within 24 hours for another request.";
    ImportFailed "import_failed" 422 "The file cannot be imported" "The file is damaged, hostile, or of no known kind or encoding; `errors` says which. Nothing was stored.";
    TooManyRequests "too_many_requests" 429 "Too many requests" "Wait for as long as `Retry-After` says.";
    Internal "internal" 500 "Internal error" "Something went wrong inside Colophon. The log has more under the request id.";
    DatabaseUnavailable "database_unavailable" 503 "Database unavailable" "The database cannot be reached or cannot write. Nothing was stored; try again later.";
    Busy "busy" 503 "Busy" "Too many requests wait for this already. Nothing was changed; try again after as long as `Retry-After` says.";
    ShuttingDown "shutting_down" 503 "Shutting down" "The server is stopping. Try again shortly.";
}

/// An error reply, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The address of the code's documentation: `/problems/<code>`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "/problems/validation_failed"))]
    pub kind: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A code from the closed table.
    pub code: Code,
    /// A sentence about this occurrence.
    pub detail: String,
    /// The errors, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `stale_base_version`: the version to merge with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_version: Option<Box<PromptVersion>>,
    /// With `stale_base_attempt`: the current state of the segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present_segment: Option<Box<Segment>>,
}

impl Problem {
    /// Returns a problem with `code` and a sentence about this occurrence.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            latest_version: None,
            present_segment: None,
        }
    }

    /// Sets `errors`.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

/// A wrong value, with its place. Errors in a template also have a position, in code points from 1, and a
/// suggestion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The place in the body: an RFC 6901 pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The name of the parameter of the path, the query or the headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The kind of error, such as `length` or `unknown_variable`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// Line in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Length of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// The part that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A replacement for `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl FieldError {
    /// Returns an error at a place in the body.
    #[must_use]
    pub fn at(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), code: code.into(), detail: detail.into(), ..Self::default() }
    }

    /// Returns an error in a parameter of the path, the query or the headers.
    #[must_use]
    pub fn in_parameter(name: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { parameter: Some(name.into()), code: code.into(), detail: detail.into(), ..Self::default() }
    }
}

impl From<TemplateProblem> for FieldError {
    fn from(p: TemplateProblem) -> Self {
        Self {
            pointer: Some(p.pointer),
            parameter: None,
            code: p.code,
            detail: p.detail,
            line: Some(p.line),
            column: Some(p.column),
            length: Some(p.length),
            text: Some(p.text),
            suggestion: p.suggestion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_their_statuses_are_errors() {
        let texts: HashSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| (400..600).contains(&c.status())));
    }
}
