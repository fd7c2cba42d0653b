//! Extensions as words.

use super::{names, points};
use crate::x509::{oid, time};
use der::DecodeOwned;
use der::asn1::{GeneralizedTime, OctetString, Uint};
use sdk::{Map, Value};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint};
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityKeyIdentifier, BasicConstraints, CrlReason, ExtendedKeyUsage, KeyUsage, NameConstraints, PolicyConstraints,
};

/// The extensions that are known, as words, in the order of the table.
#[must_use]
pub fn read(extensions: &[Extension]) -> Map {
    known(&oid::EXTENSIONS, extensions)
}

/// The same of an entry of a revocation list.
#[must_use]
pub fn entry_extensions(extensions: &[Extension]) -> Map {
    known(&oid::ENTRY_EXTENSIONS, extensions)
}

fn known(table: &[(&str, x509_cert::spki::ObjectIdentifier)], extensions: &[Extension]) -> Map {
    let mut all = Map::new();
    for (name, number) in table {
        if let Some(extension) = extensions.iter().find(|extension| extension.extn_id == *number) {
            let mut row = Map::new();
            row.insert("critical", extension.critical);
            match words(name, extension.extn_value.as_bytes()) {
                Some(words) => row.extend(words),
                // Somebody wrote it in a form of his own.
                None => row.extend([("value", Value::from(hex::encode(extension.extn_value.as_bytes())))]),
            }
            all.insert(*name, row);
        }
    }
    all
}

fn value(value: impl Into<Value>) -> Map {
    std::iter::once(("value", value.into())).collect()
}

fn colons(bytes: &[u8]) -> String {
    super::super::time::pretty_hex(bytes)
}

fn words(name: &str, der: &[u8]) -> Option<Map> {
    fn get<T: DecodeOwned>(der: &[u8]) -> Option<T> {
        T::from_der(der).ok()
    }
    let listed = |all: &GeneralNames| all.iter().map(names::words).collect::<Vec<String>>();
    Some(match name {
        "basicConstraints" => {
            let read: BasicConstraints = get(der)?;
            let length = read.path_len_constraint.map_or(Value::Null, |length| Value::from(i64::from(length)));
            [("ca", Value::from(read.ca)), ("pathlen", length)].into_iter().collect()
        }
        "keyUsage" => {
            let read: KeyUsage = get(der)?;
            let agrees = read.key_agreement();
            let flags = [
                ("cRLSign", read.crl_sign()),
                ("dataEncipherment", read.data_encipherment()),
                ("decipherOnly", agrees && read.decipher_only()),
                ("digitalSignature", read.digital_signature()),
                ("encipherOnly", agrees && read.encipher_only()),
                ("keyAgreement", agrees),
                ("keyCertSign", read.key_cert_sign()),
                ("keyEncipherment", read.key_encipherment()),
                ("nonRepudiation", read.non_repudiation()),
            ];
            flags.into_iter().collect()
        }
        "extendedKeyUsage" => {
            value(get::<ExtendedKeyUsage>(der)?.0.iter().map(|usage| oid::word(&oid::USAGES, *usage)).collect::<Vec<_>>())
        }
        "subjectKeyIdentifier" => value(colons(get::<OctetString>(der)?.as_bytes())),
        "authorityKeyIdentifier" => {
            let read: AuthorityKeyIdentifier = get(der)?;
            let none = || Value::Null;
            [
                ("keyid", read.key_identifier.map_or_else(none, |id| colons(id.as_bytes()).into())),
                ("issuer", read.authority_cert_issuer.map_or_else(none, |names| listed(&names).into())),
                ("issuer_sn", read.authority_cert_serial_number.map_or_else(none, |serial| time::pretty_number(serial.as_bytes()).into())),
            ]
            .into_iter()
            .collect()
        }
        "issuerAltName" | "subjectAltName" | "certificateIssuer" => value(listed(&get(der)?)),
        "authorityInfoAccess" => {
            let read: Vec<AccessDescription> = get(der)?;
            let row = |access: &AccessDescription| {
                let way = oid::word(&oid::ACCESS, access.access_method);
                let place = names::words(&access.access_location);
                // Salt shows the place without its kind here.
                let place = place.split_once(':').map_or(place.as_str(), |(_, place)| place);
                Value::Map(std::iter::once((way, Value::from(place))).collect())
            };
            value(read.iter().map(row).collect::<Vec<_>>())
        }
        "crlDistributionPoints" | "freshestCRL" => value(points::read(&get::<Vec<DistributionPoint>>(der)?)),
        "issuingDistributionPoint" => points::read_issuing(&get::<IssuingDistributionPoint>(der)?),
        "certificatePolicies" => value(get::<Vec<PolicyInformation>>(der)?.iter().map(policy).collect::<Vec<_>>()),
        "policyConstraints" => {
            let read: PolicyConstraints = get(der)?;
            let count = |count: Option<u32>| count.map_or(Value::Null, |count| Value::from(i64::from(count)));
            let both = [("inhibitPolicyMapping", read.inhibit_policy_mapping), ("requireExplicitPolicy", read.require_explicit_policy)];
            both.into_iter().map(|(name, number)| (name, count(number))).collect()
        }
        "inhibitAnyPolicy" => value(i64::from(get::<u32>(der)?)),
        "nameConstraints" => {
            let read: NameConstraints = get(der)?;
            let listed = |trees: Option<Vec<_>>| {
                let all = trees.unwrap_or_default();
                all.iter()
                    .map(|tree: &x509_cert::ext::pkix::constraints::name::GeneralSubtree| names::words(&tree.base))
                    .collect::<Vec<_>>()
            };
            [("excluded", listed(read.excluded_subtrees)), ("permitted", listed(read.permitted_subtrees))].into_iter().collect()
        }
        "noCheck" => value(true),
        "tlsfeature" => {
            let features = get::<Vec<u16>>(der)?.into_iter().map(|feature| match feature {
                5 => "status_request".to_owned(),
                17 => "status_request_v2".to_owned(),
                other => other.to_string(),
            });
            value(features.collect::<Vec<_>>())
        }
        "cRLNumber" | "deltaCRLIndicator" => value(number(get::<Uint>(der)?.as_bytes())?),
        "CRLReason" => value(reason(get(der)?)),
        "invalidityDate" => value(time::text(get::<GeneralizedTime>(der)?.to_date_time())),
        _ => return None,
    })
}

