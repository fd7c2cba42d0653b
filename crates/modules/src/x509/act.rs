//! Functions that make something, and may write it to a file.

use super::issue::{issue, short_names};
use super::source::{self, Encoding};
use super::{Algorithm, Certificate, Container, Digest, Key, ListDraft, Request, name};
use base64::Engine as _;
use sdk::host::{Look, Write};
use sdk::{Action, Args, Cx, Failure, Map, Secret, Value, Words, text};

/// Gives text or base64 back, or writes a file that nobody else can read, and says so.
fn give(bytes: Vec<u8>, encoding: Encoding, path: Option<&str>, what: &str, cx: &Cx) -> Result<Value, Failure> {
    match path {
        Some(path) => {
            cx.host().write(path, &bytes, &Write::mode(0o600)).map_err(crate::failure)?;
            Ok(if encoding.is_text() { format!("PEM written to {path}") } else { format!("{what} written to {path}") }.into())
        }
        None => Ok(shown(bytes, encoding)),
    }
}

/// Text as it is, bytes in base64.
pub fn shown(bytes: Vec<u8>, encoding: Encoding) -> Value {
    if encoding.is_text() {
        String::from_utf8_lossy(&bytes).into_owned().into()
    } else {
        base64::engine::general_purpose::STANDARD.encode(&bytes).into()
    }
}

/// The key that goes into a container with its certificate: that which is certified, or that which signs itself.
///
/// # Errors
/// When it cannot be read.
pub fn contained_key(arguments: &Map, host: &dyn Look) -> Result<Option<Key>, Failure> {
    let secret = |name: &str| arguments.get(name).filter(|value| value.is_truthy()).map(|value| Secret::new(sdk::text::str(value)));
    let signs_itself = secret("signing_cert").is_none() && secret("ca_server").is_none();
    let (key, passphrase) = match secret("private_key") {
        Some(key) => (Some(key), "private_key_passphrase"),
        None => (secret("signing_private_key").filter(|_| signs_itself), "signing_private_key_passphrase"),
    };
    let Some(key) = key else { return Ok(None) };
    Ok(Some(Key::load(key.reveal(), secret(passphrase).as_ref(), host)?.0))
}

/// Make a private key.
///
/// ```salt
/// salt '*' x509.create_private_key algo=ec keysize=384 path=/etc/pki/www.key
/// ```
#[derive(Args)]
pub struct CreatePrivateKey {
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
    /// Encrypt a container for old tools; the encryption they know is weak and not written here.
    #[arg(default = false)]
    pkcs12_encryption_compat: bool,
    /// File to write it to.
    path: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    raw: bool,
    /// Known for compatibility with old trees.
    #[arg(default, named, ignored)]
    cipher: Value,
    /// Known for compatibility with old trees.
    #[arg(default, named, ignored)]
    verbose: Value,
    /// Known for compatibility with old trees.
    #[arg(default, named, ignored)]
    text: Value,
}

impl Action for CreatePrivateKey {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let encoding = Encoding::of_key(&self.encoding, self.pkcs12_encryption_compat)?;
        let key = Key::generate(Algorithm::parse(&self.algo, self.keysize)?)?;
        let bytes = key.encode(encoding, self.passphrase.as_ref())?;
        give(bytes, encoding, self.path.as_deref(), "Private key", cx)
    }
}

/// Make a request for a certificate.
///
/// Parts of the name (`CN`, `O`, …) and extensions (`subjectAltName`, `keyUsage`, …) are arguments of their own.
///
/// ```salt
/// salt '*' x509.create_csr private_key=/etc/pki/www.key CN=www.example.org subjectAltName='DNS:www.example.org'
/// ```
#[derive(Args)]
pub struct CreateCsr {
    /// The key: a path or the key itself.
    private_key: Secret<String>,
    /// Passphrase of the key.
    private_key_passphrase: Option<Secret<String>>,
    /// Digest of the signature.
    #[arg(default = "sha256")]
    digest: String,
    /// `pem` or `der`.
    #[arg(default = "pem")]
    encoding: String,
    /// File to write it to.
    path: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    raw: bool,
    /// Name of whom it is for, as one text, list or mapping.
    #[arg(named)]
    subject: Option<Value>,
    /// Parts of the name, and extensions.
    #[arg(extra)]
    more: Map,
}

impl Action for CreateCsr {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let encoding = Encoding::parse(&self.encoding, &[Encoding::Der, Encoding::Pem])?;
        let (key, _) = Key::load(self.private_key.reveal(), self.private_key_passphrase.as_ref(), cx.host())?;
        let more = short_names(self.more);
        let digest = more.get("digest").map_or(self.digest, text::str);
        let subject = self.subject.as_ref().map_or_else(|| name::from_map(&more), name::parse)?;
        let request = Request::make(subject, &more, &key, Digest::parse(&digest)?)?;
        give(request.encode(encoding), encoding, self.path.as_deref(), "CSR", cx)
    }
}

