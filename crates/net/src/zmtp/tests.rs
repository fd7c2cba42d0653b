//! The machine against well-behaved and other peers.

use super::*;
use proptest::prelude::*;

/// Feeds bytes in pieces of `step`; gives all events and what was answered.
fn feed(machine: &mut Machine, bytes: &[u8], step: usize) -> Result<(Vec<Event>, Vec<u8>), ZmtpError> {
    let (mut events, mut out) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(step) {
        let mut piece = piece;
        while !piece.is_empty() {
            events.extend(machine.feed(&mut piece, &mut out)?);
        }
    }
    Ok((events, out))
}

fn opening(role: Role) -> Vec<u8> {
    let mut bytes = GREETING.to_vec();
    write::ready(role, &mut bytes);
    bytes
}

fn message(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame_header(body.len(), &mut bytes);
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn messages_come_whole_however_the_bytes_are_cut() {
    for step in [1, 2, 3, 64, 10_000] {
        let mut machine = Machine::new(Role::Router);
        machine.allow(1000);
        let bytes = [opening(Role::Dealer), message(b"short"), message(&[7; 300]), message(b"")].concat();
        let (events, out) = feed(&mut machine, &bytes, step).unwrap();
        let message = |body: &[u8]| Event::Message(body.into());
        assert_eq!(events, [Event::Ready, message(b"short"), message(&[7; 300]), message(b"")]);
        assert!(out.windows(6).any(|bytes| bytes == b"ROUTER"));
    }
}

#[test]
fn a_huge_length_is_refused_before_anything_is_allocated() {
    let mut machine = Machine::new(Role::Router);
    let bytes = [opening(Role::Dealer), vec![2], (1_u64 << 46).to_be_bytes().to_vec()].concat();
    assert!(matches!(feed(&mut machine, &bytes, 1000), Err(ZmtpError::Large { .. })));
    let mut machine = Machine::new(Role::Router);
    let bytes = [GREETING.to_vec(), vec![6], (1_u64 << 46).to_be_bytes().to_vec()].concat();
    assert!(matches!(feed(&mut machine, &bytes, 1000), Err(ZmtpError::Large { .. })));
}

#[test]
fn other_protocols_are_refused_at_their_first_bytes() {
    for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"\x16\x03\x01", b"SSH-2.0-x", b"\xff\0\0\0\0\0\0\0\x01\x7f\x01"] {
        assert_eq!(feed(&mut Machine::new(Role::Router), bytes, 100), Err(ZmtpError::Greeting));
    }
    let mut curve = GREETING;
    curve[12..17].copy_from_slice(b"CURVE");
    assert_eq!(feed(&mut Machine::new(Role::Router), &curve, 100), Err(ZmtpError::Mechanism));
}

#[test]
fn a_wrong_socket_type_an_early_message_and_parts_are_refused() {
    assert_eq!(feed(&mut Machine::new(Role::Router), &opening(Role::Router), 100), Err(ZmtpError::SocketType));
    let early = [GREETING.to_vec(), message(b"x")].concat();
    assert_eq!(feed(&mut Machine::new(Role::Router), &early, 100), Err(ZmtpError::Early));
    let parts = [opening(Role::Dealer), vec![1, 1, 0]].concat();
    assert_eq!(feed(&mut Machine::new(Role::Router), &parts, 100), Err(ZmtpError::Multipart));
}

#[test]
fn a_ping_is_answered_and_other_commands_are_skipped() {
    let ping = [4, 10].iter().chain(b"\x04PING\0\x0aabc").copied().collect::<Vec<u8>>();
    let other = [4, 7].iter().chain(b"\x06CANCEL").copied().collect::<Vec<u8>>();
    let bytes = [opening(Role::Dealer), other, ping, message(b"on")].concat();
    let (events, out) = feed(&mut Machine::new(Role::Router), &bytes, 1000).unwrap();
    assert_eq!(events.last(), Some(&Event::Message(b"on"[..].into())));
    assert!(out.ends_with(b"\x04PONGabc"));
}

#[test]
fn pings_without_end_do_not_fill_the_memory() {
    let ping = [4, 7].iter().chain(b"\x04PING\0\0").copied().collect::<Vec<u8>>();
    let bytes = [opening(Role::Dealer), ping.repeat(10_000)].concat();
    let (_, out) = feed(&mut Machine::new(Role::Router), &bytes, 100_000).unwrap();
    assert!(out.len() < 2 * SMALL);
}

proptest! {
    #[test]
    fn garbage_is_refused_or_waits_for_more(bytes in proptest::collection::vec(any::<u8>(), 0..300), greeted in any::<bool>()) {
        let mut machine = Machine::new(Role::Router);
        let start = if greeted { opening(Role::Dealer) } else { Vec::new() };
        let _ = feed(&mut machine, &[start, bytes].concat(), 13);
    }
}
