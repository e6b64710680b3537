//! Why a call failed.

use colophon_contract::{Code, FieldError, Problem};

/// Why a call failed: the server's problem, or the lack of a usable reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// The problem in the server's reply.
    Problem(Box<Problem>),
    /// No answer arrived. Whether the server did anything is not known.
    Network,
    /// A reply that is not the API's: a proxy's page, or another release of the server.
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// The id by which an operator finds the request in the server's log.
        request_id: Option<String>,
    },
}

impl Error {
    /// Returns the problem's code, if the server sent one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Network | Self::Unexpected { .. } => None,
        }
    }

    /// Whether the reply means that nobody is signed in.
    pub fn is_signed_out(&self) -> bool {
        self.code() == Some(Code::Unauthenticated)
    }

    /// Whether the server may have executed the request: a retry must reuse the `Idempotency-Key`.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.status >= 500 || problem.code == Code::IdempotencyKeyInUse,
            Self::Network | Self::Unexpected { .. } => true,
        }
    }

    /// Returns a short description.
    pub fn title(&self) -> String {
        match self {
            Self::Problem(problem) => problem.title.clone(),
            Self::Network => "No answer from the server".to_owned(),
            Self::Unexpected { status, .. } => {
                format!("A reply that this page does not understand ({status})")
            }
        }
    }

    /// Returns what happened and what to do.
    pub fn detail(&self) -> String {
        match self {
            Self::Problem(problem) if self.is_signed_out() => {
                format!("{} Your session has ended.", problem.detail)
            }
            Self::Problem(problem) => problem.detail.clone(),
            Self::Network => {
                "The connection failed or was cut. What you typed is kept; try again.".to_owned()
            }
            Self::Unexpected { request_id, .. } => {
                let request = request_id.as_ref().map(|id| format!(" The request's id is {id}."));
                "Something between this page and the server replied in its place, or the server was updated. \
                 Reload the page, or try again."
                    .to_owned()
                    + &request.unwrap_or_default()
            }
        }
    }

    /// Returns the wrong values, each with its place.
    pub fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::Problem(problem) => &problem.errors,
            Self::Network | Self::Unexpected { .. } => &[],
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.title(), self.detail())
    }
}

/// `ErrorBoundary` needs it to catch the error.
impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: Code) -> Error {
        Error::Problem(Box::new(Problem::new(code, "It was refused.")))
    }

    #[test]
    fn the_outcome_is_unknown_unless_the_server_refused() {
        assert!(Error::Network.is_uncertain());
        assert!(Error::Unexpected { status: 200, request_id: None }.is_uncertain());
        assert!(problem(Code::Internal).is_uncertain());
        assert!(problem(Code::IdempotencyKeyInUse).is_uncertain(), "the first request is under way");
        assert!(!problem(Code::ValidationFailed).is_uncertain());
        assert!(!problem(Code::StaleBaseVersion).is_uncertain());
    }

    #[test]
    fn only_the_servers_refusal_means_signed_out() {
        assert!(problem(Code::Unauthenticated).is_signed_out());
        assert!(!problem(Code::ValidationFailed).is_signed_out());
        assert!(!Error::Unexpected { status: 401, request_id: None }.is_signed_out());
    }

    #[test]
    fn a_reply_that_is_not_the_apis_names_the_request() {
        let error = Error::Unexpected { status: 502, request_id: Some("r-1".to_owned()) };
        assert_eq!(error.title(), "A reply that this page does not understand (502)");
        assert!(error.detail().ends_with(" The request's id is r-1."), "{}", error.detail());
    }
}
