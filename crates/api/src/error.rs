//! Errors as HTTP replies. Only this module maps failures to statuses. It logs each failure once, under the
//! request's id.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use colophon_contract::{Code, FieldError, Problem};
use colophon_domain::Error as DomainError;
use colophon_import::ImportError;

/// The media type of every error reply (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A problem found while reading the request, or by a rule of a route.
    #[error("{}: {}", .0.code.as_str(), .0.detail)]
    Problem(Box<Problem>),
    /// The address exists, but not with this method. Holds the methods it takes, as for `Allow`.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// Too many attempts of one client, or at one target. Holds the seconds until the next is allowed.
    #[error("too many attempts")]
    TooManyRequests(u64),
    /// A rule of the domain refused the request, or the database failed.
    #[error(transparent)]
    Domain(#[from] colophon_domain::Error),
    /// The file cannot be imported.
    #[error(transparent)]
    Import(#[from] colophon_import::ImportError),
    /// The database, or another dependency of the request, did not answer in time.
    #[error("{0}")]
    Unavailable(&'static str),
    /// Too many requests wait for a limited resource.
    #[error("too many wait for it")]
    Busy,
    /// A handler panicked; the panic's message is in the log.
    #[error("a handler panicked")]
    Panicked,
    /// A failure that must not happen.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What handlers and extractors return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// Returns a problem of `code` with a sentence about this occurrence.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem::new(code, detail)))
    }

    /// Returns a problem of `code` with the places of its errors.
    pub(crate) fn with_errors(code: Code, detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        Self::Problem(Box::new(Problem::new(code, detail).with_errors(errors)))
    }

    /// Returns the problem of one query parameter that cannot be read.
    pub(crate) fn query(parameter: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::with_errors(
            Code::MalformedQuery,
            format!("The query parameter `{}` {detail}.", shortened(parameter)),
            vec![FieldError::in_parameter(shortened(parameter), "malformed", detail)],
        )
    }

    /// Returns an internal failure. Its cause goes to the log only.
    pub(crate) fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(source))
    }

    /// Returns the reply's body.
    fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => (**problem).clone(),
            Self::MethodNotAllowed(allow) => {
                Problem::new(Code::MethodNotAllowed, format!("This address takes {allow}."))
            }
            Self::TooManyRequests(seconds) => {
                Problem::new(Code::TooManyRequests, format!("Too many attempts; wait for {seconds} s."))
            }
            Self::Domain(error) => of_domain(error),
            Self::Import(error) => of_import(error),
            Self::Unavailable(_) => {
                Problem::new(Code::DatabaseUnavailable, Code::DatabaseUnavailable.meaning())
            }
            Self::Busy => Problem::new(Code::Busy, Code::Busy.meaning()),
            Self::Panicked | Self::Internal(_) => Problem::new(Code::Internal, Code::Internal.meaning()),
        }
    }

    /// Logs the failure once. Text from requests is omitted: it may hold secrets.
    fn log(&self, problem: &Problem) {
        let code = problem.code.as_str();
        match self {
            Self::Internal(source) => {
                tracing::error!(code, error = &**source as &dyn std::error::Error, "request failed");
            }
            Self::Domain(error) if problem.status >= 500 => {
                tracing::error!(code, error = error as &dyn std::error::Error, "request failed");
            }
            Self::Unavailable(what) => tracing::error!(code, what, "request failed"),
            Self::Panicked => tracing::error!(code, "a handler panicked"),
            _ => tracing::info!(code, status = problem.status, "request refused"),
        }
    }
}

fn of_domain(error: &DomainError) -> Problem {
    let code = error.code();
    let mut problem = Problem::new(code, code.meaning());
    match error {
        DomainError::StaleBaseVersion(latest) => problem.latest_version = Some(latest.clone()),
        DomainError::StaleBaseAttempt(present) => problem.present_segment = Some(present.clone()),
        DomainError::ValidationFailed(errors) | DomainError::ParametersInvalid(errors) => {
            problem.errors.clone_from(errors);
        }
        DomainError::TemplateInvalid(problems) => {
            problem.errors = problems.iter().cloned().map(FieldError::from).collect();
        }
        DomainError::ModelUnknown { model } => {
            problem.detail = format!("The model “{}” is not in the catalogue.", shortened(model));
            problem.errors = vec![FieldError::at("/model", "model_unknown", "is not in the catalogue")];
        }
        DomainError::LineEndsOnly => {
            problem.detail =
                "The version would differ from the latest one in its line ends only. Nothing was stored."
                    .to_owned();
        }
        DomainError::ChapterNumberTaken => {
            problem.errors = vec![FieldError::at("/number", "taken", "is the number of another chapter")];
        }
        DomainError::CursorInvalid => {
            let detail = "must be one that this list gave, with the same filter";
            problem.detail = format!("The query parameter `cursor` {detail}.");
            problem.errors = vec![FieldError::in_parameter("cursor", "malformed", detail)];
        }
        _ => {}
    }
    problem
}

fn of_import(error: &ImportError) -> Problem {
    let code = match error {
        ImportError::FileTooLarge { .. } => Code::PayloadTooLarge,
        _ => Code::ImportFailed,
    };
    Problem::new(code, error.detail()).with_errors(vec![FieldError::at(
        "/file",
        error.code(),
        error.detail(),
    )])
}

/// Returns at most 64 code points of a client's text, to repeat it in a reply.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().nth(64).is_none() {
        text.to_owned()
    } else {
        text.chars().take(63).chain(['…']).collect()
    }
}

/// Returns the reply for a problem, without its body.
pub(crate) fn problem_response(problem: &Problem) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"colophon\""));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, "2"));
    }
    response
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let problem = self.problem();
        self.log(&problem);
        let mut response = problem_response(&problem);
        if problem.code == Code::RequestTimeout {
            // The rest of the body may still be arriving.
            response.force_close();
        }
        match self {
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::TooManyRequests(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        response.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_of_a_5xx_says_nothing_of_the_inside() {
        let error = ApiError::internal(std::io::Error::other("table users is locked"));
        assert_eq!(error.problem().detail, Code::Internal.meaning());
        assert_eq!(error.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn what_a_client_sent_is_said_back_shortened() {
        assert_eq!(shortened("limit"), "limit");
        assert_eq!(shortened(&"夜".repeat(1000)).chars().count(), 64);
    }
}
