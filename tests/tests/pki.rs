//! Keys and certificates, web services, variables and the agent's own schedule through the real binaries.

use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use tests::{good, json, running};

/// The states of a run, by id.
fn states(run: &Value, minion: &str) -> Vec<(String, Value)> {
    let Some(states) = run[minion].as_object() else { panic!("no states: {run:#}") };
    states.values().map(|state| (state["__id__"].as_str().unwrap_or_default().to_owned(), state.clone())).collect()
}

fn all_good(run: &Value, minion: &str) {
    assert!(states(run, minion).iter().all(|(_, state)| state["result"] == true), "{run:#}");
}

fn changed(run: &Value, minion: &str) -> Vec<String> {
    let is_changed = |state: &Value| state["changes"].as_object().is_some_and(|changes| !changes.is_empty());
    states(run, minion).into_iter().filter(|(_, state)| is_changed(state)).map(|(id, _)| id).collect()
}

#[test]
fn an_authority_on_one_minion_signs_for_another() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\npeer:\n  www:\n    - x509.sign_remote_certificate\n").unwrap();
    let place = lab.path("pki");
    std::fs::create_dir(&place).unwrap();
    let place = place.display().to_string();
    let policy = format!(
        "x509_signing_policies:\n  www:\n    - signing_private_key: {place}/ca.key\n    - signing_cert: {place}/ca.crt\n    - O: Ours\n    - days_valid: 300\n    - minions: 'ww*'\n  closed:\n    - signing_private_key: {place}/ca.key\n    - minions: 'db*'\n"
    );
    lab.start_minion("ca", &policy).unwrap();
    lab.start_minion("www", "").unwrap();
    lab.until_online(&["ca", "www"]).unwrap();
    let ca = format!(
        "{place}/ca.key:\n  x509.private_key_managed:\n    - algo: ec\n{place}/ca.crt:\n  x509.certificate_managed:\n    - signing_private_key: {place}/ca.key\n    - CN: ca.example.org\n    - basicConstraints: 'critical, CA:true'\n    - keyUsage: 'critical, cRLSign, keyCertSign'\n    - days_valid: 3650\n    - require:\n      - x509: {place}/ca.key\n"
    );
    lab.write("states/ca.sls", &ca).unwrap();
    let www = format!(
        "{place}/www.key:\n  x509.private_key_managed:\n    - algo: ed25519\n{place}/www.crt:\n  x509.certificate_managed:\n    - ca_server: ca\n    - signing_policy: www\n    - private_key: {place}/www.key\n    - CN: www.example.org\n    - O: Theirs\n    - subjectAltName: 'DNS:www.example.org'\n    - require:\n      - x509: {place}/www.key\n"
    );
    lab.write("states/www.sls", &www).unwrap();
    for (minion, sls) in [("ca", "ca"), ("www", "www")] {
        let planned = json(&lab, &["run", minion, "state.apply", sls, "test=True"]);
        assert!(states(&planned, minion).iter().all(|(_, state)| state["result"].is_null()), "{planned:#}");
        let first = json(&lab, &["run", minion, "state.apply", sls]);
        all_good(&first, minion);
        assert_eq!(changed(&first, minion).len(), 2, "{first:#}");
        let second = json(&lab, &["run", minion, "state.apply", sls]);
        all_good(&second, minion);
        assert!(changed(&second, minion).is_empty(), "{second:#}");
    }
    let read = json(&lab, &["run", "www", "x509.read_certificate", &format!("{place}/www.crt")]);
    assert_eq!(read["www"]["subject_str"], "CN=www.example.org,O=Ours");
    assert_eq!(read["www"]["issuer_str"], "CN=ca.example.org");
    let signed = json(&lab, &["run", "www", "x509.verify_signature", &format!("{place}/www.crt"), &format!("{place}/ca.crt")]);
    assert_eq!(signed["www"], true);
    // A policy is for those whom it names; whoever asks cannot say that he is somebody else.
    let asked = good(&lab, &["run", "www", "publish.publish", "ca", "x509.sign_remote_certificate", "[closed, {}, True]"]);
    assert!(asked.stdout.contains("minion not permitted to use specified signing policy"), "{asked:#?}");
    // The key of the authority is worth nothing to somebody who may not ask for it.
    let asked = json(&lab, &["run", "ca", "x509.get_signing_policy", "www", "ca_server=www"]);
    assert!(!asked.to_string().contains("BEGIN PRIVATE KEY"), "{asked:#}");
}

