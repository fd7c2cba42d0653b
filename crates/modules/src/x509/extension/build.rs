//! Extensions as users say them, in ASN.1.

use super::{extension, names, points};
use crate::x509::{Certificate, Error, PublicKey, oid, time};
use der::asn1::{Any, GeneralizedTime, OctetString, Uint};
use sdk::{Map, Value, text};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlReason, ExtendedKeyUsage, KeyUsage, KeyUsages, NameConstraints, PolicyConstraints,
};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::ObjectIdentifier;

/// Whose extension it is: what some of them are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Issuer<'a> {
    /// Certificate of the authority.
    pub certificate: Option<&'a Certificate>,
    /// Key of the authority, where there is no certificate of it.
    pub key: Option<&'a PublicKey>,
    /// Key that is certified.
    pub subject: Option<&'a PublicKey>,
}

const USAGES: [(&str, KeyUsages); 9] = [
    ("digitalSignature", KeyUsages::DigitalSignature),
    ("nonRepudiation", KeyUsages::NonRepudiation),
    ("keyEncipherment", KeyUsages::KeyEncipherment),
    ("dataEncipherment", KeyUsages::DataEncipherment),
    ("keyAgreement", KeyUsages::KeyAgreement),
    ("keyCertSign", KeyUsages::KeyCertSign),
    ("cRLSign", KeyUsages::CRLSign),
    ("encipherOnly", KeyUsages::EncipherOnly),
    ("decipherOnly", KeyUsages::DecipherOnly),
];

const REASONS: [(&str, CrlReason); 10] = [
    ("unspecified", CrlReason::Unspecified),
    ("keyCompromise", CrlReason::KeyCompromise),
    ("cACompromise", CrlReason::CaCompromise),
    ("affiliationChanged", CrlReason::AffiliationChanged),
    ("superseded", CrlReason::Superseded),
    ("cessationOfOperation", CrlReason::CessationOfOperation),
    ("certificateHold", CrlReason::CertificateHold),
    ("removeFromCRL", CrlReason::RemoveFromCRL),
    ("privilegeWithdrawn", CrlReason::PrivilegeWithdrawn),
    ("aACompromise", CrlReason::AaCompromise),
];

