//! Both sides against each other, and against whoever stands between.

use super::*;
use crate::cipher::{Part, Session};
use crate::frame::Kind;
use crate::test_support::{Fixed, MASTER, MINION};
use model::MinionId;
use proptest::prelude::*;
use value::Secret;

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

fn offer() -> Offer {
    Offer {
        minion: MinionId::new("web01").unwrap(),
        key: MINION.clone(),
        version: "0.1.0".into(),
        join_token: Some(Secret::new("token".into())),
        autosign_grains: [("role", "web")].into_iter().collect(),
    }
}

fn keys() -> MasterKeys {
    MasterKeys::new(MASTER.clone(), NOW, &mut Fixed(1)).unwrap()
}

const ACCEPTED: Decision = Decision::Accepted { window: 1 << 20 };

/// A whole handshake; gives both sessions, the minion's view and the claim.
fn shake(keys: &MasterKeys, ticket: Option<Ticket>, now: Timestamp) -> (Opened, Session, Claimant) {
    let (minion, hello) = MinionHello::start(&offer(), ticket, &mut Fixed(2)).unwrap();
    let (master, welcome) = MasterWaiting::hello(keys, &hello, now, &mut Fixed(3)).unwrap();
    let seen = minion.welcome(&welcome, Some(MASTER.public().fingerprint()), now).unwrap();
    let (minion, mut ready) = seen.ready(&offer(), &mut Fixed(4)).unwrap();
    let proven = master.ready(&mut ready).unwrap();
    let claimant = proven.claimant.clone();
    let (mut verdict, session) = proven.verdict(keys, ACCEPTED, now, &mut Fixed(5)).unwrap();
    (minion.verdict(&mut verdict).unwrap(), session, claimant)
}

fn talks(from: &mut Session, to: &mut Session) {
    let mut frame = Vec::new();
    from.sealer.seal(Kind::Data, Part::WHOLE, &[b"hello"], &mut frame).unwrap();
    let (_, range) = to.opener.open(&mut frame).unwrap();
    assert_eq!(&frame[range], b"hello");
}

#[test]
fn a_handshake_opens_the_same_session_on_both_sides() {
    let (mut minion, mut master, claimant) = shake(&keys(), None, NOW);
    assert_eq!(minion.decision, ACCEPTED);
    assert_eq!(minion.session.id, master.id);
    talks(&mut minion.session, &mut master);
    talks(&mut master, &mut minion.session);
    assert_eq!(claimant.minion.as_str(), "web01");
    assert_eq!(&claimant.public_key, MINION.public());
    assert_eq!(claimant.join_token.unwrap().reveal(), "token");
    assert!(!claimant.resumed);
}

#[test]
fn a_ticket_resumes_without_signatures_and_gives_other_keys() {
    let (first, ..) = shake(&keys(), None, NOW);
    // A restarted master has a new online key, and the same RSA key: the ticket holds.
    let restarted = MasterKeys::new(MASTER.clone(), NOW, &mut Fixed(77)).unwrap();
    let (mut minion, mut master, claimant) = shake(&restarted, first.ticket, NOW);
    assert!(claimant.resumed);
    assert_ne!(minion.session.id, first.session.id);
    talks(&mut minion.session, &mut master);
    assert!(minion.ticket.is_some());
}

#[test]
fn an_old_ticket_leads_to_a_full_handshake() {
    let (first, ..) = shake(&keys(), None, NOW);
    let later = NOW.plus(TICKET_LIFE + Duration::from_secs(1));
    let keys = MasterKeys::new(MASTER.clone(), later, &mut Fixed(8)).unwrap();
    let (.., claimant) = shake(&keys, first.ticket, later);
    assert!(!claimant.resumed);
}

#[test]
fn a_ticket_of_another_id_or_key_is_not_taken() {
    let (first, ..) = shake(&keys(), None, NOW);
    let mut other = offer();
    other.minion = MinionId::new("web02").unwrap();
    let (minion, hello) = MinionHello::start(&other, first.ticket, &mut Fixed(2)).unwrap();
    let (_, welcome) = MasterWaiting::hello(&keys(), &hello, NOW, &mut Fixed(3)).unwrap();
    assert!(!minion.welcome(&welcome, None, NOW).unwrap().resumed);
}

