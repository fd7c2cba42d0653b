//! Logins, and why somebody may or may not do something.

use crate::caller::Anyone;
use crate::caller::Stranger;
use crate::extract::Body;
use crate::serve::Shared;
use crate::{Need, Refusal};
use api::{Explain, Explained, Login, OpenLogin};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/login", post(login)).route("/logout", post(logout)).route("/policy/explain", post(explain))
}

async fn login(State(shared): State<Arc<Shared>>, stranger: Stranger, Body(request): Body<Login>) -> Result<Json<OpenLogin>, Refusal> {
    shared.control.login(Login { agent: stranger.agent, ..request }, stranger.origin).await.map(Json)
}

/// A token that is none is over as well: there is nothing to refuse.
async fn logout(State(shared): State<Arc<Shared>>, stranger: Stranger) -> Result<StatusCode, Refusal> {
    if let Some(token) = stranger.token {
        shared.control.logout(&token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn explain(State(shared): State<Arc<Shared>>, who: Anyone, Body(question): Body<Explain>) -> Result<Json<Explained>, Refusal> {
    let caller = shared.permit(who, Need::wheel("policy.explain")).await?;
    shared.control.explain(&caller, question).await.map(Json)
}
