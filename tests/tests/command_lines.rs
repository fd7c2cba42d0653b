//! Options of Salt's command lines through the real programs: what they print, what they refuse and why, and how they end.

use lab::Lab;
use tests::lab;

fn master() -> Lab {
    let mut lab = lab();
    lab.start_master("nodegroups: {web: 'web*'}\n").unwrap();
    lab
}

#[test]
fn keys_for_a_minion_are_made_once_and_never_overwritten() {
    let lab = master();
    let folder = lab.path("made").display().to_string();
    std::fs::create_dir(&folder).unwrap();
    let made = lab.program("salt-key", &["--gen-keys", "web1", "--gen-keys-dir", &folder, "--keysize", "2048"]).unwrap();
    assert!(made.is_good() && made.stdout.starts_with("Keys generation complete"), "{made:#?}");
    let private = std::fs::read_to_string(format!("{folder}/web1.pem")).unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----"), "{private}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(format!("{folder}/web1.pem")).unwrap());
    assert_eq!(mode & 0o777, 0o400);
    assert!(std::fs::read_to_string(format!("{folder}/web1.pub")).unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    let again = lab.program("salt-key", &["--gen-keys", "web1", "--gen-keys-dir", &folder, "--keysize", "2048"]).unwrap();
    assert_eq!(again.code, 1, "{again:#?}");
    assert_eq!(std::fs::read_to_string(format!("{folder}/web1.pem")).unwrap(), private);
}

#[test]
fn the_configuration_is_dumped_without_its_secrets() {
    let lab = master();
    let dumped = lab.program("salt", &["--config-dump"]).unwrap();
    assert!(dumped.is_good() && dumped.stdout.contains("nodegroups:\n  web: web*\n"), "{dumped:#?}");
}

#[test]
fn options_without_a_meaning_here_say_so() {
    let lab = master();
    for (program, words, reason) in [
        ("salt", &["*", "test.ping", "--return_config", "x"][..], "--return NAME"),
        ("salt", &["*", "test.ping", "--module-executors", "[splay]"][..], "runas"),
        ("salt", &["-H", "*"][..], "sylvite ssh"),
        ("salt-key", &["--gen-signature"][..], "master_finger"),
        ("salt-key", &["--gen-keys", "../x"][..], "--gen-keys-dir"),
        ("salt-key", &["-l", "nonsense"][..], "'nonsense' is not a valid argument to '--list'"),
    ] {
        let refused = lab.program(program, words).unwrap();
        assert_eq!(refused.code, 64, "{refused:#?}");
        assert!(refused.stderr.contains(reason), "{refused:#?}");
    }
    let direct = lab.program("salt", &["*", "test.ping", "--module-executors", "[direct_call]"]).unwrap();
    assert_eq!(direct.code, 2, "nobody is there: {direct:#?}");
    assert!(direct.stdout.contains("No minions matched the target."), "{direct:#?}");
}
