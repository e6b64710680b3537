//! Rate limits for sign-ins, and the one-time token of the first administrator. See ADR 9.

use crate::auth::find_actor;
use crate::error::{ApiError, ApiResult};
use crate::password_gate::Standing;
use crate::peer::Client;
use crate::state::State;
use actix_web::HttpRequest;
use colophon_contract::AuthorKind;
use colophon_domain::Actor;
use colophon_domain::user::name_key;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// All unknown clients of a name together have this many times the burst of one address.
const STRANGERS_BURST: u32 = 2;
/// Their interval is this many times that of one address.
const STRANGERS_INTERVAL: u32 = 10;
/// Maximum of `sign_in_burst`; larger values count as this.
const BURST_MAX: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");
/// Maximum of `sign_in_interval_s`; larger values count as this.
const INTERVAL_MAX: Duration = Duration::from_secs(3600);
/// A /48 of IPv6 has this many times the burst and the rate of one address.
const NETWORK_TIMES: NonZeroU32 = NonZeroU32::new(16).expect("not zero");
/// How many pairs of name and address are remembered.
const KNOWN_MAX: usize = 4096;

/// Rate limits for sign-ins: by address, by network, and by name for unknown clients.
///
/// Each key counts in one of 65,536 slots, chosen by a hash with a secret of the process. Memory is bounded
/// whatever is tried, and nobody can choose whose slot to share.
pub(crate) struct SignInLimit {
    by_address: DefaultKeyedRateLimiter<u16>,
    by_network: DefaultKeyedRateLimiter<u16>,
    by_name: DefaultKeyedRateLimiter<u16>,
    /// Hashes of clients and names that have signed in, the latest first.
    known: Mutex<VecDeque<u64>>,
    places: RandomState,
    clock: DefaultClock,
}

impl SignInLimit {
    pub(crate) fn new(burst: NonZeroU32, interval: Duration) -> Self {
        let limit = |burst: NonZeroU32, interval| {
            let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(burst));
            RateLimiter::keyed(quota.allow_burst(burst))
        };
        // Larger values would overflow the time arithmetic.
        let (burst, interval) = (burst.min(BURST_MAX), interval.min(INTERVAL_MAX));
        let strangers = burst.saturating_mul(NonZeroU32::MIN.saturating_add(STRANGERS_BURST - 1));
        Self {
            by_address: limit(burst, interval),
            by_network: limit(burst.saturating_mul(NETWORK_TIMES), interval / NETWORK_TIMES.get()),
            by_name: limit(strangers, interval * STRANGERS_INTERVAL),
            known: Mutex::default(),
            places: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt of the request's address at anything that takes a secret. Returns the client.
    ///
    /// # Errors
    /// `too_many_requests` with the time to wait.
    pub(crate) fn check(&self, request: &HttpRequest, state: &State) -> ApiResult<Client> {
        let client = Client::of(request, state);
        self.count(&self.by_address, client)?;
        Ok(client)
    }

    /// Counts an attempt at a name, whether such a user exists or not. A client that has signed in to it from
    /// this address, or is signed in to it, does not count among the unknown clients of the name or the
    /// network. Those cannot lock out known clients. A session has a limit of its own, because it may be
    /// stolen.
    ///
    /// # Errors
    /// `too_many_requests` with the time to wait.
    pub(crate) async fn check_name(
        &self,
        request: &HttpRequest,
        state: &State,
        client: Client,
        name: &str,
    ) -> ApiResult<Standing> {
        let name = name_key(name);
        if self.is_known(client, &name) {
            return Ok(Standing::Known);
        }
        // Without a cookie or a token this makes no query.
        let actor = find_actor(request, state).await.ok().flatten();
        let is_theirs =
            |actor: &Actor| actor.author.kind == AuthorKind::User && name_key(&actor.author.name) == name;
        if let Some(actor) = actor.filter(is_theirs) {
            self.count(&self.by_name, ("own", actor.author.id))?;
            return Ok(Standing::Known);
        }
        self.count_stranger(client, &name)?;
        Ok(Standing::Stranger)
    }

    /// Checks the network first: attempts that it refuses do not count against the name, which others share.
    fn count_stranger(&self, client: Client, name: &str) -> ApiResult<()> {
        client.network().map_or(Ok(()), |network| self.count(&self.by_network, network))?;
        self.count(&self.by_name, name)
    }

    /// Counts a signed-in user's attempt at their own password: a stolen session must not try it from many
    /// addresses. Where the user has signed in, the address's limit is enough, so that nobody keeps them from
    /// changing the password there.
    ///
    /// # Errors
    /// `too_many_requests` with the time to wait.
    pub(crate) fn check_own(&self, client: Client, user_id: i64, name: &str) -> ApiResult<()> {
        if self.is_known(client, &name_key(name)) {
            return Ok(());
        }
        self.count(&self.by_name, ("own", Some(user_id)))
    }

    /// Remembers that a client has signed in to a name.
    pub(crate) fn remember(&self, client: Client, name: &str) {
        let pair = self.pair(client, &name_key(name));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|other| *other != pair);
        known.truncate(KNOWN_MAX - 1);
        known.push_front(pair);
    }

