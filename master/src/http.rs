//! Requests that the master makes of web services: webhooks, Elasticsearch, logins. One small client with limits on time and size.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// A service that says nothing for so long has not answered.
const LIMIT: Duration = Duration::from_secs(30);
/// More than this of an answer is not read.
const LARGEST: usize = 4 << 20;

/// A request that failed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is none.
    #[error("`{0}` is no address of a web service; one begins with http:// or https://")]
    Address(String),
    /// A header cannot be sent.
    #[error("the header `{0}` cannot be sent")]
    Header(String),
    /// The roots of trust cannot be read.
    #[error("cannot read the certificates of this host")]
    Roots(#[source] std::io::Error),
    /// No connection, or it broke.
    #[error("`{url}` cannot be reached")]
    Reach {
        /// Where.
        url: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time.
    #[error("`{0}` does not answer")]
    Silent(String),
}

/// The client.
#[derive(Clone)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// A request that is being made.
pub struct Asking {
    http: Http,
    url: String,
    request: http::request::Builder,
    body: Bytes,
}

impl Http {
    /// A client that trusts what this host trusts.
    ///
    /// # Errors
    /// When the host's certificates cannot be read.
    pub fn new() -> Result<Self, HttpError> {
        let connector = HttpsConnectorBuilder::new().with_native_roots().map_err(HttpError::Roots)?.https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Begins a POST to an address; [`Asking::get`] makes a question of it. A name and password in it are sent as such, and never shown.
    ///
    /// # Errors
    /// When the address is none.
    pub fn request(&self, url: &str) -> Result<Asking, HttpError> {
        let (plain, login) = split(url);
        let uri: Uri = plain.parse().map_err(|_| HttpError::Address(plain.clone()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(HttpError::Address(plain));
        }
        let mut request = http::Request::builder().method(Method::POST).uri(uri);
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, basic(&login));
        }
        Ok(Asking { http: self.clone(), url: plain, request, body: Bytes::new() })
    }
}

impl Asking {
    /// As a question: GET instead of POST.
    #[must_use]
    pub fn get(mut self) -> Self {
        self.request = self.request.method(Method::GET);
        self
    }

    /// With a name and password, sent as such.
    #[must_use]
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.request = self.request.header(AUTHORIZATION, basic(&format!("{user}:{password}")));
        self
    }

    /// With a header; it may be a secret and is never logged.
    ///
    /// # Errors
    /// When it is none.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HttpError> {
        let bad = || HttpError::Header(name.to_owned());
        let key = HeaderName::try_from(name).map_err(|_| bad())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| bad())?;
        value.set_sensitive(true);
        self.request = self.request.header(key, value);
        Ok(self)
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, kind: &'static str, body: impl Into<Bytes>) -> Self {
        self.request = self.request.header(CONTENT_TYPE, kind);
        self.body = body.into();
        self
    }

    /// With a form.
    #[must_use]
    pub fn form(self, form: String) -> Self {
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Sends it.
    ///
    /// # Errors
    /// When there is no answer. Any status is one.
    pub async fn send(self) -> Result<Answer, HttpError> {
        let url = self.url;
        let reach = |source: Box<dyn std::error::Error + Send + Sync>| HttpError::Reach { url: url.clone(), source };
        let request = self.request.body(Full::new(self.body)).map_err(|error| reach(error.into()))?;
        let asked = async {
            let answer = self.http.0.request(request).await.map_err(|error| reach(error.into()))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(reach)?.to_bytes();
            Ok(Answer { status, body })
        };
        tokio::time::timeout(LIMIT, asked).await.unwrap_or_else(|_| Err(HttpError::Silent(url.clone())))
    }
}

/// An address without the name and password in it, and these.
fn split(url: &str) -> (String, Option<String>) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (login, host) = authority.rsplit_once('@')?;
        Some((format!("{scheme}://{host}{path}"), login.to_owned()))
    });
    parts.map_or_else(|| (url.to_owned(), None), |(plain, login)| (plain, Some(login)))
}

fn basic(login: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login))
}

/// Fields as a form.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

/// Puts a text behind an address or form as one part of it.
pub fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_taken_out_of_it() {
        assert_eq!(split("https://u:p@host:9200/x?y"), ("https://host:9200/x?y".to_owned(), Some("u:p".to_owned())));
        assert_eq!(split("http://host/a@b"), ("http://host/a@b".to_owned(), None));
        assert_eq!(basic("u:p"), "Basic dTpw");
        assert_eq!(form(&[("a", "x y&z"), ("b", "ü")]), "a=x%20y%26z&b=%C3%BC");
    }
}
