//! Filters of hashes, encodings and random text.

use super::{Outcome, Shared, not_bytes, option, subject, text_arg, text_option, text_subject};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};
use hmac::{KeyInit as _, Mac as _};
use jinja::{Call, Engine, Error, Val};
use sha2::Digest as _;

/// Without padding, and blind to bits beyond the last whole byte.
const STANDARD_NO_PAD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Salt's name space for `uuid`.
const SALT: uuid::Uuid = uuid::uuid!("91633ebf-1c86-5e33-935a-28061f4b480e");

pub(super) fn add(engine: &mut Engine, machine: &Shared) {
    engine.add_filter("base64_encode", |call| Ok(text(&STANDARD.encode(bytes(call)?))));
    engine.add_filter("base64_decode", |call| {
        let plain = base64_decoded(&text_subject(call, not_bytes)?)?;
        match String::from_utf8(plain) {
            Ok(plain) => Ok(text(&plain)),
            Err(error) => Ok(Val::Bytes(error.into_bytes().into())),
        }
    });
    for name in ["md5", "sha1", "sha256", "sha512"] {
        engine.add_filter(name, move |call| digest(name, &bytes(call)?));
    }
    engine.add_filter("hmac_compute", |call| Ok(text(&hex::encode(signature(&bytes(call)?, &text_arg(call, 1, "shared_secret")?)))));
    engine.add_filter("hmac", |call| {
        let made = signature(&bytes(call)?, &text_arg(call, 1, "shared_secret")?);
        let given = STANDARD.decode(text_arg(call, 2, "challenge_hmac")?).unwrap_or_default();
        Ok(Val::from(given == made))
    });
    engine.add_filter("uuid", |call| Ok(text(&uuid::Uuid::new_v5(&SALT, text_subject(call, not_bytes)?.as_bytes()).to_string())));
    let machine = machine.clone();
    engine.add_filter("file_hashsum", move |call| {
        let form = text_option(call, 1, "form")?.unwrap_or_else(|| "sha256".to_owned());
        let path = subject(call)?;
        let content = machine.read(&path, u64::MAX).ok_or_else(|| Error::new(jinja::Kind::Host, format!("cannot read `{path}`")))?;
        digest(&form, &content)
    });
    for name in ["random_hash", "rand_str"] {
        engine.add_filter(name, |call| {
            let size = option(call, 0, "size")?.and_then(|size| size.as_int()).filter(|size| *size > 0).unwrap_or(9_999_999_999);
            let form = text_option(call, 1, "hash_type")?.unwrap_or_else(|| "md5".to_owned());
            digest(&form, call.random(size.unsigned_abs()).to_string().as_bytes())
        });
    }
    engine.add_filter("random_str", |call| {
        let size = option(call, 0, "size")?.and_then(|size| size.as_int()).unwrap_or(32).clamp(0, 1 << 16);
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
        let letter = |_| letters.get(usize::try_from(call.random(letters.len() as u64)).unwrap_or(0)).copied().unwrap_or('a');
        Ok(text(&(0..size).map(letter).collect::<String>()))
    });
    engine.add_filter("gen_mac", |call| {
        let prefix = text_option(call, 0, "prefix")?.unwrap_or_else(|| "AC:DE:48".to_owned());
        let [a, b, c] = [0; 3].map(|_: u8| call.random(256));
        Ok(text(&format!("{prefix}:{a:02X}:{b:02X}:{c:02X}")))
    });
    engine.add_filter("mac_str_to_bytes", |call| {
        let mac = subject(call)?;
        let wrong = || Error::value_error("Invalid MAC address");
        let digits = match mac.len() {
            12 => mac.clone(),
            17 => {
                let separator = mac.chars().nth(2).ok_or_else(wrong)?;
                mac.replace(separator, "")
            }
            _ => return Err(wrong()),
        };
        hex::decode(digits).map(|bytes| Val::Bytes(bytes.into())).map_err(|_| wrong())
    });
}

/// Base64 as Python reads it: what is none of its characters is passed over.
fn base64_decoded(text: &str) -> Result<Vec<u8>, Error> {
    let mut digits: Vec<u8> = Vec::with_capacity(text.len());
    let mut padding = 0;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(byte),
            b'=' => padding += 1,
            _ => {}
        }
    }
    let wanted = match digits.len() % 4 {
        0 => 0,
        1 => {
            let words = "cannot be 1 more than a multiple of 4";
            return Err(Error::value_error(format!("Invalid base64-encoded string: number of data characters ({}) {words}", digits.len())));
        }
        rest => 4 - rest,
    };
    if padding < wanted {
        return Err(Error::value_error("Incorrect padding"));
    }
    STANDARD_NO_PAD.decode(&digits).map_err(|error| Error::value_error(error.to_string()))
}

fn text(text: &str) -> Val {
    Val::from(text)
}

fn bytes(call: &Call<'_>) -> Result<Vec<u8>, Error> {
    match call.value()? {
        Val::Bytes(bytes) => Ok(bytes.to_vec()),
        _ => text_subject(call, not_bytes).map(String::into_bytes),
    }
}

fn digest(form: &str, content: &[u8]) -> Outcome {
    let hash = match form {
        "md5" => hex::encode(md5::Md5::digest(content)),
        "sha1" => hex::encode(sha1::Sha1::digest(content)),
        "sha224" => hex::encode(sha2::Sha224::digest(content)),
        "sha256" => hex::encode(sha2::Sha256::digest(content)),
        "sha384" => hex::encode(sha2::Sha384::digest(content)),
        "sha512" => hex::encode(sha2::Sha512::digest(content)),
        other => {
            return Err(Error::value_error(format!("there is no hash `{other}`; there are md5, sha1, sha224, sha256, sha384, sha512")));
        }
    };
    Ok(text(&hash))
}

fn signature(message: &[u8], secret: &str) -> Vec<u8> {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