/// Make a certificate.
///
/// Without `signing_cert` it signs itself. Parts of the name (`CN`, `O`, …) and extensions (`basicConstraints`, `subjectAltName`, …) are
/// arguments of their own, as are `signing_private_key`, `signing_cert`, `public_key`, `private_key`, `csr`, `subject`, `serial_number`,
/// `not_before`, `not_after`, `days_valid`, `digest`.
///
/// ```salt
/// salt '*' x509.create_certificate signing_private_key=/etc/pki/ca.key signing_cert=/etc/pki/ca.crt csr=/tmp/www.csr days_valid=90
/// ```
#[derive(Args)]
pub struct CreateCertificate {
    /// Minion that signs; this one unless given.
    ca_server: Option<String>,
    /// Name of a policy of who signs.
    signing_policy: Option<String>,
    /// `pem`, `der`, `pkcs7_pem`, `pkcs7_der` or `pkcs12`.
    #[arg(default = "pem")]
    encoding: String,
    /// Certificates that are put behind it.
    append_certs: Option<Words>,
    /// Passphrase of a container.
    pkcs12_passphrase: Option<Secret<String>>,
    /// Encrypt a container for old tools; the encryption they know is weak and not written here.
    #[arg(default = false)]
    pkcs12_encryption_compat: bool,
    /// Name that a container has for people.
    pkcs12_friendlyname: Option<String>,
    /// File to write it to.
    path: Option<String>,
    /// Write over what is there.
    #[arg(default = true)]
    overwrite: bool,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    raw: bool,
    /// Folder that gets a copy, named by its number.
    #[arg(named)]
    copypath: Option<String>,
    /// Put the common name before that number.
    #[arg(default = false, named)]
    prepend_cn: bool,
    /// Everything else.
    #[arg(extra)]
    more: Map,
}

impl Action for CreateCertificate {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let encoding = Encoding::of_certificate(&self.encoding, self.pkcs12_encryption_compat)?;
        let host = cx.host();
        if let Some(path) = self.path.as_ref().filter(|path| !self.overwrite && host.is_file(path)) {
            return Ok(format!("The file at {path} exists and overwrite was set to false").into());
        }
        let key = if encoding == Encoding::Pkcs12 { contained_key(&self.more, host)? } else { None };
        let certificate = issue(self.ca_server.as_deref(), self.signing_policy.as_deref(), self.more, cx.read()).await?;
        let chain: Result<Vec<_>, _> = self.append_certs.unwrap_or_default().0.iter().map(|text| Certificate::load(text, host)).collect();
        if let Some(folder) = &self.copypath {
            let serial = hex::encode(certificate.serial());
            let name = name::common_name(certificate.subject()).filter(|_| self.prepend_cn);
            let name = name.map(|name| format!("{}-", name.replace('/', "_"))).unwrap_or_default();
            let place = sdk::host::join(folder, &format!("{name}{serial}.crt"));
            host.write(&place, certificate.pem().as_bytes(), &Write::mode(0o600)).map_err(crate::failure)?;
        }
        let bytes = if encoding == Encoding::Pkcs12 {
            let certificates = std::iter::once(certificate).chain(chain?).collect();
            Container { key, certificates, name: self.pkcs12_friendlyname }.write(self.pkcs12_passphrase.as_ref())?
        } else {
            certificate.encode(&chain?, encoding)?
        };
        give(bytes, encoding, self.path.as_deref(), "Certificate", cx)
    }
}

/// Make a list of revoked certificates.
///
/// ```salt
/// salt '*' x509.create_crl signing_private_key=/etc/pki/ca.key signing_cert=/etc/pki/ca.crt revoked='[{serial_number: "D2:03"}]'
/// ```
#[derive(Args)]
pub struct CreateCrl {
    /// Key of the authority.
    signing_private_key: Secret<String>,
    /// What is revoked: mappings with `serial_number` or `certificate`, and `revocation_date`, `not_after`, `extensions`.
    revoked: Vec<Value>,
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
    /// Extensions.
    #[arg(default)]
    extensions: Map,
    /// File to write it to.
    path: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    raw: bool,
    /// Known for compatibility with old trees.
    #[arg(default, named, ignored)]
    text: Value,
}

impl Action for CreateCrl {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let encoding = Encoding::parse(&self.encoding, &[Encoding::Der, Encoding::Pem])?;
        let (key, _) = Key::load(self.signing_private_key.reveal(), self.signing_private_key_passphrase.as_ref(), cx.host())?;
        let missing = || Failure::bad_arguments("signing_cert is missing: a list needs the name of who signs it");
        let signer = Certificate::load(&self.signing_cert.ok_or_else(missing)?, cx.host())?;
        if signer.public() != key.public()? {
            return Err(Failure::failed("Signing private key does not match the certificate's public key"));
        }
        let draft = ListDraft::new(&self.revoked, self.include_expired, &self.extensions, &signer, self.days_valid, cx.host())?;
        let list = draft.sign(&key, Digest::parse(&self.digest)?)?;
        give(list.encode(encoding), encoding, self.path.as_deref(), "CRL", cx)
    }
}

/// Write PEM to a file.
///
/// ```salt
/// salt '*' x509.write_pem "-----BEGIN CERTIFICATE-----MIIF…" path=/etc/pki/www.crt
/// ```
#[derive(Args)]
pub struct WritePem {
    /// Text with an entry, or a file of one.
    text: String,
    /// File to write it to.
    path: String,
    /// Throw away keys and parameters that are in the file.
    #[arg(default = true)]
    overwrite: bool,
    /// Kind of the entry: `CERTIFICATE`.
    pem_type: Option<String>,
}

impl Action for WritePem {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let host = cx.host();
        let entry = super::look::pem_entry(&self.text, self.pem_type.as_deref(), host)?;
        let (mut before, mut after) = (String::new(), String::new());
        if self.pem_type.as_deref() == Some("CERTIFICATE") && !self.overwrite {
            for old in source::entries(&host.read_text(&self.path).unwrap_or_default()) {
                match old.label.as_str() {
                    "PRIVATE KEY" | "RSA PRIVATE KEY" => before.push_str(&old.text()),
                    "DH PARAMETERS" => after.push_str(&old.text()),
                    _ => {}
                }
            }
        }
        give(format!("{before}{entry}{after}").into_bytes(), Encoding::Pem, Some(&self.path), "PEM", cx)
    }
}
