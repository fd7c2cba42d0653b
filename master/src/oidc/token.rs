//! What an ID token must be: signed by a key of the provider, of this provider, for this master, for this login, and not over.

use super::jwt;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// How far the clocks of the provider and of this host may differ, in seconds.
const SKEW: u64 = 60;

/// Why an ID token is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Its key is not known; the provider may have changed its keys.
    #[error("it is signed by a key that the provider does not show")]
    UnknownKey,
    /// Anything else.
    #[error("{0}")]
    Refused(String),
}

/// What it says.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    /// Who: the identity that outlives a change of name.
    pub sub: String,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    aud: Value,
    /// The rest.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What it must say.
pub struct Wanted<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// This master.
    pub client: &'a str,
    /// This login.
    pub nonce: &'a str,
}

/// The key of a set that a token names, in the algorithm that it may be used with. What the token claims of its algorithm counts only where the
/// key allows it.
fn key<'a>(keys: &'a JwkSet, kid: Option<&str>, algorithm: Algorithm) -> Option<&'a Jwk> {
    let fits = |jwk: &&Jwk| match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => {
            let rsa = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];
            rsa.contains(&algorithm)
        }
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        _ => false,
    };
    let declared = |jwk: &&Jwk| jwk.common.key_algorithm.is_none_or(|of| format!("{of:?}") == format!("{algorithm:?}"));
    let signs = |jwk: &&Jwk| !matches!(jwk.common.public_key_use, Some(jsonwebtoken::jwk::PublicKeyUse::Encryption));
    let mut fitting = keys.keys.iter().filter(fits).filter(declared).filter(signs);
    match kid {
        Some(kid) => fitting.find(|jwk| jwk.common.key_id.as_deref() == Some(kid)),
        // Without a name only one key can be meant.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

/// Checks an ID token.
///
/// # Errors
/// When it is none.
pub fn check(token: &str, keys: &JwkSet, wanted: &Wanted<'_>) -> Result<Claims, BadToken> {
    jwt::ready();
    let refused = |error: jsonwebtoken::errors::Error| BadToken::Refused(error.to_string());
    let header = decode_header(token).map_err(refused)?;
    if !jwt::TAKEN.contains(&header.alg) {
        return Err(BadToken::Refused(format!("its signature is {:?}, which is not taken", header.alg)));
    }
    let jwk = key(keys, header.kid.as_deref(), header.alg).ok_or(BadToken::UnknownKey)?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = SKEW;
    validation.set_issuer(&[wanted.issuer]);
    validation.set_audience(&[wanted.client]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    let claims: Claims = decode(token, &DecodingKey::from_jwk(jwk).map_err(refused)?, &validation).map_err(refused)?.claims;
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(wanted.nonce.as_bytes())) {
        return Err(BadToken::Refused("its nonce is not of this login".to_owned()));
    }
    // For several, it must say whom it was given to.
    let is_for_several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    if claims.azp.as_deref().map_or(is_for_several, |azp| azp != wanted.client) {
        return Err(BadToken::Refused("it was given to another client".to_owned()));
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err(BadToken::Refused("it names nobody".to_owned()));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            let random = SystemRandom::new();
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap())
        }

        fn keys(&self, kid: &str) -> JwkSet {
            let point = self.0.public_key().as_ref();
            let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
            serde_json::from_value(json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y}]})).unwrap()
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let head = URL_SAFE_NO_PAD.encode(header.to_string());
            let message = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
            let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
        }
    }

    const WANTED: Wanted<'_> = Wanted { issuer: "https://git.example.com", client: "sylvite", nonce: "n-1" };

    fn claims() -> Value {
        let now = jsonwebtoken::get_current_timestamp();
        json!({"iss": "https://git.example.com", "aud": "sylvite", "sub": "7", "nonce": "n-1", "exp": now + 60, "iat": now})
    }

    fn with(over: &Value) -> Value {
        let mut claims = claims();
        for (name, value) in over.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name)
            } else {
                claims.as_object_mut().unwrap().insert(name.clone(), value.clone())
            };
        }
        claims
    }

    #[test]
    fn a_token_of_the_provider_for_this_login_is_taken() {
        let signer = Signer::new();
        let token = signer.token(&json!({"alg": "ES256", "kid": "k1"}), &claims());
        assert_eq!(check(&token, &signer.keys("k1"), &WANTED).unwrap().sub, "7");
        let without = signer.token(&json!({"alg": "ES256"}), &with(&json!({"aud": ["sylvite"]})));
        assert!(check(&without, &signer.keys("k1"), &WANTED).is_ok());
    }

    #[test]
    fn whatever_is_wrong_with_a_token_it_is_none() {
        let signer = Signer::new();
        let (keys, head) = (signer.keys("k1"), json!({"alg": "ES256", "kid": "k1"}));
        let now = jsonwebtoken::get_current_timestamp();
        for over in [
            json!({"iss": "https://evil.example"}),
            json!({"iss": null}),
            json!({"aud": "other"}),
            json!({"aud": null}),
            json!({"aud": ["sylvite", "other"]}),
            json!({"aud": ["sylvite", "other"], "azp": "other"}),
            json!({"azp": "other"}),
            json!({"nonce": "n-2"}),
            json!({"nonce": null}),
            json!({"exp": now - 120}),
            json!({"exp": null}),
            json!({"exp": "soon"}),
            json!({"nbf": now + 600}),
            json!({"sub": ""}),
            json!({"sub": null}),
        ] {
            assert!(check(&signer.token(&head, &with(&over)), &keys, &WANTED).is_err(), "{over}");
        }
        // Clocks may differ by a little.
        assert!(check(&signer.token(&head, &with(&json!({"exp": now - 30}))), &keys, &WANTED).is_ok());
    }

    #[test]
    fn a_signature_of_somebody_else_of_a_shared_secret_or_of_nobody_is_none() {
        let (signer, other) = (Signer::new(), Signer::new());
        let good = signer.token(&json!({"alg": "ES256", "kid": "k1"}), &claims());
        assert!(check(&good, &other.keys("k1"), &WANTED).is_err());
        assert_eq!(check(&good, &signer.keys("k2"), &WANTED).unwrap_err(), BadToken::UnknownKey);
        for alg in ["none", "None", "HS256", "RS256", "ES384", "EdDSA"] {
            let token = signer.token(&json!({"alg": alg, "kid": "k1"}), &claims());
            assert!(check(&token, &signer.keys("k1"), &WANTED).is_err(), "{alg}");
        }
        let (message, _) = good.rsplit_once('.').unwrap();
        for cut in [format!("{message}."), message.to_owned(), String::new(), "a.b.c".to_owned()] {
            assert!(check(&cut, &signer.keys("k1"), &WANTED).is_err(), "{cut}");
        }
        let changed = good.replacen('.', &format!(".{}", URL_SAFE_NO_PAD.encode("{")), 1);
        assert!(check(&changed, &signer.keys("k1"), &WANTED).is_err());
    }
}
