//! The OpenAPI document: schemas from the types, paths from the table of routes.

use crate::nouns::Kind;
use crate::paths::{Answer, Route, routes};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

/// The OpenAPI document of the API, as JSON text.
#[must_use]
pub fn openapi() -> String {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    let mut paths = Map::new();
    for route in routes() {
        let operation = operation(&route, &document);
        let path = paths.entry(format!("{}{}", crate::BASE, route.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_lowercase(), operation);
        }
    }
    if let Some(document) = document.as_object_mut() {
        document.insert("paths".to_owned(), Value::Object(paths));
    }
    format!("{document:#}\n")
}

fn operation(route: &Route, document: &Value) -> Value {
    let mut parameters = Vec::new();
    if route.path.contains("{id}") {
        parameters.push(json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}));
    }
    if let Some(schema) = route.query {
        parameters.extend(query(schema, document));
    }
    let refused = json!({
        "description": "Refused; the status says what kind of refusal it is.",
        "content": {"application/json": {"schema": schema("ErrorBody")}},
    });
    let (status, answer) = answer(route);
    let mut operation = json!({
        "summary": route.summary,
        "operationId": operation_id(route),
        "parameters": parameters,
        "responses": {status: answer, "default": refused},
    });
    if let (Some(body), Some(operation)) = (route.body, operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), json!({"required": true, "content": {"application/json": {"schema": schema(body)}}}));
    }
    operation
}

fn answer(route: &Route) -> (&'static str, Value) {
    let of = |description: &str, schema: Value| json!({"description": description, "content": {"application/json": {"schema": schema}}});
    match route.answer {
        Answer::Made(name) => ("201", of("Made.", shown(name))),
        Answer::One(name) => ("200", of("Done.", shown(name))),
        Answer::Range(name) => ("200", of("A part of them.", json!({"type": "array", "items": shown(name)}))),
        Answer::List(name) => ("200", of("All of them.", json!({"type": "array", "items": schema(name)}))),
        Answer::Page(name) => {
            let page = json!({
                "type": "object",
                "required": ["items"],
                "properties": {
                    "items": {"type": "array", "items": schema(name)},
                    "next": {"type": "string", "description": "Where the next part begins; missing when this is the last."},
                },
            });
            ("200", of("A part of them.", page))
        }
        Answer::Stream(name) => {
            let item = json!({"schema": schema(name)});
            ("200", json!({"description": "One item a line.", "content": {"application/x-ndjson": item, "text/event-stream": item}}))
        }
        Answer::Nothing => ("204", json!({"description": "Done."})),
        Answer::Document => ("200", of("The document.", json!({"type": "object"}))),
    }
}

/// Objects of the catalogue are shown with what all of them have.
fn shown(name: &str) -> Value {
    if Kind::ALL.iter().any(|kind| kind.schema() == name) {
        return json!({"allOf": [schema("ObjectHead"), schema(name)]});
    }
    schema(name)
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Fields of a filter as parameters of the query.
fn query(name: &str, document: &Value) -> Vec<Value> {
    let properties = document.pointer(&format!("/components/schemas/{name}/properties")).and_then(Value::as_object);
    let parameter = |(field, shape): (&String, &Value)| {
        let description = shape.get("description").cloned().unwrap_or_default();
        json!({"name": field, "in": "query", "required": false, "description": description, "schema": shape})
    };
    properties.map(|properties| properties.iter().map(parameter).collect()).unwrap_or_default()
}

/// `get_jobs_id_watch`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty());
    std::iter::once(route.method.to_lowercase()).chain(words.map(str::to_owned)).collect::<Vec<_>>().join("_")
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sylvite",
        description = "Jobs, keys, minions and events of a Sylvite master. On the master itself the API is served over a unix socket to root and to the user the master runs as."
    ),
    components(schemas(
        crate::ErrorBody,
        crate::RunJob,
        crate::RunQuery,
        crate::Submitted,
        crate::JobFilter,
        crate::JobSummary,
        crate::JobEvent,
        crate::JobView,
        crate::WatchJob,
        crate::SignalJob,
        crate::Signalled,
        crate::KeyFilter,
        crate::schema::Key,
        crate::ChangeKeys,
        crate::KeysChanged,
        crate::KeyHistoryFilter,
        crate::KeyChange,
        crate::MasterKey,
        crate::CreateToken,
        crate::NewToken,
        crate::JoinToken,
        crate::MinionFilter,
        crate::MinionSummary,
        crate::MinionView,
        crate::GrainFilter,
        crate::GrainChange,
        crate::schema::Target,
        crate::Preview,
        crate::EventFilter,
        crate::EventItem,
        crate::FireEvent,
        crate::Fired,
        crate::RunFunction,
        crate::RunResult,
        crate::Login,
        crate::OpenLogin,
        crate::Explain,
        crate::Explained,
        crate::Account,
        crate::AddAccount,
        crate::ChangeAccount,
        crate::LoginView,
        crate::ApiToken,
        crate::MakeApiToken,
        crate::MadeApiToken,
        crate::Setup,
        crate::Provider,
        crate::Me,
        crate::DeviceAsk,
        crate::DeviceStart,
        crate::DevicePoll,
        crate::DeviceState,
        crate::DeviceView,
        crate::DeviceAnswer,
        crate::SecondFactor,
        crate::MeasuredMapping,
        crate::AuditFilter,
        crate::AuditEntry,
        crate::AuditVerify,
        crate::AuditReport,
        crate::Checkpoint,
        crate::Host,
        crate::HostPatch,
        crate::ChangeHosts,
        crate::HostsChanged,
        crate::HostTable,
        crate::HostsImported,
        crate::RowFault,
        crate::FactHistory,
        crate::FactChange,
        crate::ListParams,
        crate::ChangeParams,
        crate::ObjectHead,
        crate::nouns::Role,
        crate::nouns::Binding,
        crate::nouns::Project,
        crate::nouns::Environment,
        crate::nouns::Service,
        crate::nouns::Group,
        crate::nouns::Tag,
        crate::nouns::Relation,
        crate::nouns::Field,
        crate::nouns::Mapping,
        crate::Status,
        crate::Finding,
    ))
)]
struct Document;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` under a value.
    fn references(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    out.push(target.clone());
                }
                map.values().for_each(|value| references(value, out));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, out)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let mut targets = Vec::new();
        references(&document, &mut targets);
        assert!(targets.len() > 50);
        let lost: Vec<_> = targets.iter().filter(|target| document.pointer(target.trim_start_matches('#')).is_none()).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn every_query_of_a_route_has_parameters() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        for route in routes().filter(|route| route.query.is_some()) {
            let pointer = format!(
                "/paths/{}/{}/parameters",
                format!("{}{}", crate::BASE, route.path).replace('/', "~1"),
                route.method.to_lowercase()
            );
            assert!(!document.pointer(&pointer).unwrap().as_array().unwrap().is_empty(), "{pointer}");
        }
    }
}
