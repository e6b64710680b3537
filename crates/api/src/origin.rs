//! Refuses requests that browsers make for pages of other sites.

use crate::error::{ApiError, ApiResult};
use crate::peer::asked_for;
use crate::state::State;
use actix_web::HttpRequest;
use colophon_contract::Code;

/// Refuses a request that a browser marks as coming from another site. Clients that send neither header pass:
/// only browsers can be made to send another person's cookie, and they send the headers.
///
/// # Errors
/// `cross_origin`.
pub(crate) fn refuse_foreign_origin(request: &HttpRequest, state: &State) -> ApiResult<()> {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site_is_ours = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let (host, scheme) = asked_for(request, state);
    let public_url = state.options.public_url.as_deref();
    let origin_is_ours =
        text("origin").is_none_or(|origin| is_ours(origin, host.as_deref(), scheme.as_deref(), public_url));
    if site_is_ours && origin_is_ours {
        return Ok(());
    }
    Err(ApiError::new(Code::CrossOrigin, "The request came from another site's page."))
}

/// Checks that an origin is this server's: its public URL, or the requested host (and scheme, if known).
fn is_ours(origin: &str, host: Option<&str>, asked: Option<&str>, public_url: Option<&str>) -> bool {
    let Some((scheme, authority)) = parts(origin) else { return false };
    if let Some((public_scheme, public_authority)) = public_url.and_then(parts)
        && scheme == public_scheme
        && authority == public_authority
    {
        return true;
    }
    // Behind a proxy that ends TLS and is not trusted to say so, the scheme here is not the browser's. Only
    // the host can be compared.
    asked.is_none_or(|asked| asked == scheme)
        && host.is_some_and(|host| without_port(&host.to_ascii_lowercase(), scheme) == authority)
}

/// Returns scheme and authority, without the path and the scheme's default port.
fn parts(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    matches!(scheme, "http" | "https").then(|| (scheme, without_port(&authority, scheme)))
}

fn without_port(authority: &str, scheme: &str) -> String {
    let own = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(own).unwrap_or(authority).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_ours_by_host_or_by_the_public_url() {
        let public = Some("https://colophon.example/");
        assert!(is_ours("https://colophon.example", None, None, public));
        assert!(is_ours("https://colophon.example:443", Some("10.0.0.1:8080"), None, public));
        assert!(is_ours("http://127.0.0.1:8080", Some("127.0.0.1:8080"), None, None));
        assert!(is_ours("http://localhost", Some("LOCALHOST:80"), None, None));
        for foreign in [
            "null",
            "",
            "https://evil.example",
            "http://colophon.example",
            "ftp://colophon.example",
            "http://127.0.0.1:8081",
            "http://127.0.0.1.evil.example:8080",
        ] {
            assert!(!is_ours(foreign, Some("127.0.0.1:8080"), None, public), "{foreign}");
        }
        // A trusted proxy names the scheme.
        assert!(is_ours("https://a.example", Some("a.example"), Some("https"), None));
        assert!(!is_ours("http://a.example", Some("a.example"), Some("https"), None));
    }
}
