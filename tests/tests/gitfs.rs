//! Files out of git and from minions, through the real binaries.

#[path = "support/sshd.rs"]
mod sshd;

use serde_json::json;
use sshd::sshd;
use tests::git::{commit, git};
use tests::json;

#[test]
fn states_come_out_of_branches_and_follow_their_remote() {
    let mut lab = tests::lab();
    let origin = lab.path("origin");
    commit(&origin, &[("one.sls", "x:\n  test.succeed_without_changes:\n    - name: main\n")]);
    git(&origin, &["branch", "dev"]);
    // The second remote takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = silent.local_addr().unwrap().port();
    lab.start_master(&format!(
        "auto_accept: true\ngitfs_timeout: 2\ngitfs_base: main\ngitfs_remotes: ['file://{}', 'git://127.0.0.1:{hanging}/x']\n",
        origin.display()
    ))
    .unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let names = |lab: &lab::Lab, env: &str| lab.program("salt-run", &["fileserver.file_list", &format!("saltenv={env}")]).unwrap().stdout;
    lab.until("the remote was copied", |lab| Ok(names(lab, "dev").contains("one.sls"))).unwrap();
    let run = json(&lab, &["run", "a", "state.apply", "one", "saltenv=dev"]);
    assert!(run["a"].as_object().unwrap().keys().any(|tag| tag.contains("_|-main_|-")), "{run}");
    commit(&origin, &[("two.sls", "y:\n  test.nop: []\n")]);
    let update = lab.program("salt-run", &["fileserver.update"]).unwrap();
    assert!(update.code == 1 && update.stdout.contains("did not end within 2 s"), "the hanging one is named: {update:#?}");
    let run = json(&lab, &["run", "a", "state.apply", "two"]);
    assert!(run["a"].is_object(), "the other one has brought its files: {run}");
}

#[test]
fn a_remote_that_would_be_an_option_stops_the_master_with_the_reason() {
    let mut lab = tests::lab();
    let error = lab.start_master("gitfs_remotes: ['--upload-pack=touch /tmp/x']\n").unwrap_err();
    assert!(format!("{error:#}").contains("is no address of a repository"), "{error:#}");
}

#[test]
fn a_minion_sends_files_below_its_own_id_and_nowhere_else() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\nfile_recv: true\nfile_recv_max_size: 1\nfileserver_backend: [roots, minionfs]\n").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let (small, large) = (lab.path("small"), lab.path("large"));
    std::fs::write(&small, "content").unwrap();
    std::fs::write(&large, vec![7_u8; 2 << 20]).unwrap();
    let push = |words: &[&str]| json(&lab, &[&["run", "a", "cp.push"], words].concat())["a"].clone();
    assert_eq!(push(&[small.to_str().unwrap(), "upload_path=/etc/x"]), json!(true));
    assert_eq!(json(&lab, &["run", "a", "cp.get_file_str", "salt://a/etc/x"])["a"], "content");
    let refused = push(&[large.to_str().unwrap()]);
    assert!(refused.to_string().contains("larger than 1 MB"), "{refused}");
    let refused = push(&[small.to_str().unwrap(), "upload_path=/../b/x"]);
    assert!(refused != json!(true) && !lab.path("master/cache/pushed/b").exists(), "{refused}");
}

#[test]
fn a_remote_over_ssh_is_copied_with_a_key_that_a_passphrase_opens() {
    let mut lab = tests::lab();
    let sshd = sshd(&lab);
    let origin = lab.path("origin");
    commit(&origin, &[("one.sls", "x:\n  test.nop: []\n")]);
    let key = lab.path("closed key");
    let made = std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "open it's me", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    std::fs::copy(lab.path("closed key.pub"), lab.path("authorized")).unwrap();
    let host = std::fs::read_to_string(lab.path("host_key.pub")).unwrap();
    lab.write("known hosts", &format!("[127.0.0.1]:{} {host}", sshd.port)).unwrap();
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    let url = format!("ssh://{}@127.0.0.1:{}{}", user.trim(), sshd.port, origin.display());
    let remotes = |hosts: &str, passphrase: &str| {
        format!(
            "auto_accept: true\ngitfs_base: main\ngitfs_timeout: 20\ngitfs_remotes:\n  - '{url}':\n      - privkey: {}\n      - passphrase: \"{passphrase}\"\n      - known_hosts: {}\n",
            key.display(),
            lab.path(hosts).display()
        )
    };
    let (good, closed, strange) =
        (remotes("known hosts", "open it's me"), remotes("known hosts", "wrong"), remotes("no hosts", "open it's me"));
    let update = |lab: &lab::Lab| lab.program("salt-run", &["fileserver.update"]).unwrap();
    lab.start_master(&closed).unwrap();
    let refused = update(&lab);
    assert!(refused.code == 1 && refused.stdout.contains("Permission denied"), "{refused:#?}");
    let said = std::fs::read_to_string(lab.path("sshd.log")).unwrap();
    assert!(!said.contains("Failed password"), "the passphrase is no answer to a server that asks for a password: {said}");
    lab.end(lab::MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master(&strange).unwrap();
    let refused = update(&lab);
    assert!(refused.code == 1 && refused.stdout.contains("Host key verification failed"), "{refused:#?}");
    lab.end(lab::MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master(&good).unwrap();
    let done = update(&lab);
    assert!(done.is_good(), "{done:#?}");
    assert!(lab.program("salt-run", &["fileserver.file_list"]).unwrap().stdout.contains("one.sls"));
    assert!(!lab.log(lab::MASTER).contains("open it's me"), "nothing tells the passphrase");
}
