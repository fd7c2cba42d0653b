//! Returns that go elsewhere besides the CMDB, through the real binaries.

use lab::{Lab, MASTER, Signal};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::Ordering;
use tests::web::Service;
use tests::{good, job_id, json, lab};

fn start(lab: &mut Lab, returners: &str) {
    lab.start_master(&format!("auto_accept: true\n{returners}")).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
}

fn status(lab: &Lab) -> Value {
    let output = lab.program("salt-run", &["returner.status", "--out", "json"]).unwrap();
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Without the returns of runners, which are jobs too: asking for the status of the returners is one.
fn of_minions(mut entries: Vec<Value>) -> Vec<Value> {
    entries.retain(|entry| entry["id"] != "lab_master");
    entries
}

#[test]
fn one_returner_that_is_away_holds_up_no_other_and_gets_all_in_the_end() {
    let hook = Service::start(503, "");
    let mut lab = lab();
    let file = lab.path("returns.jsonl");
    let config = format!(
        "returners:\n  archive: {{type: file, path: {}}}\n  full: {{type: file, path: /dev/full}}\n  hook: {{type: webhook, url: '{}', headers: {{X-Key: k}}}}\next_job_cache: [archive, hook, full]\n",
        file.display(),
        hook.url
    );
    start(&mut lab, &config);
    for number in ["1", "2", "3"] {
        good(&lab, &["run", "a", "test.echo", number]);
    }
    let read = || std::fs::read_to_string(&file).map(|text| of_minions(lines(&text))).unwrap_or_default();
    let brought = || of_minions(hook.bodies().iter().map(|body| lines(body).remove(0)).collect());
    lab.until("the file has all", |_| Ok(read().len() == 3)).unwrap();
    let first = read().remove(0);
    assert_eq!(
        (&first["id"], &first["fun"], &first["return"], &first["success"]),
        (&json!("a"), &json!("test.echo"), &json!(1), &json!(true))
    );
    lab.until("the others are known to be in trouble", |lab| {
        let told = status(lab);
        Ok(told["hook"]["trouble"].to_string().contains("503") && told["full"]["trouble"].to_string().contains("No space"))
    })
    .unwrap();
    assert!(status(&lab)["hook"]["waiting"].as_u64() >= Some(3));
    lab.until("nothing waits for the file", |lab| Ok(status(lab)["archive"]["waiting"] == 0)).unwrap();
    // Over a master that is killed nothing is forgotten.
    lab.end(MASTER, Signal::SIGKILL).unwrap();
    hook.status.store(200, Ordering::SeqCst);
    lab.start_master(&format!("auto_accept: true\n{config}")).unwrap();
    lab.until("the hook has all", |_| Ok(brought().len() >= 3)).unwrap();
    let mut seen: Vec<i64> = brought().iter().map(|entry| entry["return"].as_i64().unwrap()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [1, 2, 3]);
    assert_eq!(read().len(), 3, "what was taken is not brought again");
}

#[test]
fn a_job_names_its_returners_and_a_return_that_is_refused_is_put_aside() {
    let hook = Service::start(400, "");
    let mut lab = lab();
    let log = lab.path("log");
    let socket = UnixDatagram::bind(&log).unwrap();
    start(
        &mut lab,
        &format!(
            "returners:\n  hook: {{type: webhook, url: '{}'}}\n  log: {{type: syslog, address: {}, facility: local3}}\n",
            hook.url,
            log.display()
        ),
    );
    good(&lab, &["run", "a", "test.ping"]);
    let output = lab.program("salt", &["a", "test.echo", "hello", "--return", "hook,log"]).unwrap();
    assert!(output.is_good(), "{output:#?}");
    let mut bytes = [0; 9000];
    let length = socket.recv(&mut bytes).unwrap();
    let message = String::from_utf8_lossy(&bytes[..length]).into_owned();
    // local3 is 19; informational is 6.
    let body = message.strip_prefix("<158>sylvite: ").unwrap_or_else(|| panic!("{message}"));
    assert_eq!(lines(body)[0]["return"], "hello");
    lab.until("the hook has refused it", |lab| Ok(status(lab)["hook"]["refused"] == 1)).unwrap();
    assert_eq!(status(&lab)["hook"]["waiting"], 0);
    hook.status.store(200, Ordering::SeqCst);
    good(&lab, &["run", "a", "test.echo", "next", "--return", "hook"]);
    lab.until("the next one goes through", |_| Ok(hook.bodies().len() == 1)).unwrap();
    let unknown = lab.program("salt", &["a", "test.ping", "--return", "hok"]).unwrap();
    assert!(unknown.code == 2 && unknown.stderr.contains("did you mean `hook`?"), "{unknown:#?}");
}

#[test]
fn a_returner_that_cannot_be_made_stops_the_start_with_the_way_out() {
    for (config, wanted) in [
        ("returners: {x: {type: fil, path: /x}}\n", "the types are"),
        ("returners: {x: {type: file, pth: /x}}\n", "did you mean `path`?"),
        ("returners: {x: {type: webhook, url: nonsense}}\n", "no address of a web service"),
        ("ext_job_cache: nowhere\n", "`nowhere`"),
    ] {
        let error = lab().start_master(config).unwrap_err().to_string();
        assert!(error.contains(wanted), "{config}: {error}");
    }
}

#[test]
fn elasticsearch_is_sent_documents_that_are_one_when_sent_twice() {
    let search = Service::start(200, r#"{"errors": false, "items": []}"#);
    let mut lab = lab();
    let base = search.url.trim_end_matches("/hook");
    start(&mut lab, &format!("returners: {{elasticsearch: {{url: '{base}', index: returns}}}}\next_job_cache: elasticsearch\n"));
    let job = job_id(&good(&lab, &["run", "a", "test.arg", "1", "k=v", "--async"]));
    lab.until("the document has come", |_| Ok(!search.bodies().is_empty())).unwrap();
    let sent = lines(&search.bodies()[0]);
    assert_eq!(sent[0], json!({"index": {"_index": "returns", "_id": format!("{job}-a")}}));
    assert_eq!((&sent[1]["jid"], &sent[1]["return"]), (&json!(job), &json!(r#"{"args":[1],"kwargs":{"k":"v"}}"#)));
}

/// A mail server that takes one mail and gives its text.
fn mail_server() -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        writer.write_all(b"220 test\r\n").unwrap();
        let (mut text, mut in_data) = (String::new(), false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap() == 0 {
                return text;
            }
            let answer = match (in_data, line.trim_end()) {
                (true, ".") => {
                    in_data = false;
                    "250 taken\r\n"
                }
                (true, _) => {
                    text.push_str(&line);
                    continue;
                }
                (false, "DATA") => {
                    in_data = true;
                    "354 go on\r\n"
                }
                (false, "QUIT") => {
                    writer.write_all(b"221 bye\r\n").unwrap();
                    return text;
                }
                (false, _) if !text.is_empty() => return text,
                (false, _) => "250 ok\r\n",
            };
            writer.write_all(answer.as_bytes()).unwrap();
            if answer.starts_with("250 taken") {
                return text;
            }
        }
    });
    (port, served)
}

#[test]
fn mail_tells_of_failures_only_if_asked_so() {
    let (port, served) = mail_server();
    let mut lab = lab();
    start(
        &mut lab,
        &format!(
            "returners: {{mail: {{type: smtp, server: 127.0.0.1, port: {port}, tls: none, from: salt@example.org, to: ops@example.org, only: failed}}}}\next_job_cache: mail\n"
        ),
    );
    good(&lab, &["run", "a", "test.ping"]);
    lab.sylvite(&["run", "a", "cmd.run", "exit 3"]).unwrap();
    let text = served.join().unwrap();
    assert!(text.contains("Subject: Sylvite: cmd.run failed on a") && text.contains("To: ops@example.org"), "{text}");
    lab.until("nothing waits", |lab| Ok(status(lab)["mail"]["waiting"] == 0)).unwrap();
}

#[test]
fn postgresql_has_salts_tables() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(cmdb_postgres::testing::Database::create()).unwrap();
    let mut lab = lab();
    start(&mut lab, &format!("returners: {{postgres: {{url: '{}'}}}}\next_job_cache: postgres\n", database.url()));
    let job = job_id(&good(&lab, &["run", "a", "test.echo", "zero \u{1} byte", "--async"]));
    lab.until("nothing waits", |lab| {
        let done = json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "returned";
        Ok(done && status(lab)["postgres"]["waiting"] == 0)
    })
    .unwrap();
    let query = "SELECT fun || '|' || id || '|' || success || '|' || (SELECT count(*) FROM jids WHERE jids.jid = salt_returns.jid) FROM salt_returns WHERE id = 'a'";
    // `psql` refuses the options that are for our driver alone.
    let (address, options) = database.url().split_once('?').unwrap_or((database.url(), ""));
    let options: Vec<_> = options.split('&').filter(|option| !option.starts_with("statement-cache-capacity")).collect();
    let address = format!("{address}?{}", options.join("&"));
    let output = std::process::Command::new("psql").args([&address, "-Atc", query]).output();
    let output = output.expect("`psql` is a part of PostgreSQL");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "test.echo|a|true|1", "{output:?}");
}

#[test]
fn a_client_that_goes_away_in_the_middle_of_a_stream_changes_nothing_for_others() {
    let mut lab = lab();
    start(&mut lab, "");
    let go = lab.path("go");
    let script = format!("while [ ! -e {} ]; do echo line; sleep 0.05; done; echo last", go.display());
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &script, "--async"]));
    for _ in 0..20 {
        let mut stream = std::os::unix::net::UnixStream::connect(lab.path("master/run/master.sock")).unwrap();
        write!(stream, "GET /api/v1/jobs/{job}/watch HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut first = [0; 64];
        stream.read_exact(&mut first).unwrap();
        drop(stream);
        // One that sends half a request and goes.
        let mut half = std::os::unix::net::UnixStream::connect(lab.path("master/run/master.sock")).unwrap();
        half.write_all(b"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"target\"").unwrap();
    }
    std::fs::write(&go, "").unwrap();
    lab.until("the job is done", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "returned")).unwrap();
    assert_eq!(json(&lab, &["run", "a", "test.ping"]), json!({"a": true}));
    lab.check().unwrap();
}
