//! Methods of numbers and bytes.

use crate::{Call, Error, Val};

pub(super) const INT_NAMES: &[&str] = &["bit_count", "bit_length", "conjugate", "is_integer"];
pub(super) const FLOAT_NAMES: &[&str] = &["conjugate", "is_integer"];
pub(super) const BYTES_NAMES: &[&str] = &["decode", "hex"];

pub(super) fn call(value: &Val, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    let whole = value.as_whole();
    Some(call.only(&[]).map(|()| match (call.name, value, whole) {
        ("is_integer", Val::Float(number), _) => Val::Bool(number.fract() == 0.0),
        ("is_integer", ..) => Val::Bool(true),
        ("bit_length", _, Some(number)) => Val::from(number.bits()),
        ("bit_count", _, Some(number)) => Val::from(number.magnitude().count_ones()),
        _ => value.clone(),
    }))
}

pub(super) fn call_bytes(bytes: &[u8], call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    let result = match call.name {
        "decode" => match std::str::from_utf8(bytes) {
            Ok(text) => call.new_text(text),
            Err(error) => Err(Error::value_error(format!("'utf-8' codec can't decode byte in position {}", error.valid_up_to()))),
        },
        "hex" => call.new_text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        _ => return None,
    };
    Some(result)
}
