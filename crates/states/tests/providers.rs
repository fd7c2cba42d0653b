//! States that need a packaging system, an init system or account tools, on a fake host with recorded answers.

use sdk::host::FakeHost;
use sdk::testing::context;
use sdk::{Applied, Checked, Cx, Facts, Map, Value};
use std::sync::Arc;

struct World {
    host: Arc<FakeHost>,
    cx: Cx,
}

impl World {
    fn new(grains: &str) -> Self {
        let host = Arc::new(FakeHost::new());
        let grains: Value = serde_json::from_str(grains).unwrap();
        let facts = Facts { grains: Arc::new(grains), ..Facts::default() };
        let cx = context(Arc::<FakeHost>::clone(&host), facts);
        Self { host, cx }
    }

    async fn check(&self, state: &str, args: &str) -> (Box<dyn sdk::StateObject>, Checked) {
        let args: Map = serde_json::from_str(args).unwrap();
        let object = (states::registry().state(state).unwrap().prepare)(args).unwrap();
        let checked = object.check(self.cx.read()).await.unwrap();
        (object, checked)
    }

    /// Comment and changes that test mode reports.
    async fn predicted(&self, state: &str, args: &str) -> (String, String) {
        match self.check(state, args).await.1 {
            Checked::Desired { comment } => (comment, "{}".to_owned()),
            Checked::Change { outlook, .. } => (outlook.comment, serde_json::to_string(&outlook.changes).unwrap()),
            Checked::Later(why) => (why, String::new()),
            Checked::Fails(applied) => (applied.comment, String::new()),
        }
    }

    async fn applied(&self, state: &str, args: &str) -> Applied {
        let (object, checked) = self.check(state, args).await;
        match checked {
            Checked::Change { change, .. } => object.apply(change, &self.cx).await.unwrap(),
            Checked::Fails(applied) => applied,
            Checked::Desired { .. } | Checked::Later(_) => panic!("there is nothing to do"),
        }
    }

    /// Commands that changed something.
    fn acted(&self) -> Vec<String> {
        let looks = ["run dpkg-query", "run apt-cache", "run systemctl is-", "run systemctl show"];
        self.host.actions().into_iter().filter(|action| !looks.iter().any(|look| action.starts_with(look))).collect()
    }
}

const LIST: &str = "dpkg-query --showformat ${Status}\\t${Package}\\t${Version}\\t${Architecture}\\t${Provides}\\n -W";

