//! The OpenAPI document.

use utoipa::OpenApi;

/// The OpenAPI document of the API, as JSON text.
#[must_use]
pub fn openapi() -> String {
    Document::openapi().to_pretty_json().expect("a document of plain types is written as JSON")
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Sylvite", description = "Jobs, keys, minions and events of a Sylvite master."),
    components(schemas(
        crate::ErrorBody,
        crate::RunJob,
        crate::Submitted,
        crate::JobEvent,
        crate::JobView,
        crate::SignalJob,
        crate::Signalled,
        crate::ChangeKeys,
        crate::KeysChanged,
        crate::KeyChange,
        crate::MasterKey,
        crate::CreateToken,
        crate::NewToken,
        crate::JoinToken,
        crate::MinionView,
        crate::GrainChange,
        crate::Preview,
        crate::EventItem,
        crate::FireEvent,
        crate::Fired,
        crate::RunFunction,
        crate::RunResult,
        crate::Status,
        crate::Finding,
    ))
)]
struct Document;
