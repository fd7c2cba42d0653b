//! Lists of revoked certificates.

use super::file::{Kind, Todo, note_encoding, stands};
use crate::pki_arguments;
use modules::x509::{Certificate, Digest, Encoding, Key, ListDraft, RevocationList, extension, name_text};
use sdk::{Applied, Check, Cx, Failure, Map, Read, Secret, State, Value};
use std::time::Duration;

const KIND: Kind = Kind("certificate revocation list");

pki_arguments! {
    /// Ensure a list of revoked certificates is there and not about to be over.
    ///
    /// ```salt
    /// /etc/pki/ca.crl:
    ///   x509.crl_managed:
    ///     - signing_private_key: /etc/pki/ca.key
    ///     - signing_cert: /etc/pki/ca.crt
    ///     - revoked:
    ///       - certificate: /etc/pki/old.crt
    ///         extensions:
    ///           CRLReason: superseded
    /// ```
    pub struct CrlManaged {
        /// Key of the authority.
        signing_private_key: Secret<String>,
        /// What is revoked: mappings with `serial_number` or `certificate`, and `revocation_date`, `not_after`, `extensions`.
        revoked: Vec<Value>,
        /// Make it anew when it is over in so many days.
        #[arg(default = 30)]
        days_remaining: u32,
        /// Certificate of the authority.
        signing_cert: Option<String>,
        /// Passphrase of the key.
        signing_private_key_passphrase: Option<Secret<String>>,
        /// Keep certificates that are over.
        #[arg(default = false)]
        include_expired: bool,
        /// Days until the next list.
        #[arg(default = 100)]
        days_valid: i64,
        /// Digest of the signature.
        #[arg(default = "sha256")]
        digest: String,
        /// `pem` or `der`.
        #[arg(default = "pem")]
        encoding: String,
        /// Extensions; `cRLNumber: auto` counts.
        #[arg(default)]
        extensions: Map,
    }
}

impl CrlManaged {
    fn encoding(&self) -> Result<Encoding, Failure> {
        Ok(Encoding::parse(&self.encoding, &[Encoding::Der, Encoding::Pem])?)
    }

    fn counts(&self) -> bool {
        self.extensions.get("cRLNumber").and_then(Value::as_str) == Some("auto")
    }

    fn key(&self, read: &Read) -> Result<Key, Failure> {
        Ok(Key::load(self.signing_private_key.reveal(), self.signing_private_key_passphrase.as_ref(), read.host())?.0)
    }

    /// The list as it is to be; its number is left out where it is counted.
    fn draft(&self, number: Option<i64>, read: &Read) -> Result<ListDraft, Failure> {
        let missing = || Failure::bad_arguments("signing_cert is missing: a list needs the name of who signs it");
        let signer = Certificate::load(self.signing_cert.as_deref().ok_or_else(missing)?, read.host())?;
        if signer.public() != self.key(read)?.public()? {
            return Err(Failure::failed("Signing private key does not match the certificate's public key"));
        }
        let mut extensions = self.extensions.clone();
        if self.counts() {
            extensions.remove("cRLNumber");
            if let Some(number) = number {
                extensions.insert("cRLNumber", number);
            }
        }
        Ok(ListDraft::new(&self.revoked, self.include_expired, &extensions, &signer, self.days_valid, read.host())?)
    }

    fn differences(&self, read: &Read) -> Result<(Map, bool), Failure> {
        let mut changes = Map::new();
        let host = read.host();
        if !stands(&self.file(), host) {
            changes.insert("created", self.name.as_str());
            return Ok((changes, true));
        }
        let Ok((have, written)) = RevocationList::load(&self.name, host) else {
            changes.insert("replaced", self.name.as_str());
            return Ok((changes, true));
        };
        let wanted = self.draft(None, read)?;
        let digest = Digest::parse(&self.digest)?;
        if have.digest().is_some_and(|have| have != digest) {
            changes.insert("digest", self.digest.as_str());
        }
        let soon = host.now() + Duration::from_secs(u64::from(self.days_remaining) * 86400);
        if self.days_remaining > 0 && have.next_update().is_some_and(|next| next < soon) {
            changes.insert("expiration", true);
        }
        if *have.issuer() != wanted.issuer {
            changes.insert("issuer_name", name_text(&wanted.issuer));
        }
        if !have.is_signed_by(&self.key(read)?.public()?)? {
            changes.insert("public_key", true);
        }
        if let Some(differences) = wanted.differences(&have) {
            changes.insert("revocations", differences);
        }
        let number = extension::number_of("cRLNumber");
        let old: Vec<_> = have.extensions().iter().filter(|one| !self.counts() || Some(one.extn_id) != number).cloned().collect();
        if let Some(differences) = extension::differences(&old, &wanted.extensions) {
            changes.insert("extensions", differences);
        }
        let anew = !changes.is_empty();
        note_encoding(written, self.encoding()?, &mut changes);
        Ok((changes, anew))
    }

    fn made(&self, read: &Read) -> Result<Vec<u8>, Failure> {
        let have = RevocationList::load(&self.name, read.host()).ok().map(|(list, _)| list.to_map());
        let last = have.and_then(|map| map.get("extensions")?.get("cRLNumber")?.get("value")?.as_int()).unwrap_or(0);
        let list = self.draft(Some(last + 1), read)?.sign(&self.key(read)?, Digest::parse(&self.digest)?)?;
        Ok(list.encode(self.encoding()?))
    }
}

impl State for CrlManaged {
    type Change = Todo<bool>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let file = self.file();
        let look = match KIND.first_look(&file, read)? {
            Ok(look) => look,
            Err(check) => return Ok(check),
        };
        match self.encoding().and_then(|_| self.differences(read)) {
            Ok((changes, anew)) => Ok(KIND.decide(&file, changes, anew, look, read.host())),
            Err(failure) => Ok(Check::fails(failure.message)),
        }
    }

    async fn apply(&self, mut todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let bytes = match todo.make.take() {
            None => None,
            Some(true) => match self.made(cx.read()) {
                Ok(bytes) => Some(bytes),
                Err(failure) => return Ok(Applied::failed(failure.message)),
            },
            Some(false) => Some(RevocationList::load(&self.name, cx.host())?.0.encode(self.encoding()?)),
        };
        KIND.put(self.file(), todo, bytes, cx).await
    }
}
