//! Private keys.

use super::file::{Kind, PRIVATE_KEY, Todo, note_encoding, private, stands};
use crate::pki_arguments;
use modules::x509::{Algorithm, Encoding, Error, Key};
use sdk::{Applied, Check, Cx, Failure, Map, Read, Secret, State, Value};

const KIND: Kind = Kind(PRIVATE_KEY);

pki_arguments! {
    /// Ensure a private key is there.
    ///
    /// ```salt
    /// /etc/pki/www.key:
    ///   x509.private_key_managed:
    ///     - algo: ec
    ///     - keysize: 384
    ///     - user: www-data
    /// ```
    pub struct PrivateKeyManaged {
        /// `rsa`, `ec` or `ed25519`.
        #[arg(default = "rsa")]
        algo: String,
        /// Bits: 2048, 3072 or 4096 of RSA; 256, 384 or 521 of a curve.
        #[arg(alias = "bits")]
        keysize: Option<usize>,
        /// Passphrase to encrypt it with.
        passphrase: Option<Secret<String>>,
        /// `pem`, `der` or `pkcs12`.
        #[arg(default = "pem")]
        encoding: String,
        /// Make another key at every run.
        #[arg(default = false)]
        new: bool,
        /// Replace what is no key, or one that the passphrase does not open.
        #[arg(default = false)]
        overwrite: bool,
        /// Encrypt a container for old tools; the encryption they know is weak and not written here.
        #[arg(default = false)]
        pkcs12_encryption_compat: bool,
        /// Known for compatibility with old trees.
        #[arg(default, named, ignored)]
        cipher: Value,
        /// Known for compatibility with old trees.
        #[arg(default, named, ignored)]
        verbose: Value,
    }
}

/// What is made: a new key, or the old one written anew.
#[derive(Debug)]
pub enum Make {
    New,
    Again(Box<Key>),
}

impl PrivateKeyManaged {
    /// The key that stands in the file, how it is written, and whether its passphrase is to change.
    fn current(&self, read: &Read) -> Result<Option<(Key, Encoding, bool)>, Failure> {
        let host = read.host();
        let forced = |text: &str| if self.overwrite { Ok(None) } else { Err(Failure::failed(text)) };
        match Key::load(&self.name, self.passphrase.as_ref(), host) {
            Ok((key, encoding)) => Ok(Some((key, encoding, false))),
            Err(Error::NotLocked) => Ok(Key::load(&self.name, None, host).ok().map(|(key, encoding)| (key, encoding, true))),
            Err(Error::Passphrase) => {
                forced("The provided passphrase cannot decrypt the private key. Pass overwrite: true to force regeneration")
            }
            Err(Error::Locked) => forced("The existing file is encrypted. Pass overwrite: true to force regeneration without passphrase"),
            Err(_) => forced(
                "The existing file does not seem to be a private key formatted as DER, PEM or embedded in PKCS12. Pass overwrite: true to force \
                 regeneration",
            ),
        }
    }

    fn differences(&self, wanted: Algorithm, encoding: Encoding, read: &Read) -> Result<(Map, Make), Failure> {
        let mut changes = Map::new();
        if !stands(&self.file(), read.host()) {
            changes.insert("created", self.name.as_str());
            return Ok((changes, Make::New));
        }
        if self.new {
            changes.insert("replaced", self.name.as_str());
            return Ok((changes, Make::New));
        }
        let Some((key, written, locks)) = self.current(read)? else {
            let word = if self.passphrase.is_some() { "passphrase" } else { "replaced" };
            changes.insert(word, if self.passphrase.is_some() { Value::from(true) } else { Value::from(self.name.as_str()) });
            return Ok((changes, Make::New));
        };
        let have = key.algorithm();
        if have.name() != wanted.name() {
            changes.insert("algo", wanted.name());
        } else if have.size() != wanted.size() {
            changes.insert("keysize", wanted.size().and_then(|size| i64::try_from(size).ok()).map_or(Value::Null, Value::from));
        }
        let other = !changes.is_empty();
        if locks {
            changes.insert("passphrase", true);
        }
        note_encoding(written, encoding, &mut changes);
        Ok((changes, if other { Make::New } else { Make::Again(Box::new(key)) }))
    }
}

impl State for PrivateKeyManaged {
    type Change = Todo<Make>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let file = private(self.file());
        let look = match KIND.first_look(&file, read)? {
            Ok(look) => look,
            Err(check) => return Ok(check),
        };
        let wanted = Encoding::of_key(&self.encoding, self.pkcs12_encryption_compat)
            .and_then(|encoding| Ok((Algorithm::parse(&self.algo, self.keysize)?, encoding)));
        let decided = wanted.map_err(Failure::from).and_then(|(algorithm, encoding)| self.differences(algorithm, encoding, read));
        match decided {
            Ok((changes, make)) => Ok(KIND.decide(&file, changes, make, look, read.host())),
            Err(failure) => Ok(Check::fails(failure.message)),
        }
    }

    async fn apply(&self, mut todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let encoding = Encoding::of_key(&self.encoding, self.pkcs12_encryption_compat)?;
        let key = match todo.make.take() {
            None => None,
            Some(Make::Again(key)) => Some(*key),
            Some(Make::New) => Some(Key::generate(Algorithm::parse(&self.algo, self.keysize)?)?),
        };
        let bytes = key.map(|key| key.encode(encoding, self.passphrase.as_ref())).transpose()?;
        KIND.put(private(self.file()), todo, bytes, cx).await
    }
}
