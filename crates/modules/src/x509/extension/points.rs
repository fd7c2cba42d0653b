//! Places of revocation lists.

use super::names;
use crate::x509::{Error, name};
use sdk::{Map, Value, text};
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, ReasonFlags, Reasons};
use x509_cert::ext::pkix::name::DistributionPointName;

const REASONS: [(&str, Reasons); 8] = [
    ("keyCompromise", Reasons::KeyCompromise),
    ("cACompromise", Reasons::CaCompromise),
    ("affiliationChanged", Reasons::AffiliationChanged),
    ("superseded", Reasons::Superseded),
    ("cessationOfOperation", Reasons::CessationOfOperation),
    ("certificateHold", Reasons::CertificateHold),
    ("privilegeWithdrawn", Reasons::PrivilegeWithdrawn),
    ("aACompromise", Reasons::AaCompromise),
];

/// Places, as a text or a list of texts and mappings; and whether they are critical.
pub fn parse(value: &Value) -> Result<(Vec<DistributionPoint>, bool), Error> {
    let plain = |pair: (String, Value)| -> Result<DistributionPoint, Error> {
        let full = vec![names::one(&pair.0, &pair.1)?];
        Ok(DistributionPoint { distribution_point: Some(DistributionPointName::FullName(full)), reasons: None, crl_issuer: None })
    };
    let Value::List(items) = value else {
        let (pairs, critical) = names::pairs(value);
        return Ok((pairs.into_iter().map(plain).collect::<Result<_, _>>()?, critical));
    };
    let mut points = Vec::new();
    for item in items.iter().filter(|item| item.as_str() != Some("critical")) {
        points.push(match item {
            Value::Map(map) => DistributionPoint {
                distribution_point: place(map)?,
                reasons: map.get("reasons").map(reasons).transpose()?,
                crl_issuer: map
                    .get("crlissuer")
                    .filter(|value| value.is_truthy())
                    .map(|value| names::general(&names::pairs(&listed(value)).0))
                    .transpose()?,
            },
            item => {
                let (pairs, _) = names::pairs(&Value::List(vec![item.clone()]));
                plain(pairs.into_iter().next().unwrap_or_default())?
            }
        });
    }
    Ok((points, items.iter().any(|item| item.as_str() == Some("critical"))))
}

fn listed(value: &Value) -> Value {
    if value.as_list().is_some() { value.clone() } else { Value::List(vec![value.clone()]) }
}

fn place(map: &Map) -> Result<Option<DistributionPointName>, Error> {
    if let Some(full) = map.get("fullname").filter(|value| value.is_truthy()) {
        return Ok(Some(DistributionPointName::FullName(names::general(&names::pairs(&listed(full)).0)?)));
    }
    let relative = map.get("relativename").filter(|value| value.is_truthy());
    relative.map(|words| name::relative(&text::str(words)).map(DistributionPointName::NameRelativeToCRLIssuer)).transpose()
}

fn reasons(value: &Value) -> Result<ReasonFlags, Error> {
    let mut flags = ReasonFlags::default();
    for word in value.as_list().unwrap_or_default() {
        let word = text::str(word);
        let flag = REASONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word)).map(|(_, flag)| *flag);
        flags |= flag.ok_or_else(|| Error::argument(format!("'{word}' is not a valid ReasonFlags")))?;
    }
    Ok(flags)
}

/// The place of the list itself.
pub fn issuing(value: &Value) -> Result<(IssuingDistributionPoint, bool), Error> {
    let map = value.as_map().ok_or_else(|| Error::argument("issuingDistributionPoint must be a dictionary"))?;
    let flag = |name: &str| map.get(name).is_some_and(Value::is_truthy);
    let point = IssuingDistributionPoint {
        distribution_point: place(map)?,
        only_contains_user_certs: flag("onlyuser"),
        only_contains_ca_certs: flag("onlyCA"),
        only_some_reasons: map.get("onlysomereasons").filter(|value| value.is_truthy()).map(reasons).transpose()?,
        indirect_crl: flag("indirectCRL"),
        only_contains_attribute_certs: flag("onlyAA"),
    };
    Ok((point, flag("critical")))
}

fn reason_words(flags: Option<ReasonFlags>) -> Vec<String> {
    let flags = flags.unwrap_or_default();
    let mut words: Vec<String> = REASONS.iter().filter(|(_, flag)| flags.contains(*flag)).map(|(word, _)| (*word).to_owned()).collect();
    words.sort();
    words
}

fn place_words(place: Option<&DistributionPointName>) -> (Vec<String>, Value) {
    match place {
        Some(DistributionPointName::FullName(full)) => (full.iter().map(names::words).collect(), Value::Null),
        Some(DistributionPointName::NameRelativeToCRLIssuer(part)) => (Vec::new(), name::relative_text(part).into()),
        None => (Vec::new(), Value::Null),
    }
}

/// Places as words.
pub fn read(points: &[DistributionPoint]) -> Vec<Value> {
    let row = |point: &DistributionPoint| {
        let (full, relative) = place_words(point.distribution_point.as_ref());
        let mut row = Map::new();
        let issuers: Vec<String> = point.crl_issuer.iter().flatten().map(names::words).collect();
        row.insert("crlissuer", issuers);
        row.insert("fullname", full);
        row.insert("reasons", reason_words(point.reasons));
        row.insert("relativename", relative);
        Value::Map(row)
    };
    points.iter().map(row).collect()
}

/// The place of the list itself, as words.
pub fn read_issuing(point: &IssuingDistributionPoint) -> Map {
    let (full, relative) = place_words(point.distribution_point.as_ref());
    let mut row = Map::new();
    row.insert("fullname", full);
    row.insert("onysomereasons", reason_words(point.only_some_reasons));
    row.insert("relativename", relative);
    row.insert("onlyuser", point.only_contains_user_certs);
    row.insert("onlyCA", point.only_contains_ca_certs);
    row.insert("onlyAA", point.only_contains_attribute_certs);
    row.insert("indirectCRL", point.indirect_crl);
    row
}
