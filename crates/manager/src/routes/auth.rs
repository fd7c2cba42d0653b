//! Pages by which people log in with a browser: at a provider, by a password, and to let a command line in. They are plain: the web UI
//! brings its own, and these work without it.

use crate::caller::Stranger;
use crate::extract::{Body, Params};
use crate::serve::Shared;
use crate::{Refusal, session};
use api::{BeginLogin, ErrorCode, FinishLogin, Login};
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;

pub(crate) fn pages() -> Router<Arc<Shared>> {
    Router::new()
        .route("/auth", get(page))
        .route("/auth/device", get(page))
        .route("/auth.js", get(script))
        .route("/auth/password", post(password))
        .route("/auth/logout", post(logout))
        .route("/auth/{provider}/login", get(begin))
        .route("/auth/{provider}/callback", get(finish))
}

/// Headers of every page here: nothing is kept, framed, or loaded from elsewhere.
fn headers() -> [(header::HeaderName, &'static str); 5] {
    [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; base-uri 'none'",
        ),
    ]
}

async fn page() -> impl IntoResponse {
    (headers(), Html(include_str!("auth.html")))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("auth.js"))
}

/// The page to come back to.
#[derive(Debug, Default, Deserialize)]
struct Begin {
    #[serde(default)]
    return_to: Option<String>,
}

/// What a provider sends a browser back with. Providers add parameters of their own.
#[derive(Debug, Default, Deserialize)]
struct Finish {
    #[serde(default)]
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// A name and a password, from a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByPassword {
    username: String,
    password: value::Secret<String>,
    #[serde(default)]
    otp: Option<value::Secret<String>>,
}

/// A path of this master, and nothing that a browser would take for another host: no open redirect.
fn own_path(wanted: Option<&str>) -> String {
    let fits = |path: &str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['\\', '@'])
            && path.len() <= 500
            && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
    };
    wanted.filter(|path| fits(path)).unwrap_or("/auth").to_owned()
}

fn is_sealed(shared: &Shared) -> bool {
    shared.public_url.starts_with("https://")
}

/// Only a browser over the network logs in here.
fn over_network(shared: &Shared) -> Result<(), Refusal> {
    if shared.public_url.is_empty() { Err(Refusal::unsupported("browsers log in over the network, not over this socket")) } else { Ok(()) }
}

async fn begin(State(shared): State<Arc<Shared>>, Path(provider): Path<String>, Params(asked): Params<Begin>) -> Result<Response, Refusal> {
    over_network(&shared)?;
    let ask = BeginLogin { provider, return_to: own_path(asked.return_to.as_deref()), origin: shared.public_url.clone() };
    match shared.control.begin_login(ask).await {
        Ok(begun) => Ok(sent(&begun.url, session::begun(&begun.secret, is_sealed(&shared)))),
        Err(refused) => Ok(told(&refused)),
    }
}

async fn finish(
    State(shared): State<Arc<Shared>>,
    Path(provider): Path<String>,
    Params(answer): Params<Finish>,
    headers: HeaderMap,
    stranger: Stranger,
) -> Result<Response, Refusal> {
    over_network(&shared)?;
    let finish = FinishLogin {
        provider,
        secret: session::which_begun(&headers).unwrap_or_default(),
        state: answer.state,
        code: answer.code,
        iss: answer.iss,
        error: answer.error,
        agent: stranger.agent,
    };
    match shared.control.finish_login(finish, stranger.origin).await {
        Ok((login, return_to)) => Ok(sent(&own_path(Some(&return_to)), session::opened(&login.token, is_sealed(&shared)))),
        Err(refused) => Ok(told(&refused)),
    }
}

async fn password(State(shared): State<Arc<Shared>>, stranger: Stranger, Body(given): Body<ByPassword>) -> Result<Response, Refusal> {
    over_network(&shared)?;
    let login = Login {
        username: given.username,
        password: given.password,
        eauth: "sylvite".to_owned(),
        token_expire: None,
        otp: given.otp,
        agent: stranger.agent,
    };
    let login = shared.control.login(login, stranger.origin).await?;
    let mut response = Json(serde_json::json!({"user": login.user, "expire": login.expire})).into_response();
    set(&mut response, session::opened(&login.token, is_sealed(&shared)));
    Ok(response)
}

async fn logout(State(shared): State<Arc<Shared>>, stranger: Stranger) -> Result<Response, Refusal> {
    if let Some(unproved) = stranger.unproved {
        return Err(unproved);
    }
    if let Some(token) = stranger.token {
        shared.control.logout(&token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set(&mut response, session::closed(is_sealed(&shared)));
    Ok(response)
}

/// A browser is sent somewhere, with a cookie.
fn sent(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response();
    set(&mut response, cookie);
    response
}

fn set(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A refusal as a page, for a browser that was sent here.
fn told(refused: &Refusal) -> Response {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let why = match refused.code {
        ErrorCode::Unavailable => "登录服务暂时不可用 / The provider of logins is away",
        ErrorCode::Forbidden => "没有权限 / You may not come in",
        _ => "登录失败 / The login failed",
    };
    let hint = refused.hint.as_deref().map(|hint| format!("<p>{}</p>", text(hint))).unwrap_or_default();
    let page = format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>Sylvite</title><body style=\"font:16px/1.6 sans-serif;\
         max-width:32em;margin:4em auto;padding:0 1em\"><h1>Sylvite</h1><p><b>{why}</b></p><p>{}</p>{hint}<p><a href=\"/auth\">返回 / Back</a></p>",
        text(&refused.message)
    );
    let status = StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers(), Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_comes_back_to_this_master_and_nowhere_else() {
        assert_eq!(own_path(Some("/auth/device?code=BCDF-GHJK")), "/auth/device?code=BCDF-GHJK");
        for away in ["https://evil.example", "//evil.example", "/\\evil.example", "/x@evil", "evil", "/a\r\nb", "", "/\t/evil"] {
            assert_eq!(own_path(Some(away)), "/auth", "{away:?}");
        }
        assert_eq!(own_path(None), "/auth");
    }

    #[test]
    fn a_refusal_is_shown_as_text() {
        let response = told(&Refusal::invalid("<script>"));
        assert_eq!(response.status(), 400);
    }
}
