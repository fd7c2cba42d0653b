//! The command line over the network: a login at a master elsewhere, by the fingerprint of its certificate.

use lab::{Lab, MASTER, Output};
use std::io::Write;
use std::process::{Command, Stdio};
use tests::lab;

const RULES: &str = r#"
auto_accept: true
rest_cherrypy: {port: 0, host: 127.0.0.1}
external_auth:
  sylvite:
    boss: ['.*', '@runner', '@wheel']
    fred: [test.ping]
"#;

fn elsewhere() -> (Lab, String) {
    let mut lab = lab();
    lab.start_master(RULES).unwrap();
    for name in ["boss", "fred"] {
        std::fs::write(lab.path("password"), "correct horse\n").unwrap();
        let input = std::fs::File::open(lab.path("password")).unwrap();
        assert!(lab.command("sylvite", MASTER).args(["account", "add", name, "--stdin"]).stdin(input).status().unwrap().success());
    }
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).unwrap();
    let url = format!("https://localhost:{}", port.trim());
    (lab, url)
}

/// Runs `sylvite` as somebody on another machine: nothing is known to it but a home folder.
fn from_afar(lab: &Lab, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(tests::programs().join("sylvite"));
    command.env_clear().env("HOME", lab.path("home")).args(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// The fingerprint that the master's log tells.
fn fingerprint(lab: &Lab) -> String {
    let log = lab.log(MASTER);
    let line = log.lines().find(|line| line.contains("api listens over tcp")).unwrap_or_else(|| panic!("{log}"));
    let (_, rest) = line.split_once("fingerprint=").unwrap();
    rest.trim_matches('"').chars().take(95).collect()
}

#[test]
fn commands_go_where_somebody_has_logged_in_until_they_log_out() {
    let (lab, url) = elsewhere();
    let login = |user: &str, fingerprint: &str, password: &str| {
        from_afar(&lab, &["login", &url, "--user", user, "--stdin", "--fingerprint", fingerprint], password)
    };
    // Nobody vouches for the certificate: nothing is sent.
    let unknown = from_afar(&lab, &["login", &url, "--user", "boss", "--stdin"], "correct horse\n");
    assert!(
        unknown.code == 1 && unknown.stderr.contains(&fingerprint(&lab)) && unknown.stderr.contains("nothing was sent"),
        "{unknown:#?}"
    );
    let other = login("boss", &fingerprint(&lab).replace(':', ":0"), "correct horse\n");
    assert!(other.code == 2 && other.stderr.contains("not the certificate that was trusted"), "{other:#?}");
    let wrong = login("boss", &fingerprint(&lab), "wrong horse\n");
    assert!(wrong.code == 2 && wrong.stderr.contains("could not authenticate"), "{wrong:#?}");
    let plain = from_afar(&lab, &["login", "http://192.0.2.1:8000"], "");
    assert!(plain.stderr.contains("without TLS anybody on the way reads the token"), "{plain:#?}");

    let opened = login("boss", &fingerprint(&lab), "correct horse\n");
    assert!(opened.is_good() && opened.stdout.contains("logged in at"), "{opened:#?}");
    let kept = lab.path("home/.config/sylvite/login.json");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).unwrap().permissions()) & 0o777, 0o600);
    for (words, part) in [
        (&["run", "*", "test.ping"][..], "web1"),
        (&["minion", "list"], "web1"),
        (&["minion", "show", "web1"], "web1"),
        (&["key", "list"], "accepted"),
        (&["key", "finger"], "(master)"),
        (&["status"], "1 online"),
        (&["runner", "manage.up"], "web1"),
        (&["job", "list"], "test.ping"),
        (&["account", "list"], "boss"),
        (&["explain", "fred", "test.ping", "--eauth", "sylvite", "--on", "*"], "yes"),
    ] {
        let output = from_afar(&lab, words, "");
        assert!(output.is_good() && output.stdout.contains(part), "{words:?}: {output:#?}");
    }
    // One on this machine that is named is asked all the same.
    let socket = lab.path("nowhere.sock").display().to_string();
    assert!(from_afar(&lab, &["--socket", &socket, "status"], "").stderr.contains("there is no such socket"));
    let out = from_afar(&lab, &["logout"], "");
    assert!(out.is_good() && !kept.exists(), "{out:#?}");
    assert_eq!(tests::json(&lab, &["account", "logins"]).as_array().unwrap().len(), 0);

    // Whoever may less is told so, by the same rules as everywhere.
    assert!(login("fred", &fingerprint(&lab), "correct horse\n").is_good());
    assert!(from_afar(&lab, &["run", "web1", "test.ping"], "").is_good());
    for refused in [
        &["run", "web1", "cmd.run", "id"][..],
        &["key", "list"],
        &["key", "delete", "web1", "-y"],
        &["minion", "list"],
        &["account", "list"],
        &["account", "delete", "boss"],
    ] {
        let output = from_afar(&lab, refused, "");
        assert!(output.code == 2 && output.stderr.contains("external_auth:sylvite:fred"), "{refused:?}: {output:#?}");
    }
    assert!(!lab.log(MASTER).contains("horse"));
}
