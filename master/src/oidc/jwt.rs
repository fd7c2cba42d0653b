//! The signatures of ID tokens, for `jsonwebtoken`: by `ring`, which all TLS here uses anyway. Only public keys are taken: a token that is
//! signed by a shared secret, or not at all, is none.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use signature::Verifier;
use std::sync::Once;

/// What is taken: public keys alone.
pub const TAKEN: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
];

/// Makes `jsonwebtoken` ready; once is enough.
pub fn ready() {
    static READY: Once = Once::new();
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    // Refused where somebody has done it before: then it is done.
    READY.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

/// The master signs no tokens.
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if !TAKEN.contains(algorithm) {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Key { algorithm: *algorithm, key: key.clone() }))
}

struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for Key {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for Key {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let by_rsa = |parameters: &'static RsaParameters| match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).map_err(|_| signature::Error::new())
            }
            DecodingKeyKind::SecretOrDer(_) => Err(signature::Error::new()),
        };
        let by_curve = |curve| match self.key.kind() {
            DecodingKeyKind::SecretOrDer(point) => {
                UnparsedPublicKey::new(curve, point).verify(message, signature).map_err(|_| signature::Error::new())
            }
            DecodingKeyKind::RsaModulusExponent { .. } => Err(signature::Error::new()),
        };
        match self.algorithm {
            Algorithm::RS256 => by_rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => by_rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => by_rsa(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => by_rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => by_rsa(&RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => by_rsa(&RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => by_curve(&ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => by_curve(&ECDSA_P384_SHA384_FIXED),
            // Whatever the library learns later is not taken until it stands in the list above.
            _ => Err(signature::Error::new()),
        }
    }
}
