//! Refused sign-ins in the audit log. Each is recorded, unless there are so many that they would fill the
//! disk. A source that causes many is limited first, so that it does not hide attempts of others. See ADR 9.

use crate::error::ApiResult;
use crate::peer::{Client, Network};
use crate::reply;
use crate::state::State;
use actix_web::web;
use colophon_contract::{Author, User};
use colophon_domain::{Actor, Origin, audit};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// Limit for one source: the burst, then the seconds for each further entry.
const OF_SOURCE: (NonZeroU32, u64) = (NonZeroU32::new(20).expect("not zero"), 60);
/// Limit for attempts at one user, likewise.
const OF_USER: (NonZeroU32, u64) = (NonZeroU32::new(60).expect("not zero"), 10);
/// Limit for attempts at all users, and for attempts at no user, likewise: each at most about 20 MB a day.
const OF_ALL: (NonZeroU32, u64) = (NonZeroU32::new(1000).expect("not zero"), 1);
/// How many sources and users have their own count of omitted refusals; the others share one count.
const COUNTED_MAX: usize = 256;

/// Source of a refusal: an address, or a /48 of IPv6, whose owner has any number of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Client(Client),
    Network(Network),
}

impl Source {
    fn of(from: &Origin) -> Self {
        let client = Client::at(from.address.as_deref().and_then(|address| address.parse().ok()));
        client.network().map_or(Self::Client(client), Self::Network)
    }
}

/// The limit that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Noise {
    Source(Source),
    User(i64),
    All,
}

/// Refusals that were not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LeftOut {
    count: u64,
    /// For a source: the address of the last refusal.
    address: Option<String>,
    /// For a user: id and name.
    whom: Option<(i64, String)>,
}

/// Limits which refusals are recorded, and counts the others. Like [`crate::sign_in::SignInLimit`], it counts
/// in 65,536 slots.
pub(crate) struct Refusals {
    by_source: DefaultKeyedRateLimiter<u16>,
    by_user: DefaultKeyedRateLimiter<u16>,
    for_users: DefaultDirectRateLimiter,
    for_nobody: DefaultDirectRateLimiter,
    left_out: Mutex<HashMap<Noise, LeftOut>>,
    places: RandomState,
    /// Entries that are being written.
    under_way: TaskTracker,
}

/// What an entry says about omitted refusals. If the entry cannot be written, they are counted again.
struct Told {
    left_out: Vec<(Noise, LeftOut)>,
    text: String,
}

impl Default for Refusals {
    fn default() -> Self {
        let quota = |(burst, seconds): (NonZeroU32, u64)| {
            let quota = Quota::with_period(Duration::from_secs(seconds)).unwrap_or(Quota::per_second(burst));
            quota.allow_burst(burst)
        };
        Self {
            by_source: RateLimiter::keyed(quota(OF_SOURCE)),
            by_user: RateLimiter::keyed(quota(OF_USER)),
            for_users: RateLimiter::direct(quota(OF_ALL)),
            for_nobody: RateLimiter::direct(quota(OF_ALL)),
            left_out: Mutex::default(),
            places: RandomState::new(),
            under_way: TaskTracker::new(),
        }
    }
}

impl Refusals {
    /// Decides whether to record a refusal. Returns what its entry says about omitted ones, or counts it and
    /// returns `None`.
    fn admit(&self, from: &Origin, whom: Option<(i64, &str)>) -> Option<Told> {
        let source = Source::of(from);
        let user = whom.map(|(id, _)| id);
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(noise) = self.limit(source, user) {
            let is_counted = left_out.contains_key(&noise) || left_out.len() < COUNTED_MAX;
            let noise = if is_counted { noise } else { Noise::All };
            let of_noise = left_out.entry(noise).or_insert(LeftOut { count: 0, address: None, whom: None });
            of_noise.count += 1;
            match noise {
                Noise::Source(_) => of_noise.address.clone_from(&from.address),
                Noise::User(_) => of_noise.whom = whom.map(|(id, name)| (id, name.to_owned())),
                Noise::All => {}
            }
            return None;
        }
        let noises = [
            (Some(Noise::Source(source)), "from there"),
            (user.map(Noise::User), "for them"),
            (Some(Noise::All), "of others"),
        ];
        let (mut taken, mut parts) = (Vec::new(), Vec::new());
        for (noise, what) in noises {
            if let Some((noise, left)) = noise.and_then(|noise| left_out.remove_entry(&noise)) {
                parts.push(format!("{} {what}", left.count));
                taken.push((noise, left));
            }
        }
        let text = match parts.is_empty() {
            true => String::new(),
            false => format!("; refusals before it that were not written down: {}", parts.join(", ")),
        };
        Some(Told { left_out: taken, text })
    }

