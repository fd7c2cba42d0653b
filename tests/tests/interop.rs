//! A minion that is not ours: Python over libzmq, written from `docs/protocol.md`, against the real master.

use lab::Lab;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tests::{good, json, running};

/// Ends the other minion with the test.
struct Dealer(Child);

impl Drop for Dealer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn python() -> Command {
    let needs = "this test needs Python with libzmq and cryptography: install Debian's python3-zmq and python3-cryptography \
                 (`cargo xtask test` does so where it may)";
    // Debian's own interpreter has Debian's packages, whatever else is on the path.
    let interpreter = ["/usr/bin/python3", "python3"].into_iter().find(|program| {
        let asked = Command::new(program).args(["-c", "import zmq, cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    });
    Command::new(interpreter.expect(needs))
}

fn dealer(lab: &Lab, id: &str) -> (Dealer, impl Iterator<Item = String> + use<>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/dealer.py");
    let port = lab.port().unwrap();
    let mut child = python().arg(script).args([format!("127.0.0.1:{port}"), id.to_owned()]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (Dealer(child), lines)
}

#[test]
fn a_second_client_over_libzmq_opens_a_session_works_and_comes_back_with_its_ticket() {
    let mut lab = running(&["ours"]);
    let (mut dealer, mut said) = dealer(&lab, "theirs");
    assert_eq!(said.next().as_deref(), Some("connected"));
    lab.until("its grains are in the CMDB", |lab| Ok(lab.sylvite(&["minion", "show", "theirs"])?.stdout.contains("Python"))).unwrap();

    assert_eq!(json(&lab, &["run", "*", "test.ping"]), serde_json::json!({"ours": true, "theirs": true}));
    // Larger than the window of a session: in chunks, and only as fast as the master takes them.
    let large = json(&lab, &["run", "theirs", "test.rand_str", "5000000"]);
    assert_eq!(large["theirs"].as_str().map(str::len), Some(5_000_000));

    assert_eq!(said.by_ref().find(|line| line == "resumed").as_deref(), Some("resumed"));
    lab.until("it is back", |lab| Ok(lab.sylvite(&["minion", "show", "theirs", "--out", "json"])?.stdout.contains("\"online\""))).unwrap();
    good(&lab, &["run", "theirs", "test.ping"]);
    assert_eq!(said.last().as_deref(), Some("done"));
    assert!(dealer.0.wait().unwrap().success());
}
