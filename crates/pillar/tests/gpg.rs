//! Encrypted pillar through the system's gpg, with a key made for the occasion.

use pillar::{Decrypt, Inputs, LocalMachine, compile};
use render::NoFunctions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use value::Value;

fn gpg(home: &Path, words: &[&str], input: &str) -> String {
    let mut child = Command::new("gpg")
        .args(["--homedir".as_ref(), home.as_os_str()])
        .args(["--batch", "--no-tty", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "gpg {words:?}");
    String::from_utf8(output.stdout).unwrap()
}

struct Agent<'a>(&'a Path);

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.0).args(["--kill", "all"]).status();
    }
}

fn pillar(folder: &Path, home: &Path, keep_closed: bool, decrypt: &[&str]) -> Value {
    let grains: Value = serde_json::from_str(r#"{"id": "minion1"}"#).unwrap();
    let roots = Arc::new(files::Roots::base(folder));
    let mut inputs = Inputs::new("minion1", Arc::new(grains), roots, Arc::new(NoFunctions));
    inputs.render.machine = Arc::new(LocalMachine { gpg_keys: Some(home.to_owned()), keep_closed });
    inputs.decrypt = Decrypt { paths: decrypt.iter().map(|path| ((*path).to_owned(), None)).collect(), ..Decrypt::default() };
    Value::Map(compile(&inputs).pillar)
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not run must not pass unseen")]
fn messages_are_opened_by_renderer_and_by_path_and_may_stay_closed() {
    if Command::new("gpg").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("NOT RUN: there is no gpg on this machine");
        return;
    }
    // The agent's socket lies in this folder, and the path of a socket is short.
    let home = tempfile::Builder::new().prefix("g").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let _agent = Agent(home.path());
    gpg(home.path(), &["--quick-generate-key", "Pillar Test <pillar@example.org>", "rsa2048", "encr", "never"], "");
    let message = gpg(home.path(), &["--armor", "--trust-model", "always", "--encrypt", "-r", "pillar@example.org"], "s3cret: ü\n");
    let closed = message
        .replace(char::is_alphabetic, "A")
        .replace("AAAAA AAA AAAAAAA", "BEGIN PGP MESSAGE")
        .replace("AAA AAA AAAAAAA", "END PGP MESSAGE");
    let block = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: String| std::fs::write(folder.path().join(path), text).unwrap();
    write("top.sls", "base:\n  '*':\n    - a\n    - b\n".to_owned());
    write("a.sls", format!("#!yaml|gpg\na:\n  key: |\n{}", block(&message)));
    write("b.sls", format!("b:\n  key: |\n{}  plain: x\n", block(&message)));

    let value = pillar(folder.path(), home.path(), false, &["b", "not:there"]);
    assert_eq!(value::text::repr(&value), "{'a': {'key': 's3cret: ü'}, 'b': {'key': 's3cret: ü', 'plain': 'x'}}");

    write("a.sls", format!("#!yaml|gpg\na:\n  key: |\n{}", block(&closed)));
    let value = pillar(folder.path(), home.path(), false, &[]);
    assert!(value::text::str(value.get("_errors").unwrap()).contains("Rendering SLS 'a' failed"), "{value:?}");
    let value = pillar(folder.path(), home.path(), true, &[]);
    let key = value.get("a").and_then(|a| a.get("key")).and_then(Value::as_str).unwrap();
    assert!(value.get("_errors").is_none() && key.starts_with("-----BEGIN PGP MESSAGE-----"), "{value:?}");
}
