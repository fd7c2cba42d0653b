//! `salt-key` against a scripted master, with the texts that Salt prints.

mod support;

use cli::Program::SaltKey;
use model::KeyState;
use std::sync::Mutex;
use support::{Lab, Script, key};

fn keys() -> Script {
    let keys = vec![
        key("db1", KeyState::Accepted),
        key("web1", KeyState::Pending),
        key("web2", KeyState::Pending),
        key("bad1", KeyState::Rejected),
    ];
    Script { keys: Mutex::new(keys), ..Script::default() }
}

#[tokio::test]
async fn keys_are_listed_by_state() {
    let lab = Lab::start(keys());
    let all = "Accepted Keys:\ndb1\nDenied Keys:\nUnaccepted Keys:\nweb1\nweb2\nRejected Keys:\nbad1\n";
    assert_eq!(lab.run(SaltKey, "-L").await.out, all);
    assert_eq!(lab.run(SaltKey, "").await.out, all);
    assert_eq!(lab.run(SaltKey, "-l pre").await.out, "Unaccepted Keys:\nweb1\nweb2\n");
    assert_eq!(lab.run(SaltKey, "-l acc").await.out, "Accepted Keys:\ndb1\n");
    let ran = lab.run(SaltKey, "-l bogus").await;
    assert_eq!((ran.err.as_str(), ran.status), ("salt-key: error: 'bogus' is not a valid argument to '--list'\n", 64));
    let json = lab.run(SaltKey, "-L --out=json --out-indent=-1").await.out;
    assert_eq!(
        json,
        "{\"minions\": [\"db1\"], \"minions_pre\": [\"web1\", \"web2\"], \"minions_rejected\": [\"bad1\"], \"minions_denied\": []}\n"
    );
}

#[tokio::test]
async fn accepting_asks_and_yes_is_the_usual_answer() {
    let lab = Lab::start(keys());
    let ran = lab.run_with(SaltKey, "-a web1", "\n", |_| {}).await;
    let want = "The following keys are going to be accepted:\nUnaccepted Keys:\nweb1\nProceed? [n/Y] Key for minion web1 accepted.\n";
    assert_eq!((ran.out.as_str(), ran.status), (want, 0));
    let ran = lab.run_with(SaltKey, "-a web2", "n\n", |_| {}).await;
    assert!(ran.out.ends_with("Proceed? [n/Y] "), "{}", ran.out);
    assert_eq!(lab.run(SaltKey, "-l acc").await.out, "Accepted Keys:\ndb1\nweb1\n");
}

#[tokio::test]
async fn deleting_asks_and_no_is_the_usual_answer() {
    let lab = Lab::start(keys());
    let ran = lab.run_with(SaltKey, "-D", "\n", |_| {}).await;
    let want = "The following keys are going to be deleted:\nAccepted Keys:\ndb1\nUnaccepted Keys:\nweb1\nweb2\nRejected Keys:\nbad1\nProceed? [N/y] ";
    assert_eq!((ran.out.as_str(), ran.status), (want, 0));
    let ran = lab.run(SaltKey, "-y -d db1").await;
    let want = "The following keys are going to be deleted:\nAccepted Keys:\ndb1\nKey for minion db1 deleted.\n";
    assert_eq!((ran.out.as_str(), ran.status), (want, 0));
}

#[tokio::test]
async fn decided_keys_are_changed_only_when_included() {
    let lab = Lab::start(keys());
    assert_eq!(lab.run(SaltKey, "-y -a bad1").await.out, "The key glob 'bad1' does not match any unaccepted keys.\n");
    let ran = lab.run(SaltKey, "-y -a bad1 --include-rejected").await;
    assert!(ran.out.ends_with("Key for minion bad1 accepted.\n"), "{}", ran.out);
    assert!(lab.run(SaltKey, "-y -r db1 --include-accepted").await.out.ends_with("Key for minion db1 rejected.\n"));
}

#[tokio::test]
async fn fingerprints_and_keys_are_printed_beside_the_ids() {
    let lab = Lab::start(keys());
    let finger = ["03"; 32].join(":");
    assert_eq!(lab.run(SaltKey, "-f db1").await.out, format!("Accepted Keys:\ndb1:  {finger}\n"));
    let all = lab.run(SaltKey, "-F").await.out;
    assert!(all.starts_with(&format!("Local Keys:\nmaster.pub:  {}\nAccepted Keys:\ndb1:  ", ["ab"; 32].join(":"))), "{all}");
    assert_eq!(lab.run(SaltKey, "-p web1").await.out, "Unaccepted Keys:\nweb1:  PEM of web1\n");
}

#[tokio::test]
async fn the_user_behind_sudo_stands_in_the_record() {
    let lab = Lab::start(keys());
    lab.run_with(SaltKey, "-y -a web1", "", |console| {
        console.environment.insert("SUDO_USER".to_owned(), "alice".to_owned());
    })
    .await;
    let keys = lab.script.keys.lock().unwrap();
    assert_eq!(keys.iter().find(|key| key.minion.as_str() == "web1").unwrap().changed_by, "sudo_alice");
}
