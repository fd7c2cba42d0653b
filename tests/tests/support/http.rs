//! Requests over plain HTTP, as anybody could write them: nothing between the test and the port.

#![allow(dead_code, reason = "each test file uses its part")]

use lab::Lab;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Head in lower case.
    pub head: String,
    pub body: String,
}

/// A connection to the API.
pub fn connect(lab: &Lab) -> TcpStream {
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Writes the head of a request that closes its connection, and its body.
pub fn send(stream: &mut TcpStream, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    // HTTP/1.0, so that streams come without chunks between.
    let request = format!("{method} {path} HTTP/1.0\r\nHost: api\r\n{headers}{length}\r\n{body}");
    // A body that is refused early breaks the pipe; the answer is there all the same.
    let _ = stream.write_all(request.as_bytes());
}

/// Asks and reads the answer whole.
pub fn ask(lab: &Lab, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = connect(lab);
    send(&mut stream, method, path, headers, body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: no answer but {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // What is said of tokens is compared as it is; names of headers and their values in lower case.
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// `GET`.
pub fn get(lab: &Lab, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(lab, "GET", path, headers, "")
}

/// `POST`.
pub fn post(lab: &Lab, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    ask(lab, "POST", path, headers, body)
}

/// The body as JSON.
pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("no JSON ({error}): {answer:#?}"))
}

/// The token of a new session of an account whose password is `correct horse`.
pub fn login(lab: &Lab, user: &str) -> String {
    let body = json!({"username": user, "password": "correct horse", "eauth": "sylvite"}).to_string();
    let answer = post(lab, "/login", &[("Content-Type", "application/json")], &body);
    json_of(&answer)["return"][0]["token"].as_str().unwrap_or_else(|| panic!("{answer:#?}")).to_owned()
}

/// A mapping with the fields of another over it.
pub fn with(mut base: Value, over: Value) -> Value {
    let fields = over.as_object().cloned().unwrap_or_default();
    base.as_object_mut().unwrap().extend(fields);
    base
}
