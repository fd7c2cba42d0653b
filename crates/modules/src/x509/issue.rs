//! Issuing a certificate: arguments, signing policy and request become one draft, which a key signs.

use super::extension::Issuer;
use super::{Certificate, Digest, Draft, Error, Key, PublicKey, Request, name, oid, policy, time};
use sdk::host::Look;
use sdk::{Args, Failure, Map, Query, Read, Secret, Value, text};
use x509_cert::time::Time;

/// Arguments with the long names of extensions and parts of names made short.
#[must_use]
pub fn short_names(arguments: Map) -> Map {
    let short = |key: Value| {
        let word = text::str(&key);
        let known = oid::LONG_NAMES.iter().chain(&oid::LONG_EXTENSIONS).find(|(long, _)| *long == word);
        known.map_or(key, |(_, short)| Value::from(*short))
    };
    arguments
        .into_iter()
        .map(|(key, value)| if key.as_str() == Some("algorithm") { (Value::from("digest"), value) } else { (short(key), value) })
        .collect()
}

/// What issues a certificate, out of its arguments.
#[derive(Debug)]
pub struct Issue {
    arguments: Map,
    /// The key that signs; not known where another minion signs.
    pub signer: Option<Key>,
    /// Certificate of the authority; none where the certificate signs itself.
    pub authority: Option<Certificate>,
    /// The key that is certified.
    pub key: PublicKey,
    request: Option<Request>,
    /// The digest that is signed.
    pub digest: Digest,
}

/// A certificate that was issued.
#[derive(Debug)]
pub struct Made {
    /// It.
    pub certificate: Certificate,
}

fn word(arguments: &Map, name: &str) -> Option<String> {
    arguments.get(name).filter(|value| !value.is_null()).map(text::str)
}

fn secret(arguments: &Map, name: &str) -> Option<Secret<String>> {
    word(arguments, name).map(Secret::new)
}

/// Whether the key that signs is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// It is here.
    Here,
    /// Another minion has it.
    Elsewhere,
}

impl Issue {
    /// Reads what arguments speak of.
    ///
    /// # Errors
    /// When a key or certificate cannot be read, or they do not fit.
    pub fn new(arguments: Map, signer: Signer, host: &dyn Look) -> Result<Self, Error> {
        let arguments = short_names(arguments);
        let signing_key = match signer {
            Signer::Elsewhere => None,
            Signer::Here => {
                let missing = || Error::argument("Creating a certificate locally at least requires a signing private key.");
                let key = word(&arguments, "signing_private_key").ok_or_else(missing)?;
                Some(Key::load(&key, secret(&arguments, "signing_private_key_passphrase").as_ref(), host)?.0)
            }
        };
        let authority = word(&arguments, "signing_cert").map(|text| Certificate::load(&text, host)).transpose()?;
        let request = word(&arguments, "csr").map(|text| Request::load(&text, host)).transpose()?.map(|(request, _)| request);
        if let Some(request) = &request
            && !request.is_valid()?
        {
            return Err(Error::argument("the certificate signing request was not signed with the key it is for"));
        }
        let key = match (&authority, &signing_key) {
            (None, Some(key)) => key.public()?,
            (None, None) => return Err(Error::argument("the signing policy of the ca_server has no signing_cert")),
            (Some(_), _) => certified(&arguments, request.as_ref(), host)?,
        };
        if let (Some(authority), Some(signer)) = (&authority, &signing_key)
            && authority.public() != signer.public()?
        {
            return Err(Error::argument("Signing private key does not match the certificate's public key"));
        }
        let digest = Digest::parse(&word(&arguments, "digest").unwrap_or_else(|| "sha256".to_owned()))?;
        Ok(Self { arguments, signer: signing_key, authority, key, request, digest })
    }

    /// The certificate before it is signed.
    ///
    /// # Errors
    /// When an argument cannot be.
    pub fn draft(&self, host: &dyn Look) -> Result<Draft, Error> {
        let subject = match self.arguments.get("subject").filter(|subject| subject.is_truthy()) {
            Some(subject) => name::parse(subject)?,
            None => name::from_map(&self.arguments)?,
        };
        let own = self.key.clone();
        let issuer =
            Issuer { certificate: self.authority.as_ref(), key: self.authority.is_none().then_some(&own), subject: Some(&self.key) };
        let extensions = Draft::extensions(&self.arguments, self.request.as_ref(), &issuer)?;
        let moment = |name: &str, days: i64| match word(&self.arguments, name) {
            Some(words) => time::parse(&words).map(Time::from),
            None => time::later(host.now(), days),
        };
        let days = self.arguments.get("days_valid").and_then(Value::as_int).unwrap_or(365);
        let serial = self.arguments.get("serial_number").filter(|value| !value.is_null()).map(time::serial).transpose()?;
        Ok(Draft {
            issuer: self.authority.as_ref().map_or_else(|| subject.clone(), |authority| authority.subject().clone()),
            subject,
            key: self.key.clone(),
            serial,
            not_before: moment("not_before", 0)?,
            not_after: moment("not_after", days)?,
            extensions,
        })
    }

    /// Signs.
    ///
    /// # Errors
    /// When the key is not here, or an argument cannot be.
    pub fn make(&self, host: &dyn Look) -> Result<Made, Error> {
        let signer = self.signer.as_ref().ok_or_else(|| Error::argument("the key that signs is not here"))?;
        Ok(Made { certificate: self.draft(host)?.sign(signer, self.digest)? })
    }
}

