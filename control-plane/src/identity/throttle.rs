//! Who failed too often to say who it is waits. Only failures count: whoever comes from an address without any is heard,
//! however many there are elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// How many failures one address may have at once, and how long it takes to forget one.
const HERE: Limit = Limit { most: 20, each: SignedDuration::from_secs(3) };

/// The same for all addresses together.
const EVERYWHERE: Limit = Limit { most: 1_000, each: SignedDuration::from_millis(20) };

/// The most addresses that are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// The failures that are not forgotten yet. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(Arc<Mutex<Failures>>);

impl Throttle {
    /// Whether whoever calls from `source` is heard.
    pub(crate) fn admits(&self, source: IpAddr, now: Timestamp) -> bool {
        self.0.lock().admits(network(source), now)
    }

    /// Notes that who called from `source` could not say who it is.
    pub(crate) fn failed(&self, source: IpAddr, now: Timestamp) {
        self.0.lock().note(network(source), now);
    }
}

/// How many failures are too many. Each is forgotten after a while; so those that are remembered are told by one moment,
/// the one at which the last of them is forgotten.
#[derive(Clone, Copy, Debug)]
struct Limit {
    most: i32,
    each: SignedDuration,
}

impl Limit {
    /// The moment after one more failure.
    fn after(self, forgotten: Timestamp, now: Timestamp) -> Timestamp {
        forgotten.max(now).saturating_add(self.each).unwrap_or(Timestamp::MAX)
    }

    /// Whether there are as many failures as there may be.
    fn is_reached(self, forgotten: Timestamp, now: Timestamp) -> bool {
        self.each * (self.most - 1) < forgotten.duration_since(now)
    }
}

#[derive(Debug)]
struct Failures {
    here: HashMap<IpAddr, Timestamp>,
    everywhere: Timestamp,
}

impl Default for Failures {
    fn default() -> Self {
        Self { here: HashMap::new(), everywhere: Timestamp::MIN }
    }
}

impl Failures {
    fn admits(&self, source: IpAddr, now: Timestamp) -> bool {
        let Some(&here) = self.here.get(&source).filter(|here| now < **here) else { return true };
        !HERE.is_reached(here, now) && !EVERYWHERE.is_reached(self.everywhere, now)
    }

    fn note(&mut self, source: IpAddr, now: Timestamp) {
        if MOST_ADDRESSES <= self.here.len() {
            self.here.retain(|_, forgotten| now < *forgotten);
        }
        if self.here.len() < MOST_ADDRESSES || self.here.contains_key(&source) {
            let here = self.here.entry(source).or_insert(now);
            *here = HERE.after(*here, now);
        }
        self.everywhere = EVERYWHERE.after(self.everywhere, now);
    }
}

/// The network that stands for an address: whoever has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_fails_too_often_waits_and_is_heard_again() {
        let (throttle, now) = (Throttle::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..20 {
            assert!(throttle.admits(address(1), now));
            throttle.failed(address(1), now);
        }
        assert!(!throttle.admits(address(1), now));
        assert!(throttle.admits(address(1), now + Duration::from_secs(3)));
    }

    #[test]
    fn who_never_failed_is_heard_whatever_others_do() {
        let (throttle, now) = (Throttle::default(), Timestamp::UNIX_EPOCH);
        for host in 0..=2_000 {
            throttle.failed(address(host), now);
        }
        assert!(!throttle.admits(address(0), now));
        assert!(throttle.admits(address(2_001), now));
    }

    #[test]
    fn memory_has_an_end() {
        let (throttle, now) = (Throttle::default(), Timestamp::UNIX_EPOCH);
        (0..20_000).for_each(|host| throttle.failed(address(host), now));
        assert_eq!(throttle.0.lock().here.len(), MOST_ADDRESSES);
        throttle.failed(address(20_001), now + Duration::from_secs(60));
        assert_eq!(throttle.0.lock().here.len(), 1);
    }

    #[test]
    fn a_subscriber_with_many_addresses_is_one() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    fn address(host: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(0x0a00_0000 + host).into()
    }
}
