//! Certificates.

use super::file::{Kind, Todo, note_encoding, stands};
use crate::pki_arguments;
use modules::x509::{
    Certificate, Container, Digest, Encoding, Error, Issue, Signer, contained_key, extension, issue, name_text, policy, short_names,
};
use sdk::{Applied, Check, Cx, Failure, Map, Read, Secret, State, Value, Words};
use std::time::Duration;

const KIND: Kind = Kind("certificate");

pki_arguments! {
    /// Ensure a certificate is there, says what it should, and is not about to be over.
    ///
    /// Without `signing_cert` it signs itself. Parts of the name (`CN`, `O`, …) and extensions (`basicConstraints`, `subjectAltName`, …) are
    /// arguments of their own.
    ///
    /// ```salt
    /// /etc/pki/www.crt:
    ///   x509.certificate_managed:
    ///     - signing_private_key: /etc/pki/ca.key
    ///     - signing_cert: /etc/pki/ca.crt
    ///     - private_key: /etc/pki/www.key
    ///     - CN: www.example.org
    ///     - subjectAltName: 'DNS:www.example.org'
    ///     - days_valid: 90
    ///     - days_remaining: 30
    /// ```
    pub struct CertificateManaged {
        /// Make it anew when it is over in so many days.
        #[arg(default = 90)]
        days_remaining: u32,
        /// Minion that signs; this one unless given.
        ca_server: Option<String>,
        /// Name of a policy of who signs.
        signing_policy: Option<String>,
        /// `pem`, `der`, `pkcs7_pem`, `pkcs7_der` or `pkcs12`.
        #[arg(default = "pem")]
        encoding: String,
        /// Certificates that are put behind it.
        append_certs: Option<Words>,
        /// Digest of the signature.
        #[arg(default = "sha256", alias = "algorithm")]
        digest: String,
        /// Key of the authority, or of the certificate itself.
        signing_private_key: Option<Secret<String>>,
        /// Passphrase of that key.
        signing_private_key_passphrase: Option<Secret<String>>,
        /// Certificate of the authority.
        signing_cert: Option<Value>,
        /// The key that is certified, or anything that has it.
        public_key: Option<Value>,
        /// The private key that is certified.
        private_key: Option<Secret<String>>,
        /// Passphrase of that key.
        private_key_passphrase: Option<Secret<String>>,
        /// A request with the key that is certified.
        csr: Option<Value>,
        /// Name of whom it is for, as one text, list or mapping.
        subject: Option<Value>,
        /// Its number; random unless given.
        serial_number: Option<Value>,
        /// From when on it holds: `2026-01-31 13:45:00`.
        not_before: Option<Value>,
        /// Until when.
        not_after: Option<Value>,
        /// For how many days it holds.
        days_valid: Option<Value>,
        /// Passphrase of a container.
        pkcs12_passphrase: Option<Secret<String>>,
        /// Encrypt a container for old tools; the encryption they know is weak and not written here.
        #[arg(default = false)]
        pkcs12_encryption_compat: bool,
        /// Name that a container has for people.
        pkcs12_friendlyname: Option<String>,
        /// Known for compatibility with old trees.
        #[arg(default, named, ignored)]
        version: Value,
        /// Parts of the name, and extensions.
        #[arg(extra)]
        more: Map,
    }
}

impl CertificateManaged {
    fn encoding(&self) -> Result<Encoding, Failure> {
        Ok(Encoding::of_certificate(&self.encoding, self.pkcs12_encryption_compat)?)
    }

