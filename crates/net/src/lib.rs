//! Connections over ZeroMQ: listen, dial, reconnect, heartbeat, lanes, back-pressure; an in-memory wire for tests.

mod dial;
mod gate;
mod identity;
mod listen;
mod mailbox;
mod session;

pub use dial::{Backoff, DialConfig, DialError, DialEvent, DialHandle, Dialer, MasterOrder, Pin, Refusal, RequestError, dial};
pub use gate::{Admission, Claim, Gate};
pub use identity::{IdentityError, MasterIdentity, load_or_create_key};
pub use listen::{Heartbeat, ListenConfig, ListenError, ListenLimits, Listener, listen};
pub use mailbox::LaneLimits;
pub use session::{DownReason, SendError, SessionEvent, SessionHandle, SessionId, Weight};

/// The port of a master.
pub const DEFAULT_PORT: u16 = 4515;
