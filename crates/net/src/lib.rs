//! Connections over ZeroMQ: listen, dial, reconnect, heartbeat, lanes, back-pressure; an in-memory wire for tests.
//!
//! From below: a `Link` carries frames (TCP with our own ZMTP end, the `zeromq` crate's DEALER, memory); a `Pump` runs an open session on a
//! link (encryption, heartbeat, window); `connection` is one minion at the master, `dialer` is the minion's loop.

mod admission;
mod backoff;
mod connection;
mod dealer;
mod dial;
mod dialer;
mod gate;
mod handle;
mod identity;
mod link;
mod listen;
mod mailbox;
mod memory;
mod pin;
mod pump;
mod registry;
mod session;
mod tcp;
mod zmtp;

pub use dial::{Backoff, DialConfig, DialError, DialEvent, MasterOrder, Pin, Refusal, RequestError};
pub use dialer::{Dialer, dial, dial_in_memory, dial_lean};
pub use gate::{Admission, Claim, Gate};
pub use handle::DialHandle;
pub use identity::{IdentityError, MasterIdentity, load_or_create_key};
pub use listen::{Heartbeat, ListenConfig, ListenError, ListenLimits, Listener, listen, listen_in_memory};
pub use mailbox::LaneLimits;
pub use memory::{Faults, MemoryPort, MemoryWire};
pub use registry::Sessions;
pub use session::{DownReason, SendError, SessionEvent, SessionHandle, SessionId, Weight};

/// The port of a master.
pub const DEFAULT_PORT: u16 = 4515;
