//! TLS to a master: by the certificates this system knows, or by one certificate that somebody has looked at.

use crate::Error;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Connects in TLS. With a fingerprint only that certificate is taken, whoever has signed it.
pub(crate) async fn connect(stream: TcpStream, host: &str, pinned: Option<&str>) -> Result<TlsStream<TcpStream>, Error> {
    let broken = |error: rustls::Error| crate::connection::broken("beginning TLS", error);
    let provider = Arc::new(ring::default_provider());
    let check = Arc::new(Check {
        pinned: pinned.map(str::to_owned),
        known: known(&provider),
        provider: Arc::clone(&provider),
        seen: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(broken)?;
    let config =
        config.dangerous().with_custom_certificate_verifier(Arc::clone(&check) as Arc<dyn ServerCertVerifier>).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| crate::connection::broken("reading the address", error))?;
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => Ok(stream),
        Err(error) => match check.seen() {
            Some(fingerprint) => Err(Error::Untrusted { fingerprint, why: error.to_string() }),
            None => Err(crate::connection::broken("beginning TLS", error)),
        },
    }
}

/// What checks by the certificates this system knows, where it knows any.
fn known(provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return None;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build().ok()
}

#[derive(Debug)]
struct Check {
    pinned: Option<String>,
    known: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    /// Fingerprint of a certificate that was not taken.
    seen: Mutex<Option<String>>,
}

impl Check {
    fn seen(&self) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint = fingerprint(certificate);
        let checked = match (&self.pinned, &self.known) {
            (Some(pinned), _) if *pinned == fingerprint => return Ok(ServerCertVerified::assertion()),
            (Some(_), _) => Err(rustls::Error::General("it is not the certificate that was trusted".to_owned())),
            (None, Some(known)) => known.verify_server_cert(certificate, intermediates, name, ocsp, now),
            (None, None) => Err(rustls::Error::General("this system knows no certificates".to_owned())),
        };
        if checked.is_err() {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        }
        checked
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// SHA-256 of a certificate, hex pairs joined with colons.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
