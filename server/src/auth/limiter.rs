//! Bounds on trying: sign-in and enrolment.
//!
//! Not optional: [`crate::app::App`] cannot exist without a limiter, and at the start of a server
//! [`Limiter::prove`] shows on a copy that it refuses.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::limits;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, Clock, NoOpMiddleware<Duration>>;

/// All counters of attempts.
#[derive(Debug)]
pub struct Limiter {
    clock: Clock,
    login_by_address: Keyed<IpAddr>,
    unknown_logins: Keyed<[u8; 32]>,
    enrol_by_address: Keyed<IpAddr>,
    attachments_by_device: Keyed<i64>,
    /// Times of the failed enrolments of the last hour, oldest first.
    enrol_failures: Mutex<VecDeque<i64>>,
}

impl Limiter {
    /// Counters at zero.
    pub fn new(clock: Clock) -> Limiter {
        let per_minute = |n| Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        let unknown = per_minute(2).allow_burst(NonZeroU32::new(5).unwrap_or(NonZeroU32::MIN));
        Limiter {
            login_by_address: Keyed::dashmap_with_clock(
                per_minute(limits::LOGIN_PER_ADDRESS_MINUTE),
                clock.clone(),
            ),
            unknown_logins: Keyed::dashmap_with_clock(unknown, clock.clone()),
            enrol_by_address: Keyed::dashmap_with_clock(
                per_minute(limits::ENROL_PER_ADDRESS_MINUTE),
                clock.clone(),
            ),
            attachments_by_device: Keyed::dashmap_with_clock(
                per_minute(limits::ATTACHMENT_REQUESTS_PER_MINUTE),
                clock.clone(),
            ),
            enrol_failures: Mutex::new(VecDeque::new()),
            clock,
        }
    }

    /// Fails if this build's limiter does not limit: a server must not start then.
    pub fn prove() -> Result<(), Error> {
        let probe = Limiter::new(Clock::manual(1_000_000_000_000));
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let one = (0..1_000)
            .filter(|_| probe.enrol_attempt(address(1)).is_ok())
            .count();
        (0..1_000).for_each(|_| probe.enrol_failed());
        let all = (2..1_000)
            .filter(|n| probe.enrol_attempt(address(*n)).is_ok())
            .count();
        if one == limits::ENROL_PER_ADDRESS_MINUTE as usize && all == 0 {
            Ok(())
        } else {
            Err(Error::internal(
                "the rate limiter does not limit; refusing to start",
            ))
        }
    }

    /// One sign-in attempt from an address.
    pub fn login_attempt(&self, address: IpAddr) -> Result<(), Error> {
        check(
            &self.login_by_address,
            network(address),
            &self.clock,
            Code::TooManyRequests,
        )
    }

    /// A failed sign-in to a login that does not exist: it slows down like a real one.
    pub fn unknown_login(&self, login: &str) -> Result<(), Error> {
        check(
            &self.unknown_logins,
            super::sha256(login.as_bytes()),
            &self.clock,
            Code::AccountLocked,
        )
    }

    /// One request of a device for an attachment.
    pub fn attachment_request(&self, device: i64) -> Result<(), Error> {
        check(
            &self.attachments_by_device,
            device,
            &self.clock,
            Code::TooManyRequests,
        )
    }

    /// One enrolment request from an address, if the deployment's budget of failures is not used up.
    pub fn enrol_attempt(&self, address: IpAddr) -> Result<(), Error> {
        check(
            &self.enrol_by_address,
            network(address),
            &self.clock,
            Code::TooManyRequests,
        )?;
        let now_ms = self.clock.now_ms();
        let mut failures = lock(&self.enrol_failures);
        forget_old(&mut failures, now_ms);
        match failures.front() {
            Some(oldest) if failures.len() >= limits::ENROL_FAILURES_PER_HOUR as usize => {
                let wait_ms = (oldest + HOUR_MS - now_ms).max(1_000);
                Err(Error::retry(
                    Code::TooManyRequests,
                    u64::try_from(wait_ms / 1000).unwrap_or(1),
                ))
            }
            _ => Ok(()),
        }
    }

    /// A request with a wrong code, or one that makes work for people.
    pub fn enrol_failed(&self) {
        let now_ms = self.clock.now_ms();
        let mut failures = lock(&self.enrol_failures);
        forget_old(&mut failures, now_ms);
        if failures.len() < limits::ENROL_FAILURES_PER_HOUR as usize {
            failures.push_back(now_ms);
        }
    }
}

const HOUR_MS: i64 = 3_600_000;

fn forget_old(failures: &mut VecDeque<i64>, now_ms: i64) {
    while failures.front().is_some_and(|at| at + HOUR_MS <= now_ms) {
        failures.pop_front();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while holding it cannot leave a half-written queue: one push or pop at a time.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn check<K: std::hash::Hash + Eq + Clone>(
    keyed: &Keyed<K>,
    key: K,
    clock: &Clock,
    code: Code,
) -> Result<(), Error> {
    if keyed.len() > limits::LIMITER_ADDRESSES_MAX {
        keyed.retain_recent();
    }
    keyed.check_key(&key).map_err(|not_until| {
        let wait = not_until.wait_time_from(governor::clock::Clock::now(clock));
        Error::retry(code, wait.as_secs() + 1)
    })
}

/// An IPv6 customer has at least a /64: counting single addresses would count nothing.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limiter_proves_itself() {
        Limiter::prove().unwrap();
    }

    #[test]
    fn an_hour_forgives_and_neighbours_in_one_v6_network_are_one() {
        let clock = Clock::manual(1_000_000_000_000);
        let limiter = Limiter::new(clock.clone());
        let neighbour = |n: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, n));
        let passed = (0..100)
            .filter(|n| limiter.enrol_attempt(neighbour(*n)).is_ok())
            .count();
        assert_eq!(passed, limits::ENROL_PER_ADDRESS_MINUTE as usize);
        (0..200).for_each(|_| limiter.enrol_failed());
        clock.advance_ms(HOUR_MS - 1);
        assert!(limiter.enrol_attempt(neighbour(1)).is_err());
        clock.advance_ms(1);
        assert!(limiter.enrol_attempt(neighbour(1)).is_ok());
    }
}
