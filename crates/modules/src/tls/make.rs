//! Functions that make keys, certificates and lists.

use super::index::{self, Revoked};
use super::place::{Authority, Subject, base, extensions, write};
use crate::x509::extension::Issuer;
use crate::x509::{Algorithm, Certificate, Digest, Draft, Encoding, Key, ListDraft, Request, days_later, parse_name};
use sdk::host::Look;
use sdk::{Action, Args, Cx, Failure, Map, Value, Words};

/// A function with its own arguments and those of a name.
macro_rules! subject_arguments {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } { $($later:tt)* }) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($own)*
            /// Common name.
            #[arg(default = "localhost", name = "CN")]
            cn: String,
            /// Country, two letters.
            #[arg(default = "US", name = "C")]
            c: String,
            /// State.
            #[arg(default = "Utah", name = "ST")]
            st: String,
            /// City.
            #[arg(default = "Salt Lake City", name = "L")]
            l: String,
            /// Organisation.
            #[arg(default = "SaltStack", name = "O")]
            o: String,
            /// Part of the organisation.
            #[arg(name = "OU")]
            ou: Option<String>,
            /// Mail address.
            #[arg(name = "emailAddress")]
            email_address: Option<String>,
            $($later)*
            /// Folder below which authorities lie; `/etc/pki` unless given or configured.
            cacert_path: Option<String>,
            /// Digest of the signature.
            #[arg(default = "sha256")]
            digest: String,
            /// Make it anew where it is there.
            #[arg(default = false)]
            replace: bool,
        }

        impl $name {
            fn subject(&self) -> Value {
                Subject {
                    cn: &self.cn,
                    c: &self.c,
                    st: &self.st,
                    l: &self.l,
                    o: &self.o,
                    ou: self.ou.as_deref(),
                    mail: self.email_address.as_deref(),
                }
                .map()
            }
        }
    };
}

subject_arguments! {
    /// Make an authority: a key and a certificate that signs itself.
    ///
    /// ```salt
    /// salt '*' tls.create_ca test_ca CN=ca.example.org O=Example
    /// ```
    CreateCa {
        /// Its name.
        ca_name: String,
        /// Bits of the key.
        #[arg(default = 2048)]
        bits: usize,
        /// Days until its end.
        #[arg(default = 365)]
        days: i64,
    } {
        /// Make the certificate anew with the key that is there.
        #[arg(default = false)]
        fixmode: bool,
        /// Name of its files.
        ca_filename: Option<String>,
    }
}
subject_arguments! {
    /// Make a key and a request for a certificate of an authority.
    ///
    /// ```salt
    /// salt '*' tls.create_csr test_ca CN=www.example.org subjectAltName='["DNS:www.example.org"]'
    /// ```
    CreateCsr {
        /// Name of the authority.
        ca_name: String,
        /// Bits of the key.
        #[arg(default = 2048)]
        bits: usize,
    } {
        /// Other names: `DNS:…`, `IP:…`.
        #[arg(default, name = "subjectAltName")]
        subject_alt_name: Words,
        /// Name of the authority's files.
        ca_filename: Option<String>,
        /// Folder for the request.
        csr_path: Option<String>,
        /// Name of its files.
        csr_filename: Option<String>,
        /// Put the kind behind the name of the files.
        #[arg(default = false)]
        type_ext: bool,
        /// `server`, `client`, or a kind that pillar has.
        #[arg(default = "server")]
        cert_type: String,
    }
}
subject_arguments! {
    /// Make a key and a certificate that signs itself.
    ///
    /// ```salt
    /// salt '*' tls.create_self_signed_cert CN=www.example.org
    /// ```
    CreateSelfSignedCert {
        /// Folder below that of authorities.
        #[arg(default = "tls")]
        tls_dir: String,
        /// Bits of the key.
        #[arg(default = 2048)]
        bits: usize,
        /// Days until its end.
        #[arg(default = 365)]
        days: i64,
    } {
        /// Name of its files.
        cert_filename: Option<String>,
    }
}

