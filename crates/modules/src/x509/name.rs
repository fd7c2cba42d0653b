//! Distinguished names.

use super::{Error, oid};
use der::asn1::{Any, Ia5StringRef, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Encode, Tag, Tagged};
use sdk::{Map, Value, text};
use std::str::FromStr;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::spki::ObjectIdentifier;

/// The name that a mapping, a list of parts or a text means.
///
/// # Errors
/// When it is none.
pub fn parse(value: &Value) -> Result<Name, Error> {
    match value {
        Value::Map(map) => from_map(map),
        Value::List(parts) => {
            let parts: Result<Vec<_>, Error> = parts.iter().map(|part| relative(&text::str(part))).collect();
            Ok(Name::hazmat_from_rdn_sequence(RdnSequence::from(parts?)))
        }
        Value::Str(words) => from_text(words),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) => {
            Err(Error::argument("Need string, list or dict to parse distinguished names"))
        }
    }
}

/// The name that the parts in a mapping make; what is no part is left alone.
///
/// # Errors
/// When a part has characters that it cannot have.
pub fn from_map(map: &Map) -> Result<Name, Error> {
    let mut parts = Vec::new();
    for (word, number) in oid::NAMES {
        if let Some(value) = map.get(word).filter(|value| !value.is_null()) {
            parts.push(part(number, &text::str(value))?);
        }
    }
    Ok(Name::hazmat_from_rdn_sequence(RdnSequence::from(parts)))
}

fn part(number: ObjectIdentifier, text: &str) -> Result<RelativeDistinguishedName, Error> {
    let asn1 = |error| Error::asn1(text)(error);
    let value = match oid::word(&oid::NAMES, number).as_str() {
        "C" if text.chars().count() != 2 => return Err(Error::argument("Country code must be a 2 character alphabetical code")),
        "C" | "SERIALNUMBER" => Any::encode_from(&PrintableStringRef::new(text).map_err(asn1)?),
        "MAIL" => Any::encode_from(&Ia5StringRef::new(text).map_err(asn1)?),
        _ if number == oid::DC => Any::encode_from(&Ia5StringRef::new(text).map_err(asn1)?),
        _ => Any::encode_from(&Utf8StringRef::new(text).map_err(asn1)?),
    };
    let value = AttributeTypeAndValue { oid: number, value: value.map_err(asn1)? };
    Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![value]).map_err(asn1)?))
}

/// One part, as text.
///
/// # Errors
/// When it is none, or several.
pub fn relative(words: &str) -> Result<RelativeDistinguishedName, Error> {
    let bad = || Error::argument(format!("Failed parsing rdn string: {words}"));
    let name = from_text(words).map_err(|_| bad())?;
    let mut parts = name.iter_rdn();
    let first = parts.next().ok_or_else(bad)?;
    if parts.next().is_some() {
        return Err(Error::argument("Specified string is not a Relative Distinguished Name, but a Distinguished Name."));
    }
    Ok(first.clone())
}

fn from_text(words: &str) -> Result<Name, Error> {
    let bad = || Error::argument("Failed parsing rfc4514 dirName string");
    if words.trim().is_empty() {
        return Ok(Name::default());
    }
    let read = Name::from_str(words).map_err(|_| bad())?;
    // Each part is written again in the form that is usual for it.
    let mut parts = Vec::new();
    for set in read.iter_rdn() {
        let again: Result<Vec<AttributeTypeAndValue>, Error> = set
            .iter()
            .map(|value| match value_text(&value.value) {
                Some(words) => Ok(part(value.oid, &words)?.iter().next().cloned().unwrap_or_else(|| value.clone())),
                None => Ok(value.clone()),
            })
            .collect();
        parts.push(RelativeDistinguishedName::from(SetOfVec::try_from(again?).map_err(Error::asn1(words))?));
    }
    Ok(Name::hazmat_from_rdn_sequence(RdnSequence::from(parts)))
}

fn value_text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => std::str::from_utf8(value.value()).ok().map(str::to_owned),
        // Each byte is a character of Latin-1, as everybody reads it.
        Tag::TeletexString => Some(value.value().iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let units =
                value.value().chunks_exact(2).map(|pair| u16::from_be_bytes([*pair.first().unwrap_or(&0), *pair.get(1).unwrap_or(&0)]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// The parts of a name that have words, the first of each.
#[must_use]
pub fn to_map(name: &Name) -> Map {
    let mut map = Map::new();
    for (word, number) in oid::NAMES {
        if let Some(value) = name.iter().find(|part| part.oid == number).and_then(|part| value_text(&part.value)) {
            map.insert(word, value);
        }
    }
    map
}

/// A part of a name.
#[must_use]
pub fn common_name(name: &Name) -> Option<String> {
    to_map(name).get("CN").map(text::str)
}

/// The text of RFC 4514: the last part first.
#[must_use]
pub fn to_text(name: &Name) -> String {
    let parts: Vec<String> = name.iter_rdn().map(relative_text).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(",")
}

/// The same of one part.
#[must_use]
pub fn relative_text(part: &RelativeDistinguishedName) -> String {
    let values = part.iter().map(|value| {
        let known = oid::NAMES.iter().find(|(_, number)| *number == value.oid).map(|(word, _)| *word);
        let word = match known.filter(|word| oid::RFC4514.contains(word)) {
            Some(word) => word.to_owned(),
            None if value.oid == oid::DC => "DC".to_owned(),
            None => value.oid.to_string(),
        };
        let words = value_text(&value.value)
            .map_or_else(|| format!("#{}", hex::encode(value.value.to_der().unwrap_or_default())), |text| escaped(&text));
        format!("{word}={words}")
    });
    values.collect::<Vec<_>>().join("+")
}

fn escaped(text: &str) -> String {
    let mut all = String::new();
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match c {
            '\\' | '"' | '+' | ',' | ';' | '<' | '>' => all.extend(['\\', c]),
            ' ' if at == 0 || at == last => all.push_str("\\ "),
            '#' if at == 0 => all.push_str("\\#"),
            '\0' => all.push_str("\\00"),
            c => all.push(c),
        }
    }
    all
}

/// The short hash by which Salt names a name.
#[must_use]
pub fn short_hash(name: &Name) -> Vec<u8> {
    let mut hash = super::key::Digest::Sha1.of(&name.to_der().unwrap_or_default());
    hash.truncate(4);
    hash.reverse();
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_mapping_a_list_and_a_text_make_the_same_name() {
        let map = parse(&value(r#"{"CN": "a, b", "C": "DE", "O": "x", "other": 1}"#)).unwrap();
        let list = parse(&value(r#"["C=DE", "O=x", "CN=a\\, b"]"#)).unwrap();
        let text = parse(&value(r#""CN=a\\, b,O=x,C=DE""#)).unwrap();
        assert_eq!(to_text(&map), "CN=a\\, b,O=x,C=DE");
        assert_eq!(map.to_der().unwrap(), list.to_der().unwrap());
        assert_eq!(map.to_der().unwrap(), text.to_der().unwrap());
        assert_eq!(to_map(&text), map_of(r#"{"C": "DE", "O": "x", "CN": "a, b"}"#));
    }

    fn map_of(text: &str) -> Map {
        value(text).as_map().unwrap().clone()
    }

    #[test]
    fn what_has_no_word_is_written_as_a_number() {
        let name = parse(&value(r#"{"MAIL": "a@b.org"}"#)).unwrap();
        assert_eq!(to_text(&name), "1.2.840.113549.1.9.1=a@b.org");
        assert!(parse(&value(r#"{"C": "Germany"}"#)).is_err());
    }
}
