use std::{fmt, time::Duration};

use crate::ending::Ending;

macro_rules! fault_kinds {
    ($($variant:ident $code:literal $scope:ident $retryable:literal $sentence:literal;)*) => {
        /// All ways in which a request can fail. Each kind has a code, says whether a retry is useful, and
        /// has a sentence for people.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $(#[doc = concat!($sentence, " Code `", $code, "`; worth another try: ", stringify!($retryable), ".")]
            $variant,)*
        }

        impl FaultKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the code, as stored and sent.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// Whether the same request may succeed later.
            pub fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),* }
            }

            /// Returns the default scope of this kind. A fault can have another scope.
            pub fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope),* }
            }

            /// Returns a constant sentence for people, without any text of a provider.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }
        }
    };
}

fault_kinds! {
    ModelUnknown "model_unknown" Run false "The model is not in the catalogue.";
    KeyMissing "provider_key_missing" Run false "The provider's key is not in the environment.";
    Unauthorized "provider_unauthorized" Provider false "The provider refused the key.";
    Quota "provider_quota" Provider false "The provider's credit or quota is used up.";
    RateLimited "provider_rate_limited" Run true "The provider asks to slow down.";
    Unreachable "provider_unreachable" Segment true "The provider could not be reached.";
    SilentAtStart "provider_timeout" Segment true "The provider did not begin to answer in time.";
    SilentInStream "stream_idle" Segment true "The provider fell silent in the middle of its answer.";
    TooSlow "answer_timeout" Segment false "The provider's answer was not whole in time.";
    ParameterRefused "parameter_refused" Run false "The model does not take a parameter.";
    Refused "provider_refused" Segment false "The provider refused the request.";
    ServerError "provider_error" Segment true "The provider failed.";
    StreamError "stream_error" Segment true "The provider reported an error in the middle of its answer.";
    InvalidResponse "provider_invalid_response" Segment true "The provider's answer is not what its protocol says.";
    Html "provider_html_response" Segment true "The provider answered with a web page: is its base URL right?";
    StreamIncomplete "stream_incomplete" Segment true "The answer ended without saying why.";
    OutputTruncated "output_truncated" Segment false "The answer was cut at the model's limit of tokens.";
    ContentFiltered "content_filtered" Segment false "The provider's content filter stopped the answer.";
    UnexpectedFinish "unexpected_finish" Segment false "The model stopped for a reason other than being done.";
    EmptyAnswer "empty_answer" Segment false "The model answered with nothing.";
    AnswerTooLarge "answer_too_large" Segment false "The provider's answer is too large to be kept.";
}

/// Scope of a fault. After a fault of a segment, the runner continues with the next segment. After a fault of
/// a run it ends the run. After a fault of a provider it pauses the provider.
///
/// | scope | kinds |
/// | --- | --- |
/// | segment | `content_filtered`, `output_truncated`, `unexpected_finish`, `empty_answer`, `answer_too_large`, `answer_timeout`; `provider_refused` with status 400, 403, 409, 413 or 422; after the last try: `provider_unreachable`, `provider_timeout`, `stream_idle`, `provider_error`, `stream_error`, `provider_invalid_response`, `provider_html_response`, `stream_incomplete` |
/// | run | `model_unknown`, `provider_key_missing`, `parameter_refused`, `provider_rate_limited` (after the wait); `provider_refused` about the model or with any other status (404, 405, a redirect) |
/// | provider | `provider_unauthorized` (key or account), `provider_quota` |
///
/// The caller counts faults of a segment on consecutive segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One segment: other segments may succeed.
    Segment,
    /// All segments of the run: model, parameters, address.
    Run,
    /// All runs of the provider: its key or its account.
    Provider,
}

