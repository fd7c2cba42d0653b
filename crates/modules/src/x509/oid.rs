//! Numbers of algorithms, names and extensions, with the words that people have for them.

use super::key::Digest;
use x509_cert::spki::ObjectIdentifier as Oid;

const fn oid(text: &str) -> Oid {
    Oid::new_unwrap(text)
}

/// RSA keys.
pub const RSA: Oid = oid("1.2.840.113549.1.1.1");
/// RSA signatures with PSS.
pub const RSA_PSS: Oid = oid("1.2.840.113549.1.1.10");
/// Elliptic keys.
pub const EC: Oid = oid("1.2.840.10045.2.1");
/// NIST P-256.
pub const P256: Oid = oid("1.2.840.10045.3.1.7");
/// NIST P-384.
pub const P384: Oid = oid("1.3.132.0.34");
/// NIST P-521.
pub const P521: Oid = oid("1.3.132.0.35");
/// Ed25519 keys and signatures.
pub const ED25519: Oid = oid("1.3.101.112");
/// Ed448 keys and signatures.
pub const ED448: Oid = oid("1.3.101.113");
/// Extensions that a request asks for.
pub const EXTENSION_REQUEST: Oid = oid("1.2.840.113549.1.9.14");

/// Signatures with their digests and names.
const SIGNATURES: [(Oid, &str, Option<Digest>); 14] = [
    (oid("1.2.840.113549.1.1.4"), "md5WithRSAEncryption", None),
    (oid("1.2.840.113549.1.1.5"), "sha1WithRSAEncryption", Some(Digest::Sha1)),
    (oid("1.2.840.113549.1.1.14"), "sha224WithRSAEncryption", Some(Digest::Sha224)),
    (oid("1.2.840.113549.1.1.11"), "sha256WithRSAEncryption", Some(Digest::Sha256)),
    (oid("1.2.840.113549.1.1.12"), "sha384WithRSAEncryption", Some(Digest::Sha384)),
    (oid("1.2.840.113549.1.1.13"), "sha512WithRSAEncryption", Some(Digest::Sha512)),
    (RSA_PSS, "RSASSA-PSS", None),
    (oid("1.2.840.10045.4.1"), "ecdsa-with-SHA1", Some(Digest::Sha1)),
    (oid("1.2.840.10045.4.3.1"), "ecdsa-with-SHA224", Some(Digest::Sha224)),
    (oid("1.2.840.10045.4.3.2"), "ecdsa-with-SHA256", Some(Digest::Sha256)),
    (oid("1.2.840.10045.4.3.3"), "ecdsa-with-SHA384", Some(Digest::Sha384)),
    (oid("1.2.840.10045.4.3.4"), "ecdsa-with-SHA512", Some(Digest::Sha512)),
    (ED25519, "ed25519", None),
    (ED448, "ed448", None),
];

/// RSA with a digest.
pub const fn rsa_with(digest: Digest) -> Oid {
    match digest {
        Digest::Sha1 => oid("1.2.840.113549.1.1.5"),
        Digest::Sha224 => oid("1.2.840.113549.1.1.14"),
        Digest::Sha256 => oid("1.2.840.113549.1.1.11"),
        Digest::Sha384 => oid("1.2.840.113549.1.1.12"),
        Digest::Sha512 => oid("1.2.840.113549.1.1.13"),
    }
}

/// ECDSA with a digest.
pub const fn ecdsa_with(digest: Digest) -> Oid {
    match digest {
        Digest::Sha1 => oid("1.2.840.10045.4.1"),
        Digest::Sha224 => oid("1.2.840.10045.4.3.1"),
        Digest::Sha256 => oid("1.2.840.10045.4.3.2"),
        Digest::Sha384 => oid("1.2.840.10045.4.3.3"),
        Digest::Sha512 => oid("1.2.840.10045.4.3.4"),
    }
}

/// The name of a signature's algorithm.
#[must_use]
pub fn signature_name(oid: Oid) -> String {
    SIGNATURES.iter().find(|(known, ..)| *known == oid).map_or_else(|| oid.to_string(), |(_, name, _)| (*name).to_owned())
}