/// Make a certificate out of a request, signed by an authority.
///
/// ```salt
/// salt '*' tls.create_ca_signed_cert test_ca www.example.org days=90
/// ```
#[derive(Args)]
pub struct CreateCaSignedCert {
    /// Name of the authority.
    ca_name: String,
    /// Common name of the request.
    #[arg(name = "CN")]
    cn: String,
    /// Days until its end.
    #[arg(default = 365)]
    days: i64,
    /// Folder below which authorities lie; `/etc/pki` unless given or configured.
    cacert_path: Option<String>,
    /// Name of the authority's files.
    ca_filename: Option<String>,
    /// Folder of the request, and for the certificate.
    cert_path: Option<String>,
    /// Name of the certificate's file.
    cert_filename: Option<String>,
    /// Digest of the signature.
    #[arg(default = "sha256")]
    digest: String,
    /// Kind behind the name of the files.
    cert_type: Option<String>,
    /// Whether the files have the kind behind their names.
    #[arg(default = false)]
    type_ext: bool,
    /// Make it anew where it is there.
    #[arg(default = false)]
    replace: bool,
}

/// Make a list of revoked certificates with nothing on it.
///
/// ```salt
/// salt '*' tls.create_empty_crl test_ca crl_file=/etc/pki/test_ca/crl.pem
/// ```
#[derive(Args)]
pub struct CreateEmptyCrl {
    /// Name of the authority.
    ca_name: String,
    /// Folder below which authorities lie; `/etc/pki` unless given or configured.
    cacert_path: Option<String>,
    /// Name of the authority's files.
    ca_filename: Option<String>,
    /// File of the list.
    crl_file: Option<String>,
    /// Digest of the signature.
    #[arg(default = "sha256")]
    digest: String,
}

/// Revoke a certificate of an authority.
///
/// ```salt
/// salt '*' tls.revoke_cert test_ca www.example.org
/// ```
#[derive(Args)]
pub struct RevokeCert {
    /// Name of the authority.
    ca_name: String,
    /// Common name of the certificate.
    #[arg(name = "CN")]
    cn: String,
    /// Folder below which authorities lie; `/etc/pki` unless given or configured.
    cacert_path: Option<String>,
    /// Name of the authority's files.
    ca_filename: Option<String>,
    /// Folder of the certificate.
    cert_path: Option<String>,
    /// Name of its file.
    cert_filename: Option<String>,
    /// File of the list of revoked certificates.
    crl_file: Option<String>,
    /// Digest of the signature.
    #[arg(default = "sha256")]
    digest: String,
}

/// Days until the next list: that of an authority is made anew with each certificate that is revoked.
const LIST_DAYS: i64 = 36_500;

fn new_key(bits: usize) -> Result<(Key, Vec<u8>), Failure> {
    let key = Key::generate(Algorithm::parse("rsa", Some(bits))?)?;
    let text = key.encode(Encoding::Pem, None)?;
    Ok((key, text))
}

fn self_signed(
    subject: &Value,
    extensions: &[(&str, &str)],
    days: i64,
    key: &Key,
    digest: &str,
    host: &dyn Look,
) -> Result<Certificate, Failure> {
    let subject = parse_name(subject)?;
    let public = key.public()?;
    let arguments: Map = extensions.iter().map(|(name, value)| (*name, *value)).collect();
    let issuer = Issuer { key: Some(&public), subject: Some(&public), ..Issuer::default() };
    let extensions = Draft::extensions(&arguments, None, &issuer)?;
    let (not_before, not_after) = (days_later(host.now(), 0)?, days_later(host.now(), days)?);
    let draft = Draft { issuer: subject.clone(), subject, key: public.clone(), serial: None, not_before, not_after, extensions };
    Ok(draft.sign(key, Digest::parse(digest)?)?)
}

