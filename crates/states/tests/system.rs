//! States of the system on a fake host. Comments and changes are those that Salt 3008.5 gave on a Debian 12 machine for the same states;
//! each runs in test mode, then for real, then once more, which has to find nothing to do.

mod world;

use sdk::host::FakeHost;
use sdk::testing::{TestAgent, context_with};
use sdk::{Facts, Value};
use std::sync::Arc;
use world::World;

#[tokio::test]
async fn names_of_addresses() {
    let world = World::new();
    world.host.file("/etc/hosts", "127.0.0.1 localhost\n");
    world
        .thrice(
            "host.present",
            r#"{"name": "hosta", "ip": "10.1.1.1"}"#,
            ["Host hosta (10.1.1.1) would be added", "Added host hosta (10.1.1.1)", "Host hosta (10.1.1.1) already present"],
            r#"{"added":{"10.1.1.1":["hosta"]}}"#,
        )
        .await;
    world
        .thrice(
            "host.present",
            r#"{"name": "hosta", "ip": "10.1.1.9", "clean": true}"#,
            [
                "Host hosta (10.1.1.9) would be added\nHost hosta (10.1.1.1) would be removed",
                "Added host hosta (10.1.1.9)\nRemoved host hosta (10.1.1.1)",
                "Host hosta (10.1.1.9) already present",
            ],
            r#"{"added":{"10.1.1.9":["hosta"]},"removed":{"10.1.1.1":["hosta"]}}"#,
        )
        .await;
    world
        .thrice(
            "host.only",
            r#"{"name": "10.1.1.7", "hostnames": ["x1", "x2"]}"#,
            [
                r#"Would change 10.1.1.7 from "" to "x1 x2""#,
                r#"successfully changed 10.1.1.7 from "" to "x1 x2""#,
                r#"IP address 10.1.1.7 already set to "x1 x2""#,
            ],
            r#"{"10.1.1.7":{"old":"","new":"x1 x2"}}"#,
        )
        .await;
    world
        .thrice(
            "host.absent",
            r#"{"name": "hosta", "ip": "10.1.1.9"}"#,
            ["Host hosta (10.1.1.9) needs to be removed", "Removed host hosta (10.1.1.9)", "Host hosta (10.1.1.9) already absent"],
            r#"{"host":"hosta"}"#,
        )
        .await;
}

