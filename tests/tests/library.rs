//! States and functions of the library through the real programs, without a master: what they need lies in a scratch folder.

use lab::Lab;
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Command, Stdio};

/// A lab in which `salt-call --local` finds its trees.
fn local() -> Lab {
    let lab = tests::lab();
    let at = |name: &str| lab.path(name).display().to_string();
    let config = format!(
        "id: local\nfile_client: local\npki_dir: {}\ncachedir: {}\nsock_dir: {}\nfile_roots: {{base: [{}]}}\npillar_roots: {{base: [{}]}}\n",
        at("local/pki"),
        at("local/cache"),
        at("local/run"),
        at("states"),
        at("pillar"),
    );
    lab.write("local/minion", &config).unwrap();
    lab
}

fn call(lab: &Lab, arguments: &[&str]) -> Value {
    let output = lab.command("salt-call", "local").args(["--local", "--out=json"]).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let whole: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    whole["local"].clone()
}

/// Result, comment and changes of the one state of a run.
fn one(lab: &Lab, sls: &str, test: bool) -> (Value, String, Value) {
    let test = format!("test={}", if test { "True" } else { "False" });
    let run = call(lab, &["state.apply", sls, &test]);
    let state = run.as_object().and_then(|states| states.values().next()).unwrap_or_else(|| panic!("no state: {run:#}"));
    (state["result"].clone(), state["comment"].as_str().unwrap_or_default().to_owned(), state["changes"].clone())
}

#[test]
fn log_rotation_is_set_once_and_the_rest_of_the_file_stays() {
    let lab = local();
    let file = lab.path("logrotate.conf");
    lab.write("logrotate.conf", "# see man\nweekly\nrotate 4\n/var/log/x {\n    rotate 1\n}\n").unwrap();
    let sls = format!(
        "x:\n  logrotate.set:\n    - key: /var/log/x\n    - value: rotate\n    - setting: 3\n    - conf_file: {}\n",
        file.display()
    );
    lab.write("states/x.sls", &sls).unwrap();
    assert_eq!(one(&lab, "x", true).1, "Block '/var/log/x' command 'rotate' will be set to value: 3");
    let (result, comment, changes) = one(&lab, "x", false);
    assert_eq!((result, comment.as_str()), (Value::Bool(true), "Set block '/var/log/x' command 'rotate' value: 3"));
    assert_eq!(changes, json!({"old": 1, "new": 3}));
    assert_eq!(one(&lab, "x", false).2, json!({}));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# see man\nweekly\nrotate 4\n/var/log/x {\n    rotate 3\n}\n");
}

#[test]
fn a_permission_of_one_more_user_is_given_and_taken() {
    let lab = local();
    std::fs::create_dir(lab.path("share")).unwrap();
    let share = lab.path("share").display().to_string();
    for (name, function) in [("give", "present"), ("take", "absent")] {
        let sls = format!("{share}:\n  acl.{function}:\n    - acl_type: user\n    - acl_name: nobody\n    - perms: rx\n");
        lab.write(&format!("states/{name}.sls"), &sls).unwrap();
    }
    let (result, comment, _) = one(&lab, "give", false);
    if comment.contains("there is no program") {
        // Where the tools are not installed the state has to say so, and which package has them.
        assert_eq!((result, comment.contains("the package acl has it")), (Value::Bool(false), true), "{comment}");
        return;
    }
    if comment.contains("not supported") {
        panic!("the file system of {share} has no access control lists: run this test with TMPDIR on one that has");
    }
    assert_eq!((result, comment.as_str()), (Value::Bool(true), "Applied new permissions for nobody"));
    assert_eq!(one(&lab, "give", false).1, "Permissions are in the desired state");
    assert_eq!(one(&lab, "take", false).1, "Removing permissions");
    assert_eq!(one(&lab, "take", false).1, "Permissions are in the desired state");
}

#[test]
fn values_outlive_the_program_that_kept_them() {
    let lab = local();
    assert_eq!(call(&lab, &["data.update", "color", "red"]), Value::Bool(true));
    assert_eq!(call(&lab, &["data.get", "color"]), "red");
    assert_eq!(call(&lab, &["data.cas", "color", "blue", "green"]), Value::Bool(false));
}

#[test]
fn who_reads_only_the_beginning_of_a_page_has_what_they_wanted() {
    let mut command = Command::new(tests::programs().join("sylvite-minion"));
    let mut child = command.args(["reference", "modules"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut beginning = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut beginning).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}: {}", ended.status, String::from_utf8_lossy(&ended.stderr));
}

/// A keyring of its own with one key that signs, and its fingerprint.
struct Signer<'a> {
    lab: &'a Lab,
    fingerprint: String,
}

impl<'a> Signer<'a> {
    fn new(lab: &'a Lab) -> Self {
        std::fs::create_dir_all(lab.path("ring")).unwrap();
        let mut signer = Self { lab, fingerprint: String::new() };
        signer.gpg(&["--passphrase", "", "--quick-gen-key", "builds@example.org", "ed25519", "sign", "never"]);
        let listed = signer.gpg(&["--with-colons", "--list-keys"]);
        signer.fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
        signer
    }

