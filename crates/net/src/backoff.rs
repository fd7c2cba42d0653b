//! How long to wait before the next attempt: a random time below a bound that doubles, so that ten thousand minions do not come back as one.

use crate::Backoff;
use rand::RngExt;
use std::time::Duration;

/// Counts attempts and says how long to wait.
#[derive(Debug)]
pub(crate) struct Waits {
    settings: Backoff,
    bound: Duration,
}

/// A master may ask for patience, but not for ever: the answer may come from somebody who only stands on the way.
const MOST_PATIENCE: Duration = Duration::from_secs(600);

impl Waits {
    pub(crate) fn new(settings: Backoff) -> Self {
        Self { settings, bound: settings.first }
    }

    /// A session was open: begin anew.
    pub(crate) fn reset(&mut self) {
        self.bound = self.settings.first;
    }

    /// The next wait; `asked` is what the master wants at least.
    pub(crate) fn next(&mut self, asked: Option<Duration>, random: &mut impl rand::Rng) -> Duration {
        let bound = self.bound;
        self.bound = (bound * 2).min(self.settings.most);
        let wait = bound.mul_f64(random.random_range(0.0..1.0));
        match asked.map(|asked| asked.min(MOST_PATIENCE)) {
            // Those who were told the same time are spread over a quarter of it.
            Some(asked) => asked + asked.mul_f64(random.random_range(0.0..0.25)),
            None => wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn waits_stay_below_a_bound_that_doubles_up_to_the_last() {
        let second = Duration::from_secs(1);
        let mut waits = Waits::new(Backoff { first: second, most: 8 * second });
        let mut random = StdRng::seed_from_u64(1);
        for bound in [1, 2, 4, 8, 8, 8] {
            assert!(waits.next(None, &mut random) < bound * second);
        }
        waits.reset();
        assert!(waits.next(None, &mut random) < second);
    }

    #[test]
    fn what_the_master_asks_for_is_kept_within_reason() {
        let mut waits = Waits::new(Backoff::default());
        let mut random = StdRng::seed_from_u64(1);
        let asked = Duration::from_secs(20);
        let wait = waits.next(Some(asked), &mut random);
        assert!(wait >= asked && wait < asked * 2);
        assert!(waits.next(Some(Duration::MAX), &mut random) <= MOST_PATIENCE * 5 / 4);
    }
}
