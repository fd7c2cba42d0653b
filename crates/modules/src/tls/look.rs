//! Functions that show authorities and certificates, and check them.

use super::make::list;
use super::place::{Authority, base, extensions};
use crate::x509::{Certificate, RevocationList, name_map, pretty_hex};
use jiff::Timestamp;
use sdk::host::Look;
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use std::time::{SystemTime, UNIX_EPOCH};

/// A function about an authority: its own arguments, and where it lies.
macro_rules! of_authority {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $authority:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the authority.
            ca_name: String,
            $($own)*
            /// Folder below which authorities lie; `/etc/pki` unless given or configured.
            #[arg(named)]
            cacert_path: Option<String>,
            /// Name of the authority's files.
            #[arg(named)]
            ca_filename: Option<String>,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = self;
                let $authority = Authority::new(&$this.ca_name, $this.cacert_path.as_deref(), $this.ca_filename.as_deref(), $read);
                $body
            }
        }
    };
}

fn given(path: String, as_text: bool, missing: impl FnOnce() -> String, host: &dyn Look) -> Result<String, Failure> {
    if !host.exists(&path) {
        return Err(Failure::failed(missing()));
    }
    if as_text { host.read_text(&path).map_err(crate::failure) } else { Ok(path) }
}

of_authority! {
    /// Tell whether an authority is there.
    ///
    /// ```salt
    /// salt '*' tls.ca_exists test_ca
    /// ```
    CaExists {} -> bool, |this, authority, read| { let _ = this; Ok(authority.is_there(read.host())) }
}
of_authority! {
    /// Return where the certificate of an authority lies, or the certificate.
    ///
    /// ```salt
    /// salt '*' tls.get_ca test_ca as_text=True
    /// ```
    GetCa {
        /// Return the certificate itself.
        #[arg(default = false)]
        as_text: bool,
    } -> String, |this, authority, read| {
        given(authority.certificate_path(), this.as_text, || format!("Certificate does not exist for {}", this.ca_name), read.host())
    }
}
of_authority! {
    /// Return where a certificate of an authority lies, or the certificate.
    ///
    /// ```salt
    /// salt '*' tls.get_ca_signed_cert test_ca CN=www.example.org
    /// ```
    GetCaSignedCert {
        /// Common name of the certificate.
        #[arg(default = "localhost", name = "CN")]
        cn: String,
        /// Return the certificate itself.
        #[arg(default = false)]
        as_text: bool,
        /// Name of its file.
        #[arg(named)]
        cert_filename: Option<String>,
    } -> String, |this, authority, read| {
        let path = format!("{}/certs/{}.crt", authority.folder, this.cert_filename.as_deref().unwrap_or(&this.cn));
        given(path, this.as_text, || format!("Certificate does not exists for {}", this.cn), read.host())
    }
}
of_authority! {
    /// Return where the key of a certificate of an authority lies, or the key.
    ///
    /// ```salt
    /// salt '*' tls.get_ca_signed_key test_ca CN=www.example.org
    /// ```
    GetCaSignedKey {
        /// Common name of the certificate.
        #[arg(default = "localhost", name = "CN")]
        cn: String,
        /// Return the key itself.
        #[arg(default = false)]
        as_text: bool,
        /// Name of its file.
        #[arg(named)]
        key_filename: Option<String>,
    } -> String, |this, authority, read| {
        let path = format!("{}/certs/{}.key", authority.folder, this.key_filename.as_deref().unwrap_or(&this.cn));
        given(path, this.as_text, || format!("Certificate does not exists for {}", this.cn), read.host())
    }
}

/// Return the folder below which authorities lie.
///
/// ```salt
/// salt '*' tls.cert_base_path
/// ```
#[derive(Args)]
pub struct CertBasePath {
    /// The folder, where it is given.
    cacert_path: Option<String>,
}

impl Query for CertBasePath {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(base(self.cacert_path.as_deref(), read))
    }
}

