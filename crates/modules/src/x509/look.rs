//! Functions that read, compare and check.

use super::act::shown;
use super::source::{self, Encoding};
use super::{Certificate, Container, Error, Key, PublicKey, Request, RevocationList, name, policy};
use sdk::host::Look;
use sdk::{Args, Failure, Map, Query, Read, Secret, Value, Words};
use std::time::Duration;

macro_rules! look {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($own)*
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = self;
                $body
            }
        }
    };
}

look! {
    /// Give a private key in another encoding.
    ///
    /// ```salt
    /// salt '*' x509.encode_private_key /etc/pki/www.key encoding=der
    /// ```
    EncodePrivateKey {
        /// The key: a path or the key itself.
        private_key: Secret<String>,
        /// `pem`, `der` or `pkcs12`.
        #[arg(default = "pem")]
        encoding: String,
        /// Passphrase to encrypt it with.
        passphrase: Option<Secret<String>>,
        /// Passphrase it has.
        private_key_passphrase: Option<Secret<String>>,
        /// Encrypt a container for old tools; the encryption they know is weak and not written here.
        #[arg(default = false)]
        pkcs12_encryption_compat: bool,
        /// Known for compatibility.
        #[arg(default = false, ignored)]
        raw: bool,
    } -> Value, |this, read| {
        let encoding = Encoding::of_key(&this.encoding, this.pkcs12_encryption_compat)?;
        let (key, _) = Key::load(this.private_key.reveal(), this.private_key_passphrase.as_ref(), read.host())?;
        Ok(shown(key.encode(encoding, this.passphrase.as_ref())?, encoding))
    }
}
look! {
    /// Give a request in another encoding.
    ///
    /// ```salt
    /// salt '*' x509.encode_csr /etc/pki/www.csr encoding=der
    /// ```
    EncodeCsr {
        /// The request: a path or the request itself.
        csr: String,
        /// `pem` or `der`.
        #[arg(default = "pem")]
        encoding: String,
        /// Known for compatibility.
        #[arg(default = false, ignored)]
        raw: bool,
    } -> Value, |this, read| {
        let encoding = Encoding::parse(&this.encoding, &[Encoding::Der, Encoding::Pem])?;
        Ok(shown(Request::load(&this.csr, read.host())?.0.encode(encoding), encoding))
    }
}
look! {
    /// Give a certificate in another encoding, with others behind it.
    ///
    /// ```salt
    /// salt '*' x509.encode_certificate /etc/pki/www.crt encoding=pkcs7_pem append_certs=/etc/pki/ca.crt
    /// ```
    EncodeCertificate {
        /// The certificate: a path or the certificate itself.
        certificate: String,
        /// `pem`, `der`, `pkcs7_pem`, `pkcs7_der` or `pkcs12`.
        #[arg(default = "pem")]
        encoding: String,
        /// Certificates that are put behind it.
        append_certs: Option<Words>,
        /// Key that goes into a container with it.
        private_key: Option<Secret<String>>,
        /// Passphrase of that key.
        private_key_passphrase: Option<Secret<String>>,
        /// Passphrase of a container, of the one that is read and of the one that is written.
        pkcs12_passphrase: Option<Secret<String>>,
        /// Encrypt a container for old tools; the encryption they know is weak and not written here.
        #[arg(default = false)]
        pkcs12_encryption_compat: bool,
        /// Name that a container has for people.
        pkcs12_friendlyname: Option<String>,
        /// Known for compatibility.
        #[arg(default = false, ignored)]
        raw: bool,
    } -> Value, |this, read| {
        let encoding = Encoding::of_certificate(&this.encoding, this.pkcs12_encryption_compat)?;
        let more = this.append_certs.unwrap_or_default();
        let more: Result<Vec<_>, _> = more.0.iter().map(|text| Certificate::load(text, read.host())).collect();
        let (open, _) = Certificate::open(&this.certificate, this.pkcs12_passphrase.as_ref(), read.host())?;
        let own = open.certificates.into_iter().next().ok_or(Error::Der("certificate"))?;
        if encoding != Encoding::Pkcs12 {
            return Ok(shown(own.encode(&more?, encoding)?, encoding));
        }
        let key = match &this.private_key {
            Some(key) => Some(Key::load(key.reveal(), this.private_key_passphrase.as_ref(), read.host())?.0),
            None => open.key,
        };
        let certificates = std::iter::once(own).chain(more?).collect();
        let whole = Container { key, certificates, name: this.pkcs12_friendlyname.or(open.name) };
        Ok(shown(whole.write(this.pkcs12_passphrase.as_ref())?, encoding))
    }
}
look! {
    /// Give a list of revoked certificates in another encoding.
    ///
    /// ```salt
    /// salt '*' x509.encode_crl /etc/pki/ca.crl encoding=der
    /// ```
    EncodeCrl {
        /// The list: a path or the list itself.
        crl: String,
        /// `pem` or `der`.
        #[arg(default = "pem")]
        encoding: String,
        /// Known for compatibility.
        #[arg(default = false, ignored)]
        raw: bool,
    } -> Value, |this, read| {
        let encoding = Encoding::parse(&this.encoding, &[Encoding::Der, Encoding::Pem])?;
        Ok(shown(RevocationList::load(&this.crl, read.host())?.0.encode(encoding), encoding))
    }
}
look! {
    /// Return what a certificate says.
    ///
    /// ```salt
    /// salt '*' x509.read_certificate /etc/pki/www.crt
    /// ```
    ReadCertificate {
        /// The certificate: a path or the certificate itself.
        certificate: String,
    } -> Map, |this, read| Ok(Certificate::load(&this.certificate, read.host())?.to_map())
}
look! {
    /// Return what the certificates of some files say.
    ///
    /// ```salt
    /// salt '*' x509.read_certificates '/etc/pki/*.crt'
    /// ```
    ReadCertificates {
        /// Paths, with `*` in the last part.
        glob_path: String,
    } -> Map, |this, read| {
        let found = matching(&this.glob_path, read.host()).into_iter();
        Ok(found.filter_map(|path| Some((path.clone(), Value::Map(Certificate::load(&path, read.host()).ok()?.to_map())))).collect())
    }
}
look! {
    /// Return what a request for a certificate says.
    ///
    /// ```salt
    /// salt '*' x509.read_csr /etc/pki/www.csr
    /// ```
    ReadCsr {
        /// The request: a path or the request itself.
        csr: String,
    } -> Map, |this, read| Ok(Request::load(&this.csr, read.host())?.0.to_map())
}
look! {
    /// Return what a list of revoked certificates says.
    ///
    /// ```salt
    /// salt '*' x509.read_crl /etc/pki/ca.crl
    /// ```
    ReadCrl {
        /// The list: a path or the list itself.
        crl: String,
    } -> Map, |this, read| Ok(RevocationList::load(&this.crl, read.host())?.0.to_map())
}
look! {
    /// Return the public key of a certificate, request or private key.
    ///
    /// ```salt
    /// salt '*' x509.get_public_key /etc/pki/www.crt
    /// ```
    GetPublicKey {
        /// A path or the thing itself.
        key: Secret<String>,
        /// Passphrase of a private key.
        passphrase: Option<Secret<String>>,
        /// Known for compatibility.
        #[arg(default, ignored, name = "asObj")]
        as_obj: Value,
    } -> String, |this, read| Ok(PublicKey::of(this.key.reveal(), this.passphrase.as_ref(), read.host())?.pem())
}
look! {
    /// Return the bits of a private key.
    ///
    /// ```salt
    /// salt '*' x509.get_private_key_size /etc/pki/www.key
    /// ```
    GetPrivateKeySize {
        /// The key: a path or the key itself.
        private_key: Secret<String>,
        /// Passphrase of the key.
        passphrase: Option<Secret<String>>,
    } -> Value, |this, read| {
        let (key, _) = Key::load(this.private_key.reveal(), this.passphrase.as_ref(), read.host())?;
        Ok(key.algorithm().size().and_then(|bits| i64::try_from(bits).ok()).map_or(Value::Null, Value::from))
    }
}
look! {
    /// Return an entry of a PEM text as it should look.
    ///
    /// ```salt
    /// salt '*' x509.get_pem_entry "-----BEGIN CERTIFICATE REQUEST-----MIIC…" pem_type='CERTIFICATE REQUEST'
    /// ```
    GetPemEntry {
        /// Text with the entry, or a file of it.
        text: String,
        /// Kind of the entry: `CERTIFICATE`.
        pem_type: Option<String>,
    } -> String, |this, read| Ok(pem_entry(&this.text, this.pem_type.as_deref(), read.host())?)
}
look! {
    /// Return the first entry of each of some files.
    ///
    /// ```salt
    /// salt '*' x509.get_pem_entries '/etc/pki/*.crt'
    /// ```
    GetPemEntries {
        /// Paths, with `*` in the last part.
        glob_path: String,
    } -> Map, |this, read| {
        let found = matching(&this.glob_path, read.host()).into_iter();
        Ok(found.filter_map(|path| Some((path.clone(), Value::from(pem_entry(&path, None, read.host()).ok()?)))).collect())
    }
}
look! {
    /// Return a signing policy.
    ///
    /// ```salt
    /// salt '*' x509.get_signing_policy www
    /// ```
    GetSigningPolicy {
        /// Its name.
        signing_policy: String,
        /// Minion that has it; this one unless given.
        ca_server: Option<String>,
    } -> Map, |this, read| match &this.ca_server {
        Some(server) => policy::remote(server, &this.signing_policy, read).await,
        None => Ok(policy::find(&this.signing_policy, read)),
    }
}
look! {
    /// Tell whether a private key belongs to a public one.
    ///
    /// ```salt
    /// salt '*' x509.verify_private_key /etc/pki/www.key /etc/pki/www.crt
    /// ```
    VerifyPrivateKey {
        /// The private key.
        private_key: Secret<String>,
        /// Anything that has the public key.
        public_key: String,
        /// Passphrase of the private key.
        passphrase: Option<Secret<String>>,
    } -> bool, |this, read| {
        let (key, _) = Key::load(this.private_key.reveal(), this.passphrase.as_ref(), read.host())?;
        Ok(key.public()? == PublicKey::of(&this.public_key, None, read.host())?)
    }
}
look! {
    /// Tell whether a certificate was signed by a key.
    ///
    /// ```salt
    /// salt '*' x509.verify_signature /etc/pki/www.crt signing_pub_key=/etc/pki/ca.crt
    /// ```
    VerifySignature {
        /// The certificate.
        certificate: String,
        /// Anything that has the public key; the certificate itself unless given.
        signing_pub_key: Option<String>,
        /// Passphrase, where that is a private key.
        signing_pub_key_passphrase: Option<Secret<String>>,
    } -> bool, |this, read| {
        let certificate = Certificate::load(&this.certificate, read.host())?;
        let key = this.signing_pub_key.unwrap_or(this.certificate);
        Ok(certificate.is_signed_by(&PublicKey::of(&key, this.signing_pub_key_passphrase.as_ref(), read.host())?)?)
    }
}
look! {
    /// Tell whether a list of revoked certificates was signed by a certificate.
    ///
    /// ```salt
    /// salt '*' x509.verify_crl /etc/pki/ca.crl /etc/pki/ca.crt
    /// ```
    VerifyCrl {
        /// The list.
        crl: String,
        /// The certificate.
        cert: String,
    } -> bool, |this, read| {
        let key = PublicKey::of(&this.cert, None, read.host())?;
        Ok(RevocationList::load(&this.crl, read.host())?.0.is_signed_by(&key)?)
    }
}
look! {
    /// Tell whether a certificate is over within some days.
    ///
    /// ```salt
    /// salt '*' x509.expires /etc/pki/www.crt days=30
    /// ```
    Expires {
        /// The certificate.
        certificate: String,
        /// Days.
        #[arg(default = 0)]
        days: u32,
    } -> bool, |this, read| Ok(is_over(&Certificate::load(&this.certificate, read.host())?, this.days, read))
}
look! {
    /// Tell whether a certificate is over, with its name.
    ///
    /// ```salt
    /// salt '*' x509.expired /etc/pki/www.crt
    /// ```
    Expired {
        /// The certificate.
        certificate: String,
    } -> Map, |this, read| {
        let (certificate, mut map) = named(&this.certificate, read)?;
        map.insert("expired", is_over(&certificate, 0, read));
        Ok(map)
    }
}
look! {
    /// Tell whether a certificate is over within some days, with its name.
    ///
    /// ```salt
    /// salt '*' x509.will_expire /etc/pki/www.crt days=30
    /// ```
    WillExpire {
        /// The certificate.
        certificate: String,
        /// Days.
        days: u32,
    } -> Map, |this, read| {
        let (certificate, more) = named(&this.certificate, read)?;
        let mut map: Map = std::iter::once(("check_days", Value::from(i64::from(this.days)))).collect();
        map.extend(more);
        map.insert("will_expire", is_over(&certificate, this.days, read));
        Ok(map)
    }
}

