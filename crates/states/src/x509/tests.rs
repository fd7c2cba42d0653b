//! The states on real files.

use crate::registry;
use sdk::host::{Host, Look as _, RealHost};
use sdk::testing::context;
use sdk::{Applied, Checked, Cx, Facts, Value};
use std::sync::Arc;

struct Place(tempfile::TempDir, Cx);

/// What a state came to: its result, its comment and its changes.
type Seen = (Option<bool>, String, Value);

impl Place {
    fn new() -> Self {
        let host: Arc<dyn Host> = Arc::new(RealHost::new());
        Self(tempfile::tempdir().unwrap(), context(host, Facts::default()))
    }

    /// Runs a state; `@` in the arguments is the folder. Gives what test mode says, and what the real run does.
    async fn run(&self, state: &str, args: &str) -> (Seen, Seen) {
        let args = args.replace('@', &self.0.path().to_string_lossy());
        let args: Value = serde_json::from_str(&args).unwrap();
        let entry = registry().state(&format!("x509.{state}")).copied().unwrap();
        let object = (entry.prepare)(args.as_map().cloned().unwrap()).unwrap();
        let done = |applied: Applied| (Some(applied.result), applied.comment, applied.changes);
        match object.check(self.1.read()).await.unwrap() {
            Checked::Desired { comment } => ((Some(true), comment.clone(), Value::map()), (Some(true), comment, Value::map())),
            Checked::Fails(applied) => (done(applied.clone()), done(applied)),
            Checked::Later(comment) => ((None, comment.clone(), Value::map()), (None, comment, Value::map())),
            Checked::Change { outlook, change } => {
                let applied = object.apply(change, &self.1).await.unwrap();
                ((outlook.result, outlook.comment, outlook.changes), done(applied))
            }
        }
    }

    /// A state that changes these things and then nothing.
    async fn changes(&self, state: &str, args: &str, verb: &str, keys: &[&str]) {
        let (planned, real) = self.run(state, args).await;
        assert_eq!(planned.0, None, "{state} {args}: {planned:?}");
        assert_eq!(real.0, Some(true), "{state} {args}: {real:?}");
        assert!(
            planned.1.ends_with(&format!("would have been {verb}")) && real.1.ends_with(&format!("has been {verb}")),
            "{planned:?} {real:?}"
        );
        let names = |value: &Value| value.as_map().unwrap().keys().map(sdk::text::str).collect::<Vec<_>>();
        assert_eq!(names(&planned.2), keys, "{state} {args}: {planned:?}");
        assert_eq!(names(&real.2).first().map(String::as_str), keys.first().copied(), "{real:?}");
        let (_, again) = self.run(state, args).await;
        assert!(again.0 == Some(true) && again.1.ends_with("is in the correct state") && !again.2.is_truthy(), "{state} {args}: {again:?}");
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }
}

const KEY: &str = r#""name": "@/ca.key", "algo": "ec""#;
const CA: &str = r#""name": "@/ca.crt", "signing_private_key": "@/ca.key", "CN": "ca", "basicConstraints": "critical, CA:true",
    "keyUsage": "critical, cRLSign, keyCertSign", "subjectKeyIdentifier": "hash", "days_valid": 400"#;
const WWW: &str = r#""name": "@/www.crt", "signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "private_key": "@/ca.key", "CN": "www",
    "days_valid": 200"#;

