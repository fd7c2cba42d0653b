//! What the API tells as it happens: `/events`, `/ws`, webhooks, files for browsers, and TLS.

#[path = "support/http.rs"]
mod http;

use http::{connect, get, json_of, login, post, send};
use lab::{Lab, MASTER};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use tests::lab;

const RULES: &str = r#"
auto_accept: true
netapi_enable_clients: [local, local_async, runner, wheel]
external_auth:
  sylvite:
    boss: ['.*', '@runner', '@wheel']
"#;

fn guarded(api: &str) -> Lab {
    let mut lab = lab();
    lab.start_master(&format!("{RULES}{api}\n")).unwrap();
    std::fs::write(lab.path("password"), "correct horse\n").unwrap();
    let input = std::fs::File::open(lab.path("password")).unwrap();
    assert!(lab.command("sylvite", MASTER).args(["account", "add", "boss", "--stdin"]).stdin(input).status().unwrap().success());
    lab
}

const PLAIN: &str = "rest_cherrypy: {port: 0, host: 127.0.0.1, disable_ssl: true}";

/// Reads until the text holds a part; what was read.
fn until(stream: &mut TcpStream, so_far: &mut String, part: &str) {
    let mut bytes = [0; 4096];
    while !so_far.contains(part) {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "the stream ended before `{part}`: {so_far}");
        so_far.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
}

