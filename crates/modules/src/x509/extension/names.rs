//! Names of many kinds: of hosts, addresses, mail boxes.

use crate::x509::{Error, name, oid};
use der::asn1::{Ia5String, OctetString};
use ipnet::IpNet;
use sdk::{Value, text};
use std::net::IpAddr;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::ObjectIdentifier;

/// Pairs of a kind and a value, out of a list (`DNS:x`, or a mapping each), a mapping, or one text with commas; and whether it is critical.
pub fn pairs(value: &Value) -> (Vec<(String, Value)>, bool) {
    let pair = |word: &str| {
        let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
        (kind.trim().to_owned(), Value::from(rest.trim()))
    };
    match value {
        Value::List(items) => {
            let mut all = Vec::new();
            for item in items {
                match item {
                    Value::Map(map) => all.extend(map.iter().map(|(kind, value)| (text::str(kind), value.clone()))),
                    item if text::str(item) == "critical" => {}
                    item => all.push(pair(&text::str(item))),
                }
            }
            (all, items.iter().any(|item| item.as_str() == Some("critical")))
        }
        Value::Map(map) => {
            let critical = map.get("critical").is_some_and(Value::is_truthy);
            (
                map.iter()
                    .filter(|(kind, _)| kind.as_str() != Some("critical"))
                    .map(|(kind, value)| (text::str(kind), value.clone()))
                    .collect(),
                critical,
            )
        }
        other => {
            let words = text::str(other);
            let (rest, critical) = without_critical(&words);
            (rest.split(',').map(str::trim).filter(|word| !word.is_empty()).map(pair).collect(), critical)
        }
    }
}

/// A text without the word `critical` before it, and whether it was there.
pub fn without_critical(words: &str) -> (&str, bool) {
    match words.trim().strip_prefix("critical") {
        Some(rest) => (rest.trim_matches([',', ' ']), true),
        None => (words.trim(), false),
    }
}

/// The names that pairs of a kind and a value mean.
pub fn general(pairs: &[(String, Value)]) -> Result<Vec<GeneralName>, Error> {
    pairs.iter().map(|(kind, value)| one(kind, value)).collect()
}

/// One name of a kind.
pub fn one(kind: &str, value: &Value) -> Result<GeneralName, Error> {
    let words = text::str(value);
    let plain = |words: &str| Ia5String::new(words).map_err(Error::asn1(words));
    match kind.to_ascii_lowercase().as_str() {
        "email" | "mail" => {
            let words = match words.rsplit_once('@') {
                Some((user, domain)) => format!("{user}@{}", host(domain, &words)?),
                None => host(&words, &words)?,
            };
            Ok(GeneralName::Rfc822Name(plain(&words)?))
        }
        "uri" => Ok(GeneralName::UniformResourceIdentifier(plain(&words)?)),
        "dns" => Ok(GeneralName::DnsName(plain(&host(&words, &words)?)?)),
        "rid" => Ok(GeneralName::RegisteredId(number(&words)?)),
        "dirname" => Ok(GeneralName::DirectoryName(name::parse(value)?)),
        "ip" => Ok(GeneralName::IpAddress(OctetString::new(address(&words)?).map_err(Error::asn1(&words))?)),
        "othername" => Err(Error::argument("otherName is currently not implemented")),
        other => Err(Error::argument(format!("GeneralName type {other} is invalid"))),
    }
}

/// A name of a host, which may begin with a dot or a `*`.
fn host(words: &str, all: &str) -> Result<String, Error> {
    let rest = words.strip_prefix("*.").or_else(|| words.strip_prefix('.')).unwrap_or(words);
    if rest.is_empty() {
        return Err(Error::argument("Empty domain"));
    }
    if rest.split('.').any(str::is_empty) {
        return Err(Error::argument("Empty Label"));
    }
    if !rest.is_ascii() {
        return Err(Error::argument(format!("`{all}` has letters that names of hosts cannot have; write it in its `xn--` form")));
    }
    match rest.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))) {
        Some(c) => Err(Error::argument(format!("`{c}` in `{all}` is no letter of a host's name"))),
        None => Ok(words.to_ascii_lowercase()),
    }
}