fn is_over(certificate: &Certificate, days: u32, read: &Read) -> bool {
    certificate.not_after() <= read.host().now() + Duration::from_secs(u64::from(days) * 86400)
}

fn named(text: &str, read: &Read) -> Result<(Certificate, Map), Failure> {
    let certificate = Certificate::load(text, read.host())?;
    let mut map = Map::new();
    if text.starts_with('/') {
        map.insert("path", text);
    }
    if let Some(name) = name::common_name(certificate.subject()) {
        map.insert("cn", name);
    }
    Ok((certificate, map))
}

/// An entry of a text or a file, as it should look.
pub fn pem_entry(text: &str, label: Option<&str>, host: &dyn Look) -> Result<String, Error> {
    let bytes = source::bytes(text, host)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let found = source::entries(&text).into_iter().find(|entry| label.is_none_or(|label| entry.label == label));
    found.map(|entry| entry.text()).ok_or_else(|| match label {
        Some(label) => Error::argument(format!("PEM does not contain a single entry of type {label}:\n{text}")),
        None => Error::argument(format!("PEM text not valid:\n{text}")),
    })
}

/// Files that fit a path with patterns, sorted.
fn matching(pattern: &str, host: &dyn Look) -> Vec<String> {
    crate::file::globbed(pattern, host).into_iter().filter(|path| host.is_file(path)).collect()
}