/// Answers every request with the same text, until the test ends.
fn web_server(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut piece = [0; 4096];
            let _ = stream.read(&mut piece);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    port
}

#[test]
fn a_web_service_is_asked_and_variables_reach_later_commands_of_the_run_alone() {
    let lab = running(&["a"]);
    let port = web_server("{\"alive\": true}");
    let asked = json(&lab, &["run", "a", "http.query", &format!("http://127.0.0.1:{port}/"), "status=True", "decode=True"]);
    assert_eq!(asked["a"]["dict"], json!({"alive": true}), "{asked:#}");
    assert_eq!(asked["a"]["status"], 200);
    let out = lab.path("out");
    let sls = format!(
        "http://127.0.0.1:{port}/:\n  http.query:\n    - status: 200\n    - match: alive\nlab_variable:\n  environ.setenv:\n    - value: from the run\necho \"$lab_variable\" > {}:\n  cmd.run\n",
        out.display()
    );
    lab.write("states/web.sls", &sls).unwrap();
    let planned = json(&lab, &["run", "a", "state.apply", "web", "test=True"]);
    assert!(!planned.to_string().contains("was found. Status"), "a rehearsal asks nobody: {planned:#}");
    let run = json(&lab, &["run", "a", "state.apply", "web"]);
    all_good(&run, "a");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "from the run\n");
    assert_eq!(json(&lab, &["run", "a", "environ.get", "lab_variable", "gone"])["a"], "gone");
    json(&lab, &["run", "a", "environ.setenv", "{lab_variable: kept}", "update_minion=True"]);
    assert_eq!(json(&lab, &["run", "a", "cmd.run", "echo $lab_variable", "python_shell=True"])["a"], "kept");
}

#[test]
fn schedule_and_beacons_are_states_too() {
    let lab = running(&["a"]);
    let apply = |text: &str, more: &[&str]| {
        lab.write("states/own.sls", text).unwrap();
        let words: Vec<&str> = ["run", "a", "state.apply", "own"].iter().chain(more).copied().collect();
        json(&lab, &words)
    };
    let present = "beat:\n  schedule.present:\n    - function: test.ping\n    - hours: 6\nmemusage:\n  beacon.present:\n    - save: True\n    - percent: 99%\n    - interval: 3600\n";
    let planned = apply(present, &["test=True"]);
    assert_eq!(changed(&planned, "a"), ["beat", "memusage"], "{planned:#}");
    assert_eq!(json(&lab, &["run", "a", "schedule.list", "return_yaml=False"])["a"], json!({}));
    let first = apply(present, &[]);
    all_good(&first, "a");
    assert_eq!(changed(&first, "a"), ["beat", "memusage"], "{first:#}");
    let second = apply(present, &[]);
    all_good(&second, "a");
    assert!(changed(&second, "a").is_empty(), "{second:#}");
    let off = "beat:\n  schedule.disabled: []\nmemusage:\n  beacon.disabled: []\n";
    assert_eq!(changed(&apply(off, &[]), "a"), ["beat", "memusage"]);
    assert!(changed(&apply(off, &[]), "a").is_empty());
    assert_eq!(json(&lab, &["run", "a", "schedule.is_enabled", "beat"])["a"]["enabled"], false);
    let on = "beat:\n  schedule.enabled: []\nmemusage:\n  beacon.enabled: []\n";
    assert_eq!(changed(&apply(on, &[]), "a"), ["beat", "memusage"]);
    let absent = "beat:\n  schedule.absent: []\nmemusage:\n  beacon.absent: []\n";
    assert_eq!(changed(&apply(absent, &[]), "a"), ["beat", "memusage"]);
    assert!(changed(&apply(absent, &[]), "a").is_empty());
    assert_eq!(json(&lab, &["run", "a", "schedule.list", "return_yaml=False"])["a"], json!({}));
    good(&lab, &["run", "a", "test.ping"]);
}