/// An extension of a name, as a user says it.
///
/// # Errors
/// When it cannot be.
pub fn build(name: &str, value: &Value, issuer: &Issuer<'_>) -> Result<Extension, Error> {
    let number = oid::number(&oid::EXTENSIONS, name).or_else(|| oid::number(&oid::ENTRY_EXTENSIONS, name));
    let number = number.ok_or_else(|| Error::argument(format!("Unknown extension {name}")))?;
    match name {
        "basicConstraints" => basic(number, value),
        "keyUsage" => {
            let (words, critical) = words(value);
            let flags = USAGES.iter().filter(|(word, _)| words.iter().any(|given| given == word)).map(|(_, flag)| *flag);
            extension(number, critical, &KeyUsage(flags.fold(Default::default(), |all, flag| all | flag)))
        }
        "extendedKeyUsage" => {
            let (words, critical) = words(value);
            let usages: Result<Vec<_>, Error> =
                words.iter().map(|word| oid::number(&oid::USAGES, word).map_or_else(|| names::number(word), Ok)).collect();
            extension(number, critical, &ExtendedKeyUsage(usages?))
        }
        "subjectKeyIdentifier" => subject_key(number, value, issuer),
        "authorityKeyIdentifier" => authority_key(number, value, issuer),
        "issuerAltName" | "certificateIssuer" => {
            let (mut pairs, critical) = names::pairs(value);
            let mut all = Vec::new();
            if pairs.iter().any(|(kind, value)| kind == "issuer" && value.as_str() == Some("copy")) {
                let certificate = issuer.certificate.ok_or_else(|| Error::argument("Need CA certificate to copy to issuerAltName"))?;
                all = certificate.subject_alt_names().ok_or_else(|| Error::argument("The CA certificate has no subjectAltName to copy"))?;
                pairs.retain(|(kind, _)| kind != "issuer");
            }
            all.extend(names::general(&pairs)?);
            extension(number, critical, &all)
        }
        "subjectAltName" => {
            let (pairs, critical) = names::pairs(value);
            extension(number, critical, &names::general(&pairs)?)
        }
        "authorityInfoAccess" => {
            let all = names::access(value)?
                .into_iter()
                .map(|(access_method, access_location)| x509_cert::ext::pkix::AccessDescription { access_method, access_location });
            extension(number, false, &all.collect::<Vec<_>>())
        }
        "crlDistributionPoints" => points::parse(value).and_then(|(points, critical)| extension(number, critical, &points)),
        "freshestCRL" => points::parse(value).and_then(|(points, _)| extension(number, false, &points)),
        "issuingDistributionPoint" => points::issuing(value).and_then(|(point, critical)| extension(number, critical, &point)),
        "certificatePolicies" => policies(number, value),
        "policyConstraints" => {
            let (map, critical) = settings(value);
            let count = |name: &str| map.get(name).map(count).transpose();
            let both = PolicyConstraints {
                require_explicit_policy: count("requireExplicitPolicy")?,
                inhibit_policy_mapping: count("inhibitPolicyMapping")?,
            };
            extension(number, critical, &both)
        }
        "inhibitAnyPolicy" => {
            let (given, critical) = match value {
                Value::Map(map) => (map.get("value").cloned().unwrap_or_default(), map.get("critical").is_some_and(Value::is_truthy)),
                Value::Str(words) => {
                    let (rest, critical) = names::without_critical(words);
                    (Value::from(rest), critical)
                }
                other => (other.clone(), false),
            };
            extension(number, critical, &count(&given)?)
        }
        "nameConstraints" => name_constraints(number, value),
        "noCheck" => extension(number, text::str(value).contains("critical"), &Any::null()),
        "tlsfeature" => {
            let (words, critical) = words(value);
            let features: Result<Vec<u16>, Error> = words
                .iter()
                .map(|word| match word.as_str() {
                    "status_request" => Ok(5),
                    "status_request_v2" => Ok(17),
                    other => Err(Error::argument(format!("'{other}' is no TLS feature; there are status_request and status_request_v2"))),
                })
                .collect();
            extension(number, critical, &features?)
        }
        "cRLNumber" => extension(number, false, &number_of(value)?),
        "deltaCRLIndicator" => {
            let all = text::str(value);
            let digits: String = all.chars().filter(char::is_ascii_digit).collect();
            extension(number, all.contains("critical"), &number_of(&digits.as_str().into())?)
        }
        "CRLReason" => {
            let (words, critical) = words(value);
            let word = words.first().ok_or_else(|| Error::argument("CRLReason is empty"))?;
            let reason = REASONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, reason)| *reason);
            extension(number, critical, &reason.ok_or_else(|| Error::argument(format!("'{word}' is not a valid ReasonFlags")))?)
        }
        "invalidityDate" => {
            let all = text::str(value);
            let (rest, critical) = names::without_critical(&all);
            extension(number, critical, &GeneralizedTime::from_date_time(time::parse(rest)?))
        }
        other => Err(Error::argument(format!("{other} is currently not implemented."))),
    }
}

/// Words of a list, or of a text with commas; and whether `critical` is one.
fn words(value: &Value) -> (Vec<String>, bool) {
    let mut words: Vec<String> = match value {
        Value::List(items) => items.iter().map(text::str).collect(),
        Value::Map(map) => map.iter().filter(|(_, value)| value.is_truthy()).map(|(name, _)| text::str(name)).collect(),
        other => text::str(other).split(',').map(|word| word.trim().to_owned()).collect(),
    };
    let all = words.len();
    words.retain(|word| word != "critical" && !word.is_empty());
    (words.clone(), words.len() < all)
}

/// Settings of a mapping, or of a text such as `critical, CA:true, pathlen:1`.
fn settings(value: &Value) -> (Map, bool) {
    let (pairs, critical) = names::pairs(value);
    (pairs.into_iter().collect(), critical)
}

