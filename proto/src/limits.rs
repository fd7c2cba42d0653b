//! How large things on the wire may be. Both sides hold to them; a peer that does not is cut off.

/// Largest frame, header and tag included.
pub const FRAME: usize = 1024 * 1024;

/// Largest frame of a handshake.
pub const HANDSHAKE_FRAME: usize = 4096;

/// Payload of one chunk of a larger message. Well below [`FRAME`], so that an urgent message never waits long behind a large one.
pub const CHUNK: usize = 256 * 1024;

/// Largest message before it is cut into chunks.
pub const MESSAGE: usize = 32 * 1024 * 1024;

/// Memory that a decoded message may take, whatever its bytes claim.
pub const DECODED: usize = 8 * MESSAGE;

/// Largest part of a file in one answer: it fits one chunk, so that nobody has to put it together.
pub const FILE_PART: u32 = CHUNK as u32 - 1024;

/// How deep a value may be nested.
pub const DEPTH: usize = 64;
