//! What we write: greeting, READY, PONG and the headers of frames.

use super::{COMMAND, LONG, Role};

/// The greeting of either side: signature, version 3.1, mechanism NULL, no server, filler.
pub(crate) const GREETING: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 0xff;
    bytes[8] = 1;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[11] = 1;
    bytes[12] = b'N';
    bytes[13] = b'U';
    bytes[14] = b'L';
    bytes[15] = b'L';
    bytes
};

/// Appends the header of a message frame.
pub(crate) fn frame_header(length: usize, out: &mut Vec<u8>) {
    header(0, length, out);
}

fn header(flags: u8, length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) => out.extend_from_slice(&[flags, short]),
        Err(_) => {
            out.push(flags | LONG);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Appends our READY command.
pub(super) fn ready(role: Role, out: &mut Vec<u8>) {
    let name = role.name();
    let size = u32::try_from(name.len()).unwrap_or(0).to_be_bytes();
    let body = [b"\x05READY\x0bSocket-Type".as_slice(), &size, name, b"\x08Identity\0\0\0\0"].concat();
    header(COMMAND, body.len(), out);
    out.extend_from_slice(&body);
}

/// Appends a PONG command.
pub(super) fn pong(context: &[u8], out: &mut Vec<u8>) {
    header(COMMAND, 5 + context.len(), out);
    out.extend_from_slice(b"\x04PONG");
    out.extend_from_slice(context);
}