/// Whether and how to retry after a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// No retry: the same request would fail again.
    Never,
    /// One retry: the answer held only reasoning.
    Once,
    /// Several retries with growing backoff, or after the wait that the provider asks for.
    Backoff,
    /// Call [`Client::prepare`](crate::Client::prepare) again and send the new request at once, one time. The
    /// provider refused `stream_options`, which the client omits from now on. The bytes differ, so the hash
    /// differs too.
    Prepare,
}

/// A fault that ended a request without an answer.
///
/// Only `message` holds text of the provider, and it is redacted. `parameter` is a name from the request.
/// Codes are short words or numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// The scope of the fault.
    pub scope: Scope,
    /// Whether and how to retry.
    pub retry: Retry,
    /// The HTTP status, if the provider sent one.
    pub status: Option<u16>,
    /// The wait that the provider asks for, at most 31 days. It takes precedence over the caller's backoff.
    pub retry_after: Option<Duration>,
    /// Whether the wait is known to be longer than 15 minutes. Either `retry_after` is longer, or the
    /// provider named a limit per day, week or month without its end. In the second case `retry_after` is
    /// `None`.
    pub is_long_wait: bool,
    /// The provider's code for the error: 1 to 64 of `A-Z a-z _ . -`, or a number of up to six digits.
    pub provider_code: Option<String>,
    /// The provider's type of the error, with the same format as `provider_code`.
    pub provider_type: Option<String>,
    /// The provider's message: at most 2,000 code points, on one line, without keys, tokens and credentials.
    /// `None` if the provider sent none.
    pub message: Option<String>,
    /// A constant sentence that says what to do.
    pub hint: Option<&'static str>,
    /// The refused parameter under the request's name (before a rename), or `stream_options`.
    pub parameter: Option<String>,
    /// The environment variable to set, if the key is missing.
    pub missing_env: Option<String>,
    /// The known parts of the answer before the fault. A truncated answer has usage and cost as well.
    pub ending: Box<Ending>,
}

