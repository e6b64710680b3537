use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether the client may connect to this address. Refuses link-local addresses and the few metadata
/// addresses outside those networks: clouds give credentials to any sender there. Allows all others, also
/// loopback and private addresses, where local models run.
pub(crate) fn is_allowed(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_allowed_v4(v4),
        IpAddr::V6(v6) => {
            // IPv6 metadata addresses of Amazon and Google.
            let metadata = [[0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]];
            !v6.is_unicast_link_local()
                && !metadata.contains(&v6.segments())
                && embedded(v6).into_iter().all(is_allowed_v4)
        }
    }
}

fn is_allowed_v4(ip: Ipv4Addr) -> bool {
    // Metadata addresses of Alibaba, Oracle and Azure.
    let metadata = [[100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16]];
    !ip.is_link_local() && !metadata.contains(&ip.octets())
}

/// Returns the IPv4 addresses that a gateway might derive from an IPv6 address: NAT64 (RFC 6052),
/// 6to4 (RFC 3056), and the obsolete form `::a.b.c.d`. For local-use NAT64 (RFC 8215), one per possible
/// prefix length.
fn embedded(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] => vec![v4(high, low)],
        [0x64, 0xff9b, 1, d, e, f, g, h] => {
            let ([_, d1], [_, e1], [f0, f1], [g0, _]) =
                (d.to_be_bytes(), e.to_be_bytes(), f.to_be_bytes(), g.to_be_bytes());
            let [d0, _] = d.to_be_bytes();
            let of_lengths = [[d0, d1, e1, f0], [d1, e1, f0, f1], [e1, f0, f1, g0]];
            of_lengths.into_iter().map(Ipv4Addr::from).chain([v4(g, h)]).collect()
        }
        [0x2002, high, low, ..] => vec![v4(high, low)],
        _ => Vec::new(),
    }
}

type LookUp = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Resolves names for connections and drops addresses that are not allowed. Each connection resolves the name
/// again, so a later change of the name is checked too.
#[derive(Clone)]
pub(crate) struct Guard(Arc<LookUp>);

impl Guard {
    /// Resolves with the operating system.
    pub(crate) fn system() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        }))
    }
}

/// All addresses of a name are refused.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name means link-local or metadata addresses, which are not asked")
    }
}

impl std::error::Error for Refused {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.0)(name.as_str().to_owned());
        Box::pin(async move {
            let mut found = found.await?;
            found.retain(|address| is_allowed(address.ip()));
            if found.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn allowed(ip: &str) -> bool {
        is_allowed(ip.parse().unwrap())
    }

    #[test]
    fn where_machines_learn_about_themselves_nothing_is_sent() {
        for ip in [
            "169.254.169.254",
            "169.254.0.1",
            "169.254.255.255",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "febf:ffff::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b:1:abcd::168.63.129.16",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00:0",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
        ] {
            assert!(!allowed(ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fd00::1",
            "fec0::1",
            "169.253.255.255",
            "169.255.0.0",
            "203.0.113.1",
            "2001:db8::1",
            "64:ff9b::203.0.113.1",
            "64:ff9b:1::203.0.113.1",
            "fd20:ce::253",
            "2002:cb00:7101::1",
        ] {
            assert!(allowed(ip), "{ip}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_means_at_each_connection() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        // The first answer is allowed, all later ones are not.
        let guard = Guard(Arc::new(move |name| {
            assert_eq!(name, "models.example");
            let ip =
                if count.fetch_add(1, Ordering::Relaxed) == 0 { "127.0.0.1:0" } else { "169.254.169.254:0" };
            Box::pin(async move { Ok(vec![ip.parse().unwrap()]) })
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://models.example:{}/", listener.local_addr().unwrap().port());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().dns_resolver(guard).build().unwrap();
        let first = tokio::spawn(client.get(&url).send());
        // Accept and drop: the name was resolved and the client connected to its address.
        drop(listener.accept().await.unwrap());
        assert!(first.await.unwrap().is_err());
        let error = client.get(&url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("Refused"), "{error:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn of_several_addresses_the_harmless_ones_are_left() {
        let guard = Guard(Arc::new(|_| {
            let found = ["[fe80::1]:0", "10.0.0.7:0", "169.254.1.1:0"].map(|ip| ip.parse().unwrap());
            Box::pin(async move { Ok(found.to_vec()) })
        }));
        let left: Vec<_> = guard.resolve("models.example".parse().unwrap()).await.unwrap().collect();
        assert_eq!(left, ["10.0.0.7:0".parse().unwrap()]);
    }
}
