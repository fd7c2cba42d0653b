//! Sessions of browsers: a cookie that no script reads and no other site sends, and a word that a page must add to every request that
//! changes something.

use crate::Refusal;
use api::ErrorCode;
use http::{HeaderMap, HeaderValue, Method, header};
use sha2::{Digest, Sha256};

/// The cookie of a session over TLS. A browser takes it from this host alone, for all of it, and only over TLS.
const SEALED: &str = "__Host-sylvite";
/// Where there is no TLS (a proxy in front of which nothing is known, tests), the prefix would be refused.
const PLAIN: &str = "sylvite";
/// The cookie that binds a login to the browser that began it.
const BEGUN: &str = "sylvite_begun";
/// Header of the word against requests that another site makes in a browser's name.
const WORD: &str = "x-csrf-token";

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut named = all.filter_map(|pair| pair.trim().split_once('=')).filter(|(of, _)| *of == name);
    named.next().map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// The session's token, from its cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<String> {
    cookie(headers, SEALED).or_else(|| cookie(headers, PLAIN))
}

/// The word that a page adds to its requests: made of the token, so that nothing has to be kept, and of no use to find it.
pub(crate) fn word(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"sylvite page ");
    hash.update(token.as_bytes());
    hex::encode(hash.finalize().get(..16).unwrap_or_default())
}

/// The token of a browser's session. What changes something needs the word too.
pub(crate) fn of_browser(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(token) = token(headers) else { return Ok(None) };
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let given = headers.get(WORD).and_then(|word| word.to_str().ok()).unwrap_or_default();
    if is_safe || given == word(&token) {
        return Ok(Some(token));
    }
    Err(Refusal::new(ErrorCode::Forbidden, "a request of a browser that changes something needs the header X-CSRF-Token")
        .with_hint("`GET /api/v1/me` tells its value to the page"))
}

/// `Set-Cookie` of a new session.
pub(crate) fn opened(token: &str, is_sealed: bool) -> Option<HeaderValue> {
    let (name, secure) = if is_sealed { (SEALED, "; Secure") } else { (PLAIN, "") };
    HeaderValue::from_str(&format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// `Set-Cookie` that takes a session's cookie back.
pub(crate) fn closed(is_sealed: bool) -> Option<HeaderValue> {
    let (name, secure) = if is_sealed { (SEALED, "; Secure") } else { (PLAIN, "") };
    HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// `Set-Cookie` of a login that has begun: it comes back with the answer of the provider, which is a way in from another site.
pub(crate) fn begun(secret: &str, is_sealed: bool) -> Option<HeaderValue> {
    let secure = if is_sealed { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{BEGUN}={secret}; Path=/auth; Max-Age=600; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// What that cookie says.
pub(crate) fn which_begun(headers: &HeaderMap) -> Option<String> {
    cookie(headers, BEGUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_alone_changes_nothing() {
        let with = headers(&[("cookie", "a=b; sylvite=0123".to_owned())]);
        assert_eq!(of_browser(&Method::GET, &with).unwrap().as_deref(), Some("0123"));
        assert_eq!(of_browser(&Method::POST, &with).unwrap_err().code, ErrorCode::Forbidden);
        let with = headers(&[("cookie", "sylvite=0123".to_owned()), (WORD, word("0123"))]);
        assert_eq!(of_browser(&Method::DELETE, &with).unwrap().as_deref(), Some("0123"));
        let other = headers(&[("cookie", "sylvite=0123".to_owned()), (WORD, word("4567"))]);
        assert!(of_browser(&Method::DELETE, &other).is_err());
        assert_eq!(of_browser(&Method::POST, &HeaderMap::new()).unwrap(), None);
    }
}