fn count(value: &Value) -> Result<u32, Error> {
    let number = value.as_int().or_else(|| text::str(value).trim().parse().ok());
    number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| Error::argument(format!("`{}` is no number", text::str(value))))
}

fn number_of(value: &Value) -> Result<Uint, Error> {
    let number = value.as_int().or_else(|| text::str(value).trim().parse().ok()).and_then(|number| u64::try_from(number).ok());
    let number = number.ok_or_else(|| Error::argument("cRLNumber must be an integer and must be marked as non-critical"))?;
    Uint::new(&number.to_be_bytes()).map_err(Error::asn1("number"))
}

fn basic(number: ObjectIdentifier, value: &Value) -> Result<Extension, Error> {
    let (map, critical) = settings(value);
    let find = |name: &str| map.iter().find(|(key, _)| text::str(key).eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
    let ca = find("ca").ok_or_else(|| Error::argument("Undefined required key for basicConstraints: 'ca'"))?;
    let ca = ca.as_bool().unwrap_or_else(|| text::str(&ca).eq_ignore_ascii_case("true"));
    let length = find("pathlen").filter(|value| !value.is_null()).map(|value| count(&value)).transpose()?;
    let path_len_constraint = length.map(u8::try_from).transpose().map_err(|_| Error::argument("pathlen is too large"))?;
    if path_len_constraint.is_some() && !ca {
        return Err(Error::argument("path_length must be None when ca is False"));
    }
    extension(number, critical, &BasicConstraints { ca, path_len_constraint })
}

fn subject_key(number: ObjectIdentifier, value: &Value, issuer: &Issuer<'_>) -> Result<Extension, Error> {
    let words = text::str(value);
    if words.contains("critical") {
        return Err(Error::argument("subjectKeyIdentifier must be marked as non-critical"));
    }
    let digest = match (words.as_str(), issuer.subject) {
        ("hash", Some(key)) => key.identifier(),
        ("hash", None) => return Err(Error::argument("Cannot calculate digest for subjectKeyIdentifier: missing pubkey")),
        (digest, _) => hex::decode(digest.replace(':', "")).map_err(|_| Error::argument("Value must be precomputed hash"))?,
    };
    extension(number, false, &OctetString::new(digest).map_err(Error::asn1("subjectKeyIdentifier"))?)
}

fn authority_key(number: ObjectIdentifier, value: &Value, issuer: &Issuer<'_>) -> Result<Extension, Error> {
    let (map, critical) = settings(value);
    if critical {
        return Err(Error::argument("authorityKeyIdentifier must be marked as non-critical"));
    }
    let word = |name: &str| map.get(name).map(text::str);
    let mut made = AuthorityKeyIdentifier::default();
    if let Some(how) = word("keyid") {
        let of_certificate =
            issuer.certificate.map(|certificate| certificate.key_identifier().unwrap_or_else(|| certificate.public().identifier()));
        let found = of_certificate.or_else(|| issuer.key.map(PublicKey::identifier));
        if found.is_none() && how == "always" {
            return Err(Error::argument("Could not retrieve authorityKeyIdentifier keyid, but it was set to always"));
        }
        made.key_identifier = found.map(OctetString::new).transpose().map_err(Error::asn1("authorityKeyIdentifier"))?;
    }
    if let Some(how) = word("issuer").filter(|how| how == "always" || made.key_identifier.is_none()) {
        match issuer.certificate {
            Some(certificate) => {
                made.authority_cert_issuer = Some(vec![GeneralName::DirectoryName(certificate.issuer().clone())]);
                made.authority_cert_serial_number = Some(SerialNumber::new(&certificate.serial()).map_err(Error::asn1("serial number"))?);
            }
            None if how == "always" => {
                let text = "Could not add authority_cert_issuer and authority_cert_serial_number, but was set to always.";
                return Err(Error::argument(text));
            }
            None => {}
        }
    }
    extension(number, false, &made)
}

fn policies(number: ObjectIdentifier, value: &Value) -> Result<Extension, Error> {
    let bare = |policy_identifier| PolicyInformation { policy_identifier, policy_qualifiers: None };
    let Value::Map(map) = value else {
        let (words, critical) = words(value);
        let all: Result<Vec<_>, Error> = words.iter().map(|word| names::number(word).map(bare)).collect();
        return extension(number, critical, &all?);
    };
    let mut all = Vec::new();
    for (policy, qualifiers) in map.iter().filter(|(policy, _)| policy.as_str() != Some("critical")) {
        let mut information = bare(names::number(&text::str(policy))?);
        let mut made = Vec::new();
        for qualifier in qualifiers.as_list().unwrap_or_default() {
            made.push(match qualifier {
                Value::Str(place) => {
                    let place =
                        der::asn1::Ia5StringRef::new(place).and_then(|place| Any::encode_from(&place)).map_err(Error::asn1(place))?;
                    PolicyQualifierInfo { policy_qualifier_id: names::number("1.3.6.1.5.5.7.2.1")?, qualifier: Some(place) }
                }
                other => PolicyQualifierInfo { policy_qualifier_id: names::number("1.3.6.1.5.5.7.2.2")?, qualifier: Some(notice(other)?) },
            });
        }
        information.policy_qualifiers = (!made.is_empty()).then_some(made);
        all.push(information);
    }
    extension(number, map.get("critical").is_some_and(Value::is_truthy), &all)
}

/// A notice to users, with an organisation's numbers or without.
#[derive(der::Sequence)]
struct Notice {
    #[asn1(optional = "true")]
    reference: Option<Reference>,
    #[asn1(optional = "true")]
    text: Option<String>,
}

#[derive(der::Sequence)]
struct Reference {
    organization: String,
    numbers: Vec<Uint>,
}

fn notice(value: &Value) -> Result<Any, Error> {
    let numbers: Result<Vec<Uint>, Error> =
        value.get("noticeNumbers").and_then(Value::as_list).unwrap_or_default().iter().map(number_of).collect();
    let numbers = numbers?;
    let organization = value.get("organization").map(text::str).unwrap_or_default();
    let reference = (!numbers.is_empty()).then_some(Reference { organization, numbers });
    Any::encode_from(&Notice { reference, text: value.get("text").map(text::str) }).map_err(Error::asn1("notice"))
}

fn name_constraints(number: ObjectIdentifier, value: &Value) -> Result<Extension, Error> {
    let subtrees = |names: GeneralNames| -> Option<Vec<GeneralSubtree>> {
        let all: Vec<_> = names.into_iter().map(|base| GeneralSubtree { base, minimum: 0, maximum: None }).collect();
        (!all.is_empty()).then_some(all)
    };
    let (mut permitted, mut excluded) = (Vec::new(), Vec::new());
    let critical = match value {
        Value::Map(map) => {
            permitted = names::general(&names::pairs(map.get("permitted").unwrap_or(&Value::List(Vec::new()))).0)?;
            excluded = names::general(&names::pairs(map.get("excluded").unwrap_or(&Value::List(Vec::new()))).0)?;
            map.contains_key("critical")
        }
        other => {
            let all = text::str(other);
            for word in all.split(',').map(str::trim) {
                let Some((scope, name)) = word.split_once(';') else { continue };
                let (kind, rest) = name.split_once(':').unwrap_or((name, ""));
                let name = names::one(kind.trim(), &rest.trim().into())?;
                match scope.trim() {
                    "permitted" => permitted.push(name),
                    "excluded" => excluded.push(name),
                    other => return Err(Error::argument(format!("`{other}` is neither permitted nor excluded"))),
                }
            }
            all.contains("critical")
        }
    };
    let made = NameConstraints { permitted_subtrees: subtrees(permitted), excluded_subtrees: subtrees(excluded) };
    if made.permitted_subtrees.is_none() && made.excluded_subtrees.is_none() {
        return Err(Error::argument("nameConstraints needs at least one definition"));
    }
    extension(number, critical, &made)
}
