//! States of queues, access lists, log rotation and network interfaces on a fake host. Comments and changes are those that Salt 3008.5 gave on
//! a Debian 12 machine for the same states, but where a line says otherwise.

mod world;

use sdk::host::Look;
use world::World;

const QUEUED: &str = "3\tTue Nov 24 23:58:00 2026 a jam\n";

#[tokio::test]
async fn a_job_is_put_into_the_queue_and_taken_out() {
    let world = World::new();
    world.host.program("/usr/bin/at");
    world.host.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\njam:x:1000:1000::/home/jam:/bin/sh\n");
    let said = "warning: commands will be executed using /bin/sh\njob 3 at Tue Nov 24 23:58:00 2026\n";
    world.host.answer("at 23:58", 0, "", said);
    world.host.answer("at -l", 0, "", "");
    world.host.answer("at -l", 0, "", "");
    world.host.answer("at -l", 0, QUEUED, "");
    world.host.answer("at -c 3", 0, "#!/bin/sh\n### SALT: love\necho hi\n", "");
    world
        .thrice(
            "at.present",
            r#"{"name": "rose", "timespec": "23:58", "job": "echo hi", "tag": "love", "user": "jam", "unique_tag": true}"#,
            [
                "job echo hi added and will run on 23:58",
                "job echo hi added and will run as jam on 23:58",
                "atleast one job with tag love exists.",
            ],
            r#"{"job":3,"date":"2026-11-24","time":"23:58:00","queue":"a","user":"jam","tag":"love"}"#,
        )
        .await;
    let (result, comment, _) = world.run("at.present", r#"{"name": "x", "timespec": "23:58", "user": "nosuch"}"#, false).await;
    assert_eq!((result, comment.as_str()), (Some(false), "user nosuch does not exists"));
    world.host.answer("at bad spec", 1, "", "syntax error. Last token seen: b\nGarbled time\n");
    let (result, comment, _) = world.run("at.present", r#"{"name": "x", "timespec": "bad spec"}"#, false).await;
    assert_eq!((result, comment.as_str()), (Some(false), "invalid timespec"));
    let limit = world.run("at.absent", r#"{"name": "rose", "tag": "a", "limit": "all"}"#, false).await;
    assert_eq!((limit.0, limit.1.as_str()), (Some(false), "limit parameter not supported rose"));
}

#[tokio::test]
async fn jobs_are_removed_by_what_is_asked_of_them() {
    let world = World::new();
    world.host.program("/usr/bin/at");
    world.host.answer("at -l", 0, QUEUED, "");
    world.host.answer("at -l", 0, QUEUED, "");
    world.host.answer("at -l", 0, "", "");
    world.host.answer("at -c 3", 0, "### SALT: love\n", "");
    world.host.answer("at -d 3", 0, "", "");
    // Test mode of Salt says `?` and a job that is removed by its tag is said to be removed in each run.
    world
        .thrice(
            "at.absent",
            r#"{"name": "rose", "tag": "love"}"#,
            ["removed 1 job(s)", "removed 1 job(s)", "removed 0 job(s)"],
            r#"{"removed":["3"]}"#,
        )
        .await;
    let gone = world.run("at.absent", r#"{"name": "rose", "jobid": 4444}"#, false).await;
    assert_eq!(gone.1, "job with id 4444 not present");
}

#[tokio::test]
async fn a_directive_of_log_rotation() {
    let world = World::new();
    world.host.file("/etc/logrotate.conf", "weekly\nrotate 4\ninclude /etc/logrotate.d\n/var/log/wtmp {\n    monthly\n    rotate 1\n}\n");
    world.host.file("/etc/logrotate.d/app", "/var/log/app.log {\n    rotate 9\n}\n");
    world
        .thrice(
            "logrotate.set",
            r#"{"name": "a", "key": "rotate", "value": 2}"#,
            ["Command 'rotate' will be set to value: 2", "Set command 'rotate' value: 2", "Command 'rotate' already has value: 2"],
            r#"{"old":4,"new":2}"#,
        )
        .await;
    world
        .thrice(
            "logrotate.set",
            r#"{"name": "a", "key": "weekly", "value": false}"#,
            [
                "Command 'weekly' will be set to value: False",
                "Set command 'weekly' value: False",
                "Command 'weekly' already has value: False",
            ],
            r#"{"old":true,"new":false}"#,
        )
        .await;
    for (key, old) in [("/var/log/wtmp", "1"), ("/var/log/app.log", "9"), ("/var/log/new.log", "false")] {
        world
            .thrice(
                "logrotate.set",
                &format!(r#"{{"name": "a", "key": "{key}", "value": "rotate", "setting": 3}}"#),
                [
                    &format!("Block '{key}' command 'rotate' will be set to value: 3"),
                    &format!("Set block '{key}' command 'rotate' value: 3"),
                    &format!("Block '{key}' command 'rotate' already has value: 3"),
                ],
                &format!(r#"{{"old":{old},"new":3}}"#),
            )
            .await;
    }
    assert_eq!(world.host.read_text("/etc/logrotate.d/app").unwrap(), "/var/log/app.log {\n    rotate 3\n}\n");
    let main = "rotate 2\ninclude /etc/logrotate.d\n/var/log/wtmp {\n    monthly\n    rotate 3\n}\n/var/log/new.log {\n    rotate 3\n}\n";
    assert_eq!(world.host.read_text("/etc/logrotate.conf").unwrap(), main);
    // Salt raises an exception with these words.
    let bare = world.run("logrotate.set", r#"{"name": "a", "key": "/var/log/wtmp", "value": "rotate"}"#, true).await;
    assert_eq!(bare.1, "Error: /var/log/wtmp includes a dict, and a specific setting inside the dict was not declared");
}

const FREE: &str = "# file: /srv/a\n# owner: root\n# group: root\nuser::rwx\ngroup::r-x\nother::r-x\n\n";
const BOB: &str = "# file: /srv/a\n# owner: root\n# group: root\nuser::rwx\nuser:bob:rwx\ngroup::r-x\nmask::rwx\nother::r-x\n\n";

#[tokio::test]
async fn permissions_of_one_more_user() {
    let world = World::new();
    world.host.dir("/srv/a", 0o755);
    for program in ["/usr/bin/getfacl", "/usr/bin/setfacl"] {
        world.host.program(program);
    }
    let get = "getfacl --absolute-names -- /srv/a";
    for text in [FREE, FREE, BOB, BOB, BOB, FREE] {
        world.host.answer(get, 0, text, "");
    }
    world.host.answer("setfacl --modify user:bob:rwx -- /srv/a", 0, "", "");
    world.host.answer("setfacl --remove user:bob -- /srv/a", 0, "", "");
    let args = r#"{"name": "/srv/a", "acl_type": "user", "acl_name": "bob", "perms": "rwx"}"#;
    world
        .thrice(
            "acl.present",
            args,
            ["New permissions will be applied for bob: rwx", "Applied new permissions for bob", "Permissions are in the desired state"],
            r#"{"new":{"acl_name":"bob","acl_type":"user","perms":"rwx"}}"#,
        )
        .await;
    // Salt reports no changes here, so that nothing can react to it.
    world
        .thrice(
            "acl.absent",
            args,
            ["Removing permissions", "Removing permissions", "Permissions are in the desired state"],
            r#"{"removed":{"acl_name":"bob","acl_type":"user"}}"#,
        )
        .await;
    let bad = world.run("acl.present", r#"{"name": "/srv/a", "acl_type": "bad", "acl_name": "bob", "perms": "r"}"#, true).await;
    assert_eq!(bad.1, "ACL Type does not exist");
    let bad = world.run("acl.present", r#"{"name": "/nosuch", "acl_type": "user", "acl_name": "bob", "perms": "r"}"#, true).await;
    assert_eq!((bad.0, bad.1.as_str()), (Some(false), "/nosuch does not exist"));
}

#[tokio::test]
async fn other_permissions_and_those_of_several() {
    let world = World::new();
    world.host.dir("/srv/a", 0o755);
    for program in ["/usr/bin/getfacl", "/usr/bin/setfacl"] {
        world.host.program(program);
    }
    let less = BOB.replace("bob:rwx", "bob:r-x");
    let both = BOB.replace("group::", "user:ann:rwx\ngroup::");
    for text in [BOB, BOB, &less, &less, &less, &both] {
        world.host.answer("getfacl --absolute-names -- /srv/a", 0, text, "");
    }
    world.host.answer("setfacl --modify user:bob:r-x -- /srv/a", 0, "", "");
    world.host.answer("setfacl --modify user:bob:rwx,user:ann:rwx -- /srv/a", 0, "", "");
    world
        .thrice(
            "acl.present",
            r#"{"name": "/srv/a", "acl_type": "user", "acl_name": "bob", "perms": "rx"}"#,
            [
                "Updated permissions will be applied for bob: rwx -> rx",
                "Updated permissions for bob",
                "Permissions are in the desired state",
            ],
            r#"{"new":{"acl_name":"bob","acl_type":"user","perms":"rx"},"old":{"acl_name":"bob","acl_type":"user","perms":"rwx"}}"#,
        )
        .await;
    world
        .thrice(
            "acl.list_present",
            r#"{"name": "/srv/a", "acl_type": "user", "acl_names": ["bob", "ann"], "perms": "rwx"}"#,
            [
                "Updated permissions will be applied for ['bob', 'ann']: r-x -> rwx",
                "Applied new permissions for bob, ann",
                "Permissions are in the desired state",
            ],
            r#"{"new":{"acl_name":"bob, ann","acl_type":"user","perms":"rwx"},"old":{"acl_name":"bob, ann","acl_type":"user","perms":"r-x"}}"#,
        )
        .await;
}

#[tokio::test]
async fn an_interface_of_ifupdown() {
    let world = World::new();
    world.host.file("/etc/network/interfaces", "# mine\nauto lo\niface lo inet loopback\n");
    world.host.answer("ifup eth0", 0, "", "");
    let args =
        r#"{"name": "eth0", "type": "eth", "proto": "static", "ipaddr": "10.1.0.103", "netmask": "255.255.255.0", "noifupdown": true}"#;
    world
        .thrice(
            "network.managed",
            args,
            ["Interface eth0 is set to be added.", "Interface eth0 added.", "Interface eth0 is up to date."],
            r#"{"interface":"Added network interface."}"#,
        )
        .await;
    let other = args.replace("103", "104");
    let diff = "--- \n+++ \n@@ -1,5 +1,5 @@\n auto eth0\n\n iface eth0 inet static\n\n-    address 10.1.0.103\n\n+    address 10.1.0.104\n\n     netmask 255.255.255.0\n\n \n";
    world
        .thrice(
            "network.managed",
            &other,
            [&format!("Interface eth0 is set to be updated:\n{diff}"), "Interface eth0 updated.", "Interface eth0 is up to date."],
            &serde_json::to_string(&serde_json::json!({"interface": diff})).unwrap(),
        )
        .await;
    assert!(world.host.read_text("/etc/network/interfaces").unwrap().starts_with("# mine\nauto lo\niface lo inet loopback\nauto eth0\n"));
    let (result, comment, _) = world.run("network.managed", r#"{"name": "eth9", "type": "bad"}"#, true).await;
    assert_eq!((result, comment.contains("Invalid option -- Interface: eth9, Option: bad, Expected: [eth|bond|")), (Some(false), true));
}

#[tokio::test]
async fn an_interface_is_brought_up_down_and_restarted() {
    let world = World::new();
    let flags = "/sys/class/net/eth0/flags";
    world.host.file("/etc/network/interfaces", "");
    world.host.answer("ifup eth0", 0, "", "");
    world.host.answer("ifdown eth0", 0, "", "");
    let managed = |rest: &str| format!(r#"{{"name": "eth0", "proto": "dhcp", "type": "eth"{rest}}}"#);
    let (_, _, changes) = world.run("network.managed", &managed(""), false).await;
    assert_eq!(changes, r#"{"interface":"Added network interface.","status":"Interface eth0 is up"}"#);
    world.host.file(flags, "0x1003\n");
    assert_eq!(world.run("network.managed", &managed(""), false).await.1, "Interface eth0 is up to date.");
    let (_, _, changes) = world.run("network.managed", &managed(r#", "mtu": 1400"#), false).await;
    assert!(changes.ends_with(r#""status":"Interface eth0 restart to validate"}"#), "{changes}");
    let (_, _, changes) = world.run("network.managed", &managed(r#", "mtu": 1400, "enabled": false"#), false).await;
    assert!(changes.ends_with(r#""status":"Interface eth0 down"}"#), "{changes}");
    let ran: Vec<String> = world.host.actions().into_iter().filter(|action| action.starts_with("run ")).collect();
    assert_eq!(ran, ["run ifup eth0", "run ifdown eth0", "run ifup eth0", "run ifdown eth0"]);
}

#[tokio::test]
async fn routes_of_an_interface() {
    let world = World::new();
    world.host.file("/etc/network/interfaces", "");
    world
        .thrice(
            "network.routes",
            r#"{"name": "eth0", "routes": [{"name": "n", "ipaddr": "10.2.0.0", "netmask": "255.255.255.0", "gateway": "10.1.0.3"}]}"#,
            ["Interface eth0 routes are set to be added.", "Interface eth0 routes added.", "Interface eth0 routes are up to date."],
            r#"{"network_routes":"Added interface eth0 routes."}"#,
        )
        .await;
    assert_eq!(
        world.host.read_text("/etc/network/if-up.d/route-eth0").unwrap(),
        "#!/bin/sh\n# add\ntest \"${IFACE}\" = \"eth0\" || exit 0\n# n\nip route add 10.2.0.0/255.255.255.0 via 10.1.0.3 dev eth0\n"
    );
}

#[tokio::test]
async fn old_routes_go_before_new_ones_come() {
    let world = World::new();
    world.host.file("/etc/network/interfaces", "");
    world.host.file("/sys/class/net/eth0/flags", "0x1003\n");
    let [up, down] = ["if-up.d", "if-down.d"].map(|folder| format!("env IFACE=eth0 /etc/network/{folder}/route-eth0"));
    world.host.answer(&up, 0, "", "");
    world.host.answer(&down, 2, "", "RTNETLINK answers: No such process\n");
    for gateway in ["10.1.0.3", "10.1.0.4"] {
        let args = format!(r#"{{"name": "eth0", "routes": [{{"name": "n", "ipaddr": "10.2.0.0/24", "gateway": "{gateway}"}}]}}"#);
        assert_eq!(world.run("network.routes", &args, false).await.0, Some(true));
    }
    let ran: Vec<String> = world.host.actions().into_iter().filter_map(|action| action.strip_prefix("run ").map(str::to_owned)).collect();
    assert_eq!(ran, [up.clone(), down, up]);
}

#[tokio::test]
async fn the_network_of_a_whole_machine() {
    let world = World::new();
    world.host.dir("/etc/sysconfig/network-scripts", 0o755);
    world.host.file("/proc/sys/kernel/hostname", "vm\n");
    world
        .thrice(
            "network.system",
            r#"{"name": "system", "enabled": true, "hostname": "server1.example.com", "nozeroconf": true, "gateway": "192.168.0.1", "gatewaydev": "eth0", "require_reboot": true}"#,
            ["Global network settings are set to be added.", "Global network settings are up to date.", "Global network settings are up to date."],
            r#"{"network_settings":"Added global network settings.","hostname":"server1.example.com"}"#,
        )
        .await;
    assert_eq!(
        world.host.read_text("/etc/sysconfig/network").unwrap(),
        "NETWORKING=yes\nHOSTNAME=server1.example.com\nGATEWAY=192.168.0.1\nGATEWAYDEV=eth0\nNOZEROCONF=yes\n"
    );
}
