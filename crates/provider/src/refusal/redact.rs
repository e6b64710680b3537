//! Makes a provider's message safe to store and show: short, without keys, tokens and credentials.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Maximum length of a stored message, in code points.
pub(crate) const MAX_MESSAGE: usize = 2_000;

/// Replaces each secret.
const REDACTED: &str = "[redacted]";
/// Minimum length of a recognised part of a key, in bytes. Providers quote the start or the end of a key.
const SHORTEST_PART: usize = 8;

/// Patterns of secrets, in the order of replacement.
static SHAPES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let shape = |pattern: &str, with| Regex::new(pattern).ok().map(|regex| (regex, with));
    [
        // `user:password@` in a URL.
        shape(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@?#]{1,500}@", "$1[redacted]@"),
        // The values of a URL's query.
        shape(r#"([?&][A-Za-z0-9_.\[\]-]{1,64}=)[^&\s"'<>)]{1,2000}"#, "$1[redacted]"),
        // `api_key=…`, `"token": "…"`, `Incorrect API key provided: …`.
        shape(
            r#"(?i)\b((?:x-)?(?:api[\s_-]?key|access[\s_-]?key|secret(?:[\s_-]?key)?|token|password|passwd|pwd|authorization|credentials?)(?:\s+(?:provided|given|supplied|is|was))?["'`]?\s*[:=]\s*["'`]?)(?:(?:bearer|basic)\s+)?[^\s"'`,;(){}\[\]]{4,}"#,
            "$1[redacted]",
        ),
        // Keys by their prefix: OpenAI and others (sk-), Anthropic, Groq, xAI, Hugging Face, NVIDIA, Google,
        // AWS, GitHub, GitLab, Slack, Replicate, Perplexity, Fireworks, Cerebras, Tavily; organisations and
        // projects.
        shape(
            r"\b(?:sk|pk|rk|ak|org|proj|csk|gsk|xai|hf|nvapi|pplx|fw|r8|tvly|glpat|ghp|gho|ghs|github_pat|xox[abprs])[-_][A-Za-z0-9*._-]{6,}",
            REDACTED,
        ),
        shape(r"\bAIza[A-Za-z0-9_*-]{10,}", REDACTED),
        shape(r"\b(?:AKIA|ASIA)[A-Z0-9*]{8,}", REDACTED),
        // JSON Web Tokens.
        shape(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,2}", REDACTED),
        // A value that is already partly hidden.
        shape(r"[A-Za-z0-9_.-]*\*{3,}[A-Za-z0-9_.*-]*", REDACTED),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// A credential after the name of its scheme: `Bearer abc123`, but not `Basic authentication`.
static SCHEME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(bearer|basic|token)\s+([A-Za-z0-9._~+/=*-]{8,})").ok());

/// A long run of letters and digits, which may be a key.
static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9]{32,}").ok());

/// Returns `text` on one line, without secrets, at most [`MAX_MESSAGE`] code points; `None` if nothing is
/// left. `secrets` are the sent keys, which are removed in any form.
pub(crate) fn redact(text: &str, secrets: &[&str]) -> Option<String> {
    // Longer than the final cut, so that a secret across that cut is found.
    let text: String =
        text.chars().take(4 * MAX_MESSAGE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets {
        text = without_secret(&text, secret);
    }
    for (shape, with) in SHAPES.iter() {
        text = shape.replace_all(&text, *with).into_owned();
    }
    if let Some(scheme) = SCHEME.as_ref() {
        let hide = |found: &Captures<'_>| {
            let is_word =
                found[2].len() < 20 && found[2].bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.');
            if is_word { found[0].to_owned() } else { format!("{} {REDACTED}", &found[1]) }
        };
        text = scheme.replace_all(&text, hide).into_owned();
    }
    if let Some(long) = LONG.as_ref() {
        let hide = |found: &Captures<'_>| {
            let run = &found[0];
            let is_mixed = run.bytes().any(|byte| byte.is_ascii_digit())
                && run.bytes().any(|byte| byte.is_ascii_alphabetic());
            if is_mixed { REDACTED.to_owned() } else { run.to_owned() }
        };
        text = long.replace_all(&text, hide).into_owned();
    }
    if text.chars().count() > MAX_MESSAGE {
        text = text.chars().take(MAX_MESSAGE - 1).chain(['…']).collect();
    }
    Some(text).filter(|text| !text.is_empty())
}

/// Removes a key, in upper or lower case, and words that are the start or the end of it.
fn without_secret(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let secret = secret.to_ascii_lowercase();
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = lower[at..].find(&secret) {
        out.push_str(&text[at..at + found]);
        out.push_str(REDACTED);
        at += found + secret.len();
    }
    out.push_str(&text[at..]);
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut words = String::with_capacity(out.len());
    for part in out.split_inclusive(|c| !is_word(c)) {
        let word = part.trim_end_matches(|c| !is_word(c));
        let bare = word.trim_matches('.').to_ascii_lowercase();
        let is_part = bare.len() >= SHORTEST_PART
            && (secret.starts_with(&bare) || secret.ends_with(&bare))
            && bare.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-');
        words.push_str(if is_part { REDACTED } else { word });
        words.push_str(&part[word.len()..]);
    }
    words
}

/// Removes credentials and the values of the query from a URL.
pub(crate) fn redact_url(url: &str, secrets: &[&str]) -> Option<String> {
    let url = url.split('#').next().unwrap_or_default();
    redact(url, secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        redact(text, &["Key-of-ours-0123456789"]).unwrap_or_default()
    }

    #[test]
    fn every_shape_compiles() {
        assert_eq!(SHAPES.len(), 8);
        assert!(LONG.is_some() && SCHEME.is_some());
    }

    #[test]
    fn secrets_are_taken_out() {
        for (text, left) in [
            ("bad key key-of-OURS-0123456789!", "bad key [redacted]!"),
            ("bad key …0123456789", "bad key …[redacted]"),
            ("bad key of-ours-0123456789", "bad key [redacted]"),
            ("Incorrect API key provided: abcd1234.", "Incorrect API key provided: [redacted]"),
            (
                "Incorrect API key provided: sk-Te***********6789. See",
                "Incorrect API key provided: [redacted] See",
            ),
            ("Authorization: Bearer abcdefghijk", "Authorization: [redacted]"),
            ("got Bearer abc.def-ghi2jkl", "got Bearer [redacted]"),
            ("at https://me:secret@proxy.example/v1", "at https://[redacted]@proxy.example/v1"),
            ("GET /v1?key=AbCd&alt=sse failed", "GET /v1?key=[redacted]&alt=[redacted] failed"),
            ("key AIzaSyA1234567890abcdef is bad", "key [redacted] is bad"),
            ("in organization org-AbCdEfGh12345 on", "in organization [redacted] on"),
            ("\"password\": \"hunter22\"", "\"password\": \"[redacted]\""),
            ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc", "token [redacted]"),
            ("0123456789abcdef0123456789abcdef", "[redacted]"),
            ("abcd****wxyz", "[redacted]"),
        ] {
            assert_eq!(redacted(text), left, "{text}");
        }
    }

    #[test]
    fn other_words_stay() {
        for text in [
            "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens.",
            "Request ID: 0215-7f3e-4c1a",
            "max_tokens: 20000 is too large",
            "Basic authentication is not supported.",
            "POST /openai/deployments/gpt4turbo/chat/completions failed",
            "请求包含敏感内容 (1301)",
            "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000. Try again in 7.66s.",
            "model meta-llama/Llama-3.3-70B-Instruct-Turbo is overloaded",
        ] {
            assert_eq!(redacted(text), text);
        }
        assert_eq!(redacted("a\n\n b\u{0}\tc"), "a b c");
        assert_eq!(redact(" \n", &[]), None);
    }

    #[test]
    fn a_message_is_cut() {
        let cut = redact(&"é ".repeat(5_000), &[]).unwrap();
        assert_eq!((cut.chars().count(), cut.chars().last()), (MAX_MESSAGE, Some('…')));
    }
}