    /// Counts omitted refusals again whose entry was not written.
    fn give_back(&self, untold: Vec<(Noise, LeftOut)>) {
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        for (noise, left) in untold {
            let count = left.count;
            left_out.entry(noise).and_modify(|later| later.count += count).or_insert(left);
        }
    }

    /// Waits until all admitted refusals are recorded.
    pub(crate) async fn settle(&self) {
        self.under_way.close();
        self.under_way.wait().await;
        self.under_way.reopen();
    }

    /// Checks the narrowest limit first: what it refuses does not count at the next, which others share.
    fn limit(&self, source: Source, user: Option<i64>) -> Result<(), Noise> {
        self.by_source.check_key(&self.place(source)).map_err(|_| Noise::Source(source))?;
        let Some(id) = user else { return self.for_nobody.check().map_err(|_| Noise::All) };
        self.by_user.check_key(&self.place(id)).map_err(|_| Noise::User(id))?;
        self.for_users.check().map_err(|_| Noise::All)
    }

    fn place(&self, of: impl Hash) -> u16 {
        let [low, high, ..] = self.places.hash_one(of).to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    fn take_left_out(&self) -> Vec<(Noise, LeftOut)> {
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        left_out.drain().collect()
    }
}

/// Records a refused sign-in in the background, unless too many were refused. Whether it is recorded depends
/// on the user, so the answer must not wait for it: its time would reveal that.
pub(crate) fn refuse(
    state: &web::Data<State>,
    from: &Origin,
    by: Option<&Author>,
    whom: Option<&User>,
    what: &str,
) {
    let whom = whom.map(|user| (user.id, user.name.clone()));
    let Some(told) = state.refusals.admit(from, whom.as_ref().map(|(id, name)| (*id, name.as_str()))) else {
        return;
    };
    let what = format!("{what}{}", told.text);
    let (from, by, shared) = (from.clone(), by.cloned(), state.clone());
    actix_web::rt::spawn(state.refusals.under_way.track_future(async move {
        let server = Actor::system("colophon");
        let whom = whom.as_ref().map(|(id, name)| (*id, name.as_str()));
        let written = reply::write(&shared, &server, async |txn| {
            audit::record_failed_sign_in(txn, &from, by.as_ref(), whom, &what).await
        });
        if let Err(error) = written.await {
            shared.refusals.give_back(told.left_out);
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a refused sign-in is not in the audit log"
            );
        }
    }));
}