fn debian() -> World {
    World::new(r#"{"os_family": "Debian", "osarch": "amd64"}"#)
}

#[tokio::test]
async fn packages_are_one_transaction_and_installed_ones_are_left_out() {
    let world = debian();
    let bash = "install ok installed\tbash\t5.2\tamd64\t\n";
    let sl = "install ok installed\tsl\t5.02-1+b1\tamd64\t\n";
    for _ in 0..3 {
        world.host.answer(LIST, 0, bash, "");
    }
    world.host.answer(LIST, 0, &format!("{bash}{sl}"), "");
    world.host.answer("apt-cache -q policy sl", 0, "sl:\n  Installed: (none)\n  Candidate: 5.02-1+b1\n", "");
    world.host.answer("apt-get -q update", 0, "", "");
    let install = "apt-get -q -y -o DPkg::Options::=--force-confold -o DPkg::Options::=--force-confdef install sl";
    world.host.answer(install, 0, "", "");
    let args = r#"{"name": "x", "pkgs": ["bash", "sl"]}"#;
    let applied = world.applied("pkg.installed", args).await;
    assert!(applied.result, "{}", applied.comment);
    assert_eq!(applied.comment, "The following packages were installed/updated: sl\nThe following packages were already installed: bash");
    assert_eq!(serde_json::to_string(&applied.changes).unwrap(), r#"{"sl":{"old":"","new":"5.02-1+b1"}}"#);
    assert_eq!(world.acted(), ["run apt-get -q update".to_owned(), format!("run {install}")]);
    assert_eq!(world.predicted("pkg.installed", args).await.0, "All specified packages are already installed");
}

#[tokio::test]
async fn an_unknown_package_is_told_in_the_words_of_apt() {
    let world = debian();
    world.host.answer(LIST, 0, "install ok installed\tbash\t5.2\tamd64\t\n", "");
    world.host.answer("apt-cache -q policy nosuch", 0, "", "");
    world.host.answer("apt-get -q update", 0, "", "");
    let install = "apt-get -q -y -o DPkg::Options::=--force-confold -o DPkg::Options::=--force-confdef install nosuch";
    world.host.answer(install, 100, "", "E: Unable to locate package nosuch\n");
    let args = r#"{"name": "nosuch"}"#;
    let expected = r#"{"nosuch":{"new":"installed","old":""}}"#.to_owned();
    assert_eq!(
        world.predicted("pkg.installed", args).await,
        ("The following packages would be installed/updated: nosuch".into(), expected)
    );
    let applied = world.applied("pkg.installed", args).await;
    let comment =
        "Problem encountered installing package(s). Additional info follows:\n\nerrors:\n    - E: Unable to locate package nosuch";
    assert_eq!((applied.result, applied.comment.as_str()), (false, comment));
}

#[tokio::test]
async fn a_service_is_started_and_enabled_and_a_watched_change_reloads_it() {
    let world = World::new(r#"{"init": "systemd"}"#);
    world.host.dir("/run/systemd/system", 0o755);
    world.host.answer("systemctl show --property=LoadState nginx.service", 0, "LoadState=loaded\n", "");
    world.host.answer("systemctl show --property=NeedDaemonReload nginx.service", 0, "NeedDaemonReload=no\n", "");
    world.host.answer("systemctl is-active nginx.service", 3, "inactive\n", "");
    world.host.answer("systemctl is-active nginx.service", 0, "active\n", "");
    world.host.answer("systemctl is-enabled nginx.service", 1, "disabled\n", "");
    world.host.answer("systemctl is-enabled nginx.service", 0, "enabled\n", "");
    for verb in ["start", "enable", "reload"] {
        world.host.answer(&format!("systemctl {verb} nginx.service"), 0, "", "");
    }
    let args = r#"{"name": "nginx", "enable": true, "reload": true}"#;
    let applied = world.applied("service.running", args).await;
    assert_eq!(applied.comment, "Service nginx has been enabled, and is running");
    assert_eq!(serde_json::to_string(&applied.changes).unwrap(), r#"{"nginx":true}"#);
    let (object, checked) = world.check("service.running", args).await;
    assert!(matches!(checked, Checked::Desired { comment } if comment == "The service nginx is already running"));
    assert_eq!(object.check_watch(world.cx.read()).await.unwrap().comment, "Service is set to be reloaded");
    assert_eq!(object.on_watch(&world.cx).await.unwrap().comment, "Service reloaded");
    let verbs = ["start", "enable", "reload"].map(|verb| format!("run systemctl {verb} nginx.service"));
    assert_eq!(world.acted(), verbs);
}

#[tokio::test]
async fn a_service_that_is_not_there_fails_only_a_real_run() {
    let world = World::new(r#"{"init": "systemd"}"#);
    world.host.dir("/run/systemd/system", 0o755);
    world.host.answer("systemctl show --property=LoadState x.service", 0, "LoadState=not-found\n", "");
    let args = r#"{"name": "x"}"#;
    let (comment, _) = world.predicted("service.running", args).await;
    assert_eq!(comment, "Service x not present; if created in this state run, it would have been started");
    assert_eq!(world.applied("service.running", args).await.comment, "The named service x is not available");
    let (comment, _) = world.predicted("service.dead", args).await;
    assert_eq!(comment, "Service x not present; if created in this state run, it would have been stopped");
    let dead = world.applied("service.dead", args).await;
    assert!(dead.result, "what is not there does not run");
    assert_eq!(dead.comment, "The named service x is not available");
}

#[tokio::test]
async fn a_mask_is_looked_for_in_its_own_folder_and_named_by_its_kind() {
    let world = World::new(r#"{"init": "systemd"}"#);
    world.host.dir("/run/systemd/system", 0o755);
    world.host.dir("/etc/systemd/system", 0o755);
    host::Host::symlink(&*world.host, "/dev/null", "/etc/systemd/system/x.service").unwrap();
    let args = r#"{"name": "x"}"#;
    let (_, checked) = world.check("service.masked", args).await;
    assert!(matches!(checked, Checked::Desired { comment } if comment == "Service x is already masked"));
    let args = r#"{"name": "x", "runtime": true}"#;
    assert_eq!(world.predicted("service.masked", args).await.0, "Service x would be runtime masked");
    let (_, checked) = world.check("service.unmasked", args).await;
    assert!(matches!(checked, Checked::Desired { comment } if comment == "Service x was already runtime unmasked"));
}

#[tokio::test]
async fn a_password_never_stands_in_a_command_a_comment_or_a_change() {
    let world = World::new("{}");
    world.host.file("/etc/passwd", "bob:x:1000:1000::/home/bob:/bin/sh\n");
    world.host.file("/etc/group", "bob:x:1000:\n");
    world.host.file("/etc/shadow", "bob:$6$old:19000:0:99999:7:::\n");
    world.host.dir("/home/bob", 0o755);
    world.host.answer("chpasswd -e", 0, "", "");
    let args = r#"{"name": "bob", "password": "$6$new$secret"}"#;
    let (comment, changes) = world.predicted("user.present", args).await;
    assert_eq!(comment, "The following user attributes are set to be changed:\npasswd: XXX-REDACTED-XXX\n");
    let applied = world.applied("user.present", args).await;
    for seen in [comment, changes, applied.comment, serde_json::to_string(&applied.changes).unwrap(), world.host.actions().join("\n")] {
        assert!(!seen.contains("secret"), "{seen}");
    }
}

#[tokio::test]
async fn a_user_waits_for_its_groups_in_test_mode_only() {
    let world = World::new("{}");
    let args = r#"{"name": "new", "groups": ["nosuch"]}"#;
    assert_eq!(world.predicted("user.present", args).await.0, "User new set to be added (pending groups: nosuch)");
    let applied = world.applied("user.present", args).await;
    assert_eq!((applied.result, applied.comment.as_str()), (false, "The following group(s) are not present: nosuch"));
}

#[tokio::test]
async fn a_group_gets_the_members_it_lacks() {
    let world = World::new("{}");
    world.host.file("/etc/group", "dev:x:2000:ann\n");
    world.host.answer("gpasswd --add bob dev", 0, "", "");
    let args = r#"{"name": "dev", "addusers": ["ann", "bob"]}"#;
    let (comment, _) = world.predicted("group.present", args).await;
    assert_eq!(comment, "The following group attributes are set to be changed:\naddusers: ['bob']\n");
    world.applied("group.present", args).await;
    assert_eq!(world.acted(), ["run gpasswd --add bob dev"]);
}

#[tokio::test]
async fn fifty_states_that_install_are_one_transaction() {
    let world = debian();
    let names: Vec<String> = (0..50).map(|number| format!("tool{number:02}")).collect();
    let bash = "install ok installed\tbash\t5.2\tamd64\t\n";
    let all: String = names.iter().map(|name| format!("install ok installed\t{name}\t1.0\tamd64\t\n")).collect();
    for _ in 0..3 {
        world.host.answer(LIST, 0, bash, "");
    }
    world.host.answer(LIST, 0, &format!("{bash}{all}"), "");
    let policy: String = names.iter().map(|name| format!("{name}:\n  Installed: (none)\n  Candidate: 1.0\n")).collect();
    world.host.answer(&format!("apt-cache -q policy {}", names.join(" ")), 0, &policy, "");
    world.host.answer("apt-get -q update", 0, "", "");
    let install = "apt-get -q -y -o DPkg::Options::=--force-confold -o DPkg::Options::=--force-confdef install";
    let install = format!("{install} {}", names.join(" "));
    world.host.answer(&install, 0, "", "");

    let registry = states::registry();
    let merge = registry.state("pkg.installed").unwrap().merge.unwrap();
    let chunks: Vec<Map> = names.iter().map(|name| [("name", name.as_str())].into_iter().collect()).collect();
    let keys: Vec<Option<String>> = chunks.iter().map(merge.key).collect();
    assert!(keys.iter().all(|key| key.is_some() && *key == keys[0]), "they fit together: {keys:?}");
    let mut first = chunks[0].clone();
    (merge.merge)(&mut first, &chunks.iter().skip(1).collect::<Vec<_>>());
    let applied = world.applied("pkg.installed", &serde_json::to_string(&first).unwrap()).await;
    assert!(applied.result, "{}", applied.comment);
    assert_eq!(applied.changes.as_map().unwrap().keys().count(), 50);
    for name in &names {
        let (comment, changes) = world.predicted("pkg.installed", &format!(r#"{{"name": "{name}"}}"#)).await;
        assert_eq!((comment.contains("already installed"), changes.as_str()), (true, "{}"), "{name}: {comment}");
    }
    assert_eq!(world.acted(), ["run apt-get -q update".to_owned(), format!("run {install}")]);
    // What another state would install in another way stays by itself.
    let other: Map = serde_json::from_str(r#"{"name": "x", "fromrepo": "testing"}"#).unwrap();
    assert_ne!((merge.key)(&other), keys[0]);
}
