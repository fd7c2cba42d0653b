//! Signatures of sources: a file that nobody vouched for must not be taken for one that somebody did.

use modules::gpg::{self, Ring};
use sdk::{Failure, Read, Value, Words, text};

/// Who has to have signed what.
#[derive(Clone, Debug, Default)]
pub struct Signed {
    /// Signature of the source: `True` where it is in the file itself, or where it lies.
    pub source: Option<Value>,
    /// Signature of the file of checksums, in the same way.
    pub hashes: Option<Value>,
    /// Keys of which one has to have signed.
    pub any: Vec<String>,
    /// Keys that all have to have signed.
    pub all: Vec<String>,
    /// Where the keys are.
    pub ring: Ring,
    /// What checks them, where that is not GnuPG.
    pub backend: Option<String>,
}

/// Why a file is not taken for signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// What is wrong.
    pub why: String,
    /// A key of a signature is not there, so that nothing can be said about it; an earlier state may bring it.
    pub keyless: bool,
}

impl From<String> for Unsigned {
    fn from(why: String) -> Self {
        Self { why, keyless: false }
    }
}

impl From<Unsigned> for String {
    fn from(unsigned: Unsigned) -> Self {
        unsigned.why
    }
}

impl Signed {
    /// Out of the arguments of a state.
    #[must_use]
    pub fn new(
        source: Option<&Value>,
        hashes: Option<&Value>,
        any: &Words,
        all: &Words,
        keyring: Option<&String>,
        home: Option<&String>,
    ) -> Self {
        let given = |value: Option<&Value>| value.filter(|value| value.is_truthy()).cloned();
        Self {
            source: given(source),
            hashes: given(hashes),
            any: any.0.clone(),
            all: all.0.clone(),
            ring: Ring { user: None, home: home.cloned(), keyring: keyring.cloned() },
            backend: None,
        }
    }

    /// The same, checked by what is named.
    #[must_use]
    pub fn by(mut self, backend: &str) -> Self {
        self.backend = Some(backend.to_owned()).filter(|backend| backend != "gpg");
        self
    }

    fn is_by_gpg(&self) -> Result<(), Unsigned> {
        match &self.backend {
            None => Ok(()),
            Some(other) => Err(format!("signatures are checked by `gpg` only, and `sig_backend` is `{other}`").into()),
        }
    }

    /// Checks a file, which lies at a path, against a signature.
    ///
    /// # Errors
    /// With what is wrong.
    pub async fn check(&self, path: &str, signature: &Value, what: &str, env: &str, read: &Read) -> Result<(), Unsigned> {
        self.is_by_gpg()?;
        let message = |failure: Failure| failure.message;
        let places: Vec<Option<String>> = match signature {
            Value::Bool(_) => vec![None],
            Value::List(all) => all.iter().map(|place| Some(text::str(place))).collect(),
            place => vec![Some(text::str(place))],
        };
        let (mut found, mut keyless) = (Vec::new(), false);
        for place in places {
            let detached = match &place {
                None => None,
                Some(place) => {
                    let file = read.agent().fetch(place, env).await.map_err(message)?;
                    Some(file.ok_or_else(|| format!("Failed to fetch the signature {place} of {what}"))?.path)
                }
            };
            // One signature after the other: with several, who has to have signed may be spread over them.
            let checked = gpg::check(&self.ring, path, detached.as_deref(), &[], &[], read).await.map_err(message)?;
            keyless |= checked.signatures.iter().any(|one| one.status == "no public key");
            if !checked.res && self.any.is_empty() && self.all.is_empty() {
                let why = format!("The signature of {what} could not be verified: {}", checked.message);
                return Err(Unsigned { why, keyless });
            }
            let all = gpg::check(&self.ring, path, detached.as_deref(), &self.any, &[], read).await.map_err(message)?;
            found.extend(all.signatures.into_iter().filter(|one| one.trust.is_some()).filter_map(|one| one.fingerprint));
        }
        if !self.any.is_empty() && !self.any.iter().any(|key| found.contains(key)) {
            let why = format!("None of the public keys listed in signed_by_any provided a valid signature of {what}");
            return Err(Unsigned { why, keyless });
        }
        match self.all.iter().find(|key| !found.contains(key)) {
            Some(key) => {
                let why = format!("Public key {key} has not provided a valid signature of {what}, but was listed in signed_by_all");
                Err(Unsigned { why, keyless })
            }
            None => Ok(()),
        }
    }

    /// Checks a file of checksums, which is fetched from an address or lies at a path.
    ///
    /// # Errors
    /// With what is wrong.
    pub async fn check_hashes(&self, source_hash: &str, env: &str, read: &Read) -> Result<(), Unsigned> {
        let Some(signature) = &self.hashes else { return Ok(()) };
        self.is_by_gpg()?;
        let file = if source_hash.starts_with('/') || source_hash.contains("://") {
            read.agent().fetch(source_hash, env).await.map_err(|failure| failure.message)?
        } else {
            None
        };
        let file = file.ok_or_else(|| format!("source_hash_sig needs a file of checksums, and source_hash is `{source_hash}`"))?;
        self.check(&file.path, signature, source_hash, env, read).await
    }
}
