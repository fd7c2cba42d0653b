//! Requests for certificates.

use super::file::{Kind, Todo, note_encoding, stands};
use crate::pki_arguments;
use modules::x509::{Digest, Encoding, Key, Request, extension, name_text, parse_name, short_names};
use sdk::{Applied, Check, Cx, Failure, Map, Read, Secret, State, Value};

const KIND: Kind = Kind("certificate signing request");

pki_arguments! {
    /// Ensure a request for a certificate is there.
    ///
    /// Parts of the name (`CN`, `O`, …) and extensions (`subjectAltName`, `keyUsage`, …) are arguments of their own.
    ///
    /// ```salt
    /// /etc/pki/www.csr:
    ///   x509.csr_managed:
    ///     - private_key: /etc/pki/www.key
    ///     - CN: www.example.org
    ///     - subjectAltName: 'DNS:www.example.org'
    /// ```
    pub struct CsrManaged {
        /// The key: a path or the key itself.
        private_key: Secret<String>,
        /// Passphrase of the key.
        private_key_passphrase: Option<Secret<String>>,
        /// Digest of the signature.
        #[arg(default = "sha256", alias = "algorithm")]
        digest: String,
        /// `pem` or `der`.
        #[arg(default = "pem")]
        encoding: String,
        /// Name of whom it is for, as one text, list or mapping.
        subject: Option<Value>,
        /// Known for compatibility with old trees.
        #[arg(default, named, ignored)]
        version: Value,
        /// Parts of the name, and extensions.
        #[arg(extra)]
        more: Map,
    }
}

impl CsrManaged {
    fn encoding(&self) -> Result<Encoding, Failure> {
        Ok(Encoding::parse(&self.encoding, &[Encoding::Der, Encoding::Pem])?)
    }

    /// The request as it is to be.
    fn made(&self, read: &Read) -> Result<(Request, Digest), Failure> {
        let (key, _) = Key::load(self.private_key.reveal(), self.private_key_passphrase.as_ref(), read.host())?;
        let more = short_names(self.more.clone());
        let subject = parse_name(&self.subject.clone().unwrap_or_else(|| Value::Map(more.clone())))?;
        let digest = Digest::parse(&self.digest)?;
        Ok((Request::make(subject, &more, &key, digest)?, digest))
    }

    fn differences(&self, read: &Read) -> Result<(Map, bool), Failure> {
        let mut changes = Map::new();
        let host = read.host();
        if !stands(&self.file(), host) {
            changes.insert("created", self.name.as_str());
            return Ok((changes, true));
        }
        let Ok((have, written)) = Request::load(&self.name, host) else {
            changes.insert("replaced", self.name.as_str());
            return Ok((changes, true));
        };
        let (wanted, digest) = self.made(read)?;
        if have.digest().is_some_and(|have| have != digest) {
            changes.insert("digest", self.digest.as_str());
        }
        if have.public() != wanted.public() {
            changes.insert("private_key", true);
        }
        if have.subject() != wanted.subject() {
            changes.insert("subject_name", name_text(wanted.subject()));
        }
        if let Some(differences) = extension::differences(&have.extensions(), &wanted.extensions()) {
            changes.insert("extensions", differences);
        }
        let anew = !changes.is_empty();
        note_encoding(written, self.encoding()?, &mut changes);
        Ok((changes, anew))
    }
}

impl State for CsrManaged {
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
        let encoding = self.encoding()?;
        let bytes = match todo.make.take() {
            None => None,
            Some(true) => match self.made(cx.read()) {
                Ok((request, _)) => Some(request.encode(encoding)),
                Err(failure) => return Ok(Applied::failed(failure.message)),
            },
            Some(false) => Some(Request::load(&self.name, cx.host())?.0.encode(encoding)),
        };
        KIND.put(self.file(), todo, bytes, cx).await
    }
}
