//! `tls.create_pkcs12`: a certificate of an authority, its key and the authority's certificate in one file.

use super::place::{Authority, write};
use crate::x509::{Certificate, Container, Key};
use sdk::{Action, Args, Cx, Failure, Secret};

/// Put a certificate, its key and the certificate of its authority into one file in PKCS#12.
///
/// ```salt
/// salt '*' tls.create_pkcs12 koji www.example.org passphrase=secret
/// ```
#[derive(Args)]
#[args(name = "create_pkcs12")]
pub struct CreatePkcs12 {
    /// Authority.
    ca_name: String,
    /// Common name of the certificate.
    #[arg(name = "CN")]
    cn: String,
    /// Passphrase of the file.
    passphrase: Option<Secret<String>>,
    /// Folder below which authorities lie; `/etc/pki` unless given or configured.
    cacert_path: Option<String>,
    /// Make it anew where it is there.
    #[arg(default = false)]
    replace: bool,
}

impl Action for CreatePkcs12 {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let (host, cn) = (cx.host(), &self.cn);
        let authority = Authority::new(&self.ca_name, self.cacert_path.as_deref(), None, cx.read());
        let stem = format!("{}/certs/{cn}", authority.folder);
        let path = format!("{stem}.p12");
        if !self.replace && host.exists(&path) {
            return Ok(format!("Certificate \"{cn}\" already exists"));
        }
        let Ok(signer) = Certificate::load(&authority.certificate_path(), host) else {
            return Ok(format!("There is no CA named \"{}\"", self.ca_name));
        };
        let own = Certificate::load(&format!("{stem}.crt"), host).ok();
        let key = Key::load(&format!("{stem}.key"), None, host).ok();
        let (Some(own), Some((key, _))) = (own, key) else {
            return Ok(format!("There is no certificate that matches the CN \"{cn}\""));
        };
        let whole = Container { key: Some(key), certificates: vec![own, signer], name: Some(cn.clone()) };
        write(host, &path, &whole.write(self.passphrase.as_ref().filter(|passphrase| !passphrase.reveal().is_empty()))?, 0o600)?;
        Ok(format!("Created PKCS#12 Certificate for \"{cn}\": \"{path}\""))
    }
}
