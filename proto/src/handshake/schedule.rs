//! From the transcript and the shared secrets to keys.

use crate::cipher::{Direction, Opener, Sealer, Session};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Hash of parts under a label; each part is preceded by its length, so that no two lists of parts look alike.
pub(super) fn transcript(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [label.as_bytes()].iter().chain(parts) {
        hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Hash of what both sides have said until the proof of the master.
pub(super) fn greeted(hello: &[u8], body: &[u8]) -> [u8; 32] {
    transcript("sylvite 1 greeted", &[hello, body])
}

/// Hash of what the minion signs: everything said, the master's proof included.
pub(super) fn welcomed(greeted: &[u8; 32], proof: &[u8]) -> [u8; 32] {
    transcript("sylvite 1 welcomed", &[greeted, proof])
}

/// The bytes that a signature is made over: a label for each purpose, so that no signature serves another one.
pub(super) fn signed(label: &str, hash: &[u8; 32]) -> Vec<u8> {
    [label.as_bytes(), &[0], hash].concat()
}

/// Label of the master's signature.
pub(super) const MASTER_SIGNS: &str = "sylvite 1 master welcomes";

/// Label of the minion's signature.
pub(super) const MINION_SIGNS: &str = "sylvite 1 minion is ready";

/// Secrets of one session.
pub(super) struct Secrets(Hkdf<Sha256>);

impl Secrets {
    /// From the X25519 secret, and the ticket's secret when there is one.
    pub(super) fn new(greeted: &[u8; 32], shared: &[u8; 32], ticket: Option<&[u8; 32]>) -> Self {
        let mut material = Zeroizing::new([0_u8; 64]);
        let (first, second) = material.split_at_mut(32);
        first.copy_from_slice(shared);
        second.copy_from_slice(ticket.unwrap_or(&[0; 32]));
        Self(Hkdf::new(Some(greeted), material.as_ref()))
    }

    fn expand<const N: usize>(&self, label: &str) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        self.0.expand(label.as_bytes(), out.as_mut()).expect("HKDF-SHA256 gives up to 8160 bytes");
        out
    }

    /// The master's proof in a resumed session: only who can open the ticket has it.
    pub(super) fn confirmation(&self) -> [u8; 32] {
        *self.expand("sylvite 1 master confirms")
    }

    /// What the next ticket holds.
    pub(super) fn resumption(&self) -> Zeroizing<[u8; 32]> {
        self.expand("sylvite 1 resumption")
    }

    /// The session as the minion has it.
    pub(super) fn of_minion(&self, version: u8) -> Session {
        self.session(version, Direction::ToMaster, Direction::ToMinion)
    }

    /// The session as the master has it.
    pub(super) fn of_master(&self, version: u8) -> Session {
        self.session(version, Direction::ToMinion, Direction::ToMaster)
    }

    fn session(&self, version: u8, out: Direction, back: Direction) -> Session {
        let id = *self.expand("sylvite 1 session id");
        let key = |direction| match direction {
            Direction::ToMaster => self.expand("sylvite 1 key to master"),
            Direction::ToMinion => self.expand("sylvite 1 key to minion"),
        };
        Session { id, sealer: Sealer::new(&key(out), out, version, id), opener: Opener::new(&key(back), back, version, id) }
    }
}
