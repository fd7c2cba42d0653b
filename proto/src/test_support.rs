//! What several tests need: a random source that always gives the same bytes, and keys that need not be made anew each time.

use crate::PrivateKey;
use rand::rand_core::{Infallible, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Gives the same bytes in every run and in every version of every library.
pub struct Fixed(pub u64);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        let hash = Sha256::digest(self.0.to_be_bytes());
        Ok(u64::from_le_bytes(hash[..8].try_into().unwrap()))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

pub static MASTER: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::from_pem(include_str!("../golden/master.pem")).unwrap());
pub static MINION: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::from_pem(include_str!("../golden/minion.pem")).unwrap());
