//! Logins of people: who asks, their logins, command lines that ask a browser, the second factor.

use crate::Refusal;
use crate::caller::{Anyone, Stranger};
use crate::extract::{Body, Id};
use crate::serve::Shared;
use api::{
    DeviceAnswer, DeviceAsk, DevicePoll, DeviceStart, DeviceState, DeviceView, LoginView, Me, MeasuredMapping, Provider, SecondFactor,
};
use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/login/providers", get(providers))
        .route("/login/device", post(begin))
        .route("/login/device/token", post(poll))
        .route("/login/device/answer", post(answer))
        .route("/login/device/{id}", get(device))
        .route("/me", get(me))
        .route("/me/logins", get(own).delete(end_others))
        .route("/me/logins/{id}", delete(end))
        .route("/accounts/{id}/otp", post(make_factor).delete(drop_factor))
        .route("/mappings/preview/{id}", get(preview))
}

async fn providers(State(shared): State<Arc<Shared>>) -> Result<Json<Vec<Provider>>, Refusal> {
    shared.control.providers().await.map(Json)
}

async fn me(State(shared): State<Arc<Shared>>, headers: HeaderMap, Anyone(caller): Anyone) -> Result<Json<Me>, Refusal> {
    let csrf = crate::session::token(&headers).map(|token| crate::session::word(&token));
    shared.control.me(&caller).await.map(|me| Json(Me { csrf, ..me }))
}

async fn own(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone) -> Result<Json<Vec<LoginView>>, Refusal> {
    shared.control.own_logins(&caller).await.map(Json)
}

async fn end_others(State(shared): State<Arc<Shared>>, stranger: Stranger, Anyone(caller): Anyone) -> Result<StatusCode, Refusal> {
    shared.control.end_own_logins(&caller, None, stranger.token.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(id): Id<String>) -> Result<StatusCode, Refusal> {
    shared.control.end_own_logins(&caller, Some(&id), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn begin(State(shared): State<Arc<Shared>>, stranger: Stranger, Body(ask): Body<DeviceAsk>) -> Result<Json<DeviceStart>, Refusal> {
    shared.control.begin_device(ask, stranger.origin, stranger.agent).await.map(Json)
}

async fn poll(State(shared): State<Arc<Shared>>, Body(poll): Body<DevicePoll>) -> Result<Json<DeviceState>, Refusal> {
    shared.control.poll_device(poll.device_code.reveal()).await.map(Json)
}

async fn device(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(code): Id<String>) -> Result<Json<DeviceView>, Refusal> {
    shared.control.device(&caller, &code).await.map(Json)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Body(answer): Body<DeviceAnswer>,
) -> Result<StatusCode, Refusal> {
    shared.control.answer_device(&caller, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn make_factor(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Id(name): Id<String>,
) -> Result<(StatusCode, Json<SecondFactor>), Refusal> {
    let made = shared.control.make_second_factor(&caller, &name).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn drop_factor(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(name): Id<String>) -> Result<StatusCode, Refusal> {
    shared.control.drop_second_factor(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn preview(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Id(name): Id<String>,
) -> Result<Json<Vec<MeasuredMapping>>, Refusal> {
    shared.control.preview_mappings(&caller, &name).await.map(Json)
}