fn certified(arguments: &Map, request: Option<&Request>, host: &dyn Look) -> Result<PublicKey, Error> {
    if let Some(key) = word(arguments, "private_key") {
        return Key::load(&key, secret(arguments, "private_key_passphrase").as_ref(), host)?.0.public();
    }
    if let Some(key) = word(arguments, "public_key") {
        return PublicKey::of(&key, None, host);
    }
    request.map(Request::public).ok_or_else(|| {
        Error::argument(
            "This certificate is not self-signed (signing_cert is set) and thus needs public_key, private_key or csr to derive public key to sign",
        )
    })
}

/// Issues by the authority that arguments name: this minion's keys, or another minion's.
///
/// # Errors
/// When an argument cannot be, or the authority refuses.
pub async fn issue(ca_server: Option<&str>, signing_policy: Option<&str>, mut arguments: Map, read: &Read) -> Result<Certificate, Failure> {
    let Some(ca_server) = ca_server else {
        if let Some(name) = signing_policy {
            policy::enforce(policy::find(name, read), &mut arguments);
        }
        return Ok(Issue::new(arguments, Signer::Here, read.host())?.make(read.host())?.certificate);
    };
    let missing = || Failure::bad_arguments("signing_policy must be specified to request a certificate from a remote ca_server");
    let name = signing_policy.ok_or_else(missing)?;
    let arguments = portable(arguments, read.host())?;
    match policy::ask(ca_server, name, arguments, false, read).await? {
        Value::Bytes(der) => Ok(Certificate::from_der(&der)?),
        other => Ok(Certificate::load(&text::str(&other), read.host())?),
    }
}

/// Arguments that mean the same on another machine: what they name by path is put in, and the key itself stays here.
fn portable(arguments: Map, host: &dyn Look) -> Result<Map, Error> {
    let mut arguments = short_names(arguments);
    let key = match (word(&arguments, "private_key"), word(&arguments, "public_key")) {
        (Some(key), _) => Some(Key::load(&key, secret(&arguments, "private_key_passphrase").as_ref(), host)?.0.public()?),
        (None, Some(key)) => Some(PublicKey::of(&key, None, host)?),
        (None, None) => None,
    };
    for private in ["private_key", "private_key_passphrase", "signing_private_key", "signing_private_key_passphrase"] {
        arguments.remove(private);
    }
    if let Some(key) = key {
        arguments.insert("public_key", key.pem());
    }
    if let Some(request) = word(&arguments, "csr") {
        let (request, _) = Request::load(&request, host)?;
        arguments.insert("csr", String::from_utf8_lossy(&request.encode(super::Encoding::Pem)).into_owned());
    }
    Ok(arguments)
}

/// Sign a certificate for another minion, by a policy of this one.
///
/// ```salt
/// salt ca x509.sign_remote_certificate www '{CN: www.example.org, public_key: "-----BEGIN…"}'
/// ```
#[derive(Args)]
pub struct SignRemoteCertificate {
    /// Name of the policy.
    signing_policy: String,
    /// Arguments of the certificate.
    kwargs: Map,
    /// Give back the policy alone.
    #[arg(default = false)]
    get_signing_policy_only: bool,
    /// `__pub_id` is the minion that asks, as the master tells it; others are not of use here.
    #[arg(extra)]
    more: Map,
}

impl Query for SignRemoteCertificate {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let answer = |data: Value, errors: Vec<String>| [("data", data), ("errors", errors.into())].into_iter().collect::<Map>();
        let mut policy = policy::find(&self.signing_policy, read);
        if policy.is_empty() {
            return Ok(answer(Value::Null, vec!["signing_policy must be specified and defined on signing minion".to_owned()]));
        }
        // Who may ask is nobody's business but the authority's.
        if let Some(minions) = policy.remove("minions") {
            let Some(id) = self.more.get("__pub_id").map(text::str) else {
                return Ok(answer(Value::Null, vec!["minion sending this request could not be identified".to_owned()]));
            };
            if !policy::is_for(&text::str(&minions), &id, read).await? {
                return Ok(answer(Value::Null, vec!["minion not permitted to use specified signing policy".to_owned()]));
            }
        }
        if self.get_signing_policy_only {
            policy.remove("signing_private_key");
            policy.remove("signing_private_key_passphrase");
            if let Some(certificate) = word(&policy, "signing_cert") {
                match Certificate::load(&certificate, read.host()) {
                    Ok(certificate) => policy.insert("signing_cert", certificate.pem()),
                    Err(error) => return Ok(answer(Value::Null, vec![error.to_string()])),
                };
            }
            return Ok(answer(policy.into(), Vec::new()));
        }
        let mut arguments = short_names(self.kwargs);
        // Whoever asks does not choose the key that signs, and no path of this machine is read for him.
        for own in
            ["ca_server", "signing_private_key", "signing_private_key_passphrase", "signing_cert", "private_key", "private_key_passphrase"]
        {
            arguments.remove(own);
        }
        for given in ["public_key", "csr"] {
            if word(&arguments, given).is_some_and(|text| text.starts_with('/') || text.starts_with("file:")) {
                return Ok(answer(Value::Null, vec![format!("`{given}` must be the thing itself, not a path")]));
            }
        }
        policy::enforce(policy, &mut arguments);
        match Issue::new(arguments, Signer::Here, read.host()).and_then(|issue| issue.make(read.host())) {
            Ok(made) => Ok(answer(made.certificate.pem().into(), Vec::new())),
            Err(error) => Ok(answer(Value::Null, vec![error.to_string()])),
        }
    }
}
