//! Requests against recorded answers, and against a server of our own.

use super::*;
use sdk::host::{FakeHost, RealHost};
use sdk::testing::context;
use sdk::{CallArgs, Facts, Value};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

fn args(text: &str) -> CallArgs {
    CallArgs::named(serde_json::from_str(text).unwrap())
}

async fn query(host: Arc<dyn sdk::host::Host>, text: &str) -> Result<Value, Failure> {
    crate::registry().call("http.query", args(text), &context(host, Facts::default())).await.map(|returned| returned.value)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn an_answer_is_given_as_it_was_asked_for() {
    let host = Arc::new(FakeHost::new());
    host.answer_http(
        "GET http://x/a?q=1+2",
        200,
        &[("content-type", "application/json"), ("set-cookie", "a"), ("set-cookie", "b")],
        "{\"k\": [1]}",
    );
    let seen =
        query(host.clone(), r#"{"url": "http://x/a", "params": {"q": "1 2"}, "status": true, "headers": true, "decode": true}"#).await;
    let expect = r#"{"body": "{\"k\": [1]}", "status": 200, "headers": {"Content-Type": "application/json", "Set-Cookie": "a,b"}, "dict": {"k": [1]}}"#;
    assert_eq!(seen.unwrap(), json(expect));
}

#[tokio::test]
async fn bodies_headers_and_logins_are_sent() {
    let host = Arc::new(FakeHost::new());
    host.answer_http("POST http://x/", 204, &[], "");
    let asked = r#"{"url": "http://x/", "method": "post", "data": {"a": "b c", "d": 1}, "username": "bob", "password": "geheim",
        "header_dict": {"X-One": 1}, "header_list": ["X-Two: a:b"], "agent": "me"}"#;
    query(host.clone(), asked).await.unwrap();
    let sent = "ask POST http://x/ X-One: 1 X-Two: a:b User-Agent: me Content-Type: application/x-www-form-urlencoded \
                Authorization: Basic Ym9iOmdlaGVpbQ== a=b+c&d=1";
    assert_eq!(host.actions(), [sent]);
}

#[tokio::test]
async fn an_error_status_is_an_error_unless_it_is_not_to_be_one() {
    let host = Arc::new(FakeHost::new());
    host.answer_http("GET http://x/", 404, &[], "gone");
    let seen = query(host.clone(), r#"{"url": "http://x/"}"#).await.unwrap();
    assert_eq!(seen, json(r#"{"status": 404, "error": "HTTP 404: As recorded", "body": "gone"}"#));
    let seen = query(host, r#"{"url": "http://x/", "raise_error": false, "text": true}"#).await.unwrap();
    assert_eq!(seen, json(r#"{"body": "gone", "text": "gone"}"#));
}

#[tokio::test]
async fn xml_becomes_mappings() {
    let host = Arc::new(FakeHost::new());
    host.answer_http("GET http://x/", 200, &[("Content-Type", "text/xml; charset=utf-8")], "<r><a>1</a><b><c>2</c><c>3</c></b></r>");
    let seen = query(host, r#"{"url": "http://x/", "decode": true}"#).await.unwrap();
    assert_eq!(seen.get("dict"), Some(&json(r#"[{"a": "1"}, {"c": ["2", {"c": "3"}]}]"#)));
}

#[tokio::test]
async fn a_test_asks_nobody() {
    let host = Arc::new(FakeHost::new());
    assert_eq!(query(host.clone(), r#"{"url": "http://x/", "test": true}"#).await.unwrap(), Value::map());
    assert!(host.actions().is_empty());
}

/// Answers one request after the other with these texts; gives back what was asked.
fn serve(answers: Vec<String>) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = Vec::new();
            let mut piece = [0; 4096];
            while !complete(&got) {
                let count = stream.read(&mut piece).unwrap();
                got.extend_from_slice(&piece[..count]);
                if count == 0 {
                    break;
                }
            }
            stream.write_all(answer.as_bytes()).unwrap();
            asked.push(String::from_utf8(got).unwrap());
        }
        asked
    });
    (port, thread)
}

fn complete(got: &[u8]) -> bool {
    let text = String::from_utf8_lossy(got);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(|n| n.parse::<usize>().unwrap()));
    length.is_none_or(|length| body.len() >= length)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

#[tokio::test]
async fn a_real_server_is_asked_and_a_redirection_followed() {
    let (port, server) = serve(vec![http("302 Found", "Location: /next\r\n", ""), http("200 OK", "Content-Type: text/plain\r\n", "good")]);
    let asked = format!(r#"{{"url": "http://127.0.0.1:{port}/first", "status": true, "text": true}}"#);
    let seen = query(Arc::new(RealHost::new()), &asked).await.unwrap();
    assert_eq!(seen, json(r#"{"body": "good", "status": 200, "text": "good"}"#));
    let asked = server.join().unwrap();
    assert!(asked[0].starts_with("GET /first HTTP/1.1\r\n") && asked[1].starts_with("GET /next "), "{asked:?}");
    assert!(asked[0].to_lowercase().contains("user-agent: sylvite/"), "{asked:?}");
}

#[tokio::test]
async fn any_method_may_have_a_body() {
    let (port, server) = serve(vec![http("200 OK", "", "ok")]);
    let asked = format!(r#"{{"url": "http://127.0.0.1:{port}/", "method": "DELETE", "data": "x=1"}}"#);
    query(Arc::new(RealHost::new()), &asked).await.unwrap();
    let asked = server.join().unwrap();
    assert!(asked[0].starts_with("DELETE / ") && asked[0].ends_with("\r\n\r\nx=1"), "{asked:?}");
}

#[tokio::test]
async fn nobody_there_is_said_in_the_answer() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let asked = format!(r#"{{"url": "http://127.0.0.1:{port}/", "status": true}}"#);
    let seen = query(Arc::new(RealHost::new()), &asked).await.unwrap();
    assert_eq!(seen, json(r#"{"status": 0, "error": "[Errno 111] Connection refused"}"#));
}
