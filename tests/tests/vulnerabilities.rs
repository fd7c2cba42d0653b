//! Each class of vulnerability that Salt had, tried on the real programs. What other files try already is named here, so that the list is whole:
//!
//! | class | tried by |
//! | --- | --- |
//! | calls without a login, misuse of tokens, denied functions | `access.rs` |
//! | traversal in ids of jobs, environments, paths and names | `access.rs`, `impostor.rs`, here (pillar, queues, banks) |
//! | replay, downgrade, what is changed on the way, impersonation | `wire.rs`, `keys.rs`, `impostor.rs`, `proto/src/cipher.rs` |
//! | frames that lie about their size, half-open connections | `bad_days.rs`, `net/tests/hostile.rs` |
//! | a minion that speaks for another or fires events of the master | `events.rs`, `gitfs.rs` (files), `impostor.rs` (jobs, returns, mine, grains, pillar) |
//! | templates that come out of data, unsafe YAML | here |
//! | arguments that become options of git or words of a shell | `files/src/git/remote.rs`, `files/tests/git.rs`, here |
//! | strangers at the port, subscribers that do not read, clients that leave | `bad_days.rs`, `events.rs`, `returners.rs` |

use lab::Lab;
use serde_json::{Value, json};
use tests::{good, json};

fn runner(lab: &Lab, words: &[&str]) -> lab::Output {
    lab.program("salt-run", words).unwrap()
}

#[test]
fn what_a_minion_says_is_never_a_template_for_the_master() {
    let mut lab = tests::lab();
    let mark = lab.path("mark");
    lab.write(
        "states/react/echo.sls",
        "x:\n  runner.event.send:\n    - args:\n      - tag: my/answer\n      - data: {{ data | tojson }}\n",
    )
    .unwrap();
    lab.write("pillar/top.sls", "base:\n  '*': [own]\n").unwrap();
    lab.write("pillar/own.sls", "role: {{ grains['role'] | tojson }}\n").unwrap();
    lab.start_master("auto_accept: true\nreactor: [{'my/event': ['salt://react/echo.sls']}]\n").unwrap();
    let evil = format!("{{{{ salt['cmd.run']('touch {}') }}}}{{{{ 7 * 191 }}}}", mark.display());
    lab.start_minion("a", &format!("pillar_mask_output: false\ngrains: {{role: \"{evil}\"}}\n")).unwrap();
    lab.until_online(&["a"]).unwrap();
    assert_eq!(json(&lab, &["run", "a", "pillar.get", "role"])["a"], Value::from(evil.as_str()));
    let mut command = lab.command("salt-call", "minions/a");
    let sent = lab::Output::of(command.args(["event.send", "my/event", &format!("{{word: \"{evil}\"}}")])).unwrap();
    assert!(sent.is_good(), "{sent:#?}");
    lab.until("the reaction is done", |lab| {
        let waiting = runner(lab, &["reactor.waiting", "--out", "json"]).stdout;
        Ok(waiting.trim() == "{}" && lab.log(lab::MASTER).contains("event.send"))
    })
    .unwrap();
    // As a target, a function, an argument of a runner: text everywhere.
    let said = runner(&lab, &["test.arg", &evil, "--out", "json"]).stdout;
    assert!(said.contains("7 * 191") && !said.contains("1337"), "{said}");
    assert!(!mark.exists(), "a text of a minion was run as a template on the master");
}

#[test]
fn yaml_makes_no_objects_and_a_command_of_pillar_takes_no_id_that_a_shell_would_act_on() {
    let mut lab = tests::lab();
    let mark = lab.path("mark");
    let evil = format!("!!python/object/apply:os.system [touch {}]", mark.display());
    lab.write("states/evil.sls", &format!("x:\n  test.nop:\n    - name: {evil}\n")).unwrap();
    lab.write("evil.yaml", &format!("a: {evil}\n")).unwrap();
    let pillar = format!("ext_pillar:\n- cmd_yaml: cat {}\n- cmd_yaml: 'echo \"id: %s\"'\n", lab.path("evil.yaml").display());
    lab.start_master(&format!("auto_accept: true\n{pillar}")).unwrap();
    lab.start_minion("a", "pillar_mask_output: false\n").unwrap();
    lab.until_online(&["a"]).unwrap();
    let pillar = json(&lab, &["run", "a", "pillar.items"])["a"].clone();
    assert_eq!(pillar["_errors"], json!(["Failed to load ext_pillar cmd_yaml. Please see master log for details."]));
    assert_eq!(pillar["id"], "a");
    let run = lab.sylvite(&["run", "a", "state.apply", "evil"]).unwrap();
    assert!(!run.is_good() && !mark.exists(), "{run:#?}");
    // Pillar of an id that is none, or that leads elsewhere.
    for id in ["../a", "a;touch x", "$(touch x)", "a/b", "..", ""] {
        let output = runner(&lab, &["pillar.show_pillar", id]);
        assert!(!output.is_good(), "{id}: {output:#?}");
    }
    for env in ["../../etc", "/etc", "a/../../b"] {
        let output = runner(&lab, &["pillar.show_pillar", "a", &format!("pillarenv={env}")]);
        assert!(!output.stdout.contains("root:"), "{env}: {output:#?}");
        let output = runner(&lab, &["fileserver.file_list", &format!("saltenv={env}")]);
        assert!(!output.stdout.contains("passwd"), "{env}: {output:#?}");
    }
    // Names of queues and banks are no paths, and what is no name of a queue is refused.
    for name in ["../../etc/passwd", "a/../b", "", "a\nb"] {
        let output = runner(&lab, &["queue.insert", name, "x"]);
        assert!(!output.is_good(), "{name}: {output:#?}");
        let bank = runner(&lab, &["cache.fetch", &format!("../../../{name}"), "passwd"]);
        assert!(!bank.stdout.contains("root:"), "{name}: {bank:#?}");
    }
    good(&lab, &["run", "a", "test.ping"]);
}