    fn is_known(&self, client: Client, name: &str) -> bool {
        let pair = self.pair(client, name);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&pair)
    }

    fn pair(&self, client: Client, name: &str) -> u64 {
        self.places.hash_one((client, name))
    }

    fn count(&self, limit: &DefaultKeyedRateLimiter<u16>, what: impl Hash) -> ApiResult<()> {
        let [low, high, ..] = self.places.hash_one(what).to_le_bytes();
        limit.check_key(&u16::from_le_bytes([low, high])).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            ApiError::TooManyRequests(wait.as_secs() + 1)
        })
    }
}

/// The secret of the link that creates the first administrator.
#[derive(Clone, Debug, Default)]
pub struct SetupToken(Option<SecretString>);

impl SetupToken {
    /// Holds the secret of the link that the server printed.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self(Some(token))
    }

    /// Holds no secret: there is an administrator, so no link was printed.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Checks whether `given` is the secret. Digests are compared, so the time taken reveals nothing: how
    /// much of a digest matches says nothing about the secret.
    pub(crate) fn is(&self, given: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        self.0.as_ref().is_some_and(|token| digest(token.expose_secret()) == digest(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::at(address.parse().ok())
    }

    fn limit() -> SignInLimit {
        SignInLimit::new(NonZeroU32::MIN, Duration::from_secs(3600))
    }

    #[test]
    fn secrets_are_compared_by_their_digests() {
        assert!(!SetupToken::none().is(""));
        let token = SetupToken::new("secret".into());
        assert!(token.is("secret") && !token.is("Secret") && !token.is(""));
    }

    #[test]
    fn memory_has_a_bound_whatever_is_tried() {
        let limit = limit();
        for n in 0..200_000u32 {
            limit.count(&limit.by_address, n).ok();
        }
        assert!(limit.by_address.len() <= 65_536, "{}", limit.by_address.len());
        for n in 0..10_000 {
            limit.remember(client("192.0.2.1"), &n.to_string());
        }
        assert_eq!(limit.known.lock().expect("known").len(), KNOWN_MAX);
        assert!(limit.is_known(client("192.0.2.1"), "9999") && !limit.is_known(client("192.0.2.1"), "0"));
    }

    #[test]
    fn the_addresses_of_one_network_are_counted_together_too() {
        // Two for each, so that two addresses that share a slot do not matter.
        let limit = SignInLimit::new(NonZeroU32::new(2).expect("not zero"), Duration::from_secs(3600));
        let tries =
            (0..100).map(|n| limit.count_stranger(client(&format!("2001:db8:1:{n:x}::1")), &n.to_string()));
        assert_eq!(tries.filter(Result::is_ok).count(), 2 * NETWORK_TIMES.get() as usize);
        assert!(limit.count_stranger(client("2001:db8:2::1"), "mika").is_ok());
        assert!(
            (0..40)
                .all(|n| limit.count_stranger(client(&format!("192.0.2.{n}")), &format!("v4 {n}")).is_ok())
        );
    }

    #[test]
    fn no_option_is_out_of_reckoning() {
        for (burst, interval) in [(NonZeroU32::MAX, Duration::MAX), (NonZeroU32::MIN, Duration::ZERO)] {
            assert!(SignInLimit::new(burst, interval).count(&limit().by_name, "a").is_ok());
        }
    }

    #[test]
    fn who_signed_in_is_known_by_name_and_address() {
        let limit = limit();
        limit.remember(client("192.0.2.1"), " Mika ");
        assert!(limit.is_known(client("192.0.2.1"), "mika"));
        assert!(!limit.is_known(client("192.0.2.2"), "mika") && !limit.is_known(client("192.0.2.1"), "aki"));
    }
}
