//! Keys and certificates, with OpenSSL as the judge, and against what Salt made and read.

use super::*;
use sdk::host::{Host, Look as _, RealHost};
use sdk::testing::context;
use sdk::{CallArgs, Facts, Failure, Value, text};
use std::process::Command;
use std::sync::Arc;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    /// Calls a function; `@` in the arguments is the folder.
    async fn call(&self, function: &str, args: &str) -> Result<Value, Failure> {
        self.call_with(function, args, Facts::default()).await
    }

    async fn call_with(&self, function: &str, args: &str, facts: Facts) -> Result<Value, Failure> {
        let args = args.replace('@', &self.0.path().to_string_lossy());
        let args = CallArgs::named(serde_json::from_str(&args).unwrap());
        let host: Arc<dyn Host> = Arc::new(RealHost::new());
        crate::registry().call(function, args, &context(host, facts)).await.map(|returned| returned.value)
    }

    async fn made(&self, function: &str, args: &str) -> Value {
        self.call(function, args).await.unwrap_or_else(|failure| panic!("{function} {args}: {failure}"))
    }

    /// What OpenSSL says.
    fn openssl(&self, words: &str) -> (bool, String) {
        let mut command = Command::new("openssl");
        let output = command.args(words.split(' ')).current_dir(self.0.path()).output().expect("these tests need the program openssl");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    }
}

const CA: &str = r#"{"signing_private_key": "@/ca.key", "CN": "ca.example.org", "O": "Ex", "basicConstraints": "critical, CA:true, pathlen:1",
    "keyUsage": "critical, cRLSign, keyCertSign", "subjectKeyIdentifier": "hash", "authorityKeyIdentifier": "keyid,issuer",
    "days_valid": 3650, "path": "@/ca.crt"}"#;