impl Action for CreateCa {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let host = cx.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), self.ca_filename.as_deref(), cx.read());
        let (certificate_path, key_path) = (authority.certificate_path(), authority.key_path());
        if !self.replace && !self.fixmode && authority.is_there(host) {
            return Ok(format!("Certificate for CA named \"{}\" already exists", self.ca_name));
        }
        if self.fixmode && !authority.is_there(host) {
            return Err(Failure::failed(format!("{certificate_path} does not exists, can't fix")));
        }
        host.make_dirs(&authority.folder, None).map_err(crate::failure)?;
        let key = if host.exists(&key_path) {
            // What the authority has signed is worth something only with its old key.
            match Key::load(&key_path, None, host) {
                Ok((key, _)) => Some(key),
                Err(_) => {
                    let kept = format!("{key_path}.unloadable.{}", index::stamp(host.now()));
                    host.rename(&key_path, &kept).map_err(crate::failure)?;
                    None
                }
            }
        } else {
            None
        };
        let key = match key {
            Some(key) => key,
            None => {
                let (key, text) = new_key(self.bits)?;
                write(host, &key_path, &text, 0o600)?;
                key
            }
        };
        let extensions = [
            ("basicConstraints", "critical, CA:TRUE, pathlen:0"),
            ("keyUsage", "critical, keyCertSign, cRLSign"),
            ("subjectKeyIdentifier", "hash"),
            ("authorityKeyIdentifier", "keyid:always"),
        ];
        let certificate = self_signed(&self.subject(), &extensions, self.days, &key, &self.digest, host)?;
        write(host, &certificate_path, certificate.pem().as_bytes(), 0o644)?;
        index::add(&authority.index(), &certificate, host)?;
        Ok(format!("Created Private Key: \"{key_path}\" Created CA \"{}\": \"{certificate_path}\"", self.ca_name))
    }
}

impl Action for CreateCsr {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let host = cx.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), self.ca_filename.as_deref(), cx.read());
        if !authority.is_there(host) {
            return Ok(format!("Certificate for CA named \"{}\" does not exist, please create it first.", self.ca_name));
        }
        let folder = self.csr_path.clone().unwrap_or_else(|| format!("{}/certs", authority.folder));
        let folder = folder.trim_end_matches('/');
        host.make_dirs(folder, None).map_err(crate::failure)?;
        let kind = if self.type_ext { format!("_{}", self.cert_type) } else { String::new() };
        let file = self.csr_filename.clone().unwrap_or_else(|| format!("{}{kind}", self.cn));
        let (request_path, key_path) = (format!("{folder}/{file}.csr"), format!("{folder}/{file}.key"));
        if !self.replace && host.exists(&request_path) {
            return Ok(format!("Certificate Request \"{request_path}\" already exists"));
        }
        let mut arguments = extensions(&self.cert_type, cx.read())?.get("csr").and_then(Value::as_map).cloned().unwrap_or_default();
        if !self.subject_alt_name.0.is_empty() {
            arguments.insert("subjectAltName", self.subject_alt_name.0.clone());
        }
        let (key, text) = new_key(self.bits)?;
        let request = Request::make(parse_name(&self.subject())?, &arguments, &key, Digest::parse(&self.digest)?)?;
        write(host, &key_path, &text, 0o600)?;
        write(host, &request_path, &request.encode(Encoding::Pem), 0o644)?;
        Ok(format!("Created Private Key: \"{key_path}\" Created CSR for \"{}\": \"{request_path}\"", self.cn))
    }
}

impl Action for CreateSelfSignedCert {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let host = cx.host();
        let folder = format!("{}/{}/certs", base(self.cacert_path.as_deref(), cx.read()), self.tls_dir);
        host.make_dirs(&folder, None).map_err(crate::failure)?;
        let file = self.cert_filename.clone().unwrap_or_else(|| self.cn.clone());
        let (certificate_path, key_path) = (format!("{folder}/{file}.crt"), format!("{folder}/{file}.key"));
        if !self.replace && host.exists(&certificate_path) {
            return Ok(format!("Certificate \"{file}\" already exists"));
        }
        let (key, text) = new_key(self.bits)?;
        let certificate = self_signed(&self.subject(), &[], self.days, &key, &self.digest, host)?;
        write(host, &key_path, &text, 0o600)?;
        write(host, &certificate_path, certificate.pem().as_bytes(), 0o644)?;
        Ok(format!("Created Private Key: \"{key_path}\" Created Certificate: \"{certificate_path}\""))
    }
}

/// An answer of a function that could not do it.
fn failed(comment: String) -> Value {
    Value::Map([("retcode", Value::from(1)), ("comment", comment.into())].into_iter().collect())
}

