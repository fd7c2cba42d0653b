//! What can go wrong with keys and certificates.

use sdk::Failure;

/// What can go wrong with keys and certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A source that is neither a file nor an encoding that is known.
    #[error("Could not load provided source. You need to pass an existing file, (PEM|hex|base64)-encoded string or raw bytes.")]
    Source,
    /// A text that is none of what it should be.
    #[error("Could not load PEM-encoded {0}.")]
    Pem(&'static str),
    /// Bytes that are none of what they should be.
    #[error("Could not load DER-encoded {0}.")]
    Der(&'static str),
    /// A passphrase that does not open the key.
    #[error("Bad decrypt - is the password correct?")]
    Passphrase,
    /// A key that needs a passphrase.
    #[error("Private key is encrypted. Please provide a password.")]
    Locked,
    /// A passphrase for a key that needs none.
    #[error("Private key is unencrypted. Please remove the password.")]
    NotLocked,
    /// Nothing that has a public key.
    #[error("Could not load key as certificate, public key, private key or CSR")]
    NoKey,
    /// An argument that cannot be.
    #[error("{0}")]
    Argument(String),
    /// A value that ASN.1 cannot hold.
    #[error("`{what}` cannot be written as ASN.1: {why}")]
    Asn1 {
        /// The value.
        what: String,
        /// Why not.
        why: String,
    },
}

impl Error {
    /// An argument that cannot be.
    pub fn argument(text: impl Into<String>) -> Self {
        Self::Argument(text.into())
    }

    /// A value that ASN.1 cannot hold.
    pub fn asn1(what: impl Into<String>) -> impl FnOnce(der::Error) -> Self {
        let what = what.into();
        move |error| Self::Asn1 { what, why: error.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::failed(error.to_string())
    }
}
