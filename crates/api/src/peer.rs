//! The client's address and the host that it requested, through trusted proxies.

use crate::state::State;
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Networks of proxies that are trusted to name the client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TrustedProxies(Vec<IpNet>);

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = String;

    /// Reads texts such as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`.
    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let network = |text: &String| {
            let network = text.parse::<IpNet>().ok();
            network.or_else(|| text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical().into())).ok_or_else(
                || format!("`{text}` is neither an address nor a network such as 10.0.0.0/8 or fd00::/8"),
            )
        };
        texts.iter().map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Checks whether an address, as [`IpAddr::to_canonical`] writes it, is a trusted proxy's.
    pub(crate) fn has(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// Returns the client's address: `peer`, or the nearest address behind trusted proxies that is not a
    /// trusted proxy's. If all are, returns the furthest one that they named.
    fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.has(peer) {
            return peer;
        }
        let (named, others) = (forwarded_for(headers), x_forwarded_for(headers));
        let by_forwarded = named.map(|named| self.nearest(peer, &named));
        let by_others = others.map(|others| self.nearest(peer, &others));
        match (by_forwarded, by_others) {
            (Some(one), Some(other)) if one == other => one,
            // A proxy sets one of the headers and passes on the other: one of them may be the client's own.
            (Some(_), Some(_)) | (None, None) => peer,
            (Some(only), None) | (None, Some(only)) => only,
        }
    }

    fn nearest(&self, peer: IpAddr, named: &[Option<IpAddr>]) -> IpAddr {
        let mut nearest = peer;
        for ip in named.iter().rev() {
            // An entry without an address proves nothing, nor do the entries before it.
            let Some(ip) = ip else { break };
            nearest = *ip;
            if !self.has(nearest) {
                break;
            }
        }
        nearest
    }
}

/// Returns the client's address: the connection's, or the one that trusted proxies name.
pub(crate) fn client_address(request: &HttpRequest, state: &State) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    Some(state.options.trusted_proxies.client_of(peer, request.headers()))
}

/// A client for the purpose of limits: an IPv4 address or a /64 of IPv6, as one client usually has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Client(Option<IpAddr>);

impl Client {
    /// Returns the client of a request.
    pub(crate) fn of(request: &HttpRequest, state: &State) -> Self {
        Self::at(client_address(request, state))
    }

    /// Returns the client at an address. All requests without an address are one client.
    pub(crate) fn at(address: Option<IpAddr>) -> Self {
        Self(address.map(|ip| match ip.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 => v4,
        }))
    }

    /// Returns an IPv6 client's /48: usually one site, with 65,536 clients by the rule above. `None` for
    /// IPv4, where no network is known to belong to one site.
    pub(crate) fn network(self) -> Option<Network> {
        let Self(Some(IpAddr::V6(v6))) = self else { return None };
        let [a, b, c, ..] = v6.segments();
        Some(Network([a, b, c]))
    }
}

/// A /48 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network([u16; 3]);

/// Returns the host (and port) that the client requested, and the scheme if a trusted proxy names it.
pub(crate) fn asked_for(request: &HttpRequest, state: &State) -> (Option<String>, Option<String>) {
    let headers = request.headers();
    let own = text(headers, header::HOST.as_str()).or_else(|| request.uri().authority().map(|a| a.as_str()));
    let trusted =
        request.peer_addr().is_some_and(|peer| state.options.trusted_proxies.has(peer.ip().to_canonical()));
    // The last value is the nearest proxy's; values before it may be the client's.
    let last = |name: &str| {
        let value = headers.get_all(name).last()?.to_str().ok()?;
        Some(value.rsplit(',').next()?.trim().to_ascii_lowercase())
    };
    let (host, scheme) =
        if trusted { (last("x-forwarded-host"), last("x-forwarded-proto")) } else { (None, None) };
    (host.or_else(|| own.map(str::to_owned)), scheme)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns the addresses in `X-Forwarded-For`, the furthest first; `None` for an entry that is not an
/// address.
fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let mut values = headers.get_all("x-forwarded-for").peekable();
    values.peek()?;
    Some(values.flat_map(|value| value.to_str().unwrap_or("?").split(',')).map(address).collect())
}

/// Returns the addresses in `Forwarded` (RFC 7239), likewise.
fn forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let mut values = headers.get_all(header::FORWARDED).peekable();
    values.peek()?;
    let element = |element: &str| {
        outside_quotes(element, ';').iter().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| address(value))?
        })
    };
    let elements = |value: &str| outside_quotes(value, ',').into_iter().map(element).collect::<Vec<_>>();
    Some(values.flat_map(|value| elements(value.to_str().unwrap_or("?"))).collect())
}

