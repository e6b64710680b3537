//! What stands around passwords: how many are hashed at once, how often an address may try, and the one-time
//! token of the first administrator.

use crate::error::{ApiError, ApiResult};
use crate::peer::client_address;
use crate::state::State;
use actix_web::{HttpRequest, web};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords hashed at the same moment: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn.
const WAITING_MAX: usize = 32;

/// Lets a few passwords be hashed at once, off the threads that answer requests.
pub(crate) struct PasswordGate {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for PasswordGate {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }
}

/// Counts a request among those that wait until it is dropped.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PasswordGate {
    /// Runs `work` on a thread that may block, when it is its turn.
    ///
    /// # Errors
    /// `too_many_requests` where too many wait already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> ApiResult<T> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(self.waiting.clone());
        if before >= WAITING_MAX {
            return Err(ApiError::TooManyRequests(1));
        }
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        drop(waiting);
        // The permit goes with the work: a client that hangs up does not make room while the core is busy.
        web::block(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(ApiError::internal)
    }
}

/// How often an address may try to sign in.
pub(crate) struct SignInLimit {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl SignInLimit {
    pub(crate) fn new(burst: NonZeroU32, interval: Duration) -> Self {
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
        Self { by_address: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// `too_many_requests` with the time to wait.
    pub(crate) fn check(&self, request: &HttpRequest, state: &State) -> ApiResult<()> {
        let Some(client) = client_address(request, state) else { return Ok(()) };
        // Only now and then: a pass over all addresses that were seen.
        if self.by_address.len() > 10_000 {
            self.by_address.retain_recent();
        }
        self.by_address.check_key(&household(client)).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            ApiError::TooManyRequests(wait.as_secs() + 1)
        })
    }
}

/// What one client usually has: an IPv4 address, or a /64 of IPv6.
fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// The secret of the link that makes the first administrator.
#[derive(Clone, Debug, Default)]
pub struct SetupToken(Option<SecretString>);

impl SetupToken {
    /// That of the link which the server printed.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self(Some(token))
    }

    /// No link was printed, for there is an administrator.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Whether `given` is it. Digests are compared, so that the time taken tells nothing of the token.
    pub(crate) fn is(&self, given: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        self.0.as_ref().is_some_and(|token| digest(token.expose_secret()) == digest(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_household_count_as_one() {
        let ip = |text: &str| household(text.parse().expect("an address"));
        assert_eq!(ip("2001:db8:1:2:3::1"), ip("2001:db8:1:2:ffff::9"));
        assert_ne!(ip("2001:db8:1:2::1"), ip("2001:db8:1:3::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }

    #[test]
    fn no_token_is_no_key() {
        assert!(!SetupToken::none().is(""));
        let token = SetupToken::new("secret".into());
        assert!(token.is("secret") && !token.is("Secret") && !token.is(""));
    }

    #[actix_web::test]
    async fn too_many_waiting_are_turned_away() {
        let gate = Arc::new(PasswordGate::default());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let mut tasks = Vec::new();
        for _ in 0..AT_ONCE + WAITING_MAX {
            let (gate, held) = (gate.clone(), held.clone());
            tasks.push(actix_web::rt::spawn(async move {
                gate.run(move || held.lock().map(|held| held.recv().is_ok()).unwrap_or(false)).await
            }));
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(matches!(gate.run(|| ()).await, Err(ApiError::TooManyRequests(_))));
        for _ in 0..tasks.len() {
            release.send(()).expect("somebody waits");
        }
        for task in tasks {
            assert!(task.await.expect("ran").expect("had its turn"));
        }
        assert!(gate.run(|| ()).await.is_ok());
    }
}
