//! An authority from its making to a revoked certificate, with OpenSSL as the judge.

use sdk::host::{Host, RealHost};
use sdk::testing::context;
use sdk::{CallArgs, Facts, Value, text};
use std::process::Command;
use std::sync::Arc;

struct Place(tempfile::TempDir);

impl Place {
    /// Calls a function with the folder as that of authorities; `@` is the folder.
    async fn call(&self, function: &str, args: &str) -> Value {
        let folder = self.0.path().to_string_lossy();
        let mut args: Value = serde_json::from_str(&args.replace('@', &folder)).unwrap();
        args.as_map_mut().unwrap().insert("cacert_path", folder.as_ref());
        let host: Arc<dyn Host> = Arc::new(RealHost::new());
        let call = CallArgs::named(args.as_map().cloned().unwrap());
        let returned = crate::registry().call(&format!("tls.{function}"), call, &context(host, Facts::default())).await;
        returned.unwrap_or_else(|failure| panic!("{function}: {failure}")).value
    }

    fn openssl(&self, words: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(words.split(' '))
            .current_dir(self.0.path())
            .output()
            .expect("these tests need the program openssl");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    }
}

#[tokio::test]
async fn an_authority_signs_and_revokes() {
    let place = Place(tempfile::tempdir().unwrap());
    let at = |name: &str| place.0.path().join(name).to_string_lossy().into_owned();
    let made = place.call("create_ca", r#"{"ca_name": "t", "CN": "ca.example.org"}"#).await;
    assert_eq!(text::str(&made), format!("Created Private Key: \"{0}.key\" Created CA \"t\": \"{0}.crt\"", at("t/t_ca_cert")));
    let again = place.call("create_ca", r#"{"ca_name": "t"}"#).await;
    assert_eq!(again, Value::from("Certificate for CA named \"t\" already exists"));
    let none = place.call("create_csr", r#"{"ca_name": "other"}"#).await;
    assert_eq!(none, Value::from("Certificate for CA named \"other\" does not exist, please create it first."));
    let request = place.call("create_csr", r#"{"ca_name": "t", "CN": "www", "subjectAltName": ["DNS:www.example.org"]}"#).await;
    assert_eq!(text::str(&request), format!("Created Private Key: \"{0}.key\" Created CSR for \"www\": \"{0}.csr\"", at("t/certs/www")));
    let signed = place.call("create_ca_signed_cert", r#"{"ca_name": "t", "CN": "www", "days": 10}"#).await;
    assert_eq!(text::str(&signed), format!("Created Certificate for \"www\": \"{}\"", at("t/certs/www.crt")));
    let (good, said) =
        place.openssl("verify -x509_strict -CAfile t/t_ca_cert.crt -verify_hostname www.example.org -purpose sslserver t/certs/www.crt");
    assert!(good, "{said}");
    let info = place.call("cert_base_path", "{}").await;
    assert_eq!(text::str(&info), place.0.path().to_string_lossy());
    assert_eq!(place.call("validate", r#"{"cert": "@/t/certs/www.crt", "ca_name": "t"}"#).await.get("valid"), Some(&true.into()));
    let empty = place.call("create_empty_crl", r#"{"ca_name": "t", "crl_file": "@/empty.pem"}"#).await;
    assert_eq!(text::str(&empty), format!("Created an empty CRL: \"{}\"", at("empty.pem")));
    assert!(place.openssl("verify -crl_check -CAfile t/t_ca_cert.crt -CRLfile empty.pem t/certs/www.crt").0);

    let packed = place.call("create_pkcs12", r#"{"ca_name": "t", "CN": "www", "passphrase": "hush"}"#).await;
    assert_eq!(text::str(&packed), format!("Created PKCS#12 Certificate for \"www\": \"{}\"", at("t/certs/www.p12")));
    let (good, said) = place.openssl("pkcs12 -in t/certs/www.p12 -passin pass:hush -nodes");
    assert!(good && said.matches("BEGIN CERTIFICATE").count() == 2 && said.contains("BEGIN PRIVATE KEY"), "{said}");
    assert!(said.contains("friendlyName: www"), "{said}");
    assert!(!place.openssl("pkcs12 -in t/certs/www.p12 -passin pass:wrong -nodes").0);
    // What OpenSSL packs is read too.
    let theirs =
        "pkcs12 -export -inkey t/certs/www.key -in t/certs/www.crt -certfile t/t_ca_cert.crt -name two -passout pass:a -out two.p12";
    assert!(place.openssl(theirs).0);
    let host = RealHost::new();
    let pass = |word: &str| sdk::Secret::new(word.to_owned());
    let (open, _) = crate::x509::Certificate::open(&at("two.p12"), Some(&pass("a")), &host).unwrap();
    let own = crate::x509::Certificate::load(&at("t/certs/www.crt"), &host).unwrap();
    assert_eq!((open.certificates.first(), open.certificates.len(), open.name.as_deref()), (Some(&own), 2, Some("two")));
    assert_eq!(open.key.unwrap().public().unwrap(), own.public());
    let wrong = crate::x509::Certificate::open(&at("two.p12"), Some(&pass("b")), &host).unwrap_err();
    assert_eq!(wrong, crate::x509::Error::Passphrase);

    let revoked = text::str(&place.call("revoke_cert", r#"{"ca_name": "t", "CN": "www"}"#).await);
    assert!(revoked.starts_with(&format!("Revoked Certificate: \"{}\", serial number: ", at("t/certs/www.crt"))), "{revoked}");
    let (good, said) = place.openssl("verify -crl_check -CAfile t/t_ca_cert.crt -CRLfile t/crl.pem t/certs/www.crt");
    assert!(!good && said.contains("certificate revoked"), "{said}");
    assert!(text::str(&place.call("revoke_cert", r#"{"ca_name": "t", "CN": "www"}"#).await).contains("was already revoked"));
    let invalid = place.call("validate", r#"{"cert": "@/t/certs/www.crt", "ca_name": "t"}"#).await;
    assert_eq!(invalid.get("error"), Some(&"certificate revoked".into()));
    let index = std::fs::read_to_string(at("t/index.txt")).unwrap();
    let states: Vec<&str> = index.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(states, ["V", "R"], "{index}");
}

#[tokio::test]
async fn a_certificate_by_itself_is_shown() {
    let place = Place(tempfile::tempdir().unwrap());
    place.call("create_self_signed_cert", r#"{"CN": "own", "O": "Ex", "days": 3}"#).await;
    let path = place.0.path().join("tls/certs/own.crt");
    assert!(place.openssl("verify -CAfile tls/certs/own.crt tls/certs/own.crt").0);
    let host: Arc<dyn Host> = Arc::new(RealHost::new());
    let call = CallArgs::new(vec![path.to_string_lossy().as_ref().into()], sdk::Map::new());
    let info = crate::registry().call("tls.cert_info", call, &context(host, Facts::default())).await.unwrap().value;
    assert_eq!(info.get("subject").and_then(|subject| subject.get("O")), Some(&"Ex".into()));
    let span = info.get("not_after").and_then(Value::as_int).unwrap() - info.get("not_before").and_then(Value::as_int).unwrap();
    assert_eq!(span, 3 * 86400);
}
