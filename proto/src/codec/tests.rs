//! The codec against every value, and against bytes that nobody vouches for.

use super::*;
use crate::{FromMinion, ToMinion};
use model::{Failure, FailureKind};
use proptest::prelude::*;
use value::{Map, Value};

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i128>().prop_map(|number| Value::whole(number.into())),
        any::<i32>().prop_map(|number| Value::Float(f64::from(number) / 8.0)),
        ".{0,20}".prop_map(Value::Str),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
    ];
    scalar.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            proptest::collection::vec((".{0,8}", inner), 0..8).prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
        ]
    })
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| Value::List(vec![inner]))
}

#[test]
fn nesting_is_bounded_on_both_ends() {
    let deepest = nested(limits::DEPTH);
    assert_eq!(decode::<Value>(&encode(&deepest).unwrap()), Ok(deepest));
    assert_eq!(encode(&nested(limits::DEPTH + 1)), Err(BadMessage::Deep));
    let mut bomb = [7, 1].repeat(1_000_000);
    bomb.push(0);
    assert_eq!(decode::<Value>(&bomb), Err(BadBytes::Deep));
}

#[test]
fn a_length_beyond_the_bytes_allocates_nothing() {
    // Ten bytes that claim 2^60 elements.
    for kind in [5, 6, 7, 8] {
        let bytes = [&[kind, 253], (1_u64 << 60).to_le_bytes().as_slice()].concat();
        assert_eq!(decode::<Value>(&bytes), Err(BadBytes::Short));
    }
}

#[test]
fn a_message_takes_no_more_memory_than_it_is_allowed() {
    // A million nulls in a megabyte would be seventy megabytes of values.
    let bytes = [&[7, 252], 1_000_000_u32.to_le_bytes().as_slice(), &[0; 1_000_000]].concat();
    assert_eq!(decode_within::<Value>(&bytes, 1 << 20), Err(BadBytes::Large));
    assert!(decode::<Value>(&bytes).is_ok());
}

#[test]
fn what_follows_a_message_is_refused() {
    let mut bytes = encode(&Value::from("x")).unwrap();
    bytes.push(0);
    assert_eq!(decode::<Value>(&bytes), Err(BadBytes::Trailing(1)));
}

#[test]
fn an_unknown_variant_is_named() {
    let error = decode::<ToMinion>(&[99]).unwrap_err();
    assert_eq!(error, BadBytes::Unknown { what: "ToMinion", number: 99 });
}

#[test]
fn a_mapping_with_a_key_twice_or_a_list_as_key_is_refused() {
    let twice = [8, 2, 5, 1, b'a', 0, 5, 1, b'a', 0];
    assert!(matches!(decode::<Value>(&twice), Err(BadBytes::Bad(_))));
    assert!(matches!(decode::<Value>(&[8, 1, 7, 0, 0]), Err(BadBytes::Bad(_))));
}

#[test]
fn ids_are_checked_when_they_are_read() {
    let bytes = encode(&"../etc".to_owned()).unwrap();
    assert!(decode::<model::MinionId>(&bytes).is_err());
    assert!(decode::<model::JobId>(&encode(&i64::MAX).unwrap()).is_err());
}

#[test]
fn shared_bytes_are_views_into_the_message() {
    let message = ToMinion::Response { id: 1, body: Ok(crate::ResponseBody::FilePart { size: 9, bytes: vec![1; 9].into() }) };
    let bytes = bytes::Bytes::from(encode(&message).unwrap());
    let ToMinion::Response { body: Ok(crate::ResponseBody::FilePart { bytes: part, .. }), .. } = decode_shared(&bytes).unwrap() else {
        panic!("another message")
    };
    assert!(bytes.as_ptr_range().contains(&part.as_ptr()));
}

proptest! {
    #[test]
    fn every_value_reads_back_identical(value in values()) {
        let back: Value = decode(&encode(&value).unwrap()).unwrap();
        prop_assert!(back.is_identical(&value));
    }

    #[test]
    fn changed_bytes_never_panic(value in values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let message = FromMinion::Request { id: 1, body: crate::RequestBody::Custom { function: "x".into(), data: value } };
        let mut bytes = encode(&message).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode::<FromMinion>(&bytes);
        let _ = decode::<FromMinion>(&bytes[..at]);
        let _ = decode::<ToMinion>(&bytes);
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<FromMinion>(&bytes);
        let _ = decode::<ToMinion>(&bytes);
        let _ = decode::<Value>(&bytes);
    }

    #[test]
    fn a_failure_reads_back(message in ".{0,40}", hint in proptest::option::of(".{0,20}"), retcode in any::<i32>()) {
        let failure = Failure { kind: FailureKind::TimedOut, message, hint, retcode };
        prop_assert_eq!(decode::<Failure>(&encode(&failure).unwrap()).unwrap(), failure);
    }
}
