//! Routes of `/api/v1`, one file a noun. The table of them all is in the `api` package, with their documentation.

mod accounts;
mod audit;
pub(crate) mod auth;
mod events;
mod hosts;
mod jobs;
mod keys;
mod minions;
mod objects;
mod people;
mod policy;
mod runners;
pub(crate) mod setup;
mod status;
mod tokens;

use crate::Refusal;
use crate::serve::Shared;
use axum::Router;
use std::sync::Arc;

/// Every route under the base.
pub(crate) fn api() -> Router<Arc<Shared>> {
    Router::new()
        .merge(jobs::routes())
        .merge(keys::routes())
        .merge(minions::routes())
        .merge(runners::routes())
        .merge(events::routes())
        .merge(status::routes())
        .merge(policy::routes())
        .merge(accounts::routes())
        .merge(audit::routes())
        .merge(hosts::routes())
        .merge(objects::routes())
        .merge(people::routes())
        .merge(setup::routes())
        .merge(tokens::routes())
        .method_not_allowed_fallback(|method: http::Method, uri: http::Uri| async move {
            Refusal::invalid(format!("`{}` does not take {method}", uri.path()))
        })
}