#[test]
fn events_come_as_they_happen_until_the_session_ends() {
    let lab = guarded(PLAIN);
    let boss = login(&lab, "boss");
    let mut stream = connect(&lab);
    send(&mut stream, "GET", "/events", &[("Cookie", &format!("session_id={boss}"))], "");
    let mut said = String::new();
    until(&mut stream, &mut said, "retry: 400\n");
    let (head, _) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.to_lowercase().contains("content-type: text/event-stream;charset=utf-8"), "{head}");
    let hook = post(
        &lab,
        "/hook/ci/build",
        &[("X-Auth-Token", &boss), ("Content-Type", "application/json"), ("X-Gitlab-Event", "Push")],
        r#"{"n": 7}"#,
    );
    assert_eq!(hook.body, r#"{"success":true}"#);
    until(&mut stream, &mut said, "tag: salt/netapi/hook/ci/build\n");
    until(&mut stream, &mut said, "\"tag\":\"salt/netapi/hook/ci/build\"}\n\n");
    let (_, event) = said.split_once("tag: salt/netapi/hook/ci/build\ndata: ").unwrap();
    let event: Value = serde_json::from_str(event.split_once("\n\n").unwrap().0).unwrap();
    assert_eq!((&event["data"]["post"], &event["data"]["body"]), (&json!({"n": 7}), &json!(r#"{"n": 7}"#)), "{event}");
    let headers = &event["data"]["headers"];
    assert!(headers["X-Gitlab-Event"] == "Push" && headers["Remote-Addr"] == "127.0.0.1" && headers["X-Auth-Token"].is_null(), "{event}");
    assert!(event["data"]["_stamp"].is_string(), "{event}");
    assert!(!said.split_once("retry: 400").unwrap().1.contains(&boss), "no event holds a token");
    // The session is taken away while the stream is open.
    assert_eq!(post(&lab, "/logout", &[("X-Auth-Token", &boss)], "").status, 200);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(get(&lab, "/events", &[("X-Auth-Token", &boss)]).status, 401);
}

#[test]
fn streams_of_our_own_end_with_their_login_too() {
    let mut lab = guarded(PLAIN);
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    let boss = login(&lab, "boss");
    let started = json!({"client": "local_async", "tgt": "web1", "fun": "test.sleep", "arg": [600]}).to_string();
    let started = json_of(&post(&lab, "/", &[("X-Auth-Token", &boss), ("Content-Type", "application/json")], &started));
    let jid = started["return"][0]["jid"].as_str().unwrap().to_owned();
    let mut streams: Vec<_> = ["/api/v1/events".to_owned(), format!("/api/v1/jobs/{jid}/watch?until_done=true")]
        .iter()
        .map(|path| {
            let mut stream = connect(&lab);
            send(&mut stream, "GET", path, &[("X-Auth-Token", &boss)], "");
            let mut said = String::new();
            until(&mut stream, &mut said, "\r\n\r\n");
            assert!(said.contains(" 200 "), "{said}");
            stream
        })
        .collect();
    assert_eq!(post(&lab, "/logout", &[("X-Auth-Token", &boss)], "").status, 200);
    for stream in &mut streams {
        stream.read_to_string(&mut String::new()).unwrap();
    }
    assert!(lab.sylvite(&["job", "kill", &jid]).unwrap().is_good());
}

#[test]
fn a_token_in_the_query_opens_the_stream_where_that_is_allowed_and_is_in_no_log() {
    let lab = guarded(&format!("{PLAIN}\napi: {{token_in_query: true}}\nlog_level: trace"));
    let boss = login(&lab, "boss");
    for name in ["token", "salt_token"] {
        let mut stream = connect(&lab);
        send(&mut stream, "GET", &format!("/events?{name}={boss}"), &[], "");
        let mut said = String::new();
        until(&mut stream, &mut said, "retry: 400\n");
    }
    assert_eq!(get(&lab, "/events?token=c0ffee", &[]).status, 401);
    let log = lab.log(MASTER);
    assert!(log.contains("a request") && !log.contains(&boss), "{log}");
    // Nobody who is not logged in fires events by a webhook.
    let refused = post(&lab, "/hook/ci/build", &[], "a=b");
    assert!(refused.status == 401 && refused.body.contains("No permission"), "{refused:#?}");
}

/// One text frame of a client, masked as the protocol wants it.
fn frame(text: &str) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut bytes = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
    bytes.extend(mask);
    bytes.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn websocket(lab: &Lab, path: &str, headers: &[(&str, &str)]) -> (TcpStream, String) {
    let mut stream = connect(lab);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: api\r\n{upgrade}{headers}\r\n").as_bytes()).unwrap();
    let mut said = String::new();
    until(&mut stream, &mut said, "\r\n\r\n");
    (stream, said)
}

#[test]
fn a_websocket_tells_the_same_events_and_jobs_in_short() {
    let mut lab = guarded(PLAIN);
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    let boss = login(&lab, "boss");
    let (_, refused) = websocket(&lab, "/ws/c0ffee", &[]);
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let (mut plain, mut said) = websocket(&lab, &format!("/ws/{boss}"), &[]);
    assert!(said.starts_with("HTTP/1.1 101"), "{said}");
    let (mut short, mut short_said) = websocket(&lab, "/ws?format_events", &[("X-Auth-Token", &boss)]);
    for (stream, said) in [(&mut plain, &mut said), (&mut short, &mut short_said)] {
        stream.write_all(&frame("websocket client ready")).unwrap();
        until(stream, said, "server received message");
    }
    let low = json!({"client": "local", "tgt": "*", "fun": "test.ping"}).to_string();
    assert_eq!(
        post(&lab, "/", &[("X-Auth-Token", &boss), ("Content-Type", "application/json")], &low).body,
        r#"{"return":[{"web1":true}]}"#
    );
    until(&mut plain, &mut said, "/ret/web1\"}\n\n");
    assert!(said.contains("data: {\"data\":{"), "{said}");
    until(&mut short, &mut short_said, "\"state\":\"complete\"");
    assert!(!lab.log(MASTER).contains(&boss), "the token in the path is in no log");
}

#[test]
fn browsers_get_the_page_and_its_files_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::create_dir(at("static")).unwrap();
    std::fs::write(at("index.html"), "<title>gui</title>").unwrap();
    std::fs::write(at("static/main.js"), "export const a = 1;").unwrap();
    std::fs::write(at("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(at("secret"), at("static/link")).unwrap();
    let api =
        format!("rest_cherrypy: {{port: 0, host: 127.0.0.1, disable_ssl: true, app: {}, static: {}}}", at("index.html"), at("static"));
    let lab = guarded(&api);
    let page = get(&lab, "/", &[("Accept", "text/html,*/*;q=0.8")]);
    assert!(page.status == 200 && page.head.contains("text/html") && page.body.contains("gui"), "{page:#?}");
    assert_eq!(json_of(&get(&lab, "/", &[("Accept", "application/json")]))["return"], "Welcome");
    assert!(get(&lab, "/app", &[]).body.contains("gui") && get(&lab, "/app/x/y", &[]).body.contains("gui"));
    let script = get(&lab, "/static/main.js", &[]);
    assert!(script.status == 200 && script.head.contains("javascript") && script.head.contains("last-modified"), "{script:#?}");
    let part = get(&lab, "/static/main.js", &[("Range", "bytes=0-5")]);
    assert_eq!((part.status, part.body.as_str()), (206, "export"));
    for path in ["/static/../secret", "/static/%2e%2e/secret", "/static/..%2fsecret", "/static//etc/passwd", "/static/salt-motd.txt"] {
        let refused = get(&lab, path, &[]);
        assert!(refused.status == 404 && !refused.body.contains("secret") && !refused.body.contains("root:"), "{path}: {refused:#?}");
    }
    let credentials = json!({"username": "boss", "password": "correct horse", "eauth": "sylvite"}).to_string();
    assert_eq!(post(&lab, "/", &[("Accept", "text/html")], &credentials).status, 401, "a page is for GET alone");
}

#[test]
fn without_a_certificate_the_master_makes_one_and_speaks_tls_only() {
    let lab = guarded("rest_cherrypy: {port: 0, host: 127.0.0.1}");
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).unwrap();
    let curl = |words: &[&str]| {
        let output = std::process::Command::new("curl").args(["-sS", "--max-time", "20"]).args(words).output();
        output.expect("this test asks over TLS by curl, which is not on this machine")
    };
    let url = format!("https://localhost:{}/", port.trim());
    let certificate = lab.path("master/pki/api.crt").display().to_string();
    let known = curl(&["--cacert", &certificate, &url]);
    assert!(known.status.success() && String::from_utf8_lossy(&known.stdout).contains("Welcome"), "{known:#?}");
    assert!(!curl(&[&url]).status.success(), "nobody else knows the certificate");
    let plain = curl(&[&url.replace("https", "http")]);
    assert!(!String::from_utf8_lossy(&plain.stdout).contains("Welcome"), "{plain:#?}");
    assert!(!curl(&["--cacert", &certificate, "--tls-max", "1.1", &url]).status.success(), "old versions are refused");
    let mut lab = lab;
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master(&format!("{RULES}rest_cherrypy: {{port: 0, host: 127.0.0.1}}\n")).unwrap();
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).unwrap();
    let again = curl(&["--cacert", &certificate, &format!("https://127.0.0.1:{}/", port.trim())]);
    assert!(again.status.success(), "the certificate stays: {again:#?}");
}
