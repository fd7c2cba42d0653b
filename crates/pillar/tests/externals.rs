//! External sources of pillar over folders and repositories.

use files::git::{Defaults, Remote, Selection};
use pillar::{Compiled, External, Git, GitSource, Inputs, Which, compile, source};
use render::NoFunctions;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use value::Value;

fn write(folder: &Path, tree: &[(&str, &str)]) {
    for (path, text) in tree {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn inputs(folder: &Path) -> Inputs {
    let grains: Value = serde_json::from_str(r#"{"id": "web1", "os": "Debian", "role": "db"}"#).unwrap();
    Inputs::new("web1", Arc::new(grains), Arc::new(files::Roots::base(folder)), Arc::new(NoFunctions))
}

fn compiled(folder: &Path, name: &str, args: &str, change: impl FnOnce(&mut Inputs)) -> Compiled {
    let mut inputs = inputs(folder);
    inputs.externals = vec![(source(name).unwrap(), yaml::load_value(args).unwrap())];
    change(&mut inputs);
    compile(&inputs)
}

fn pillar(folder: &Path, name: &str, args: &str, change: impl FnOnce(&mut Inputs)) -> String {
    let compiled = compiled(folder, name, args, change);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    serde_json::to_string(&compiled.pillar).unwrap()
}

fn groups(inputs: &mut Inputs) {
    inputs.nodegroups = yaml::load_value("{web: 'web*', db: 'G@os:Suse', both: 'N@web or N@db'}").unwrap().as_map().unwrap().clone();
}

#[test]
fn groups_of_a_minion_are_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(pillar(folder.path(), "nodegroups", "{}", groups), r#"{"nodegroups":["web","both"]}"#);
    assert_eq!(pillar(folder.path(), "nodegroups", "{pillar_name: in}", groups), r#"{"in":["web","both"]}"#);
}

#[test]
fn files_of_a_tree_are_values_and_those_of_the_host_win() {
    let folder = tempfile::tempdir().unwrap();
    let tree = [
        ("nodegroups/web/conf/a", "of the group\n"),
        ("nodegroups/web/conf/b", "kept\n"),
        ("nodegroups/db/x", "another group\n"),
        ("hosts/web1/conf/a", "of the host\n\n"),
        ("hosts/web2/y", "another host"),
    ];
    write(folder.path(), &tree);
    fs::create_dir(folder.path().join("linked")).unwrap();
    fs::write(folder.path().join("linked/z"), "far").unwrap();
    std::os::unix::fs::symlink("../../linked", folder.path().join("hosts/web1/link")).unwrap();
    let root = folder.path().display();
    let all = pillar(folder.path(), "file_tree", &format!("root_dir: {root}"), groups);
    assert_eq!(all, r#"{"conf":{"a":"of the host\n","b":"kept"}}"#);
    let all = pillar(folder.path(), "file_tree", &format!("{{root_dir: {root}, follow_dir_links: true, keep_newline: ['*/b']}}"), groups);
    assert_eq!(all, r#"{"conf":{"a":"of the host\n","b":"kept\n"},"link":{"z":"far"}}"#);
    write(folder.path(), &[("hosts/web1/made", "os: {{ grains['os'] }}")]);
    let all = pillar(folder.path(), "file_tree", &format!("{{root_dir: {root}, template: true, render_default: jinja|yaml}}"), |_| {});
    assert_eq!(all, r#"{"conf":{"a":"of the host"},"made":{"os":"Debian"}}"#, "what YAML reads in a text");
}

#[test]
fn a_stack_is_listed_by_a_template_and_merged_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let tree = [
        ("stack.cfg", "core.yml\ncommon/*.yml\nroles/{{ __grains__['role'] }}.yml\nminions/{{ minion_id }}.yml\n"),
        ("core.yml", "a: 1\nlist: [x]\nd: {k: core}\n"),
        ("common/2.yml", "b: {{ stack.a + 1 }}\n"),
        ("common/1.yml", "a: 5\n"),
        ("roles/db.yml", "list: [{__: merge-first}, y]\nd: {__: overwrite, role: db}\n"),
        ("minions/web1.yml", "id: {{ minion_id }}\n"),
    ];
    write(folder.path(), &tree);
    let list = folder.path().join("stack.cfg");
    let all = pillar(folder.path(), "stack", &list.display().to_string(), |_| {});
    assert_eq!(all, r#"{"a":5,"list":["y","x"],"d":{"role":"db"},"b":6,"id":"web1"}"#);
    let chosen = format!("{{'grains:os': {{Debian: {0}, Suse: /none}}, 'grains:role': {{web: [{0}]}}}}", list.display());
    assert_eq!(pillar(folder.path(), "stack", &chosen, |_| {}), all);
    // Nested data by a path, as the templates of PillarStack ask for it.
    let asked = "t: {{ __stack__['traverse'](stack, 'd:role') }}\nu: {{ __stack__.traverse(stack, 'd/none', 'usual', '/') }}\n\
                 v: {{ __stack__['traverse'](__grains__, 'no:thing') }}\np: {{ __stack__['cfg_path'] }}\n";
    write(folder.path(), &[("minions/web1.yml", asked)]);
    let all = pillar(folder.path(), "stack", &list.display().to_string(), |_| {});
    let expected =
        format!(r#"{{"a":5,"list":["y","x"],"d":{{"role":"db"}},"b":6,"t":"db","u":"usual","v":"None","p":"{}"}}"#, list.display());
    assert_eq!(all, expected);
    // A grain does not lead out of the folder.
    write(folder.path(), &[("in/stack.cfg", "{{ __grains__['role'] }}.yml\n"), ("secret.yml", "s: 1\n")]);
    let list = folder.path().join("in/stack.cfg").display().to_string();
    let refused = compiled(folder.path(), "stack", &list, |inputs| {
        inputs.grains = Arc::new(serde_json::from_str(r#"{"role": "../secret"}"#).unwrap());
    });
    assert!(refused.errors[0].message.contains("leads out of the folder"), "{:?}", refused.errors);
    assert!(!refused.pillar.contains_key("s"));
}

fn git(folder: &Path, words: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]).args(words);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
}

fn commit(folder: &Path, tree: &[(&str, &str)]) {
    if !folder.join(".git").exists() {
        fs::create_dir_all(folder).unwrap();
        git(folder, &["init", "-q"]);
    }
    write(folder, tree);
    git(folder, &["add", "."]);
    git(folder, &["commit", "-qm", "x"]);
}

fn of(origin: &Path, which: Which, base: &str, below: &Path) -> GitSource {
    let mut remote = Remote::new(&origin.display().to_string(), &Defaults::default()).unwrap();
    remote.selection = match &which {
        Which::One { env } => Selection {
            base: String::new(),
            only_named: true,
            named: BTreeMap::from([(env.clone(), base.to_owned())]),
            ..Selection::default()
        },
        Which::Asked | Which::Everywhere => Selection { base: base.to_owned(), ..Selection::default() },
    };
    GitSource::new(remote, which, below, Duration::from_secs(60))
}

#[test]
fn remotes_are_compiled_in_order_and_share_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two, below) = (folder.path().join("one"), folder.path().join("two"), folder.path().join("copies"));
    commit(&one, &[("top.sls", "base:\n  '*': [a, shared]\n"), ("a.sls", "who: one\nid: {{ grains['id'] }}\n")]);
    commit(&two, &[("top.sls", "base:\n  '*': [b]\n"), ("b.sls", "who: two\n"), ("shared.sls", "shared: true\n")]);
    let sources = || [&one, &two].map(|origin| of(origin, Which::One { env: "base".into() }, "main", &below)).into_iter().collect();
    let compiled = |git: &Arc<Git>, env: Option<&str>| {
        let mut inputs = inputs(folder.path());
        inputs.externals = vec![(Arc::clone(git) as Arc<dyn External>, Value::Null)];
        inputs.pillarenv = env.map(str::to_owned);
        let compiled = compile(&inputs);
        (serde_json::to_string(&compiled.pillar).unwrap(), compiled.errors.len())
    };
    let git_pillar = Arc::new(Git::new(sources(), true));
    assert_eq!(compiled(&git_pillar, None), (r#"{"who":"two","id":"web1","shared":true}"#.to_owned(), 0));
    assert_eq!(compiled(&git_pillar, Some("dev")).0, "{}");
    commit(&two, &[("b.sls", "who: three\n")]);
    assert_eq!(compiled(&git_pillar, None).0, r#"{"who":"two","id":"web1","shared":true}"#, "until the remotes are asked");
    assert!(git_pillar.refresh().is_empty());
    assert_eq!(compiled(&git_pillar, None).0, r#"{"who":"three","id":"web1","shared":true}"#);
    let (alone, errors) = compiled(&Arc::new(Git::new(sources(), false)), None);
    assert!(errors == 1 && alone.contains("Specified SLS 'shared'") && alone.contains("three"), "{alone}");
}

#[test]
fn a_remote_may_follow_the_environment_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (origin, below) = (folder.path().join("one"), folder.path().join("copies"));
    commit(&origin, &[("top.sls", "'{{ saltenv }}':\n  '*': [a]\n"), ("a.sls", "branch: main\n")]);
    git(&origin, &["checkout", "-qb", "dev"]);
    commit(&origin, &[("a.sls", "branch: dev\n")]);
    let git_pillar = Arc::new(Git::new(vec![of(&origin, Which::Asked, "main", &below)], true));
    let branch = |env: Option<&str>| {
        let mut inputs = inputs(folder.path());
        inputs.externals = vec![(Arc::clone(&git_pillar) as Arc<dyn External>, Value::Null)];
        inputs.pillarenv = env.map(str::to_owned);
        serde_json::to_string(&compile(&inputs).pillar).unwrap()
    };
    assert_eq!(branch(None), r#"{"branch":"main"}"#);
    assert_eq!(branch(Some("dev")), r#"{"branch":"dev"}"#);
    assert_eq!(branch(Some("none")), "{}");
}

#[test]
fn a_remote_that_is_not_there_fails_by_its_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let source = of(&folder.path().join("none"), Which::Asked, "main", &folder.path().join("copies"));
    let mut inputs = inputs(folder.path());
    inputs.externals = vec![(Arc::new(Git::new(vec![source], true)), Value::Null)];
    let compiled = compile(&inputs);
    let told = serde_json::to_string(&compiled.pillar).unwrap();
    assert_eq!(told, r#"{"_errors":["Failed to load ext_pillar git. Please see master log for details."]}"#);
}
