//! Keyfiles as Salt writes them, and what stays in them.

use super::*;
use sdk::Facts;
use sdk::host::{FakeHost, Look};
use std::sync::Arc;

fn interface(name: &str, kind: &str, settings: &str) -> Interface {
    Interface::parse(name, kind, true, &serde_json::from_str(settings).unwrap()).unwrap()
}

#[test]
fn a_connection_has_the_sections_of_its_kind() {
    let text = |name: &str, kind: &str, settings: &str| lines(&sections(&interface(name, kind, settings)).unwrap()).concat();
    let eth = r#"{"proto": "static", "ipaddr": "10.0.0.5", "netmask": "255.255.255.0", "gateway": "10.0.0.1", "dns": ["1.1.1.1", "2606::1"], "mtu": 1400}"#;
    assert_eq!(
        text("eth0", "eth", eth),
        format!(
            "[connection]\nid=eth0\nuuid={}\ntype=ethernet\ninterface-name=eth0\nautoconnect=true\n\n[ethernet]\nmtu=1400\n\n[ipv4]\nmethod=manual\naddress1=10.0.0.5/24,10.0.0.1\ndns=1.1.1.1;\n\n[ipv6]\nmethod=auto\ndns=2606::1;\n\n",
            id("eth0")
        )
    );
    assert!(text("eth0.7", "vlan", r#"{"proto": "dhcp"}"#).contains("[vlan]\nid=7\nparent=eth0\n"));
    assert!(text("bond0", "bond", r#"{"mode": "802.3ad", "miimon": 100}"#).contains("[bond]\nmiimon=100\nmode=802.3ad\n"));
    assert!(sections(&interface("eth0", "eth", r#"{"up_cmds": ["x"]}"#)).unwrap_err().message.contains("up_cmds"));
}

#[test]
fn the_same_name_has_the_same_id_everywhere() {
    // As Python's `uuid.uuid5` makes it in the same space.
    assert_eq!(id("eth0"), "68f596d3-a86a-541f-a309-fb4064947f4c");
    assert_ne!(id("eth0"), id("eth1"));
}

#[test]
fn members_and_routes_belong_to_their_interface_and_stay() {
    let host = Arc::new(FakeHost::new());
    let cx = sdk::testing::context(Arc::<FakeHost>::clone(&host), Facts::default());
    let bond = interface("bond0", "bond", r#"{"mode": "1", "slaves": "eth2 eth1", "proto": "dhcp"}"#);
    let wanted = NetworkManager.wanted(cx.read(), &bond).unwrap();
    NetworkManager.put(&cx, &bond, &wanted).unwrap();
    assert_eq!(NetworkManager.present(cx.read(), "bond0").unwrap(), wanted);
    assert!(host.read_text(&file("eth1")).unwrap().ends_with("master=bond0\nslave-type=bond\n\n"));
    let settings: Map =
        serde_json::from_str(r#"{"routes": [{"ipaddr": "10.2.0.0", "netmask": "255.255.0.0", "gateway": "10.0.0.1"}]}"#).unwrap();
    let routes = Route::parse_all("bond0", &settings).unwrap();
    NetworkManager.put_routes(&cx, "bond0", &routes).unwrap();
    NetworkManager.put_routes(&cx, "bond0", &routes).unwrap();
    let text = host.read_text(&file("bond0")).unwrap();
    assert_eq!(text.matches("route1=10.2.0.0/16,10.0.0.1\n").count(), 1, "{text}");
    assert_eq!(
        NetworkManager.present_routes(cx.read(), "bond0").unwrap(),
        NetworkManager.wanted_routes(cx.read(), "bond0", &routes).unwrap()
    );
    // The interface as such is as it should be, with its routes.
    assert_eq!(NetworkManager.present(cx.read(), "bond0").unwrap(), NetworkManager.wanted(cx.read(), &bond).unwrap());
}

#[test]
fn routes_stand_once_at_the_end_of_their_section_wherever_blank_lines_are() {
    let text = "[ipv4]\nmethod=auto\n\nroute1=10.9.0.0/16\ndns=1.1.1.1;\n\n[ipv6]\nmethod=auto\n";
    let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    let routes = BTreeMap::from([("ipv4".to_owned(), vec!["10.2.0.0/16".to_owned()]), ("ipv6".to_owned(), vec!["fd00::/8".to_owned()])]);
    let wanted = "[ipv4]\nmethod=auto\n\ndns=1.1.1.1;\nroute1=10.2.0.0/16\n\n[ipv6]\nmethod=auto\nroute1=fd00::/8\n";
    assert_eq!(with_routes(&lines, &routes).concat(), wanted);
}