/// The digest of a signature's algorithm.
#[must_use]
pub fn signature_digest(oid: Oid) -> Option<Digest> {
    SIGNATURES.iter().find(|(known, ..)| *known == oid).and_then(|(_, _, digest)| *digest)
}

/// Parts of names, in the order that a mapping of them is written in.
pub const NAMES: [(&str, Oid); 12] = [
    ("C", oid("2.5.4.6")),
    ("ST", oid("2.5.4.8")),
    ("L", oid("2.5.4.7")),
    ("STREET", oid("2.5.4.9")),
    ("O", oid("2.5.4.10")),
    ("OU", oid("2.5.4.11")),
    ("CN", oid("2.5.4.3")),
    ("MAIL", oid("1.2.840.113549.1.9.1")),
    ("SN", oid("2.5.4.4")),
    ("GN", oid("2.5.4.42")),
    ("UID", oid("0.9.2342.19200300.100.1.1")),
    ("SERIALNUMBER", oid("2.5.4.5")),
];

/// Domain components, which only a text can have.
pub const DC: Oid = oid("0.9.2342.19200300.100.1.25");

/// Parts of names that have a word in the text of RFC 4514; others are written as numbers.
pub const RFC4514: [&str; 8] = ["CN", "L", "ST", "O", "OU", "C", "STREET", "UID"];

/// Extensions of certificates and revocation lists, in the order that they are written in.
pub const EXTENSIONS: [(&str, Oid); 19] = [
    ("basicConstraints", oid("2.5.29.19")),
    ("keyUsage", oid("2.5.29.15")),
    ("extendedKeyUsage", oid("2.5.29.37")),
    ("subjectKeyIdentifier", oid("2.5.29.14")),
    ("authorityKeyIdentifier", oid("2.5.29.35")),
    ("issuerAltName", oid("2.5.29.18")),
    ("authorityInfoAccess", oid("1.3.6.1.5.5.7.1.1")),
    ("subjectAltName", oid("2.5.29.17")),
    ("crlDistributionPoints", oid("2.5.29.31")),
    ("issuingDistributionPoint", oid("2.5.29.28")),
    ("certificatePolicies", oid("2.5.29.32")),
    ("policyConstraints", oid("2.5.29.36")),
    ("inhibitAnyPolicy", oid("2.5.29.54")),
    ("nameConstraints", oid("2.5.29.30")),
    ("noCheck", oid("1.3.6.1.5.5.7.48.1.5")),
    ("tlsfeature", oid("1.3.6.1.5.5.7.1.24")),
    ("cRLNumber", oid("2.5.29.20")),
    ("deltaCRLIndicator", oid("2.5.29.27")),
    ("freshestCRL", oid("2.5.29.46")),
];

/// Extensions of an entry of a revocation list.
pub const ENTRY_EXTENSIONS: [(&str, Oid); 3] =
    [("certificateIssuer", oid("2.5.29.29")), ("CRLReason", oid("2.5.29.21")), ("invalidityDate", oid("2.5.29.24"))];

/// The extensions that a certificate may have.
pub const OF_CERTIFICATES: [&str; 15] = [
    "basicConstraints",
    "keyUsage",
    "extendedKeyUsage",
    "subjectKeyIdentifier",
    "authorityKeyIdentifier",
    "issuerAltName",
    "authorityInfoAccess",
    "subjectAltName",
    "crlDistributionPoints",
    "certificatePolicies",
    "policyConstraints",
    "inhibitAnyPolicy",
    "nameConstraints",
    "noCheck",
    "tlsfeature",
];

/// The extensions that a revocation list may have.
pub const OF_LISTS: [&str; 7] = [
    "authorityKeyIdentifier",
    "authorityInfoAccess",
    "cRLNumber",
    "deltaCRLIndicator",
    "freshestCRL",
    "issuerAltName",
    "issuingDistributionPoint",
];

/// The extensions that a request cannot ask for: only the authority knows them.
pub const NOT_OF_REQUESTS: [&str; 4] = ["authorityInfoAccess", "authorityKeyIdentifier", "issuerAltName", "crlDistributionPoints"];

