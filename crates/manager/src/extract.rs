//! Parts of a request as types; what does not fit is refused in words.

use crate::Refusal;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;

/// A JSON body.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = bytes::Bytes::from_request(request, state).await.map_err(|error| Refusal::invalid(error.body_text()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Refusal::invalid(format!("the body does not fit: {error}")))
    }
}

/// The query of a URL.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Refusal::invalid(format!("the query does not fit: {}", error.body_text()))),
        }
    }
}

/// The one variable part of a path.
pub(crate) struct Id<T>(pub T);

impl<T: FromStr<Err: Display>, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|error| Refusal::invalid(error.body_text()))?;
        text.parse().map(Self).map_err(|error: T::Err| Refusal::invalid(error.to_string()))
    }
}
