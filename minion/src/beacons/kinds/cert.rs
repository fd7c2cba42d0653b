//! `cert_info`: certificates in files that end soon.

use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use jiff::tz::TimeZone;
use sdk::{Failure, Map, Read, Value};
use value::text;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};
use x509_cert::name::Name;

/// Days before its end from which on a certificate is told of, unless another number is given.
const DAYS: i64 = 45;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Watches certificates.
pub struct Certificates(Vec<(String, i64)>);

impl Certificates {
    /// Reads `files: [path, {path: {notify_days: 15}}]` and `notify_days`; a negative number of days tells of it always.
    pub fn new(options: &Map) -> Result<Self, String> {
        let days = |value: Option<&Value>| match value {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_int().or_else(|| text::str(value).parse().ok()) {
                Some(days) => Ok(Some(days)),
                None => Err(format!("`notify_days` is `{}`, and a number is wanted", text::str(value))),
            },
        };
        let usual = days(options.get("notify_days"))?.unwrap_or(DAYS);
        let mut files = Vec::new();
        for item in options.get("files").and_then(Value::as_list).unwrap_or_default() {
            match item.as_map().and_then(Map::first) {
                Some((path, own)) => files.push((text::str(path), days(own.get("notify_days"))?.unwrap_or(usual))),
                None => files.push((text::str(item), usual)),
            }
        }
        if files.is_empty() { Err("it needs `files`, a list of certificates".to_owned()) } else { Ok(Self(files)) }
    }
}

/// The parts of a name, with short words for the usual kinds.
fn parts(name: &Name) -> Vec<(String, String)> {
    let text = name.to_string();
    // Kept in the order of the certificate; the text has the last one first, and commas inside of a value behind a backslash.
    let mut parts: Vec<String> = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                if let (Some(last), Some(next)) = (parts.last_mut(), letters.next()) {
                    last.push(next);
                }
            }
            ',' | '+' => parts.push(String::new()),
            letter => {
                if let Some(last) = parts.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    let pair = |part: &String| part.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    parts.iter().rev().filter_map(pair).collect()
}

fn shown(parts: &[(String, String)]) -> String {
    parts.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect::<Vec<_>>().join(",")
}

/// A moment in the form of the certificate and in one to read.
fn moment(seconds: i64) -> Option<(String, String)> {
    let at = jiff::Timestamp::from_second(seconds).ok()?.to_zoned_datetime(TimeZone::UTC);
    Some((at.strftime("%Y%m%d%H%M%SZ").to_string(), at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()))
}

/// Salt's words for a certificate, if it is to be told of at this second.
fn told(path: &str, pem: &[u8], days: i64, now: i64) -> Result<Option<Map>, String> {
    let certificate = Certificate::from_pem(pem).map_err(|error| format!("`{path}` holds no certificate: {error}"))?;
    let content = certificate.tbs_certificate();
    let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    let (begin, end) = (seconds(content.validity().not_before), seconds(content.validity().not_after));
    let left = (end - now).div_euclid(DAY);
    if days >= 0 && left > days {
        return Ok(None);
    }
    let (Some(begin), Some(until)) = (moment(begin), moment(end)) else { return Err(format!("`{path}` ends beyond all time")) };
    let (issuer, subject) = (parts(content.issuer()), parts(content.subject()));
    let extensions = content.extensions().into_iter().flatten().map(|extension| {
        let data = extension.extn_value.to_der().map(hex::encode).unwrap_or_default();
        Value::Map(Map::from_iter([("ext_name", extension.extn_id.to_string()), ("ext_data", data)]))
    });
    let mut map = Map::new();
    map.insert("cert_path", path);
    map.insert("issuer", shown(&issuer));
    map.insert("issuer_dict", issuer.into_iter().collect::<Map>());
    map.insert("notAfter_raw", until.0);
    map.insert("notAfter", until.1);
    map.insert("notBefore_raw", begin.0);
    map.insert("notBefore", begin.1);
    map.insert("serial_number", number(content.serial_number().as_bytes()));
    map.insert("signature_algorithm", certificate.signature_algorithm().oid.to_string());
    map.insert("subject", shown(&subject));
    map.insert("subject_dict", subject.into_iter().collect::<Map>());
    map.insert("version", content.version() as u8 as i64);
    map.insert("extensions", extensions.collect::<Value>());
    map.insert("has_expired", end < now);
    Ok(Some(map))
}

/// A serial number; one that is larger than a number may be is given as Salt's users see it too, in digits.
fn number(bytes: &[u8]) -> Value {
    let hexadecimal = hex::encode(bytes);
    let small = i64::from_str_radix(hexadecimal.trim_start_matches('0'), 16);
    small.map_or_else(|_| Value::from(hexadecimal), Value::Int)
}

#[async_trait]
impl Beacon for Certificates {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let now = jiff::Timestamp::now().as_second();
        let mut found = Vec::new();
        for (path, days) in &self.0 {
            let bytes = read.host().read(path).map_err(|error| output::chain(&error));
            match bytes.and_then(|bytes| told(path, &bytes, *days, now)) {
                Ok(map) => found.extend(map.map(Value::Map)),
                // One that cannot be read hides no other.
                Err(why) => tracing::error!(why, "a certificate cannot be looked at"),
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Finding::plain(Map::from_iter([("certificates", found)]))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("cert.pem");
    /// When it ends.
    const END: i64 = 4387524244;

    fn days_left(days: i64) -> i64 {
        told("/x", PEM.as_bytes(), -1, 0).unwrap().unwrap();
        END - days * DAY
    }

    #[test]
    fn a_certificate_is_told_of_when_it_ends_soon_or_always() {
        assert!(told("/x", PEM.as_bytes(), 45, days_left(46)).unwrap().is_none());
        let map = told("/x", PEM.as_bytes(), 45, days_left(45)).unwrap().unwrap();
        let shown = |key: &str| map.get(key).map(text::str).unwrap();
        assert_eq!(
            (shown("subject"), shown("has_expired")),
            ("C=\"DE\",O=\"Wald, und Wiese\",CN=\"web.example.com\"".into(), "False".into())
        );
        assert_eq!(map.get("subject_dict").and_then(|dict| dict.get("O")).map(text::str).unwrap(), "Wald, und Wiese");
        assert_eq!(shown("issuer"), shown("subject"));
        assert_eq!((shown("serial_number"), shown("version")), ("4711".into(), "2".into()));
        let past = told("/x", PEM.as_bytes(), 45, days_left(-1)).unwrap().unwrap();
        assert_eq!(past.get("has_expired"), Some(&Value::Bool(true)));
        assert!(told("/x", b"none", 45, 0).unwrap_err().contains("holds no certificate"));
    }

    #[test]
    fn files_have_days_of_their_own() {
        let read = |json: &str| Certificates::new(&serde_json::from_str(json).unwrap());
        let made = read(r#"{"files": ["/a", {"/b": {"notify_days": 15}}], "notify_days": 30}"#).unwrap();
        assert_eq!(made.0, [("/a".to_owned(), 30), ("/b".to_owned(), 15)]);
        assert!(read("{}").is_err() && read(r#"{"files": ["/a"], "notify_days": "soon"}"#).is_err());
    }
}
