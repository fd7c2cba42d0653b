//! How many requests a login or an address may make: a bucket each that fills by itself, so that no script gone wild takes the master from
//! everybody else.

use crate::Refusal;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// An address may hold several people: it may so many times what one login may.
const PEOPLE: u32 = 4;
/// Most buckets that are kept; full ones go when there are more.
const MOST: usize = 50_000;

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of one listener.
pub(crate) struct Rate {
    a_minute: f64,
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

impl Rate {
    pub fn new(a_minute: u32) -> Self {
        Self { a_minute: f64::from(a_minute), hasher: RandomState::new(), buckets: Mutex::default() }
    }

    /// Takes a request in, or says in how many seconds one more may come.
    pub fn take(&self, from: IpAddr, headers: &HeaderMap, now: Instant) -> Result<(), u64> {
        let token = headers.get("x-auth-token").map(HeaderValue::as_bytes).map(<[u8]>::to_vec);
        let token = token.or_else(|| crate::session::token(headers).map(String::into_bytes));
        // What comes over loopback comes from a proxy or from the master's own people: the address says nothing.
        let is_here = from.is_loopback();
        if !is_here {
            self.one(&(0_u8, from), self.a_minute * f64::from(PEOPLE), now)?;
        }
        match token {
            Some(token) => self.one(&(1_u8, token), self.a_minute, now),
            None if is_here => Ok(()),
            None => self.one(&(2_u8, from), self.a_minute, now),
        }
    }

    /// Of one bucket. It holds what ten seconds bring.
    fn one(&self, key: &impl std::hash::Hash, a_minute: f64, now: Instant) -> Result<(), u64> {
        let (second, most) = (a_minute / 60.0, (a_minute / 6.0).max(1.0));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at).as_secs() < 10);
        }
        let bucket = buckets.entry(self.hasher.hash_one(key)).or_insert(Bucket { left: most, at: now });
        bucket.left = (bucket.left + now.saturating_duration_since(bucket.at).as_secs_f64() * second).min(most);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pause of seconds, above 0")]
        Err(((1.0 - bucket.left) / second).ceil().max(1.0) as u64)
    }
}

/// What is answered to one that is too many.
pub(crate) fn refused(seconds: u64) -> Response {
    let refusal = Refusal::new(api::ErrorCode::TooMany, "these are more requests than one login or address may make")
        .with_hint(format!("wait {seconds} s; the key `rate_limit` says how many a minute"));
    let mut response = refusal.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn headers(token: &str) -> HeaderMap {
        [(http::HeaderName::from_static("x-auth-token"), token.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn one_login_takes_nothing_from_another_and_may_again_after_a_while() {
        let rate = Rate::new(60);
        let (here, now) = (IpAddr::from([127, 0, 0, 1]), Instant::now());
        for _ in 0..10 {
            assert_eq!(rate.take(here, &headers("a"), now), Ok(()));
        }
        assert_eq!(rate.take(here, &headers("a"), now), Err(1));
        assert_eq!(rate.take(here, &headers("b"), now), Ok(()));
        assert_eq!(rate.take(here, &headers("a"), now + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn an_address_has_an_end_whatever_tokens_it_makes_up() {
        let rate = Rate::new(60);
        let (there, now) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        let taken = (0..100).filter(|n| rate.take(there, &headers(&format!("t{n}")), now).is_ok()).count();
        assert_eq!(taken, 40);
        let other = IpAddr::from([192, 0, 2, 2]);
        let taken = (0..100).filter(|_| rate.take(other, &HeaderMap::new(), now).is_ok()).count();
        assert_eq!(taken, 10);
    }
}