fn number(bytes: &[u8]) -> Option<i64> {
    let number = bytes.iter().try_fold(0_u64, |all, byte| all.checked_mul(256).map(|all| all + u64::from(*byte)))?;
    i64::try_from(number).ok()
}

fn reason(reason: CrlReason) -> &'static str {
    match reason {
        CrlReason::Unspecified => "unspecified",
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::CaCompromise => "cACompromise",
        CrlReason::AffiliationChanged => "affiliationChanged",
        CrlReason::Superseded => "superseded",
        CrlReason::CessationOfOperation => "cessationOfOperation",
        CrlReason::CertificateHold => "certificateHold",
        CrlReason::RemoveFromCRL => "removeFromCRL",
        CrlReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        CrlReason::AaCompromise => "aACompromise",
    }
}

fn policy(policy: &PolicyInformation) -> Value {
    let name = policy.policy_identifier.to_string();
    let name = if name == "2.5.29.32.0" { "anyPolicy".to_owned() } else { name };
    let qualifiers = policy.policy_qualifiers.iter().flatten().map(|qualifier| {
        let text = qualifier.qualifier.as_ref();
        let place = text.and_then(|text| text.decode_as::<der::asn1::Ia5StringRef<'_>>().ok()).map(|place| place.to_string());
        let row: Map = match place {
            Some(place) => std::iter::once(("practice_statement", Value::from(place))).collect(),
            None => std::iter::once((
                "explicit_text",
                Value::from(text.map(|text| String::from_utf8_lossy(text.value()).into_owned()).unwrap_or_default()),
            ))
            .collect(),
        };
        Value::Map(row)
    });
    Value::Map(std::iter::once((name, Value::List(qualifiers.collect()))).collect())
}