/// The long names that users of old have for extensions.
pub const LONG_EXTENSIONS: [(&str, &str); 20] = [
    ("X509v3 Basic Constraints", "basicConstraints"),
    ("X509v3 Key Usage", "keyUsage"),
    ("X509v3 Extended Key Usage", "extendedKeyUsage"),
    ("X509v3 Subject Key Identifier", "subjectKeyIdentifier"),
    ("X509v3 Authority Key Identifier", "authorityKeyIdentifier"),
    ("X509v3 Issuer Alternative Name", "issuerAltName"),
    ("issuserAltName", "issuerAltName"),
    ("Authority Information Access", "authorityInfoAccess"),
    ("X509v3 Subject Alternative Name", "subjectAltName"),
    ("X509v3 CRL Distribution Points", "crlDistributionPoints"),
    ("X509v3 Issuing Distribution Point", "issuingDistributionPoint"),
    ("X509v3 Certificate Policies", "certificatePolicies"),
    ("X509v3 Policy Constraints", "policyConstraints"),
    ("X509v3 Inhibit Any Policy", "inhibitAnyPolicy"),
    ("X509v3 Name Constraints", "nameConstraints"),
    ("OCSP No Check", "noCheck"),
    ("TLS Feature", "tlsfeature"),
    ("X509v3 CRLNumber", "cRLNumber"),
    ("X509v3 Delta CRL Indicator", "deltaCRLIndicator"),
    ("x509v3 Freshest CRL", "freshestCRL"),
];

/// The long names that users of old have for parts of a name.
pub const LONG_NAMES: [(&str, &str); 10] = [
    ("commonName", "CN"),
    ("localityName", "L"),
    ("stateOrProvinceName", "ST"),
    ("organizationName", "O"),
    ("organizationUnitName", "OU"),
    ("givenName", "GN"),
    ("surname", "SN"),
    ("Email", "MAIL"),
    ("emailAddress", "MAIL"),
    ("serialNumber", "SERIALNUMBER"),
];

/// What a key may be used for: the word, and the number.
pub const USAGES: [(&str, Oid); 13] = [
    ("serverAuth", oid("1.3.6.1.5.5.7.3.1")),
    ("clientAuth", oid("1.3.6.1.5.5.7.3.2")),
    ("codeSigning", oid("1.3.6.1.5.5.7.3.3")),
    ("emailProtection", oid("1.3.6.1.5.5.7.3.4")),
    ("timeStamping", oid("1.3.6.1.5.5.7.3.8")),
    ("OCSPSigning", oid("1.3.6.1.5.5.7.3.9")),
    ("msSmartcardLogin", oid("1.3.6.1.4.1.311.20.2.2")),
    ("pkInitKDC", oid("1.3.6.1.5.2.3.5")),
    ("ipsecIKE", oid("1.3.6.1.5.5.7.3.17")),
    ("msCodeInd", oid("1.3.6.1.4.1.311.2.1.21")),
    ("msCodeCom", oid("1.3.6.1.4.1.311.2.1.22")),
    ("msCTLSign", oid("1.3.6.1.4.1.311.10.3.1")),
    ("msEFS", oid("1.3.6.1.4.1.311.10.3.4")),
];

/// Ways to learn more of an authority.
pub const ACCESS: [(&str, Oid); 3] =
    [("OCSP", oid("1.3.6.1.5.5.7.48.1")), ("caIssuers", oid("1.3.6.1.5.5.7.48.2")), ("caRepository", oid("1.3.6.1.5.5.7.48.5"))];

/// The number of a word in a table.
#[must_use]
pub fn number(table: &[(&str, Oid)], word: &str) -> Option<Oid> {
    table.iter().find(|(known, _)| *known == word).map(|(_, oid)| *oid)
}

/// The word of a number in a table; the number where there is none.
#[must_use]
pub fn word(table: &[(&str, Oid)], oid: Oid) -> String {
    table.iter().find(|(_, known)| *known == oid).map_or_else(|| oid.to_string(), |(word, _)| (*word).to_owned())
}
