//! The catalogue: the same five routes for every noun.

use crate::caller::Anyone;
use crate::estate::{Extent, How, ListQuery, Listed};
use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use crate::{Caller, Refusal};
use api::nouns::Kind;
use api::{ChangeParams, ListParams};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;
use std::sync::Arc;

type From = State<Arc<Shared>>;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Kind::ALL.iter().fold(Router::new(), |router, kind| router.merge(of(*kind)))
}

fn of(kind: Kind) -> Router<Arc<Shared>> {
    let list = move |State(shared): From, Anyone(caller): Anyone, Params(params): Params<ListParams>| async move {
        Ok::<_, Refusal>(range(kind.plural(), shared.control.objects(&caller, kind, query(params)).await?))
    };
    let make = move |State(shared): From, Anyone(caller): Anyone, headers: HeaderMap, Params(params): Params<ChangeParams>, Body(body)| async move {
        let made = shared.control.make_object(&caller, kind, body, how(&headers, &params)?).await?;
        Ok::<_, Refusal>((StatusCode::CREATED, tagged(made)))
    };
    let show = move |State(shared): From, Anyone(caller): Anyone, Id(id): Id<String>| async move {
        Ok::<_, Refusal>(tagged(shared.control.object(&caller, kind, &id).await?))
    };
    let change = move |extent: Extent| {
        move |State(shared): From,
              Anyone(caller): Anyone,
              Id(id): Id<String>,
              headers: HeaderMap,
              Params(params): Params<ChangeParams>,
              Body(body): Body<Value>| async move {
            let how = how(&headers, &params)?;
            Ok::<_, Refusal>(tagged(shared.control.change_object(&caller, kind, &id, body, extent, how).await?))
        }
    };
    let delete = move |State(shared): From, Anyone(caller): Anyone, Id(id): Id<String>, headers: HeaderMap, Params(params)| async move {
        remove(&shared, &caller, kind, &id, how(&headers, &params)?).await
    };
    Router::new()
        .route(&format!("/{}", kind.plural()), get(list).post(make))
        .route(&format!("/{}/{{id}}", kind.plural()), get(show).put(change(Extent::Whole)).patch(change(Extent::Part)).delete(delete))
}

async fn remove(shared: &Shared, caller: &Caller, kind: Kind, id: &str, how: How) -> Result<StatusCode, Refusal> {
    shared.control.delete_object(caller, kind, id, how).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What part of a list is asked for.
pub(super) fn query(params: ListParams) -> ListQuery {
    ListQuery { filter: params.filter, sort: params.sort, range: params.range, most: None }
}

/// A part of a list, with its place in the whole: `roles 0-24/50`.
pub(super) fn range(plural: &str, listed: Listed) -> Response {
    let Listed { items, first, total } = listed;
    let places = if items.is_empty() { "*".to_owned() } else { format!("{first}-{}", first + items.len() - 1) };
    let mut response = Json(items).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("{plural} {places}/{total}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// An object with its version as a tag, to be given back in `If-Match`.
pub(super) fn tagged(object: Value) -> Response {
    let version = object.get("version").and_then(Value::as_u64);
    let mut response = Json(object).into_response();
    if let Some(value) = version.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok()) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// How a change is to be made, by the headers and the query of its request.
pub(super) fn how(headers: &HeaderMap, params: &ChangeParams) -> Result<How, Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim().to_owned());
    let version = match text("if-match") {
        None => None,
        Some(tag) if tag == "*" => None,
        Some(tag) => {
            let version = tag.trim_start_matches("W/").trim_matches('"').parse();
            Some(version.map_err(|_| Refusal::invalid(format!("`If-Match` is a version such as \"3\", not `{tag}`")))?)
        }
    };
    let idempotency = text("idempotency-key");
    if idempotency.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
        return Err(Refusal::invalid("`Idempotency-Key` is a text of 200 bytes at most"));
    }
    Ok(How { version, dry_run: params.dry_run.is_some_and(|flag| flag != 0), idempotency })
}