/// Records how many refusals were omitted and not yet reported. Call it when the server stops, after its last
/// answer.
///
/// # Errors
/// Returns database errors only.
pub async fn write_left_out(state: &State) -> ApiResult<()> {
    state.refusals.settle().await;
    let left_out = state.refusals.take_left_out();
    if left_out.is_empty() {
        return Ok(());
    }
    reply::write(state, &Actor::system("colophon"), async |txn| {
        for (_, LeftOut { count, address, whom }) in &left_out {
            let from = Origin { address: address.clone(), request_id: None };
            let whom = whom.as_ref().map(|(id, name)| (*id, name.as_str()));
            let what = format!("refusals that were not written down when the server stopped: {count}");
            audit::record_failed_sign_in(txn, &from, None, whom, &what).await?;
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Origin {
        Origin { address: Some(address.to_owned()), request_id: None }
    }

    /// Returns how many of `count` are recorded. As time passes, they may exceed the burst by a few.
    fn written(count: usize, mut admit: impl FnMut(usize) -> Option<Told>) -> usize {
        (0..count).filter(|n| admit(*n).is_some()).count()
    }

    #[test]
    fn one_source_does_not_hide_another() {
        let refusals = Refusals::default();
        let of_one = written(10_000, |_| refusals.admit(&at("192.0.2.1"), None));
        assert!((20..30).contains(&of_one), "{of_one}");
        let of_site = written(10_000, |n| refusals.admit(&at(&format!("2001:db8:1:{n:x}::1")), None));
        assert!((20..30).contains(&of_site), "{of_site}");
        let told = |told: Option<Told>| told.expect("written down").text;
        assert_eq!(told(refusals.admit(&at("192.0.2.2"), None)), "");
        assert_eq!(told(refusals.admit(&at("2001:db8:2::1"), Some((1, "mika")))), "");
        let counts: u64 = refusals.take_left_out().iter().map(|(_, left)| left.count).sum();
        assert_eq!(counts, 20_000 - (of_one + of_site) as u64);
    }

    #[test]
    fn who_is_tried_from_everywhere_does_not_hide_who_else_is() {
        let refusals = Refusals::default();
        let from = |n: usize| at(&format!("192.0.{}.{}", n / 256, n % 256));
        let of_mika = written(5_000, |n| refusals.admit(&from(n), Some((1, "mika"))));
        assert!((60..70).contains(&of_mika), "{of_mika}");
        assert_eq!(refusals.admit(&at("203.0.113.1"), Some((2, "aki"))).expect("written down").text, "");
        // Attempts at names without a user do not hide attempts at users either, from any source.
        let of_nobody = written(60_000, |n| refusals.admit(&from(n), None));
        assert!((1_000..1_200).contains(&of_nobody), "{of_nobody}");
        let Told { left_out, text: told } =
            refusals.admit(&at("203.0.113.2"), Some((2, "aki"))).expect("written down");
        assert!(told.starts_with("; refusals before it that were not written down: "), "{told}");
        assert!(told.ends_with(" of others"), "{told}");
        // Omitted refusals whose entry could not be written are in the next entry.
        refusals.give_back(left_out);
        let again = refusals.admit(&at("203.0.113.3"), Some((2, "aki"))).expect("written down").text;
        assert_eq!(again, told);
    }

    #[test]
    fn what_was_left_out_is_said_once_where_it_belongs() {
        let refusals = Refusals::default();
        written(30, |_| refusals.admit(&at("192.0.2.1"), Some((1, "mika"))));
        written(65, |n| refusals.admit(&at(&format!("198.51.100.{n}")), Some((1, "mika"))));
        let mut left_out: Vec<_> = refusals.take_left_out().into_iter().map(|(_, left)| left).collect();
        left_out.sort_by_key(|left| left.address.clone());
        let [of_user, of_source] = &left_out[..] else { panic!("{left_out:?}") };
        assert_eq!(
            (of_user.address.as_deref(), of_user.whom.as_ref()),
            (None, Some(&(1, "mika".to_owned())))
        );
        assert_eq!((of_source.address.as_deref(), of_source.whom.as_ref()), (Some("192.0.2.1"), None));
        assert!(of_source.count <= 10 && of_user.count <= 25, "{left_out:?}");
        assert!(refusals.take_left_out().is_empty());
    }

    #[test]
    fn memory_has_a_bound_whoever_tries() {
        let refusals = Refusals::default();
        for n in 0..40_000u32 {
            let from = at(&format!("10.{}.{}.{}", n % 4, n / 256 % 256, n % 256));
            refusals.admit(&from, Some((i64::from(n), "somebody")));
        }
        for n in 0..60_000usize {
            refusals.admit(&at(&format!("10.9.{}.1", n % 2_000 / 8)), None);
        }
        assert!(refusals.left_out.lock().expect("left out").len() <= COUNTED_MAX + 1);
    }
}