impl Action for CreateCaSignedCert {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let host = cx.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), self.ca_filename.as_deref(), cx.read());
        let folder = self.cert_path.clone().unwrap_or_else(|| format!("{}/certs", authority.folder));
        let kind = match (&self.cert_type, self.type_ext) {
            (Some(kind), true) => format!("_{kind}"),
            (None, true) => return Err(Failure::bad_arguments("type_ext = True but cert_type is unset. Certificate not written.")),
            (_, false) => String::new(),
        };
        let request_file = format!("{}{kind}", self.cn);
        let file = self.cert_filename.clone().unwrap_or_else(|| request_file.clone());
        let path = format!("{folder}/{file}.crt");
        if !self.replace && host.exists(&path) {
            return Ok(format!("Certificate \"{file}\" already exists").into());
        }
        let Some((signer, key)) = authority.load(host)? else {
            return Ok(failed(format!("There is no CA named \"{}\"", self.ca_name)));
        };
        let Ok((request, _)) = Request::load(&format!("{folder}/{request_file}.csr"), host) else {
            return Ok(failed(format!("There is no CSR that matches the CN \"{file}\"")));
        };
        if !request.is_valid()? {
            return Ok(failed(format!("The CSR of \"{}\" was not signed with the key it is for", self.cn)));
        }
        let public = request.public();
        let issuer = Issuer { certificate: Some(&signer), key: None, subject: Some(&public) };
        let asked = extensions(self.cert_type.as_deref().unwrap_or("server"), cx.read())?;
        let arguments = asked.get("cert").and_then(Value::as_map).cloned().unwrap_or_default();
        let draft = Draft {
            subject: request.subject().clone(),
            issuer: signer.subject().clone(),
            key: public.clone(),
            serial: None,
            not_before: days_later(host.now(), 0)?,
            not_after: days_later(host.now(), self.days)?,
            extensions: Draft::extensions(&arguments, Some(&request), &issuer)?,
        };
        let certificate = draft.sign(&key, Digest::parse(&self.digest)?)?;
        write(host, &path, certificate.pem().as_bytes(), 0o644)?;
        index::add(&authority.index(), &certificate, host)?;
        Ok(format!("Created Certificate for \"{}\": \"{path}\"", self.cn).into())
    }
}

/// A list of what the authority has revoked.
pub fn list(authority: &Authority, signer: &Certificate, key: &Key, digest: &str, host: &dyn Look) -> Result<Vec<u8>, Failure> {
    let revoked = index::revoked(&host.read_text(&authority.index()).unwrap_or_default());
    let list = ListDraft::new(&revoked, true, &Map::new(), signer, LIST_DAYS, host)?.sign(key, Digest::parse(digest)?)?;
    Ok(list.encode(Encoding::Pem))
}

impl Action for CreateEmptyCrl {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let host = cx.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), self.ca_filename.as_deref(), cx.read());
        let path = self.crl_file.clone().unwrap_or_else(|| format!("{}/crl.pem", authority.folder));
        if host.exists(&path) {
            return Ok(format!("CRL \"{path}\" already exists"));
        }
        let Some((signer, key)) = authority.load(host)? else { return Ok(format!("There is no CA named \"{}\"", self.ca_name)) };
        let list = ListDraft::new(&[], true, &Map::new(), &signer, LIST_DAYS, host)?.sign(&key, Digest::parse(&self.digest)?)?;
        write(host, &path, &list.encode(Encoding::Pem), 0o644)?;
        Ok(format!("Created an empty CRL: \"{path}\""))
    }
}

impl Action for RevokeCert {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let host = cx.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), self.ca_filename.as_deref(), cx.read());
        let Some((signer, key)) = authority.load(host)? else { return Ok(format!("There is no CA named \"{}\"", self.ca_name)) };
        let folder = self.cert_path.clone().unwrap_or_else(|| format!("{}/certs", authority.folder));
        let path = format!("{folder}/{}.crt", self.cert_filename.as_deref().unwrap_or(&self.cn));
        let Ok(certificate) = Certificate::load(&path, host) else {
            return Ok(format!("There is no client certificate named \"{}\"", self.cn));
        };
        let number = hex::encode_upper(certificate.serial());
        if index::revoke(&authority.index(), &certificate, host)? == Revoked::Already {
            return Ok(format!("\"{path}\" was already revoked, serial number: {number}"));
        }
        let list_path = self.crl_file.clone().unwrap_or_else(|| format!("{}/crl.pem", authority.folder));
        write(host, &list_path, &list(&authority, &signer, &key, &self.digest, host)?, 0o644)?;
        Ok(format!("Revoked Certificate: \"{path}\", serial number: {number}"))
    }
}
