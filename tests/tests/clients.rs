//! Clients in Python against a real master: the package of our own, and the shapes that the clients of others read. The clients of others
//! themselves come from the network and are run by `cargo xtask clients`.

use std::path::PathBuf;
use std::process::Command;

fn python(script: &str, words: &[&str]) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new("python3");
    command.arg(root.join(script)).args(words).env("SYLVITE_BIN", tests::programs());
    let output = command.output().expect("this test needs Python 3.9 or later, with nothing beside it");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}: {}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_python_package_works_against_a_master() {
    python("tests/clients/python_client.py", &[]);
}

#[test]
fn the_python_package_is_what_the_document_of_this_tree_makes() {
    python("deploy/clients/python/generate.py", &["--check"]);
}

#[test]
fn replies_have_the_shapes_that_netapi_and_jenkins_read() {
    python("tests/clients/shapes.py", &[]);
}