    fn arguments(&self) -> Map {
        let mut arguments = short_names(self.more.clone());
        let secrets = [
            ("signing_private_key", &self.signing_private_key),
            ("signing_private_key_passphrase", &self.signing_private_key_passphrase),
            ("private_key", &self.private_key),
            ("private_key_passphrase", &self.private_key_passphrase),
        ];
        for (name, secret) in secrets {
            if let Some(secret) = secret {
                arguments.insert(name, secret.reveal().as_str());
            }
        }
        let values = [
            ("signing_cert", &self.signing_cert),
            ("public_key", &self.public_key),
            ("csr", &self.csr),
            ("subject", &self.subject),
            ("serial_number", &self.serial_number),
            ("not_before", &self.not_before),
            ("not_after", &self.not_after),
            ("days_valid", &self.days_valid),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                arguments.insert(name, value.clone());
            }
        }
        arguments.insert("digest", self.digest.as_str());
        arguments
    }

    fn chain(&self, read: &Read) -> Result<Vec<Certificate>, Failure> {
        let words = self.append_certs.iter().flat_map(|words| &words.0);
        Ok(words.map(|text| Certificate::load(text, read.host())).collect::<Result<_, _>>()?)
    }

    async fn differences(&self, read: &Read) -> Result<(Map, bool), Failure> {
        let mut changes = Map::new();
        let host = read.host();
        if !stands(&self.file(), host) {
            changes.insert("created", self.name.as_str());
            return Ok((changes, true));
        }
        let (open, written) = match Certificate::open(&self.name, self.pkcs12_passphrase.as_ref(), host) {
            Ok(found) => found,
            Err(Error::Passphrase | Error::Locked) => {
                changes.insert("pkcs12_passphrase", true);
                return Ok((changes, true));
            }
            Err(_) => {
                changes.insert("replaced", self.name.as_str());
                return Ok((changes, true));
            }
        };
        let Some((have, chain)) = open.certificates.split_first() else { return Ok((changes, false)) };
        let soon = host.now() + Duration::from_secs(u64::from(self.days_remaining) * 86400);
        if have.not_after() < soon {
            changes.insert("expiration", true);
        }
        let mut arguments = self.arguments();
        if let Some(name) = &self.signing_policy {
            let policy = match &self.ca_server {
                Some(server) => policy::remote(server, name, read).await?,
                None => policy::find(name, read),
            };
            policy::enforce(policy, &mut arguments);
        }
        let signer = if self.ca_server.is_some() { Signer::Elsewhere } else { Signer::Here };
        let issue = Issue::new(arguments, signer, host)?;
        let wanted = issue.draft(host)?;
        if have.digest().is_some_and(|have| have != issue.digest) {
            changes.insert("digest", self.digest.as_str());
        }
        if wanted.serial.as_ref().is_some_and(|serial| *serial != have.serial()) {
            changes.insert("serial_number", self.serial_number.clone().unwrap_or_default());
        }
        if have.public() != wanted.key {
            changes.insert("private_key", true);
        }
        if let Some(authority) = &issue.authority
            && !have.is_signed_by(&authority.public())?
        {
            changes.insert("signing_private_key", true);
        }
        if *have.subject() != wanted.subject {
            changes.insert("subject_name", name_text(&wanted.subject));
        }
        if *have.issuer() != wanted.issuer {
            changes.insert("issuer_name", name_text(&wanted.issuer));
        }
        if let Some(differences) = extension::differences(have.extensions(), &wanted.extensions) {
            changes.insert("extensions", differences);
        }
        let anew = !changes.is_empty();
        if self.chain(read)? != chain {
            changes.insert("additional_certs", true);
        }
        let encoding = self.encoding()?;
        note_encoding(written, encoding, &mut changes);
        if encoding == Encoding::Pkcs12 && written == encoding && open.name != self.pkcs12_friendlyname {
            changes.insert("pkcs12_friendlyname", self.pkcs12_friendlyname.clone());
        }
        Ok((changes, anew))
    }

    async fn made(&self, anew: bool, read: &Read) -> Result<Vec<u8>, Failure> {
        Digest::parse(&self.digest)?;
        let certificate = if anew {
            issue(self.ca_server.as_deref(), self.signing_policy.as_deref(), self.arguments(), read).await?
        } else {
            let (open, _) = Certificate::open(&self.name, self.pkcs12_passphrase.as_ref(), read.host())?;
            open.certificates.into_iter().next().ok_or(Error::Der("certificate"))?
        };
        if self.encoding()? == Encoding::Pkcs12 {
            let key = contained_key(&self.arguments(), read.host())?;
            let certificates = std::iter::once(certificate).chain(self.chain(read)?).collect();
            let whole = Container { key, certificates, name: self.pkcs12_friendlyname.clone() };
            return Ok(whole.write(self.pkcs12_passphrase.as_ref())?);
        }
        Ok(certificate.encode(&self.chain(read)?, self.encoding()?)?)
    }
}

impl State for CertificateManaged {
    type Change = Todo<bool>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let file = self.file();
        let look = match KIND.first_look(&file, read)? {
            Ok(look) => look,
            Err(check) => return Ok(check),
        };
        if let Err(failure) = self.encoding() {
            return Ok(Check::fails(failure.message));
        }
        match self.differences(read).await {
            Ok((changes, anew)) => Ok(KIND.decide(&file, changes, anew, look, read.host())),
            Err(failure) => Ok(Check::fails(failure.message)),
        }
    }

    async fn apply(&self, mut todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let bytes = match todo.make.take() {
            None => None,
            Some(anew) => match self.made(anew, cx.read()).await {
                Ok(bytes) => Some(bytes),
                Err(failure) => return Ok(Applied::failed(failure.message)),
            },
        };
        KIND.put(self.file(), todo, bytes, cx).await
    }
}