    fn gpg(&self, words: &[&str]) -> String {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--homedir"]).arg(self.lab.path("ring")).args(words);
        let output = command.output().unwrap_or_else(|error| panic!("this test needs the program gpg (package gnupg): {error}"));
        assert!(output.status.success(), "gpg {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Signer<'_> {
    fn drop(&mut self) {
        // The agent of the keyring goes with its folder, a little later than the test.
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.lab.path("ring")).args(["--kill", "all"]).status();
    }
}

#[test]
fn a_source_that_the_right_key_did_not_sign_is_not_taken() {
    let lab = local();
    let signer = Signer::new(&lab);
    lab.write("states/app.conf", "port: 80\n").unwrap();
    let source = lab.path("states/app.conf").display().to_string();
    signer.gpg(&["--detach-sign", "--armor", &source]);
    let target = lab.path("made.conf");
    let sls = |key: &str| {
        format!(
            "{}:\n  file.managed:\n    - source: salt://app.conf\n    - signature: salt://app.conf.asc\n    - signed_by_any: [{key}]\n    - gnupghome: {}\n",
            target.display(),
            lab.path("ring").display()
        )
    };
    lab.write("states/wrong.sls", &sls(&"0".repeat(40))).unwrap();
    let (result, comment, changes) = one(&lab, "wrong", false);
    assert_eq!((result, changes), (json!(false), json!({})));
    assert!(comment.contains("signed_by_any"), "{comment}");
    assert!(!target.exists());

    lab.write("states/right.sls", &sls(&signer.fingerprint)).unwrap();
    assert_eq!(one(&lab, "right", true).0, Value::Null);
    assert_eq!(one(&lab, "right", false).0, json!(true));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "port: 80\n");
    // A signature is asked for at every run, so what was changed behind its back is not taken either.
    lab.write("states/app.conf", "port: 22\n").unwrap();
    assert_eq!(one(&lab, "right", false).0, json!(false));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "port: 80\n");
}

#[test]
fn public_keys_come_into_a_keyring_and_leave_it() {
    let lab = local();
    let signer = Signer::new(&lab);
    lab.write("states/key.asc", &signer.gpg(&["--armor", "--export"])).unwrap();
    std::fs::create_dir_all(lab.path("other")).unwrap();
    let id = &signer.fingerprint[24..];
    let home = lab.path("other").display().to_string();
    let more = "    - skip_keyserver: True\n    - source: salt://key.asc\n";
    for (name, function, more) in [("in", "present", more), ("out", "absent", "")] {
        lab.write(&format!("states/{name}.sls"), &format!("{id}:\n  gpg.{function}:\n    - gnupghome: {home}\n{more}")).unwrap();
    }
    assert_eq!(one(&lab, "in", true).0, Value::Null);
    let (result, comment, changes) = one(&lab, "in", false);
    assert_eq!(result, json!(true), "{comment}");
    assert_ne!(changes, json!({}));
    assert_eq!(one(&lab, "in", false).2, json!({}));
    assert_eq!(one(&lab, "out", true).0, Value::Null);
    assert_eq!(one(&lab, "out", false).0, json!(true));
    assert_eq!(one(&lab, "out", false).2, json!({}));
    let _ = Command::new("gpgconf").args(["--homedir", &home, "--kill", "all"]).status();
}

#[test]
fn a_file_keeps_the_attributes_that_it_is_to_have() {
    let lab = local();
    let target = lab.path("marked").display().to_string();
    let sls = |text: &str| format!("{target}:\n  file.managed:\n    - contents: {text}\n    - attrs: d\n");
    lab.write("states/first.sls", &sls("one")).unwrap();
    lab.write("states/second.sls", &sls("two")).unwrap();
    let (result, comment, _) = one(&lab, "first", false);
    if comment.contains("the package e2fsprogs has them") || comment.contains("Failed to change attributes") {
        // Where there are no such programs, or the file system keeps no attributes, the state says so and fails.
        assert_eq!(result, json!(false));
        return;
    }
    assert_eq!(result, json!(true), "{comment}");
    assert_eq!(one(&lab, "first", false).2, json!({}));
    let listed = call(&lab, &["file.lsattr", &target]);
    assert!(listed[&target].as_array().unwrap().contains(&json!("d")), "{listed}");
    assert_eq!(one(&lab, "second", false).0, json!(true));
    assert!(call(&lab, &["file.lsattr", &target])[&target].as_array().unwrap().contains(&json!("d")));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "two\n");
}

#[test]
fn a_template_that_renders_itself_or_hashes_without_end_is_refused() {
    let lab = local();
    lab.write("states/again.sls", "{% set x = salt['slsutil.renderer']('salt://again.sls') %}\n").unwrap();
    let refused = call(&lab, &["state.show_sls", "again"]);
    assert!(refused.to_string().contains("something renders itself"), "{refused:#}");
    let hashes =
        "{% set text = 'x' * 1000000 %}{% for i in range(99999) %}{% set y = salt['hashutil.sha512_digest'](text) %}{% endfor %}\n";
    lab.write("states/hashes.sls", hashes).unwrap();
    let refused = call(&lab, &["state.show_sls", "hashes"]);
    assert!(refused.to_string().contains("needs more than"), "{refused:#}");
}

#[test]
fn a_requested_run_is_foretold_kept_and_made_once() {
    let lab = local();
    let made = lab.path("made");
    lab.write("states/made.sls", &format!("{}:\n  file.managed:\n    - contents: hello\n", made.display())).unwrap();
    call(&lab, &["state.request", "made"]);
    assert!(!made.exists(), "a request is a run in test mode");
    let kept = call(&lab, &["state.check_request"]);
    assert_eq!((&kept["default"]["mods"], &kept["default"]["kwargs"]["test"]), (&json!("made"), &json!(true)), "{kept:#}");
    let run = call(&lab, &["state.run_request"]);
    assert!(run.to_string().contains("New file"), "{run:#}");
    assert_eq!(std::fs::read_to_string(&made).unwrap(), "hello\n");
    assert_eq!(call(&lab, &["state.check_request"]), json!({}), "it is gone once it has run");
    call(&lab, &["state.request", "made", "name=other"]);
    assert_eq!(call(&lab, &["state.clear_request", "other"]), json!(true));
    assert_eq!(call(&lab, &["state.check_request"]), json!({}));
}
