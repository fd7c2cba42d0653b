//! Keys, certificates, requests and lists of revoked certificates, as files.
//!
//! Each state compares what stands in the file with what its arguments ask for, and makes it anew where they differ; a key or a certificate is
//! made when it is needed and never for a look.

mod certificate;
mod file;
mod key;
mod list;
mod pem;
mod request;

sdk::states!(x509, [key::PrivateKeyManaged, request::CsrManaged, certificate::CertificateManaged, list::CrlManaged, pem::PemManaged]);

#[cfg(test)]
mod tests;
