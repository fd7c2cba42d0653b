//! The server over a real socket, spoken to in plain HTTP.

#[path = "support/script.rs"]
mod script;

use manager::{ServeError, Server};
use model::{Event, Stage};
use script::{JOB, Script, json, noon, returned, stage};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

struct Lab {
    script: Arc<Script>,
    folder: tempfile::TempDir,
    stop: CancellationToken,
    served: tokio::task::JoinHandle<Result<(), ServeError>>,
}

/// Status, header lines, body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Lab {
    fn start(script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Arc::new(script);
        let stop = CancellationToken::new();
        let server = Server::bind(folder.path().join("run/master.sock"), script.clone()).unwrap();
        let served = tokio::spawn(server.run(stop.clone()));
        Self { script, folder, stop, served }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("run/master.sock")
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = UnixStream::connect(self.socket()).await.unwrap();
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

#[tokio::test]
async fn every_documented_route_is_served() {
    let lab = Lab::start(Script::default());
    for route in api::routes() {
        let path = format!("{}{}", api::BASE, route.path.replace("{id}", if route.path.starts_with("/jobs") { JOB } else { "web1" }));
        let answer = lab.ask(route.method, &path, "", "{}").await;
        let is_missing = answer.body.contains("there is nothing at") || answer.body.contains("does not take");
        assert!(!is_missing, "{} {path}: {} {}", route.method, answer.status, answer.body);
    }
}

#[tokio::test]
async fn refusals_have_a_status_a_text_and_a_way_out() {
    let lab = Lab::start(Script::default());
    let answer = lab.ask("GET", "/api/v1/jobs/20200101000000000000", "", "").await;
    assert_eq!(answer.status, 404);
    let want = r#"{"code":"not_found","error":"there is no job 20200101000000000000","hint":"`sylvite job list` shows the latest","title":"There is no such thing","status":404}"#;
    assert!(answer.body == want && answer.head.contains("application/problem+json"), "{} {}", answer.head, answer.body);
    let chinese = lab.ask("GET", "/api/v1/jobs/20200101000000000000", "Accept-Language: zh-CN,en;q=0.5\r\n", "").await;
    assert!(chinese.body.contains(r#""title":"对象不存在""#), "{}", chinese.body);
    for (method, path, body, status, part) in [
        ("GET", "/nowhere", "", 404, "there is nothing at `/nowhere`"),
        ("DELETE", "/api/v1/jobs", "", 400, "does not take DELETE"),
        ("GET", "/api/v1/jobs/7", "", 400, "it is not 20 digits"),
        ("GET", "/api/v1/jobs?colour=red", "", 400, "unknown field `colour`"),
        ("POST", "/api/v1/jobs", "{", 400, "the body does not fit"),
        ("POST", "/api/v1/jobs", r#"{"target": {"expression": "*"}, "calls": []}"#, 400, "at least one function"),
        ("POST", "/api/v1/jobs", r#"{"target": {"expression": "*"}, "calls": [], "x": 1}"#, 400, "unknown field `x`"),
        ("POST", "/api/v1/keys/change", r#"{"action": "delete", "minions": []}"#, 400, "no key is named"),
        ("POST", "/api/v1/events", r#"{"tag": "x", "data": 1}"#, 400, "a mapping, not int"),
        ("POST", "/api/v1/wheel", r#"{"function": "key.list"}"#, 501, "no wheel function `key.list`"),
    ] {
        let answer = lab.ask(method, path, "", body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(answer.body.contains(part), "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_job_is_run_and_followed_in_one_request() {
    let script =
        Script { matched: vec!["web1"], events: vec![stage("web1", Stage::Running, None), returned("web1", true, 0)], ..Script::default() };
    let lab = Lab::start(script);
    let body = r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping"}]}"#;
    let answer = lab.ask("POST", "/api/v1/jobs?watch=true", "", body).await;
    assert!(answer.head.contains("content-type: application/x-ndjson"), "{}", answer.head);
    let events: Vec<_> = answer.body.lines().filter_map(|line| Some(line.split_once("{\"event\":\"")?.1.split_once('"')?.0)).collect();
    assert_eq!(events, ["submitted", "stage", "returned"]);
}

#[tokio::test]
async fn browsers_get_events_with_ids_and_resume_by_them() {
    let event = |sequence| Event { sequence, tag: "a/b".to_owned(), data: json("{}"), at: noon() };
    let lab = Lab::start(Script { bus: vec![event(8), event(9)], ..Script::default() });
    let answer = lab.ask("GET", "/api/v1/events?tag=a*", "Accept: text/event-stream\r\nLast-Event-ID: 7\r\n", "").await;
    assert!(answer.head.contains("content-type: text/event-stream"), "{}", answer.head);
    assert!(answer.body.contains("id: 8\ndata: {\"item\":\"event\"") && answer.body.contains("id: 9\n"), "{}", answer.body);
    assert!(lab.script.asked.lock().unwrap()[0].contains("after: Some(7), tag: Some(\"a*\")"));
}

#[tokio::test]
async fn stopping_ends_streams_and_takes_the_socket_away() {
    let lab = Lab::start(Script { matched: vec!["web1"], stays_open: true, ..Script::default() });
    let path = format!("/api/v1/jobs/{JOB}/watch");
    let (answer, ()) = tokio::join!(lab.ask("GET", &path, "", ""), async {
        while lab.script.asked.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        lab.stop.cancel();
    });
    assert_eq!(answer.status, 200);
    let socket = lab.socket();
    lab.served.await.unwrap().unwrap();
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_socket_that_answers_is_left_alone_and_a_dead_one_is_replaced() {
    let lab = Lab::start(Script::default());
    let taken = Server::bind(lab.socket(), lab.script.clone()).err().unwrap();
    assert!(taken.to_string().starts_with("another master answers on"), "{taken}");
    let dead = lab.folder.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    assert!(dead.exists());
    assert!(Server::bind(&dead, lab.script.clone()).is_ok());
}
