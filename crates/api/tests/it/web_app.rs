//! The web app from the binary, where the build has one (feature `embed`, after `trunk build`).

use crate::app::TestApp;
use colophon_test_support::{on_both_engines, skip};
use reqwest::Method;

/// What stands in quotes after `=` or `from` and begins with a slash.
fn addresses(page: &str) -> Vec<String> {
    page.split(['"', '\''])
        .filter(|text| text.starts_with('/') && text.contains('?'))
        .map(str::to_owned)
        .collect()
}

#[on_both_engines]
async fn the_app_is_sent_compressed_and_for_ever_under_a_strict_policy(app: TestApp) {
    let html = |path: &str| {
        app.nobody(Method::GET, path).header("accept", "text/html").header("accept-encoding", "br")
    };
    let page = app.nobody(Method::GET, "/app-page").header("accept", "text/html").send().await.is(200);
    if page.text().contains("no web app") {
        return skip("frontend/dist was empty when this was built");
    }
    let policy = page.header("content-security-policy").to_owned();
    for part in [
        "default-src 'none'",
        "'wasm-unsafe-eval'",
        "'sha256-",
        "frame-ancestors 'none'",
        "style-src 'self';",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert_eq!(page.header("cache-control"), "no-cache");
    let packed = html("/app-page").send().await.is(200);
    assert_eq!(packed.header("content-encoding"), "br");
    let again = html("/app-page").header("if-none-match", packed.header("etag")).send().await.is(304);
    assert!(again.body.is_empty());

    let addresses = addresses(&page.text());
    assert!(addresses.iter().any(|address| address.contains(".wasm?v=")), "{addresses:?}");
    for address in addresses {
        let call = || app.anywhere(Method::GET, &address);
        let file = call().header("accept-encoding", "gzip, br").send().await.is(200);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{address}");
        let (name, _) = address.split_once('?').unwrap_or_else(|| panic!("{address} has no version"));
        let kind = file.header("content-type");
        assert_eq!(kind == "application/wasm", name.ends_with(".wasm"), "{address}: {kind}");
        if name.ends_with(".js") || name.ends_with(".wasm") {
            assert_eq!(file.header("content-encoding"), "br", "{address}");
        }
        let plain = app.anywhere(Method::GET, name).send().await.is(200);
        assert_eq!(
            (plain.header("cache-control"), plain.header("content-encoding")),
            ("no-cache", "identity")
        );
        let stale = app.anywhere(Method::GET, &format!("{name}?v=0")).send().await.is(200);
        assert_eq!(stale.header("cache-control"), "no-cache");
    }
}
