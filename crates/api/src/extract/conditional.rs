//! `If-None-Match` and `ETag`.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The tags that a client has already. An unreadable header counts as none, as RFC 9110 specifies for
/// preconditions that do not hold.
///
/// Tags are compared weakly: a body has the same tag whether sent plain, as gzip or as brotli.
pub(crate) struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    /// Checks whether the client has what `tag` (as sent in `ETag`) names: the weak comparison of RFC 9110,
    /// 8.8.3.2.
    pub(crate) fn holds(&self, tag: &str) -> bool {
        let opaque = tag.trim_start_matches("W/");
        self.0.iter().any(|known| known == "*" || known.trim_start_matches("W/") == opaque)
    }
}

impl FromRequest for IfNoneMatch {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tags = request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok())
            .flat_map(tags)
            .collect();
        ready(Ok(Self(tags)))
    }
}

/// Returns the tags of one header line. Tags may hold commas, so `split` is not enough.
fn tags(line: &str) -> Vec<String> {
    if line.trim() == "*" {
        return vec!["*".to_owned()];
    }
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find('"') {
        let weak = rest[..start].ends_with("W/");
        let Some(length) = rest[start + 1..].find('"') else { break };
        let opaque = &rest[start..=start + 1 + length];
        found.push(if weak { format!("W/{opaque}") } else { opaque.to_owned() });
        rest = &rest[start + length + 2..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let given = IfNoneMatch(tags("\"a,b\" , W/\"c\",\"d"));
        assert_eq!(given.0, ["\"a,b\"", "W/\"c\""]);
        assert!(given.holds("W/\"a,b\"") && given.holds("\"c\"") && !given.holds("W/\"d\""));
        assert!(IfNoneMatch(tags(" * ")).holds("W/\"x\""));
    }
}