async fn authority() -> Place {
    let place = Place::new();
    place.made("x509.create_private_key", r#"{"algo": "ec", "path": "@/ca.key"}"#).await;
    place.made("x509.create_certificate", CA).await;
    place
}

#[tokio::test]
async fn keys_of_every_kind_are_read_by_openssl() {
    let place = Place::new();
    for (args, says) in [
        (r#""algo": "rsa""#, "2048 bit"),
        (r#""algo": "ec""#, "prime256v1"),
        (r#""algo": "ec", "keysize": 384"#, "secp384r1"),
        (r#""algo": "ec", "keysize": 521"#, "secp521r1"),
        (r#""algo": "ed25519""#, "ED25519"),
    ] {
        let said = place.made("x509.create_private_key", &format!(r#"{{{args}, "path": "@/key"}}"#)).await;
        assert_eq!(said, Value::from(format!("PEM written to {}", place.at("key"))));
        let (good, text) = place.openssl("pkey -in key -noout -text");
        assert!(good && text.contains(says), "{args}: {text}");
        assert_eq!(RealHost::new().stat(&place.at("key")).unwrap().unwrap().mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_passphrase_locks_a_key() {
    let place = Place::new();
    place.made("x509.create_private_key", r#"{"algo": "ec", "path": "@/key"}"#).await;
    let locked = place.made("x509.encode_private_key", r#"{"private_key": "@/key", "passphrase": "geheim"}"#).await;
    std::fs::write(place.at("locked"), text::str(&locked)).unwrap();
    assert!(text::str(&locked).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert!(place.openssl("pkey -in locked -passin pass:geheim -noout").0);
    assert!(!place.openssl("pkey -in locked -passin pass:falsch -noout").0);
    let same = place.made("x509.verify_private_key", r#"{"private_key": "@/locked", "passphrase": "geheim", "public_key": "@/key"}"#);
    assert_eq!(same.await, Value::from(true));
    let failure = place.call("x509.get_private_key_size", r#"{"private_key": "@/locked"}"#).await.unwrap_err();
    assert_eq!(failure.message, "Private key is encrypted. Please provide a password.");
    let failure = place.call("x509.get_private_key_size", r#"{"private_key": "@/locked", "passphrase": "x"}"#).await.unwrap_err();
    assert_eq!(failure.message, "Bad decrypt - is the password correct?");
}

#[tokio::test]
async fn keys_that_openssl_made_are_read_in_every_form() {
    let place = Place::new();
    for (make, kind) in [
        ("genrsa -traditional -out key 2048", 2048),
        ("genrsa -out key 2048", 2048),
        ("ecparam -name secp384r1 -genkey -noout -out key", 384),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out key", 256),
    ] {
        let (good, text) = place.openssl(make);
        assert!(good, "{text}");
        assert_eq!(place.made("x509.get_private_key_size", r#"{"private_key": "@/key"}"#).await, Value::from(kind), "{make}");
    }
}

#[tokio::test]
async fn a_chain_holds_before_openssl() {
    let place = authority().await;
    for algo in ["rsa", "ec", "ed25519"] {
        place.made("x509.create_private_key", &format!(r#"{{"algo": "{algo}", "path": "@/www.key"}}"#)).await;
        place.made("x509.create_csr", r#"{"private_key": "@/www.key", "CN": "www.example.org", "subjectAltName": ["DNS:www.example.org", "IP:10.0.0.1"], "path": "@/www.csr"}"#).await;
        let (good, text) = place.openssl("req -in www.csr -noout -verify -text");
        assert!(good && text.contains("DNS:www.example.org, IP Address:10.0.0.1"), "{text}");
        let args = r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "csr": "@/www.csr", "CN": "www.example.org",
            "authorityKeyIdentifier": "keyid:always", "extendedKeyUsage": "serverAuth", "days_valid": 10, "path": "@/www.crt"}"#;
        place.made("x509.create_certificate", args).await;
        let (good, text) = place.openssl("verify -x509_strict -CAfile ca.crt -verify_hostname www.example.org www.crt");
        assert!(good, "{algo}: {text}");
        assert_eq!(
            place.made("x509.verify_signature", r#"{"certificate": "@/www.crt", "signing_pub_key": "@/ca.crt"}"#).await,
            Value::from(true)
        );
        assert_eq!(place.made("x509.verify_signature", r#"{"certificate": "@/www.crt"}"#).await, Value::from(false));
    }
    assert_eq!(place.made("x509.expires", r#"{"certificate": "@/www.crt", "days": 9}"#).await, Value::from(false));
    let soon = place.made("x509.will_expire", r#"{"certificate": "@/www.crt", "days": 11}"#).await;
    assert_eq!((soon.get("cn"), soon.get("will_expire")), (Some(&"www.example.org".into()), Some(&true.into())));
}

#[tokio::test]
async fn every_digest_and_curve_is_signed_and_checked() {
    let place = Place::new();
    for (algo, size) in [("rsa", 2048), ("ec", 256), ("ec", 384), ("ec", 521)] {
        place.made("x509.create_private_key", &format!(r#"{{"algo": "{algo}", "keysize": {size}, "path": "@/ca.key"}}"#)).await;
        for digest in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
            let args = format!(r#"{{"signing_private_key": "@/ca.key", "CN": "x", "digest": "{digest}", "path": "@/ca.crt"}}"#);
            place.made("x509.create_certificate", &args).await;
            assert_eq!(
                place.made("x509.verify_signature", r#"{"certificate": "@/ca.crt"}"#).await,
                Value::from(true),
                "{algo} {size} {digest}"
            );
            let (good, text) = place.openssl("verify -auth_level 0 -check_ss_sig -CAfile ca.crt ca.crt");
            assert!(good, "{algo} {size} {digest}: {text}");
        }
    }
}

#[tokio::test]
async fn revoked_certificates_are_refused_by_openssl() {
    let place = authority().await;
    let args = r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "private_key": "@/ca.key", "CN": "www", "serial_number": "0A:BC",
        "path": "@/www.crt"}"#;
    place.made("x509.create_certificate", args).await;
    let args = r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "path": "@/ca.crl", "extensions": {"cRLNumber": 7},
        "revoked": [{"certificate": "@/www.crt", "revocation_date": "2026-01-02 03:04:05", "extensions": {"CRLReason": "keyCompromise"}}]}"#;
    place.made("x509.create_crl", args).await;
    let (good, text) = place.openssl("verify -crl_check -CAfile ca.crt -CRLfile ca.crl www.crt");
    assert!(!good && text.contains("certificate revoked"), "{text}");
    assert_eq!(place.made("x509.verify_crl", r#"{"crl": "@/ca.crl", "cert": "@/ca.crt"}"#).await, Value::from(true));
    let seen = place.made("x509.read_crl", r#"{"crl": "@/ca.crl"}"#).await;
    let entry = r#"{"0ABC": {"revocation_date": "2026-01-02 03:04:05", "extensions": {"CRLReason": {"critical": false, "value": "keyCompromise"}}}}"#;
    assert_eq!(seen.get("revoked_certificates"), Some(&serde_json::from_str(entry).unwrap()));
    assert_eq!(seen.get("extensions"), Some(&serde_json::from_str(r#"{"cRLNumber": {"critical": false, "value": 7}}"#).unwrap()));
}

#[tokio::test]
async fn a_chain_goes_into_one_container() {
    let place = authority().await;
    for (encoding, form) in [("pkcs7_pem", "PEM"), ("pkcs7_der", "DER")] {
        let args = format!(r#"{{"certificate": "@/ca.crt", "encoding": "{encoding}", "append_certs": ["@/ca.crt"]}}"#);
        let packed = text::str(&place.made("x509.encode_certificate", &args).await);
        let bytes = source_bytes(&packed, &RealHost::new()).unwrap();
        std::fs::write(place.at("p7"), bytes).unwrap();
        let (good, text) = place.openssl(&format!("pkcs7 -in p7 -inform {form} -print_certs -noout"));
        assert!(good && text.contains("ca.example.org"), "{text}");
        let seen = place.made("x509.read_certificate", r#"{"certificate": "@/p7"}"#).await;
        assert_eq!(seen.get("subject_str"), Some(&"CN=ca.example.org,O=Ex".into()));
    }
}

/// The certificate was made by Salt, with every extension that it knows, and so was what it read.
#[tokio::test]
async fn a_certificate_of_salt_reads_as_it_reads_it() {
    let place = Place::new();
    for name in ["ca", "www"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509");
        std::fs::copy(folder.join(format!("{name}.crt")), place.at("it.crt")).unwrap();
        let seen = place.made("x509.read_certificate", r#"{"certificate": "@/it.crt"}"#).await;
        let expected: Value = serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        for (key, value) in expected.as_map().unwrap() {
            assert_eq!(seen.get(&text::str(key)), Some(value), "{name}: {}", text::str(key));
        }
    }
}

/// What Salt was told when it made that certificate gives the same extensions here.
#[tokio::test]
async fn the_same_arguments_give_the_extensions_that_salt_gives() {
    let place = authority().await;
    let args = r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "private_key": "@/ca.key", "CN": "www.example.org",
        "subjectAltName": ["DNS:www.example.org", "IP:10.0.0.1", "email:a&b.org", "URI:https://x.org/a", "dirName:CN=x,O=y"],
        "extendedKeyUsage": "serverAuth,clientAuth", "crlDistributionPoints": "URI:http://x/crl", "authorityInfoAccess": "OCSP;URI:http://ocsp.x",
        "certificatePolicies": "1.2.4.5", "nameConstraints": "permitted;DNS:.x.org,excluded;email:.y.org", "tlsfeature": "status_request",
        "keyUsage": "digitalSignature", "inhibitAnyPolicy": 2, "policyConstraints": "requireExplicitPolicy:3", "noCheck": true,
        "path": "@/www.crt"}"#;
    // `@` is the folder in these arguments, so the mail address gets its own later.
    let args = args.replace("@/", "#/").replace("a&b", "a@b").replace("#/", &format!("{}/", place.0.path().display()));
    let host: Arc<dyn Host> = Arc::new(RealHost::new());
    let call = CallArgs::named(serde_json::from_str(&args).unwrap());
    crate::registry().call("x509.create_certificate", call, &context(host, Facts::default())).await.unwrap();
    let (good, text) = place.openssl("x509 -in www.crt -noout -text");
    assert!(good, "{text}");
    let mut seen = place.made("x509.read_certificate", r#"{"certificate": "@/www.crt"}"#).await.get("extensions").cloned().unwrap();
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509/www.json");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut expected = expected.get("extensions").cloned().unwrap();
    for one in [&mut seen, &mut expected] {
        one.as_map_mut().unwrap().remove("authorityKeyIdentifier");
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_policy_of_the_pillar_signs_for_others_and_keeps_its_key() {
    let place = authority().await;
    place.made("x509.create_private_key", r#"{"algo": "ed25519", "path": "@/www.key"}"#).await;
    let policies = r#"{"x509_signing_policies": {"www": [{"signing_private_key": "@/ca.key"}, {"signing_cert": "@/ca.crt"}, {"O": "Ours"},
        {"days_valid": 5}, {"basicConstraints": "critical CA:false"}], "closed": {"minions": "web*", "signing_private_key": "x"}}}"#;
    let pillar: Value = serde_json::from_str(&policies.replace('@', &place.0.path().to_string_lossy())).unwrap();
    let facts = Facts { pillar: Arc::new(pillar), ..Facts::default() };
    let public = text::str(&place.made("x509.get_public_key", r#"{"key": "@/www.key"}"#).await).replace('\n', "\\n");
    let args = format!(
        r#"{{"signing_policy": "www", "kwargs": {{"CN": "www", "O": "Theirs", "signing_private_key": "/etc/x", "public_key": "{public}"}}}}"#
    );
    let seen = place.call_with("x509.sign_remote_certificate", &args, facts.clone()).await.unwrap();
    assert_eq!(seen.get("errors"), Some(&Value::List(Vec::new())), "{seen:?}");
    std::fs::write(place.at("www.crt"), text::str(seen.get("data").unwrap())).unwrap();
    assert!(place.openssl("verify -CAfile ca.crt www.crt").0);
    let read = place.made("x509.read_certificate", r#"{"certificate": "@/www.crt"}"#).await;
    assert_eq!(read.get("subject_str"), Some(&"CN=www,O=Ours".into()));
    let only = r#"{"signing_policy": "www", "kwargs": {}, "get_signing_policy_only": true}"#;
    let policy = place.call_with("x509.sign_remote_certificate", only, facts.clone()).await.unwrap();
    let policy = policy.get("data").and_then(Value::as_map).unwrap();
    assert!(!policy.contains_key("signing_private_key") && text::str(policy.get("signing_cert").unwrap()).starts_with("-----BEGIN"));
    for (name, who, error) in [
        ("closed", "", "could not be identified"),
        ("closed", r#", "__pub_id": "db1""#, "not permitted to use specified signing policy"),
        ("none", "", "must be specified and defined"),
    ] {
        let args = format!(r#"{{"signing_policy": "{name}", "kwargs": {{}}{who}}}"#);
        let seen = place.call_with("x509.sign_remote_certificate", &args, facts.clone()).await.unwrap();
        assert!(text::str(seen.get("errors").unwrap()).contains(error), "{seen:?}");
    }
    let theirs = r#"{"signing_policy": "closed", "kwargs": {}, "get_signing_policy_only": true, "__pub_id": "web7"}"#;
    let seen = place.call_with("x509.sign_remote_certificate", theirs, facts).await.unwrap();
    assert_eq!(seen.get("data"), Some(&Value::map()), "{seen:?}");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_reason() {
    let place = authority().await;
    for (function, args, reason) in [
        ("create_private_key", r#"{"algo": "ed448"}"#, "use ed25519"),
        ("create_private_key", r#"{"algo": "dsa"}"#, "Invalid algorithm specified"),
        ("create_private_key", r#"{"keysize": 1024}"#, "RSA key size must be either"),
        ("create_private_key", r#"{"encoding": "pkcs12", "pkcs12_encryption_compat": true}"#, "not written here"),
        ("create_certificate", r#"{"CN": "x"}"#, "requires a signing private key"),
        (
            "create_certificate",
            r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "CN": "x"}"#,
            "needs public_key, private_key or csr",
        ),
        ("create_certificate", r#"{"signing_private_key": "@/ca.key", "subjectAltName": "bogus:x"}"#, "GeneralName type bogus is invalid"),
        ("create_certificate", r#"{"signing_private_key": "@/ca.key", "digest": "md5"}"#, "Invalid value 'md5' for digest"),
        ("create_certificate", r#"{"ca_server": "ca", "CN": "x"}"#, "signing_policy must be specified"),
        (
            "create_crl",
            r#"{"signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "revoked": [{}]}"#,
            "Need serial_number or certificate",
        ),
        ("read_certificate", r#"{"certificate": "@/ca.key"}"#, "Could not load PEM-encoded certificate."),
        ("get_public_key", r#"{"key": "/nowhere"}"#, "Could not load key"),
    ] {
        let failure = place.call(&format!("x509.{function}"), args).await.unwrap_err();
        assert!(failure.message.contains(reason), "{function} {args}: {}", failure.message);
    }
}