/// Return what a certificate says.
///
/// ```salt
/// salt '*' tls.cert_info /etc/pki/www.crt
/// ```
#[derive(Args)]
pub struct CertInfo {
    /// The certificate: a path or the certificate itself.
    cert: String,
    /// Digest of the fingerprint.
    #[arg(default = "sha256")]
    digest: String,
}

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Query for CertInfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let certificate = Certificate::load(&self.cert, read.host())?;
        let digest = sdk::host::Digest::from_name(&self.digest)
            .ok_or_else(|| Failure::bad_arguments(format!("there is no digest `{}`", self.digest)))?;
        let print = hex::decode(digest.hex(&certificate.der())).unwrap_or_default();
        let named = |name| -> Map {
            let word = |part: &str| if part == "MAIL" { "emailAddress".to_owned() } else { part.to_owned() };
            name_map(name).iter().map(|(part, value)| (word(&text::str(part)), value.clone())).collect()
        };
        let shown = certificate.to_map();
        let mut map = Map::new();
        map.insert("fingerprint", pretty_hex(&print));
        map.insert("subject", named(certificate.subject()));
        map.insert("issuer", named(certificate.issuer()));
        map.insert("serial_number", hex::encode_upper(certificate.serial()));
        map.insert("not_before", seconds(certificate.not_before()));
        map.insert("not_after", seconds(certificate.not_after()));
        let extensions = shown.get("extensions").cloned().unwrap_or_default();
        if let Some(names) = extensions.get("subjectAltName").and_then(|names| names.get("value")).and_then(Value::as_list) {
            let plain = |name: &Value| {
                let name = text::str(name);
                name.strip_prefix("DNS:").or_else(|| name.strip_prefix("IP:")).map(str::to_owned)
            };
            map.insert("subject_alt_names", names.iter().filter_map(plain).collect::<Vec<_>>());
        }
        map.insert("extensions", extensions);
        map.insert("signature_algorithm", shown.get("signature_algorithm").cloned().unwrap_or_default());
        Ok(map)
    }
}

/// Return the day on which a certificate ends.
///
/// ```salt
/// salt '*' tls.get_expiration_date /etc/pki/www.crt date_format=%d/%m/%Y
/// ```
#[derive(Args)]
pub struct GetExpirationDate {
    /// The certificate: a path or the certificate itself.
    cert: String,
    /// Form of the day.
    #[arg(default = "%Y-%m-%d")]
    date_format: String,
}

impl Query for GetExpirationDate {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let end = seconds(Certificate::load(&self.cert, read.host())?.not_after());
        let stamp = Timestamp::from_second(end).map_err(|error| Failure::failed(error.to_string()))?;
        Ok(stamp.to_zoned_datetime(jiff::tz::TimeZone::UTC).strftime(&self.date_format).to_string())
    }
}

/// Return the extensions of a kind of certificate.
///
/// ```salt
/// salt '*' tls.get_extensions client
/// ```
#[derive(Args)]
pub struct GetExtensions {
    /// `server`, `client`, or a kind that pillar has.
    cert_type: String,
}

impl Query for GetExtensions {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        extensions(&self.cert_type, read)
    }
}

/// Tell whether a certificate is one of an authority, holds today and is not revoked.
///
/// ```salt
/// salt '*' tls.validate /etc/pki/test_ca/certs/www.crt test_ca /etc/pki/test_ca/crl.pem
/// ```
#[derive(Args)]
pub struct Validate {
    /// The certificate: a path or the certificate itself.
    cert: String,
    /// Name of the authority.
    ca_name: String,
    /// List of revoked certificates; what the authority itself knows unless given.
    crl_file: Option<String>,
    /// Folder below which authorities lie; `/etc/pki` unless given or configured.
    #[arg(named)]
    cacert_path: Option<String>,
}

impl Query for Validate {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let host = read.host();
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), None, read);
        let certificate = Certificate::load(&self.cert, host)?;
        let refused = |error: &str| Ok([("valid", Value::from(false)), ("error", error.into())].into_iter().collect());
        let signer = Certificate::load(&authority.certificate_path(), host)?;
        let revoked = match &self.crl_file {
            Some(path) => {
                let (list, _) = RevocationList::load(path, host)?;
                if !list.is_signed_by(&signer.public())? {
                    return refused("the list of revoked certificates is not one of this authority");
                }
                if list.next_update().is_some_and(|next| next < host.now()) {
                    return refused("CRL has expired");
                }
                list
            }
            None => match authority.load(host)? {
                Some((_, key)) => {
                    let bytes = list(&authority, &signer, &key, "sha256", host)?;
                    RevocationList::load(&String::from_utf8_lossy(&bytes), host)?.0
                }
                None => return refused("Empty CRL requested but CA key missing or invalid"),
            },
        };
        if revoked.has(&certificate) {
            return refused("certificate revoked");
        }
        if certificate.issuer() != signer.subject() || !certificate.is_signed_by(&signer.public())? {
            return refused("unable to get local issuer certificate");
        }
        let now = host.now();
        for (one, who) in [(&certificate, "certificate"), (&signer, "CA certificate")] {
            if one.not_before() > now {
                return refused(&format!("{who} is not yet valid"));
            }
            if one.not_after() < now {
                return refused(&format!("{who} has expired"));
            }
        }
        Ok(std::iter::once(("valid", true)).collect())
    }
}