#[tokio::test]
async fn a_key_is_made_once_and_anew_where_it_differs() {
    let place = Place::new();
    place.changes("private_key_managed", &format!("{{{KEY}}}"), "created", &["created"]).await;
    let stat = RealHost::new().stat(place.0.path().join("ca.key").to_str().unwrap()).unwrap().unwrap();
    assert_eq!(stat.mode & 0o777, 0o400);
    let first = place.text("ca.key");
    place.changes("private_key_managed", &format!(r#"{{{KEY}, "keysize": 384}}"#), "recreated", &["keysize"]).await;
    assert_ne!(place.text("ca.key"), first);
    let second = place.run("private_key_managed", &format!(r#"{{{KEY}, "keysize": 384, "mode": "0440"}}"#)).await.1;
    assert_eq!((second.0, second.2), (Some(true), serde_json::from_str(r#"{"mode": "0440"}"#).unwrap()));
    place
        .changes("private_key_managed", &format!(r#"{{{KEY}, "keysize": 384, "encoding": "der"}}"#), "recreated", &["encoding", "mode"])
        .await;
    place.changes("private_key_managed", r#"{"name": "@/ca.key", "algo": "ed25519"}"#, "recreated", &["algo", "encoding"]).await;
}

#[tokio::test]
async fn a_locked_key_is_only_replaced_by_force() {
    let place = Place::new();
    let locked = format!(r#"{{{KEY}, "passphrase": "geheim"}}"#);
    place.changes("private_key_managed", &locked, "created", &["created"]).await;
    assert!(place.text("ca.key").contains("ENCRYPTED"));
    let (_, refused) = place.run("private_key_managed", &format!("{{{KEY}}}")).await;
    assert!(refused.0 == Some(false) && refused.1.contains("The existing file is encrypted"), "{refused:?}");
    let (_, refused) = place.run("private_key_managed", &format!(r#"{{{KEY}, "passphrase": "falsch"}}"#)).await;
    assert!(refused.0 == Some(false) && refused.1.contains("cannot decrypt the private key"), "{refused:?}");
    place.changes("private_key_managed", &format!(r#"{{{KEY}, "overwrite": true}}"#), "recreated", &["replaced"]).await;
}

#[tokio::test]
async fn a_certificate_follows_its_arguments() {
    let place = Place::new();
    place.changes("private_key_managed", &format!("{{{KEY}}}"), "created", &["created"]).await;
    place.changes("certificate_managed", &format!("{{{CA}}}"), "created", &["created"]).await;
    place.changes("certificate_managed", &format!("{{{WWW}}}"), "created", &["created"]).await;
    let with = |more: &str| format!("{{{WWW}, {more}}}");
    place.changes("certificate_managed", &with(r#""subjectAltName": "DNS:www.example.org""#), "recreated", &["extensions"]).await;
    place.changes("certificate_managed", &with(r#""O": "Ours""#), "recreated", &["subject_name", "extensions"]).await;
    place.changes("certificate_managed", &with(r#""O": "Ours", "digest": "sha512""#), "recreated", &["digest"]).await;
    let before = place.text("www.crt");
    place
        .changes(
            "certificate_managed",
            &with(r#""O": "Ours", "digest": "sha512", "append_certs": ["@/ca.crt"]"#),
            "recreated",
            &["additional_certs"],
        )
        .await;
    assert!(place.text("www.crt").starts_with(&before), "the certificate itself is the old one");
    let (planned, _) = place
        .run("certificate_managed", &with(r#""O": "Ours", "digest": "sha512", "append_certs": ["@/ca.crt"], "days_remaining": 201"#))
        .await;
    assert_eq!(planned.2, serde_json::from_str(r#"{"expiration": true}"#).unwrap());
    // Another authority of the same name signs what is its own.
    place.changes("private_key_managed", &format!(r#"{{{KEY}, "keysize": 384}}"#), "recreated", &["keysize"]).await;
    place.changes("certificate_managed", &format!("{{{CA}}}"), "recreated", &["private_key", "extensions"]).await;
    place
        .changes(
            "certificate_managed",
            &format!("{{{WWW}}}"),
            "recreated",
            &["digest", "private_key", "signing_private_key", "subject_name", "additional_certs"],
        )
        .await;
}

#[tokio::test]
async fn a_request_follows_its_key() {
    let place = Place::new();
    let csr = r#"{"name": "@/www.csr", "private_key": "@/ca.key", "CN": "www", "subjectAltName": "DNS:www.example.org"}"#;
    let (_, refused) = place.run("csr_managed", csr).await;
    assert_eq!(refused.0, Some(false), "{refused:?}");
    place.changes("private_key_managed", &format!("{{{KEY}}}"), "created", &["created"]).await;
    place.changes("csr_managed", csr, "created", &["created"]).await;
    place.changes("private_key_managed", &format!(r#"{{{KEY}, "keysize": 521}}"#), "recreated", &["keysize"]).await;
    place.changes("csr_managed", csr, "recreated", &["private_key"]).await;
}

#[tokio::test]
async fn a_list_counts_and_knows_what_is_revoked() {
    let place = Place::new();
    place.changes("private_key_managed", &format!("{{{KEY}}}"), "created", &["created"]).await;
    place.changes("certificate_managed", &format!("{{{CA}}}"), "created", &["created"]).await;
    let list = |revoked: &str| {
        format!(
            r#"{{"name": "@/ca.crl", "signing_private_key": "@/ca.key", "signing_cert": "@/ca.crt", "extensions": {{"cRLNumber": "auto"}}, "revoked": [{revoked}]}}"#
        )
    };
    place.changes("crl_managed", &list(""), "created", &["created"]).await;
    place.changes("crl_managed", &list(r#"{"serial_number": "0A:BC"}"#), "recreated", &["revocations"]).await;
    let host = RealHost::new();
    let path = place.0.path().join("ca.crl");
    let (read, _) = modules::x509::RevocationList::load(path.to_str().unwrap(), &host).unwrap();
    assert_eq!(read.to_map().get("extensions"), Some(&serde_json::from_str(r#"{"cRLNumber": {"critical": false, "value": 2}}"#).unwrap()));
}

#[tokio::test]
async fn a_text_without_line_ends_becomes_a_file() {
    let place = Place::new();
    let (_, done) = place.run("pem_managed", r#"{"name": "@/it.pem", "text": "-----BEGIN X-----AQID-----END X-----"}"#).await;
    assert_eq!(done.0, Some(true), "{done:?}");
    assert_eq!(place.text("it.pem"), "-----BEGIN X-----\nAQID\n-----END X-----\n");
}
