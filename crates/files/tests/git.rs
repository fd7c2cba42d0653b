//! Environments out of git, with the real program.

use files::git::{Defaults, Mirror, Remote};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn git(folder: &Path, words: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]).args(words);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
}

/// A repository with the branches main and dev and the tag v1.
fn repository(folder: &Path) {
    git(folder, &["init", "-q"]);
    std::fs::create_dir_all(folder.join("states/web")).unwrap();
    std::fs::write(folder.join("states/web/init.sls"), "one").unwrap();
    std::fs::write(folder.join("other"), "x").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("states/leak")).unwrap();
    std::os::unix::fs::symlink("web/init.sls", folder.join("states/inside")).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "-qm", "one"]);
    git(folder, &["tag", "-a", "v1", "-m", "first"]);
    git(folder, &["checkout", "-qb", "dev"]);
    std::fs::write(folder.join("states/web/init.sls"), "two").unwrap();
    git(folder, &["commit", "-qam", "two"]);
    git(folder, &["checkout", "-q", "main"]);
}

fn remote(url: &str) -> Remote {
    let mut remote = Remote::new(url, &Defaults::default()).unwrap();
    remote.set("base", "main").unwrap();
    remote
}

#[test]
fn branches_and_tags_are_environments_with_root_and_mountpoint() {
    let (origin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(origin.path());
    let mut wanted = remote(&format!("file://{}", origin.path().display()));
    wanted.set("root", "states").unwrap();
    wanted.set("mountpoint", "salt://lib").unwrap();
    let mirror = Mirror::new(wanted, cache.path(), LIMIT);
    mirror.fetch().unwrap();
    let envs = mirror.write_out().unwrap();
    let read = |env: &str| std::fs::read_to_string(envs[env].join("lib/web/init.sls")).unwrap();
    assert_eq!((envs.len(), read("base"), read("dev"), read("v1")), (3, "one".into(), "two".into(), "one".into()));
    assert!(!envs["base"].join("lib/other").exists() && !envs["base"].join("other").exists(), "only what is below the root");
    assert!(!envs["base"].join("lib/leak").is_symlink(), "a link out of the repository is left out");
    assert_eq!(std::fs::read_to_string(envs["base"].join("lib/inside")).unwrap(), "one");

    std::fs::write(origin.path().join("states/web/init.sls"), "three").unwrap();
    git(origin.path(), &["commit", "-qam", "three"]);
    git(origin.path(), &["branch", "-qD", "dev"]);
    mirror.fetch().unwrap();
    let envs = mirror.write_out().unwrap();
    assert_eq!(std::fs::read_to_string(envs["base"].join("lib/web/init.sls")).unwrap(), "three");
    assert!(!envs.contains_key("dev"), "a branch that is gone is no environment");
}

#[test]
fn a_remote_that_hangs_has_an_end_and_the_old_files_stay() {
    let (origin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(origin.path());
    let url = format!("file://{}", origin.path().display());
    Mirror::new(remote(&url), cache.path(), LIMIT).fetch().unwrap();
    // It takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = remote(&format!("git://127.0.0.1:{}/x", silent.local_addr().unwrap().port()));
    let error = Mirror::new(hanging, cache.path(), Duration::from_secs(1)).fetch().unwrap_err();
    assert!(error.to_string().contains("did not end within 1 s"), "{error}");
    assert_eq!(Mirror::new(remote(&url), cache.path(), LIMIT).write_out().unwrap().len(), 3);
}

#[test]
fn what_a_repository_says_is_never_run() {
    let (origin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(origin.path());
    let mark = cache.path().join("mark");
    std::fs::write(origin.path().join(".gitattributes"), "* filter=evil\n").unwrap();
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = ext::touch {}\n", mark.display());
    std::fs::write(origin.path().join(".gitmodules"), modules).unwrap();
    git(origin.path(), &["add", "."]);
    git(origin.path(), &["commit", "-qm", "evil"]);
    git(origin.path(), &["config", "filter.evil.smudge", &format!("touch {}", mark.display())]);
    let mirror = Mirror::new(remote(&format!("file://{}", origin.path().display())), cache.path(), LIMIT);
    mirror.fetch().unwrap();
    mirror.write_out().unwrap();
    assert!(!mark.exists());
}

#[test]
fn a_commit_is_an_environment_by_its_id_as_long_as_something_leads_to_it() {
    let (origin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(origin.path());
    let at = |name: &str| {
        let said = Command::new("git").current_dir(origin.path()).args(["rev-parse", name]).output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    let dev = at("dev");
    let mirror = Mirror::new(remote(&format!("file://{}", origin.path().display())), cache.path(), LIMIT);
    assert_eq!(mirror.commit(&dev).unwrap(), None, "nothing is copied yet");
    mirror.fetch().unwrap();
    let folder = mirror.commit(&dev).unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("states/web/init.sls")).unwrap(), "two");
    for other in ["", "dev", "--help", &"0".repeat(40), &dev[..10]] {
        assert_eq!(mirror.commit(other).unwrap(), None, "{other}");
    }
    git(origin.path(), &["branch", "-qD", "dev"]);
    mirror.fetch().unwrap();
    assert_eq!(mirror.commit(&dev).unwrap(), None, "it was taken back");
    let mut only = remote(&format!("file://{}", origin.path().display()));
    only.set_list("ref_types", &["branch".to_owned()]).unwrap();
    assert_eq!(Mirror::new(only, cache.path(), LIMIT).commit(&at("main")).unwrap(), None);
}

#[test]
fn submodules_and_stand_ins_of_lfs_are_left_out() {
    let (origin, other, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(other.path());
    repository(origin.path());
    let url = format!("file://{}", other.path().display());
    git(origin.path(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "states/module"]);
    let stand_in = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    std::fs::write(origin.path().join("states/large.iso"), stand_in).unwrap();
    std::fs::write(origin.path().join(".gitattributes"), "*.iso filter=lfs diff=lfs merge=lfs -text\n").unwrap();
    git(origin.path(), &["-c", "filter.lfs.clean=cat", "-c", "filter.lfs.required=false", "add", "."]);
    git(origin.path(), &["commit", "-qm", "three"]);
    let mirror = Mirror::new(remote(&format!("file://{}", origin.path().display())), cache.path(), LIMIT);
    mirror.fetch().unwrap();
    let base = &mirror.write_out().unwrap()["base"];
    assert!(!base.join("states/large.iso").exists(), "a stand-in is no file");
    assert!(!base.join("states/module/other").exists(), "nothing of the submodule was fetched");
    assert!(base.join("states/web/init.sls").exists());
}

#[test]
fn a_repository_runs_nothing_here() {
    let (origin, cache, mark) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mark = mark.path().join("mark");
    repository(origin.path());
    // Hooks and settings of the other side, filters named by attributes, a submodule whose address is a command, a branch that looks like an option.
    for hook in ["post-checkout", "post-update", "pre-receive", "reference-transaction"] {
        let path = origin.path().join(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    std::fs::write(origin.path().join(".gitattributes"), "* filter=evil\n").unwrap();
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c touch% {}\n\tupdate = !touch {0}\n", mark.display());
    std::fs::write(origin.path().join(".gitmodules"), modules).unwrap();
    git(origin.path(), &["-c", "core.hooksPath=/dev/null", "add", "."]);
    git(origin.path(), &["-c", "core.hooksPath=/dev/null", "commit", "-qm", "evil"]);
    git(origin.path(), &["-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/-upload-pack=touch", "HEAD"]);
    git(origin.path(), &["config", "filter.evil.smudge", &format!("touch {}", mark.display())]);
    let mirror = Mirror::new(remote(&format!("file://{}", origin.path().display())), cache.path(), LIMIT);
    mirror.fetch().unwrap();
    let envs = mirror.write_out().unwrap();
    assert!(envs.contains_key("base") && envs.contains_key("-upload-pack=touch"), "{envs:?}");
    assert!(!mark.exists(), "something of the repository was run here");
}

#[test]
fn many_who_copy_one_remote_at_the_same_time_do_not_disturb_each_other() {
    let (origin, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    repository(origin.path());
    let url = format!("file://{}", origin.path().display());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mirror = Mirror::new(remote(&url), cache.path(), LIMIT);
                mirror.fetch().unwrap();
                let envs = mirror.write_out().unwrap();
                assert!(envs["base"].join("other").is_file(), "{envs:?}");
            });
        }
    });
}
