//! Bounds for strangers: how many connections may be in their handshake, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Counts connections in their handshake.
pub(crate) struct Strangers {
    places: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, usize>>,
    most_per_address: usize,
    open: AtomicUsize,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
    per_second: f64,
}

/// How many handshakes an address has left.
struct Bucket {
    left: f64,
    at: Instant,
}

/// So many seconds' worth of handshakes may come at once.
const BURST_SECONDS: f64 = 10.0;

/// Buckets are looked through when there are more than this; a full one says nothing and is thrown away.
const MOST_BUCKETS: usize = 4096;

/// A place among the strangers; free again when dropped.
pub(crate) struct Place {
    strangers: Arc<Strangers>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

/// One of the connections in all; counted until dropped.
pub(crate) struct Open(Arc<Strangers>);

impl Strangers {
    pub(crate) fn new(most: usize, most_per_address: usize, per_second: u32) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(most.max(1))),
            by_address: Mutex::default(),
            most_per_address: most_per_address.max(1),
            open: AtomicUsize::new(0),
            buckets: Mutex::default(),
            per_second: f64::from(per_second.max(1)),
        })
    }

    /// Whether an address may have a handshake computed now.
    pub(crate) fn may_shake(&self, address: IpAddr, now: Instant) -> bool {
        let address = network(address);
        if address.is_loopback() {
            return true;
        }
        let full = self.per_second * BURST_SECONDS;
        let filled = |bucket: &Bucket| (bucket.left + now.duration_since(bucket.at).as_secs_f64() * self.per_second).min(full);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST_BUCKETS && !buckets.contains_key(&address) {
            buckets.retain(|_, bucket| filled(bucket) < full);
        }
        let bucket = buckets.entry(address).or_insert(Bucket { left: full, at: now });
        *bucket = Bucket { left: filled(bucket), at: now };
        let may = bucket.left >= 1.0;
        if may {
            bucket.left -= 1.0;
        }
        may
    }

    /// Waits until there is a place. Meanwhile the kernel holds those who come.
    pub(crate) async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Gives a place to a connection, unless its address has too many. This machine itself may have all of them: what it can do to its own
    /// master needs no socket.
    pub(crate) fn enter(self: &Arc<Self>, permit: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_address.entry(address).or_insert(0);
        if *count >= self.most_per_address && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Place { strangers: Arc::clone(self), address, _permit: permit })
    }

    /// Counts a connection, unless there are too many.
    pub(crate) fn open(self: &Arc<Self>, most: usize) -> Option<Open> {
        if self.open.fetch_add(1, Ordering::Relaxed) < most {
            return Some(Open(Arc::clone(self)));
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

/// One host of IPv6 has a whole /64 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        v4 => v4,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.strangers.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn an_address_gets_no_more_than_its_share_and_gets_it_back() {
        let strangers = Strangers::new(10, 2, 1);
        let enter = async |address: &str| strangers.enter(strangers.wait().await.unwrap(), address.parse().unwrap());
        let first = enter("10.0.0.1").await;
        let second = enter("::ffff:10.0.0.1").await;
        assert!(first.is_some() && second.is_some());
        assert!(enter("10.0.0.1").await.is_none());
        assert!(enter("10.0.0.2").await.is_some());
        drop(first);
        assert!(enter("10.0.0.1").await.is_some());
    }

    #[tokio::test]
    async fn neighbours_in_one_ipv6_network_share() {
        let strangers = Strangers::new(10, 1, 1);
        let _first = strangers.enter(strangers.wait().await.unwrap(), "2001:db8::1".parse().unwrap()).unwrap();
        assert!(strangers.enter(strangers.wait().await.unwrap(), "2001:db8::2".parse().unwrap()).is_none());
        assert!(strangers.enter(strangers.wait().await.unwrap(), "2001:db8:0:1::2".parse().unwrap()).is_some());
    }

    #[test]
    fn an_address_that_shakes_hands_without_end_is_slowed_and_others_are_not() {
        let (strangers, now) = (Strangers::new(10, 1, 2), Instant::now());
        let may = |address: &str, now| strangers.may_shake(address.parse().unwrap(), now);
        assert_eq!((0..100).filter(|_| may("10.0.0.1", now)).count(), 20);
        assert!(may("10.0.0.2", now));
        let later = now + Duration::from_secs(3);
        assert_eq!((0..100).filter(|_| may("10.0.0.1", later)).count(), 6);
    }
}