impl Fault {
    /// Creates a fault of which only the kind is known.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            scope: kind.scope(),
            retry: if kind.retryable() { Retry::Backoff } else { Retry::Never },
            status: None,
            retry_after: None,
            is_long_wait: false,
            provider_code: None,
            provider_type: None,
            message: None,
            hint: None,
            parameter: None,
            missing_env: None,
            ending: Box::default(),
        }
    }

    /// Returns the code of the kind, see [`FaultKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether a retry is useful.
    pub fn retryable(&self) -> bool {
        self.retry != Retry::Never
    }

    /// Returns the provider's error, or the known parts of it: `HTTP 400, context_length_exceeded: This
    /// model's maximum context length is …`. `None` if the provider sent nothing.
    pub fn provider_says(&self) -> Option<String> {
        let status = self.status.map(|status| format!("HTTP {status}"));
        let is_status = |code: &&String| self.status.is_some_and(|status| **code == status.to_string());
        let code = self.provider_code.as_ref().filter(|code| !is_status(code));
        let name = code.or(self.provider_type.as_ref()).cloned();
        let head: Vec<String> = [status, name].into_iter().flatten().collect();
        match (head.join(", "), &self.message) {
            (head, Some(message)) if head.is_empty() => Some(message.clone()),
            (head, Some(message)) => Some(format!("{head}: {message}")),
            (head, None) => Some(head).filter(|head| !head.is_empty()),
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_ending(mut self, ending: Ending) -> Self {
        *self.ending = ending;
        self
    }
}

/// Writes the sentence of the kind; the parameter, variable or finish reason; the hint; and the provider's
/// error.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())?;
        if let Some(parameter) = &self.parameter {
            write!(f, " Parameter: {parameter}.")?;
        }
        if let Some(name) = &self.missing_env {
            write!(f, " Set {name}.")?;
        }
        if let (FaultKind::UnexpectedFinish | FaultKind::StreamError, Some(reason)) =
            (self.kind, &self.ending.finish_reason)
        {
            write!(f, " Its reason: {reason}.")?;
        }
        if let Some(hint) = self.hint {
            write!(f, " {hint}")?;
        }
        if let Some(said) = self.provider_says() {
            write!(f, " {said}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// Returns a provider's code if it is safe to show and store. All known codes are words of letters or one
/// small number. Anything else is dropped, because it may be a key.
pub(crate) fn machine_code(text: &str, secrets: &[&str]) -> Option<String> {
    let code = text.trim();
    let lower = code.to_ascii_lowercase();
    let is_humps =
        code.matches(|c: char| c.is_ascii_uppercase()).count() > 1 && code.split(['.', '-']).all(is_camel);
    let fits = (1..=64).contains(&code.len())
        && (is_number(code) || is_humps || lower.split(['_', '.', '-']).all(is_word));
    let leaks = secrets.iter().any(|secret| {
        let secret = secret.to_ascii_lowercase();
        lower.contains(&secret) || (lower.len() >= 8 && secret.contains(&lower))
    });
    // `DataInspectionFailed` is easier to read in its own case.
    (fits && !leaks).then(|| if is_humps { code.to_owned() } else { lower })
}

/// Whether `part` is words like `DataInspectionFailed`, each of at least two letters.
fn is_camel(part: &str) -> bool {
    let starts: Vec<usize> = part.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([part.len()]);
    let is_hump = |(start, end): (&usize, usize)| (2..=14).contains(&(end - start));
    starts.first() == Some(&0)
        && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        && starts.iter().zip(ends).all(is_hump)
}

/// Whether `part` is a word of a code. The limit is above all codes of OpenAI, Anthropic, OpenRouter and
/// vLLM, and below the length of any key.
fn is_word(part: &str) -> bool {
    (1..=14).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_number(code: &str) -> bool {
    code.len() <= 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), FaultKind::ALL.len());
    }

    #[test]
    fn a_machine_code_is_short_plain_and_no_secret() {
        assert_eq!(machine_code("Rate_Limit.Exceeded", &[]).as_deref(), Some("rate_limit.exceeded"));
        assert_eq!(machine_code("1301", &[]).as_deref(), Some("1301"));
        for code in ["DataInspectionFailed", "SensitiveContentDetected.Violence"] {
            assert_eq!(machine_code(code, &[]).as_deref(), Some(code));
        }
        let long = "organization_usage_limit_exceeded";
        assert_eq!(machine_code(long, &[]).as_deref(), Some(long));
        for key in ["sk-abc123DEFghijklmnop", "key_AKIAIOSFODNN7EXAMPLE", "sk-abcdefghijklmnop", "1234567890"]
        {
            assert_eq!(machine_code(key, &[]), None, "{key}");
        }
        assert_eq!(machine_code("", &[]), None);
        assert_eq!(machine_code("has spaces", &[]), None);
        assert_eq!(machine_code("schlüssel", &[]), None);
        assert_eq!(machine_code(&"a".repeat(65), &[]), None);
        assert_eq!(machine_code("bad_key_SK-Secret99", &["sk-secret99"]), None);
        assert_eq!(machine_code("sk-secret", &["sk-secret99"]), None);
    }

    #[test]
    fn a_sentence_names_what_it_is_about() {
        let mut fault = Fault::new(FaultKind::ParameterRefused).with_status(400);
        fault.parameter = Some("temperature".to_owned());
        fault.provider_code = Some("unsupported_value".to_owned());
        assert_eq!(
            fault.to_string(),
            "The model does not take a parameter. Parameter: temperature. HTTP 400, unsupported_value"
        );
        fault.message = Some("Only 1 is supported.".to_owned());
        assert!(fault.to_string().ends_with(" HTTP 400, unsupported_value: Only 1 is supported."));
        fault.provider_code = Some("400".to_owned());
        assert_eq!(fault.provider_says().as_deref(), Some("HTTP 400: Only 1 is supported."));
    }
}
