//! Asking a web service from the real machine. The library waits, so it has a thread of its own.

use crate::http::{HttpAnswer, HttpError, HttpRequest, Trust};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;
use ureq::config::AutoHeaderValue;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, http};

/// So many addresses are followed one after the other.
const REDIRECTS: u32 = 10;

pub(crate) async fn ask(request: HttpRequest) -> Result<HttpAnswer, HttpError> {
    match tokio::task::spawn_blocking(move || asked(request)).await {
        Ok(answer) => answer,
        Err(error) => Err(HttpError::Request(error.to_string())),
    }
}

fn asked(request: HttpRequest) -> Result<HttpAnswer, HttpError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(REDIRECTS)
        .timeout_global(Some(request.timeout))
        .timeout_connect(Some(request.connect_timeout))
        // What is sent is what was asked for.
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .tls_config(tls(&request)?);
    if let Some(proxy) = &request.proxy {
        config = config.proxy(Some(Proxy::new(proxy).map_err(|error| HttpError::Request(error.to_string()))?));
    }
    let agent: Agent = config.build().into();
    let mut made = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        made = made.header(name, value);
    }
    let bad = |error: http::Error| HttpError::Request(error.to_string());
    let answer = match &request.body {
        Some(body) => agent.run(made.body(body.as_slice()).map_err(bad)?),
        None => agent.run(made.body(()).map_err(bad)?),
    };
    let mut answer = answer.map_err(failed)?;
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers: Vec<_> = headers.collect();
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(request.largest).read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(limit) => HttpError::TooLarge(limit),
        other => failed(other),
    })?;
    Ok(HttpAnswer { status: status.as_u16(), reason: status.canonical_reason().unwrap_or("Unknown").to_owned(), headers, body })
}

/// What the words are that Salt's users know: the system's own where there are some.
fn failed(error: ureq::Error) -> HttpError {
    match error {
        ureq::Error::Timeout(what) => HttpError::Silent(format!("Timeout ({what})")),
        ureq::Error::HostNotFound => HttpError::Reach("[Errno -2] Name or service not known".to_owned()),
        ureq::Error::Io(error) => HttpError::Reach(match error.raw_os_error() {
            Some(code) => format!("[Errno {code}] {}", nix::errno::Errno::from_raw(code).desc()),
            None => error.to_string(),
        }),
        ureq::Error::BadUri(uri) => HttpError::Request(format!("`{uri}` is no address of a web service")),
        other => HttpError::Reach(other.to_string()),
    }
}

fn tls(request: &HttpRequest) -> Result<TlsConfig, HttpError> {
    let mut config = TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    if !request.url.starts_with("https:") && request.client.is_none() && request.trust == Trust::Host {
        // Reading all authorities of a host takes some milliseconds, and a redirection to https is answered by an error that says so.
        return Ok(config.root_certs(RootCerts::new_with_certs(&[])).build());
    }
    config = match &request.trust {
        Trust::Anybody => config.disable_verification(true),
        Trust::Bundle(pem) => config.root_certs(RootCerts::new_with_certs(&certificates(pem)?)),
        Trust::Host => {
            let found = rustls_native_certs::load_native_certs();
            let all: Vec<_> = found.certs.iter().map(|cert: &CertificateDer<'_>| Certificate::from_der(cert).to_owned()).collect();
            if all.is_empty() {
                return Err(HttpError::Certificates("this machine trusts no authority; is `ca-certificates` installed?".to_owned()));
            }
            config.root_certs(RootCerts::new_with_certs(&all))
        }
    };
    if let Some(client) = &request.client {
        let key = PrivateKey::from_pem(&client.key).map_err(|error| HttpError::Certificates(error.to_string()))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&certificates(&client.chain)?, key)));
    }
    Ok(config.build())
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, HttpError> {
    let items = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(HttpError::Certificates(error.to_string()))),
    });
    items.collect()
}
