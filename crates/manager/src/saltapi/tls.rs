//! Certificate and key of the API: those of the configuration, or a pair that the master makes for itself.

use super::config::Tls;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as what it should be.
    #[error("cannot read `{path}` as {what}: {why}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Certificate or key.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// The two do not fit together, or are of a kind that cannot be used.
    #[error("certificate and key of the API cannot be used")]
    Pair(#[from] rustls::Error),
    /// The master's own pair cannot be made.
    #[error("cannot make a certificate of the API")]
    Make(#[from] rcgen::Error),
    /// The master's own pair cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What encrypts, and the certificate's fingerprint.
pub(crate) struct Encryption {
    pub acceptor: TlsAcceptor,
    pub fingerprint: String,
}

/// Reads or makes the pair. `None` where nothing is to be encrypted.
pub(crate) fn open(tls: &Tls, host: IpAddr) -> Result<Option<Encryption>, TlsError> {
    let (certificate, key, chain) = match tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key, chain } => (certificate.clone(), key.clone(), chain.clone()),
        Tls::Own { folder } => {
            let (certificate, key) = (folder.join("api.crt"), folder.join("api.key"));
            if !certificate.is_file() || !key.is_file() {
                make(&certificate, &key, host)?;
            }
            (certificate, key, None)
        }
    };
    let mut certificates = read_certificates(&certificate)?;
    if let Some(chain) = chain {
        certificates.extend(read_certificates(&chain)?);
    }
    let fingerprint = certificates.first().map(|first| fingerprint(first)).unwrap_or_default();
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| TlsError::Read { path: key, what: "a key", why: error.to_string() })?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Encryption { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint }))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unread = |why: String| TlsError::Read { path: path.to_owned(), what: "a certificate", why };
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|error| unread(error.to_string()))?;
    if found.is_empty() { Err(unread("no certificate stands there".to_owned())) } else { Ok(found) }
}

/// SHA-256 of a certificate, hex pairs joined with colons.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// A pair for this host's name and addresses. Nobody knows the certificate: clients are told its fingerprint, or take a real one.
fn make(certificate: &Path, key: &Path, host: IpAddr) -> Result<(), TlsError> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).filter(|name| !names.contains(name)));
    names.extend(Some(host).filter(|host| !host.is_unspecified()).map(|host| host.to_string()).filter(|host| !names.contains(host)));
    let made = rcgen::generate_simple_self_signed(names)?;
    write(key, &made.signing_key.serialize_pem(), 0o600)?;
    write(certificate, &made.cert.pem(), 0o644)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let failed = |source| TlsError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // What a start that was broken off left there goes first: its mode may be another.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_pair_is_made_once_and_its_key_is_for_the_master_alone() {
        let folder = tempfile::tempdir().unwrap();
        let own = Tls::Own { folder: folder.path().join("pki") };
        let first = open(&own, IpAddr::from([192, 0, 2, 1])).unwrap().unwrap();
        let second = open(&own, IpAddr::from([192, 0, 2, 1])).unwrap().unwrap();
        assert!(first.fingerprint == second.fingerprint && first.fingerprint.len() == 95);
        let mode = fs::metadata(folder.path().join("pki/api.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(folder.path().join("pki/api.crt"), "no certificate").unwrap();
        assert!(open(&own, IpAddr::from([127, 0, 0, 1])).err().unwrap().to_string().contains("api.crt"));
    }
}
