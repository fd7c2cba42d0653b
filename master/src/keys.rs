//! Keys of minions: the ring that answers who may come in, and the decisions of operators.

mod autosign;
mod gate;
mod ring;

pub use autosign::Autosign;
pub use gate::KeyGate;
pub use ring::KeyRing;