#[tokio::test]
async fn kernel_variables() {
    let world = World::new();
    world.host.file("/proc/sys/vm/swappiness", "60\n");
    let args = r#"{"name": "vm.swappiness", "value": 60}"#;
    let in_file = "Sysctl value is currently set on the running system but not in a config file. Sysctl option vm.swappiness set to be changed to 60 in config file.";
    let run = ["Updated sysctl value vm.swappiness = 60", "Sysctl value vm.swappiness = 60 is already set"];
    world.thrice("sysctl.present", args, [in_file, run[0], run[1]], r#"{"vm.swappiness":60}"#).await;
    let (result, comment, _) = world.run("sysctl.present", r#"{"name": "no.such.key", "value": 1}"#, false).await;
    assert_eq!((result, comment.as_str()), (Some(false), "Failed to set no.such.key to 1: sysctl no.such.key does not exist"));
}

#[tokio::test]
async fn the_time_zone_and_the_language() {
    let world = World::new();
    world.host.file("/usr/share/zoneinfo/Europe/Berlin", "TZif");
    world
        .thrice(
            "timezone.system",
            r#"{"name": "Europe/Berlin"}"#,
            [
                "Timezone Europe/Berlin needs to be set",
                "Set timezone Europe/Berlin",
                "Timezone Europe/Berlin already set, UTC already set to Europe/Berlin",
            ],
            r#"{"timezone":"Europe/Berlin"}"#,
        )
        .await;
    assert!(world.host.actions().iter().all(|action| !action.starts_with("run ")), "the clock is nobody's business");
    world.host.dir("/etc/default", 0o755);
    world
        .thrice(
            "locale.system",
            r#"{"name": "de_DE.UTF-8"}"#,
            ["System locale de_DE.UTF-8 needs to be set", "Set system locale de_DE.UTF-8", "System locale de_DE.UTF-8 already set"],
            r#"{"locale":"de_DE.UTF-8"}"#,
        )
        .await;
}

#[tokio::test]
async fn what_is_mounted_on_boot() {
    let world = World::new();
    world.host.file("/etc/fstab", "# kept\n");
    world.host.file("/proc/self/mountinfo", "30 1 0:25 / /mnt/t1 rw,relatime - tmpfs tmpfs rw,size=1024k\n");
    world
        .thrice(
            "mount.mounted",
            r#"{"name": "/mnt/t1", "device": "tmpfs", "fstype": "tmpfs", "opts": "size=1m"}"#,
            [
                "Target was already mounted. Would be added to the fstab.",
                "Target was already mounted. Added new entry to the fstab.",
                "Target was already mounted. Entry already exists in the fstab.",
            ],
            r#"{"persist":"new"}"#,
        )
        .await;
    world
        .thrice(
            "mount.fstab_absent",
            r#"{"name": "tmpfs", "fs_file": "/mnt/t1"}"#,
            [
                "/mnt/t1 entry will be removed from /etc/fstab.",
                "/mnt/t1 entry removed from /etc/fstab.",
                "/mnt/t1 entry is already missing in /etc/fstab.",
            ],
            r#"{"persist":"removed"}"#,
        )
        .await;
    let args = r#"{"name": "/mnt/x", "device": "/dev/nosuch", "fstype": "ext4"}"#;
    assert_eq!(world.run("mount.mounted", args, true).await.1, "/mnt/x does not exist and would not be created");
    assert_eq!(world.run("mount.mounted", args, false).await.1, "Mount directory is not present");
}

#[tokio::test]
async fn a_rule_of_the_packet_filter() {
    let world = World::new();
    world.host.program("/usr/sbin/iptables");
    let rule = "INPUT -p tcp -m state --state NEW --dport 80 --jump ACCEPT";
    let command = |flag: &str| format!("/usr/sbin/iptables --wait -t filter {flag} {rule}");
    world.host.answer(&command("-C"), 1, "", "iptables: Bad rule (does a matching rule exist in that chain?).\n");
    world.host.answer(&command("-C"), 1, "", "");
    world.host.answer(&command("-C"), 0, "", "");
    world.host.answer(&command("-A"), 0, "", "");
    let shown = "/usr/sbin/iptables --wait -t filter -A INPUT  -p tcp -m state --state NEW --dport 80 --jump ACCEPT";
    world
        .thrice(
            "iptables.append",
            r#"{"name": "web", "chain": "INPUT", "jump": "ACCEPT", "match": "state", "connstate": "NEW", "dport": 80, "proto": "tcp"}"#,
            [
                &format!("iptables rule for web needs to be set ({shown}) for ipv4"),
                &format!("Set iptables rule for web to: {shown} for ipv4"),
                &format!("iptables rule for web already set ({shown}) for ipv4"),
            ],
            r#"{"locale":"web"}"#,
        )
        .await;
}

#[tokio::test]
async fn a_repository_with_its_key() {
    let world = World::new();
    world.host.file("/etc/apt/sources.list", "deb http://deb.debian.org/debian bookworm main\n");
    world.host.file("/srv/key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAEC\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n");
    let name = "deb [signed-by=/etc/apt/keyrings/x.gpg] https://x.org/debian bookworm main";
    let would = format!(
        "Package repo '{name}' would be configured. This may cause pkg states to behave differently than stated if this action is repeated without test=True, due to the differences in the configured repositories."
    );
    let args = format!(r#"{{"name": "{name}", "file": "/etc/apt/sources.list.d/x.list", "key_url": "salt://key.asc", "refresh": false}}"#);
    let comments = [would, format!("Configured package repo '{name}'"), format!("Package repo '{name}' already configured")];
    let comments = [comments[0].as_str(), comments[1].as_str(), comments[2].as_str()];
    world.thrice("pkgrepo.managed", &args, comments, &format!(r#"{{"repo":"{name}"}}"#)).await;
    let host = sdk::host::Look::read(&*world.host, "/etc/apt/keyrings/x.gpg").unwrap();
    assert_eq!(host, [0, 1, 2], "the key is stored without its armor");
    let main = r#"{"name": "deb http://deb.debian.org/debian bookworm main", "refresh": false}"#;
    let name = "deb http://deb.debian.org/debian bookworm main";
    let comments = [
        format!(
            "Package repo '{name}' will be removed. This may cause pkg states to behave differently than stated if this action is repeated without test=True, due to the differences in the configured repositories."
        ),
        format!("Removed repo {name}"),
        format!("Package repo {name} is absent"),
    ];
    let comments = [comments[0].as_str(), comments[1].as_str(), comments[2].as_str()];
    world.thrice("pkgrepo.absent", main, comments, &format!(r#"{{"repo":"{name}"}}"#)).await;
}

#[tokio::test]
async fn a_section_of_a_repo_file() {
    let host = Arc::new(FakeHost::new());
    let grains: Value = serde_json::from_str(r#"{"os_family": "RedHat"}"#).unwrap();
    let cx = context_with(Arc::<FakeHost>::clone(&host), Facts { grains: Arc::new(grains), ..Facts::default() }, TestAgent::default());
    let world = World { host, cx };
    let args = r#"{"name": "epel", "humanname": "Extra", "baseurl": "https://x.org/epel/$releasever", "gpgcheck": 1, "refresh": false}"#;
    let test = "Package repo 'epel' would be configured. This may cause pkg states to behave differently than stated if this action is repeated without test=True, due to the differences in the configured repositories.";
    let comments = [test, "Configured package repo 'epel'", "Package repo 'epel' already configured"];
    world.thrice("pkgrepo.managed", args, comments, r#"{"repo":"epel"}"#).await;
    let file = sdk::host::Look::read_text(&*world.host, "/etc/yum.repos.d/epel.repo").unwrap();
    assert_eq!(file, "[epel]\nname=Extra\nbaseurl=https://x.org/epel/$releasever\ngpgcheck=1\nenabled=1\n");
}

#[tokio::test]
async fn answers_of_debconf_never_show_a_password() {
    let world = World::new();
    world.host.answer("debconf-communicate mysql-server", 0, "10 mysql-server/root_password doesn't exist\n", "");
    world.host.answer("debconf-set-selections", 0, "", "");
    let args = r#"{"name": "mysql-server", "data": {"mysql-server/root_password": {"type": "password", "value": "geheim"}}}"#;
    let seen = [world.run("debconf.set", args, true).await, world.run("debconf.set", args, false).await];
    assert_eq!(seen[1].2, r#"{"mysql-server/root_password":"(password hidden)"}"#);
    let all = format!("{seen:?}{:?}", world.host.actions());
    assert!(!all.contains("geheim"), "{all}");
}