/// An address, or a network as address and mask.
fn address(words: &str) -> Result<Vec<u8>, Error> {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    if let Ok(address) = words.parse::<IpAddr>() {
        return Ok(octets(address));
    }
    let network: IpNet = words
        .parse()
        .map_err(|_| Error::argument(format!("Provided value {words} does not seem to be an IP address or network range.")))?;
    Ok([octets(network.network()), octets(network.netmask())].concat())
}

/// A number such as `1.2.3.4`.
pub fn number(words: &str) -> Result<ObjectIdentifier, Error> {
    ObjectIdentifier::new(words).map_err(|_| Error::argument(format!("Invalid oid: {words}")))
}

/// A name as words.
pub fn words(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(host) => format!("DNS:{host}"),
        GeneralName::Rfc822Name(mail) => format!("mail:{mail}"),
        GeneralName::UniformResourceIdentifier(uri) => format!("URI:{uri}"),
        GeneralName::RegisteredId(number) => format!("RID:{number}"),
        GeneralName::DirectoryName(name) => format!("dirName:{}", name::to_text(name)),
        GeneralName::IpAddress(octets) => format!("IP:{}", address_words(octets.as_bytes())),
        GeneralName::OtherName(other) => format!("othername:{}", other.type_id),
        GeneralName::EdiPartyName(_) => "ediPartyName".to_owned(),
    }
}

fn address_words(octets: &[u8]) -> String {
    let whole = |octets: &[u8]| -> Option<IpAddr> {
        if let Ok(four) = <[u8; 4]>::try_from(octets) {
            return Some(four.into());
        }
        <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
    };
    // Python writes addresses of the sixth version at full length.
    let long = |address: IpAddr| match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|part| format!("{part:04x}")).join(":"),
    };
    if let Some(address) = whole(octets) {
        return long(address);
    }
    let (address, mask) = octets.split_at(octets.len() / 2);
    match whole(address).zip(whole(mask)).and_then(|(address, mask)| IpNet::with_netmask(address, mask).ok()) {
        Some(network) => format!("{}/{}", long(network.addr()), network.prefix_len()),
        None => hex::encode(octets),
    }
}

/// A way to learn more, and where.
pub fn access(value: &Value) -> Result<Vec<(ObjectIdentifier, GeneralName)>, Error> {
    let mut all = Vec::new();
    let mut add = |way: &str, place: &str| -> Result<(), Error> {
        let way = match oid::number(&oid::ACCESS, way) {
            Some(way) => way,
            None => number(way).map_err(|_| Error::argument(format!("Unknown access OID: {way}")))?,
        };
        let (kind, rest) = place.split_once(':').ok_or_else(|| Error::argument(format!("`{place}` is no name; one is `URI:http://…`")))?;
        all.push((way, one(kind, &Value::from(rest))?));
        Ok(())
    };
    match value {
        Value::Str(words) => {
            for word in words.split(',').map(str::trim).filter(|word| *word != "critical") {
                let (way, place) =
                    word.split_once(';').ok_or_else(|| Error::argument(format!("`{word}` has no `;` between way and place")))?;
                add(way, place)?;
            }
        }
        Value::Map(map) => {
            for (way, place) in map.iter().filter(|(way, _)| way.as_str() != Some("critical")) {
                add(&text::str(way), &text::str(place))?;
            }
        }
        Value::List(items) => {
            for (way, place) in items.iter().filter_map(Value::as_map).flat_map(sdk::Map::iter) {
                add(&text::str(way), &text::str(place))?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) => {
            return Err(Error::argument("authorityInfoAccess must be a text, a list or a mapping"));
        }
    }
    Ok(all)
}
