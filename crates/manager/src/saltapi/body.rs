//! Bodies of requests: JSON, YAML, forms, and text that is JSON.

use super::fault::Fault;
use super::room::Room;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use value::{Map, Value};

/// A body: its text and what it means.
pub(crate) struct Parsed {
    pub text: String,
    pub value: Value,
}

/// Reads a body whole, no larger and no longer than the configuration allows.
pub(crate) async fn read(room: &Room, body: Body) -> Result<Bytes, Fault> {
    let most = room.config.largest_body;
    let collected = tokio::time::timeout(room.config.slowest, Limited::new(body, most).collect()).await;
    let collected = collected.map_err(|_| Fault::new(StatusCode::REQUEST_TIMEOUT, "The request's body took too long (slowest_request)"))?;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body is larger than {most} bytes (max_request_body_size)")))
        }
        Err(_) => Err(Fault::bad("The request's body broke off")),
    }
}

/// Reads and understands a body. An empty one is null.
pub(crate) async fn parse(room: &Room, headers: &HeaderMap, body: Body) -> Result<Parsed, Fault> {
    let bytes = read(room, body).await?;
    let text = String::from_utf8(bytes.to_vec()).map_err(|_| Fault::bad("The body is no UTF-8"))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let value = if text.is_empty() { Value::Null } else { understood(&kind, &text)? };
    Ok(Parsed { text, value })
}

fn understood(kind: &str, text: &str) -> Result<Value, Fault> {
    match kind {
        "application/json" => value::json::read(text).map_err(|error| Fault::bad(format!("Invalid JSON document: {error}"))),
        "application/x-yaml" | "text/yaml" => yaml::load_value(text).map_err(|error| Fault::bad(format!("Invalid YAML document: {error}"))),
        // What a browser says of a text unless told otherwise.
        "text/plain" => Ok(value::json::read(text).unwrap_or_else(|_| Value::from(text))),
        "" | "application/x-www-form-urlencoded" => Ok(Value::Map(form(text))),
        _ => Err(Fault::new(StatusCode::NOT_ACCEPTABLE, "Content type not supported")),
    }
}

/// Fields of a form: a repeated one is a list; `arg` is always one, each member read as YAML, and so is `kwarg`.
fn form(text: &str) -> Map {
    let mut fields = Map::new();
    for (name, word) in form_urlencoded::parse(text.as_bytes()) {
        let value = match &*name {
            "arg" | "kwarg" => argv::value(&word),
            _ => Value::from(word),
        };
        match fields.get_mut(&name) {
            None if name == "arg" => {
                let list = if matches!(value, Value::List(_)) { value } else { Value::List(vec![value]) };
                fields.insert(&*name, list);
            }
            None => {
                fields.insert(&*name, value);
            }
            Some(Value::List(items)) => items.push(value),
            Some(first) => *first = Value::List(vec![first.clone(), value]),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &Value) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn a_form_keeps_text_but_for_arguments() {
        let read = form("client=local&tgt=*&fun=test.arg&arg=7&arg=x&kwarg={n: 7}&tgt_type=1");
        let want = r#"{"client":"local","tgt":"*","fun":"test.arg","arg":[7,"x"],"kwarg":{"n":7},"tgt_type":"1"}"#;
        assert_eq!(json(&Value::Map(read)), want);
        assert_eq!(json(&Value::Map(form("mid=a&mid=b"))), r#"{"mid":["a","b"]}"#);
    }

    #[test]
    fn a_body_is_what_its_type_says_and_text_may_be_json() {
        assert_eq!(json(&understood("text/plain", r#"{"a": 1}"#).unwrap()), r#"{"a":1}"#);
        // Job ids that a client sends as numbers have more digits than a machine word.
        assert_eq!(json(&understood("application/json", r#"[20261124123739084361]"#).unwrap()), r#"["20261124123739084361"]"#);
        assert_eq!(json(&understood("text/plain", "hello").unwrap()), r#""hello""#);
        assert_eq!(json(&understood("application/x-yaml", "- a: 1\n").unwrap()), r#"[{"a":1}]"#);
        assert_eq!(understood("application/json", "{").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(understood("text/csv", "x").unwrap_err().text, "Content type not supported");
    }
}
