//! Python's random numbers: what a seed gives in Salt it gives here, so that the minute of a job which a tree has drawn by
//! `random.seed` stays the same minute.

use rand_mt::Mt;
use sdk::host::Digest;
use sdk::{Value, text};

/// A generator with a seed.
pub(super) struct Python(Mt);

impl Python {
    /// Seeds as `random.seed(value)` does: by a whole number itself, by anything else as text.
    pub fn new(seed: &Value) -> Self {
        let mut key: Vec<u32> = match seed {
            Value::Bool(flag) => vec![u32::from(*flag)],
            Value::Int(number) => words(&number.unsigned_abs().to_be_bytes()),
            Value::Big(number) => number.to_u32_digits().1,
            other => {
                let mut bytes = text::str(other).into_bytes();
                let sum = Digest::from_name("sha512").map(|digest| digest.bytes(&bytes)).unwrap_or_default();
                bytes.extend(sum);
                words(&bytes)
            }
        };
        let length = key.iter().rposition(|word| *word != 0).map_or(1, |last| last + 1);
        key.truncate(length);
        Self(Mt::new_with_key(key))
    }

    /// A number of so many bits, at most 64; the first draw gives the lowest.
    fn bits(&mut self, count: u32) -> u64 {
        let mut draw = |count: u32| if count == 0 { 0 } else { u64::from(self.0.next_u32() >> (32 - count.min(32))) };
        let low = draw(count.min(32));
        if count > 32 { low | draw(count - 32) << 32 } else { low }
    }

    /// A number from 0 up to, not including, `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        if below == 0 {
            return 0;
        }
        let count = 64 - below.leading_zeros();
        loop {
            let number = self.bits(count);
            if number < below {
                return number;
            }
        }
    }

    /// Some of the items, each once, as `random.sample` draws them.
    pub fn sample<T: Clone>(&mut self, items: &[T], size: usize) -> Vec<T> {
        let mut pool: Vec<T> = items.to_vec();
        let few = size as f64 * 3.0;
        let room = 21 + if size > 5 { 4_usize.saturating_pow((few.ln() / 4_f64.ln()).ceil() as u32) } else { 0 };
        if items.len() <= room {
            let mut drawn = Vec::with_capacity(size);
            for _ in 0..size.min(pool.len()) {
                let at = usize::try_from(self.below(pool.len() as u64)).unwrap_or(0);
                drawn.push(pool.swap_remove(at));
            }
            return drawn;
        }
        let mut seen = std::collections::HashSet::new();
        while seen.len() < size {
            let at = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
            if seen.insert(at) {
                pool.extend(items.get(at).cloned());
            }
        }
        pool.split_off(items.len())
    }
}

/// A number in big-endian bytes as words, the lowest first.
fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_what_it_gives_in_python() {
        let below = |seed: Value, n: u64| Python::new(&seed).below(n);
        assert_eq!(below("minion1".into(), 60), 14);
        assert_eq!(below("md5".into(), 1_000_000_000_000), 363_137_383_360);
        let mut seven = Python::new(&Value::Int(7));
        assert_eq!([0; 5].map(|_| seven.below(100) + 1), [42, 20, 51, 84, 7]);
        let letters: Vec<char> = ('a'..='j').collect();
        assert_eq!(Python::new(&Value::Int(5)).sample(&letters, 10).into_iter().collect::<String>(), "jefghiabdc");
        let numbers: Vec<u32> = (0..100).collect();
        assert_eq!(Python::new(&Value::Int(5)).sample(&numbers, 3), [79, 32, 94]);
    }
}
