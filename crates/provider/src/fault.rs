use std::{fmt, time::Duration};

use crate::reply::Ending;

macro_rules! fault_kinds {
    ($($variant:ident $code:literal $retryable:literal $sentence:literal;)*) => {
        /// Every way in which a request can fail: a closed table of code, whether another try is worth it,
        /// and a sentence for people.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $(#[doc = concat!($sentence, " Code `", $code, "`; worth another try: ", stringify!($retryable), ".")]
            $variant,)*
        }

        impl FaultKind {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its code, as stored and sent.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// Whether the same request may succeed at another time.
            pub fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),* }
            }

            /// A constant sentence for people; holds nothing that a provider sent.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }
        }
    };
}

fault_kinds! {
    ModelUnknown "model_unknown" false "The model is not in the catalogue.";
    KeyMissing "provider_key_missing" false "The provider's key is not in the environment.";
    Unauthorized "provider_unauthorized" false "The provider refused the key.";
    Quota "provider_quota" false "The provider's credit or quota is used up.";
    RateLimited "provider_rate_limited" true "The provider asks to slow down.";
    Unreachable "provider_unreachable" true "The provider could not be reached.";
    SilentAtStart "provider_timeout" true "The provider did not begin to answer in time.";
    SilentInStream "stream_idle" true "The provider fell silent in the middle of its answer.";
    TooSlow "answer_timeout" false "The provider's answer was not whole in time.";
    ParameterRefused "parameter_refused" false "The model does not take a parameter.";
    Refused "provider_refused" false "The provider refused the request.";
    ServerError "provider_error" true "The provider failed.";
    StreamError "stream_error" true "The provider reported an error in the middle of its answer.";
    InvalidResponse "provider_invalid_response" true "The provider's answer is not what its protocol says.";
    Html "provider_html_response" true "The provider answered with a web page: is its base URL right?";
    StreamIncomplete "stream_incomplete" true "The answer ended without saying why.";
    OutputTruncated "output_truncated" false "The answer was cut at the model's limit of tokens.";
    ContentFiltered "content_filtered" false "The provider's content filter stopped the answer.";
    UnexpectedFinish "unexpected_finish" false "The model stopped for a reason other than being done.";
    EmptyAnswer "empty_answer" false "The model answered with nothing.";
    AnswerTooLarge "answer_too_large" false "The provider's answer is too large to be kept.";
}

/// What ended a request without an answer.
///
/// Nothing of the provider's words is in it: sentences are constant, names of parameters are our own, and
/// what remains is a machine code of plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which of the table.
    pub kind: FaultKind,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// How long the provider asks to wait; wins over any back-off of one's own.
    pub retry_after: Option<Duration>,
    /// The provider's own code for it: 1 to 64 of `a-z _ . -`, or a number.
    pub provider_code: Option<String>,
    /// The parameter it is about, as the request named it (before a rename).
    pub parameter: Option<String>,
    /// The environment variable to set, where its key is what is missing.
    pub missing_env: Option<String>,
    /// What was known of the answer when it broke: a truncated one has a usage and a cost as well.
    pub ending: Box<Ending>,
}

impl Fault {
    /// A fault about which only its kind is known.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            status: None,
            retry_after: None,
            provider_code: None,
            parameter: None,
            missing_env: None,
            ending: Box::default(),
        }
    }

    /// As [`FaultKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// As [`FaultKind::retryable`].
    pub fn retryable(&self) -> bool {
        self.kind.retryable()
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

/// The sentence, and the name of what it is about: the parameter, the variable, the provider's code.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())?;
        if let Some(parameter) = &self.parameter {
            write!(f, " Parameter: {parameter}.")?;
        }
        if let Some(name) = &self.missing_env {
            write!(f, " Set {name}.")?;
        }
        match (self.status, &self.provider_code) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, {code})"),
            (Some(status), None) => write!(f, " (HTTP {status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Cuts a name that a provider sent down to what is safe to show and store, or drops it: what is no machine code as
/// all of them are, words of letters or one small number, may be anything, a key of somebody else's among it.
pub(crate) fn machine_code(text: &str, secrets: &[&str]) -> Option<String> {
    let code = text.trim().to_ascii_lowercase();
    let fits =
        (1..=64).contains(&code.len()) && (is_number(&code) || code.split(['_', '.', '-']).all(is_word));
    let leaks = secrets.iter().any(|secret| {
        let secret = secret.to_ascii_lowercase();
        code.contains(&secret) || (code.len() >= 8 && secret.contains(&code))
    });
    (fits && !leaks).then_some(code)
}

/// Longer than any in the codes of OpenAI, Anthropic, OpenRouter, vLLM; shorter than any key.
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
            "The model does not take a parameter. Parameter: temperature. (HTTP 400, unsupported_value)"
        );
    }
}
