//! Accounts, and logins that are open.

use crate::caller::Anyone;
use crate::extract::{Body, Id};
use crate::serve::Shared;
use crate::{Need, Refusal};
use api::{Account, AddAccount, ChangeAccount, LoginView};
use axum::extract::State;
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/accounts", get(list).post(add))
        .route("/accounts/{id}", get(show).patch(change).delete(remove))
        .route("/logins", get(logins))
        .route("/logins/{id}", delete(end))
}

async fn list(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<Vec<Account>>, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.list")).await?;
    shared.control.accounts(&caller).await.map(Json)
}

async fn add(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Body(request): Body<AddAccount>,
) -> Result<(StatusCode, Json<Account>), Refusal> {
    let caller = shared.permit(who, Need::wheel("account.add").with([request.name.as_str().into()])).await?;
    let account = shared.control.add_account(&caller, request).await?;
    Ok((StatusCode::CREATED, Json(account)))
}

async fn show(State(shared): State<Arc<Shared>>, who: Anyone, Id(name): Id<String>) -> Result<Json<Account>, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.list")).await?;
    shared.control.account(&caller, &name).await.map(Json)
}

async fn change(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Id(name): Id<String>,
    Body(request): Body<ChangeAccount>,
) -> Result<Json<Account>, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.change").with([name.as_str().into()])).await?;
    shared.control.change_account(&caller, &name, request).await.map(Json)
}

async fn remove(State(shared): State<Arc<Shared>>, who: Anyone, Id(name): Id<String>) -> Result<StatusCode, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.delete").with([name.as_str().into()])).await?;
    shared.control.delete_account(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn logins(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<Vec<LoginView>>, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.logins")).await?;
    shared.control.logins(&caller).await.map(Json)
}

async fn end(State(shared): State<Arc<Shared>>, who: Anyone, Id(id): Id<String>) -> Result<StatusCode, Refusal> {
    let caller = shared.permit(who, Need::wheel("account.revoke").with([id.as_str().into()])).await?;
    shared.control.end_login(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