/// Splits a text at each `separator` outside quoted strings.
fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|c| {
        let literal = escaped;
        escaped = quoted && !literal && c == '\\';
        if c == '"' && !literal {
            quoted = !quoted;
        }
        c == separator && !quoted
    })
    .collect()
}

/// Reads an address with or without a port, brackets and quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    const PEER: &str = "10.0.0.1";

    fn trusted(texts: &[&str]) -> Result<TrustedProxies, String> {
        texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().try_into()
    }

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let proxies = trusted(&["10.0.0.0/8", "fd00::/8", "192.0.2.9"]).expect("networks");
        proxies.client_of(peer.parse().expect("an address"), &map).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        assert_eq!(client("203.0.113.7", &[("x-forwarded-for", "198.51.100.1")]), "203.0.113.7");
        assert_eq!(client("203.0.113.7", &[("forwarded", "for=198.51.100.1")]), "203.0.113.7");
        assert_eq!(client(PEER, &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "198.51.100.1");
        assert_eq!(client(PEER, &[]), PEER);
        let nobody = TrustedProxies::default();
        let mut headers = HeaderMap::new();
        headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("198.51.100.1"));
        assert_eq!(nobody.client_of(PEER.parse().expect("an address"), &headers).to_string(), PEER);
    }

    #[test]
    fn what_stands_before_the_nearest_stranger_is_their_own_word() {
        let named = |value| client(PEER, &[("x-forwarded-for", value)]);
        assert_eq!(named("1.1.1.1, 198.51.100.1"), "198.51.100.1");
        assert_eq!(named("1.1.1.1, 198.51.100.1, 10.2.3.4"), "198.51.100.1");
        assert_eq!(named("10.9.9.9, 10.2.3.4"), "10.9.9.9", "all are proxies: the furthest");
        assert_eq!(named("1.1.1.1, unknown, 10.2.3.4"), "10.2.3.4");
        assert_eq!(named("1.1.1.1, rubbish"), PEER);
        assert_eq!(named(""), PEER);
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(client(PEER, &lines), "198.51.100.1");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        let named = |value| client(PEER, &[("x-forwarded-for", value)]);
        assert_eq!(named("198.51.100.1:4711"), "198.51.100.1");
        assert_eq!(named("2001:db8::1"), "2001:db8::1");
        assert_eq!(named("[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(named("::ffff:198.51.100.1"), "198.51.100.1");
        let named = |value| client(PEER, &[("forwarded", value)]);
        assert_eq!(named("For=198.51.100.1;proto=https"), "198.51.100.1");
        assert_eq!(named("proto=http; for=\"[2001:db8::1]:4711\";by=10.0.0.1"), "2001:db8::1");
        assert_eq!(named("for=1.1.1.1;host=\"a,for=2.2.2.2\", for=198.51.100.1"), "198.51.100.1");
        assert_eq!(named("for=198.51.100.1;host=\"a\\\",for=2.2.2.2\""), "198.51.100.1");
        assert_eq!(named("for=1.1.1.1, for=_hidden"), PEER);
        assert_eq!(named("for=1.1.1.1, proto=https"), PEER);
    }

    #[test]
    fn two_headers_that_differ_are_not_believed() {
        let both = |one, other| client(PEER, &[("forwarded", one), ("x-forwarded-for", other)]);
        assert_eq!(both("for=1.1.1.1", "198.51.100.1"), PEER);
        assert_eq!(both("for=198.51.100.1", "198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn addresses_of_one_household_count_as_one() {
        let at = |text: &str| Client::at(Some(text.parse().expect("an address")));
        assert_eq!(at("2001:db8:1:2:3::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }

    #[test]
    fn households_of_one_site_are_in_one_network() {
        let network = |text: &str| Client::at(Some(text.parse().expect("an address"))).network();
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:2:2::1"));
        assert!(network("2001:db8:1:2::1").is_some());
        assert_eq!(
            (network("192.0.2.1"), network("::ffff:192.0.2.1"), Client::at(None).network()),
            (None, None, None)
        );
    }

    #[test]
    fn networks_are_read_or_named_as_wrong() {
        assert!(trusted(&["127.0.0.1", "::1", "::ffff:10.0.0.1", "172.16.0.0/12"]).is_ok());
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0.1:80", "*"] {
            assert!(trusted(&[text]).expect_err("no network").contains(&format!("`{text}`")), "{text}");
        }
    }
}