#[test]
fn another_master_is_refused_by_its_fingerprint() {
    let (minion, hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
    let other = MasterKeys::new(MINION.clone(), NOW, &mut Fixed(1)).unwrap();
    let (_, welcome) = MasterWaiting::hello(&other, &hello, NOW, &mut Fixed(3)).unwrap();
    let result = minion.welcome(&welcome, Some(MASTER.public().fingerprint()), NOW);
    assert!(matches!(result, Err(HandshakeError::OtherMaster { .. })));
}

#[test]
fn a_minion_without_the_private_key_is_not_admitted() {
    let (minion, hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
    let (master, welcome) = MasterWaiting::hello(&keys(), &hello, NOW, &mut Fixed(3)).unwrap();
    let thief = Offer { key: MASTER.clone(), ..offer() };
    let (_, mut ready) = minion.welcome(&welcome, None, NOW).unwrap().ready(&thief, &mut Fixed(4)).unwrap();
    assert!(matches!(master.ready(&mut ready), Err(HandshakeError::Proof(_))));
}

#[test]
fn a_clock_some_hours_off_is_no_obstacle_and_a_day_off_is_named() {
    let welcome_at = |now| {
        let (minion, hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
        let (_, welcome) = MasterWaiting::hello(&keys(), &hello, NOW, &mut Fixed(3)).unwrap();
        minion.welcome(&welcome, None, now).map(|seen| seen.resumed)
    };
    let hours = |hours: i64| Timestamp(NOW.0 + hours * 3_600_000_000);
    assert!(welcome_at(hours(-2)).is_ok());
    assert!(welcome_at(hours(26)).is_ok());
    assert!(matches!(welcome_at(hours(-48)), Err(HandshakeError::Expired { .. })));
    assert!(matches!(welcome_at(hours(48)), Err(HandshakeError::Expired { .. })));
}

#[test]
fn the_online_key_is_renewed_at_half_its_life() {
    let keys = keys();
    assert!(keys.renewed(NOW.plus(CERTIFICATE_LIFE / 3), &mut Fixed(9)).unwrap().is_none());
    assert!(keys.renewed(NOW.plus(CERTIFICATE_LIFE / 2), &mut Fixed(9)).unwrap().is_some());
    assert!(keys.renewed(Timestamp(NOW.0 - 1), &mut Fixed(9)).unwrap().is_some());
}

#[test]
fn versions_that_do_not_overlap_are_refused_by_name() {
    let (_, mut hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
    hello[crate::frame::HEADER] = 9;
    hello[crate::frame::HEADER + 1] = 9;
    let result = MasterWaiting::hello(&keys(), &hello, NOW, &mut Fixed(3)).map(|_| ());
    assert!(matches!(result, Err(HandshakeError::Version { oldest: 9, newest: 9, .. })));
}

#[test]
fn every_changed_bit_of_the_hello_or_the_welcome_is_noticed_by_the_minion() {
    let (_, hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
    let (_, welcome) = MasterWaiting::hello(&keys(), &hello, NOW, &mut Fixed(3)).unwrap();
    let trusted = Some(MASTER.public().fingerprint());
    for index in (0..hello.len()).step_by(7).chain([20, 21]) {
        let mut changed = hello.clone();
        changed[index] ^= 1;
        let (minion, _) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
        if let Ok((_, welcome)) = MasterWaiting::hello(&keys(), &changed, NOW, &mut Fixed(3)) {
            assert!(minion.welcome(&welcome, trusted, NOW).is_err(), "hello byte {index}");
        }
    }
    for index in (0..welcome.len()).step_by(7) {
        let mut changed = welcome.clone();
        changed[index] ^= 1;
        let (minion, _) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
        assert!(minion.welcome(&changed, trusted, NOW).is_err(), "welcome byte {index}");
    }
}

#[test]
fn a_refusal_is_read() {
    let (minion, _) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
    let refuse = Refuse::Busy { retry: Duration::from_secs(3) };
    let result = minion.welcome(&refuse.to_frame().unwrap(), None, NOW).map(|_| ());
    assert!(matches!(result, Err(HandshakeError::Refused(found)) if found == refuse));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_never_upsets_the_master(at in 0_usize..700, bytes in proptest::collection::vec(any::<u8>(), 1..40)) {
        let keys = keys();
        let (minion, hello) = MinionHello::start(&offer(), None, &mut Fixed(2)).unwrap();
        let mut changed = hello.clone();
        let at = at % changed.len();
        let end = (at + bytes.len()).min(changed.len());
        changed[at..end].copy_from_slice(&bytes[..end - at]);
        let _ = MasterWaiting::hello(&keys, &changed, NOW, &mut Fixed(3)).map(|_| ());
        let _ = MasterWaiting::hello(&keys, &bytes, NOW, &mut Fixed(3)).map(|_| ());
        let (master, welcome) = MasterWaiting::hello(&keys, &hello, NOW, &mut Fixed(3)).unwrap();
        let mut changed = welcome;
        let at = at % changed.len();
        let end = (at + bytes.len()).min(changed.len());
        changed[at..end].copy_from_slice(&bytes[..end - at]);
        let _ = minion.welcome(&changed, None, NOW).map(|_| ());
        prop_assert!(master.ready(&mut bytes.clone()).is_err());
    }
}
