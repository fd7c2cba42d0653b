//! NetworkManager: one keyfile for each connection, taken up by `nmcli`.
//!
//! Where NetworkManager runs and `ifup` and `ifdown` are gone nothing reads the files of old any more. Connections have the names, ids and
//! sections that Salt gives them, so that a machine can change from one to the other.

use super::{Interface, Kind, Provider, Route, lines_of, write};
use async_trait::async_trait;
use sdk::{Cx, Failure, Map, Read};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;

pub(super) const FOLDER: &str = "/etc/NetworkManager/system-connections";

/// The space in which ids of connections are made, out of the name of the interface: the same name has the same id everywhere.
const SPACE: u128 = 0x6f7a_2c1e_3b4d_5e6f_8a9b_0c1d_2e3f_4a5b;

/// What only the files of old could say.
const UNKNOWN: [&str; 17] = [
    "up_cmds",
    "down_cmds",
    "pre_up_cmds",
    "post_up_cmds",
    "pre_down_cmds",
    "post_down_cmds",
    "ethtool",
    "advertise",
    "channels",
    "rx",
    "tx",
    "sg",
    "tso",
    "ufo",
    "gso",
    "gro",
    "lro",
];

/// Whether NetworkManager is what configures this machine's network.
pub(super) fn is_here(read: &Read) -> bool {
    let host = read.host();
    host.which("nmcli").is_some() && host.exists("/run/NetworkManager") && ["ifup", "ifdown"].iter().all(|name| host.which(name).is_none())
}

fn file(iface: &str) -> String {
    format!("{FOLDER}/{iface}.nmconnection")
}

/// The id of a connection: a UUID of the fifth version.
fn id(iface: &str) -> String {
    let digest = Sha1::new().chain_update(SPACE.to_be_bytes()).chain_update(format!("salt-{iface}")).finalize();
    let bytes: [u8; 16] = digest.iter().copied().take(16).collect::<Vec<_>>().try_into().unwrap_or_default();
    let number = (u128::from_be_bytes(bytes) & !(0xf << 76) & !(0b11 << 62)) | (5 << 76) | (0b10 << 62);
    let hex = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default().to_owned());
    parts.join("-")
}

/// Sections with their keys and values, in the order of the file.
type Sections = Vec<(&'static str, Vec<(String, String)>)>;

fn lines(sections: &Sections) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, values) in sections {
        lines.push(format!("[{name}]\n"));
        lines.extend(values.iter().map(|(key, value)| format!("{key}={value}\n")));
        lines.push("\n".to_owned());
    }
    lines
}

fn pair(key: &str, value: impl Into<String>) -> (String, String) {
    (key.to_owned(), value.into())
}

const fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn refused(interface: &Interface, why: &str) -> Failure {
    Failure::bad_arguments(format!("interface '{}': {why}", interface.name))
}

/// The section that names the connection; one that belongs to a bond or a bridge has no other.
fn connection(name: &str, kind: &str, enabled: bool, master: Option<(&str, &str)>) -> (&'static str, Vec<(String, String)>) {
    let mut values = vec![
        pair("id", name),
        pair("uuid", id(name)),
        pair("type", kind),
        pair("interface-name", name),
        pair("autoconnect", word(enabled)),
    ];
    if let Some((master, kind)) = master {
        values.extend([pair("master", master), pair("slave-type", kind)]);
    }
    ("connection", values)
}

fn sections(interface: &Interface) -> Result<Sections, Failure> {
    let mut unknown: Vec<&str> = UNKNOWN.into_iter().filter(|key| interface.text(key).is_some()).collect();
    unknown.sort_unstable();
    if !unknown.is_empty() {
        let why = format!(
            "NetworkManager has nothing for {}; set it with `nmcli` or a script in /etc/NetworkManager/dispatcher.d",
            unknown.join(", ")
        );
        return Err(refused(interface, &why));
    }
    let kind = match interface.kind {
        Kind::Eth | Kind::Slave => "ethernet",
        Kind::Bond => "bond",
        Kind::Bridge => "bridge",
        Kind::Vlan => "vlan",
        Kind::Alias | Kind::Source => {
            return Err(refused(
                interface,
                "NetworkManager has the types eth, slave, bond, bridge and vlan; further addresses stand in `ipaddrs`",
            ));
        }
    };
    let (name, enabled) = (interface.name.as_str(), interface.enabled);
    if interface.kind == Kind::Slave {
        let master = interface.text("master").ok_or_else(|| refused(interface, "a slave needs its `master`"))?;
        let of = interface.text("slave_type").unwrap_or_else(|| "bond".to_owned());
        return Ok(vec![connection(name, kind, enabled, Some((&master, &of)))]);
    }
    let mut all = vec![connection(name, kind, enabled, None)];
    let own = match interface.kind {
        Kind::Bond => interface
            .bond
            .iter()
            .map(|(key, value)| (*key, value.clone()))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .map(|(key, value)| pair(key, value))
            .collect(),
        Kind::Bridge => bridge(interface),
        Kind::Vlan => vlan(interface),
        _ => Vec::new(),
    };
    all.extend((!own.is_empty()).then_some((kind, own)));
    let link = ethernet(interface)?;
    all.extend((!link.is_empty()).then_some(("ethernet", link)));
    all.extend([("ipv4", v4(interface)), ("ipv6", v6(interface))]);
    Ok(all)
}

/// The address of a card that is meant, unless anything may be.
fn pinned(interface: &Interface) -> Option<String> {
    interface.text("hwaddr").filter(|mac| !matches!(mac.trim().to_ascii_lowercase().as_str(), "" | "auto" | "none"))
}

fn bridge(interface: &Interface) -> Vec<(String, String)> {
    let mut values: Vec<_> = interface.flag("stp").map(|stp| pair("stp", word(stp))).into_iter().collect();
    for (key, its) in [
        ("bridge_ageing", "ageing-time"),
        ("ageing", "ageing-time"),
        ("fd", "forward-delay"),
        ("hello", "hello-time"),
        ("maxage", "max-age"),
        ("bridgeprio", "priority"),
    ] {
        values.extend(interface.text(key).map(|value| pair(its, value)));
    }
    values.extend(pinned(interface).map(|mac| pair("mac-address", mac)));
    values
}

fn vlan(interface: &Interface) -> Vec<(String, String)> {
    let Some((number, parent)) = &interface.vlan else { return Vec::new() };
    let flag = |key: &str, usual: bool| interface.flag(key).unwrap_or(usual);
    let flags = u8::from(flag("reorder_hdr", true)) | u8::from(flag("gvrp", false)) << 1 | u8::from(flag("loose_binding", false)) << 2;
    let mut values = vec![pair("id", number.to_string()), pair("parent", parent.as_str())];
    if flags != 1 {
        values.push(pair("flags", flags.to_string()));
    }
    values
}

fn ethernet(interface: &Interface) -> Result<Vec<(String, String)>, Failure> {
    let mut values: Vec<_> = interface.text("mtu").map(|mtu| pair("mtu", mtu)).into_iter().collect();
    if matches!(interface.kind, Kind::Eth | Kind::Vlan) {
        values.extend(pinned(interface).map(|mac| pair("mac-address", mac)));
    }
    if interface.kind != Kind::Eth {
        return Ok(values);
    }
    if interface.text("hwaddr").is_some() && interface.text("macaddr").is_some() {
        return Err(refused(interface, "use either hwaddr or macaddr, not both"));
    }
    values.extend(interface.text("macaddr").map(|mac| pair("cloned-mac-address", mac)));
    values.extend(interface.flag("autoneg").map(|auto| pair("auto-negotiate", word(auto))));
    match (interface.text("speed"), interface.text("duplex").map(|duplex| duplex.to_lowercase())) {
        (None, None) => {}
        (Some(speed), Some(duplex)) if matches!(duplex.as_str(), "half" | "full") => {
            values.extend([pair("speed", speed), pair("duplex", duplex)])
        }
        (Some(_), Some(duplex)) => return Err(refused(interface, &format!("Invalid duplex '{duplex}'; expected 'half' or 'full'"))),
        _ => return Err(refused(interface, "'speed' and 'duplex' must be set together")),
    }
    values.extend(wake(interface)?.map(|mask| pair("wake-on-lan", mask.to_string())));
    Ok(values)
}

/// What wakes the machine, as a mask of NetworkManager.
fn wake(interface: &Interface) -> Result<Option<u32>, Failure> {
    let names =
        [("default", 1), ("phy", 2), ("unicast", 4), ("multicast", 8), ("broadcast", 16), ("arp", 32), ("magic", 64), ("ignore", 0x8000)];
    let Some(text) = interface.text("wol").map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.as_str() {
        "true" => return Ok(Some(64)),
        "false" => return Ok(Some(0x8000)),
        _ => {}
    }
    if let Ok(mask) = text.parse() {
        return Ok(Some(mask));
    }
    let mut mask = 0;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let (_, bit) = names.iter().find(|(name, _)| *name == word).ok_or_else(|| {
            let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            refused(interface, &format!("Invalid wol value '{word}'; expected a number, or one or more of: {}", known.join(", ")))
        })?;
        mask |= bit;
    }
    Ok(Some(mask))
}

fn addresses(all: &[super::Address], gateway: Option<&String>) -> Vec<(String, String)> {
    let row = |(at, address): (usize, &super::Address)| {
        let behind = gateway.filter(|_| at == 0).map(|gateway| format!(",{gateway}")).unwrap_or_default();
        pair(&format!("address{}", at + 1), format!("{}{behind}", address.cidr()))
    };
    all.iter().enumerate().map(row).collect()
}

/// A list as a keyfile has it.
fn list(key: &str, all: &[String]) -> Option<(String, String)> {
    (!all.is_empty()).then(|| pair(key, format!("{};", all.join(";"))))
}

fn names(interface: &Interface, is_v6: bool) -> impl Iterator<Item = (String, String)> {
    let dns: Vec<String> = interface.dns.iter().filter(|server| server.contains(':') == is_v6).cloned().collect();
    list("dns", &dns).into_iter()
}

fn v4(interface: &Interface) -> Vec<(String, String)> {
    let method = match interface.proto.as_str() {
        "dhcp" | "bootp" => "auto",
        _ if !interface.v4.is_empty() => "manual",
        "none" => "disabled",
        _ => "auto",
    };
    let mut values = vec![pair("method", method)];
    if method == "manual" {
        values.extend(addresses(&interface.v4, interface.gateway.as_ref()));
    }
    values.extend(names(interface, false));
    if method != "disabled" {
        values.extend(list("dns-search", &interface.search));
    }
    values
}

fn v6(interface: &Interface) -> Vec<(String, String)> {
    let method = match interface.proto6.as_deref() {
        Some("none") => "disabled",
        None if interface.flag("enable_ipv6") == Some(false) => "disabled",
        Some("dhcp") => "dhcp",
        _ if !interface.v6.is_empty() => "manual",
        _ => "auto",
    };
    let mut values = vec![pair("method", method)];
    if method == "manual" {
        values.extend(addresses(&interface.v6, interface.gateway6.as_ref()));
    }
    values.extend(names(interface, true));
    if method != "disabled" {
        values.extend(list("dns-search", &interface.search));
    }
    values
}

/// Routes of a file, by the section that they stand in.
fn routes_of(lines: &[String]) -> BTreeMap<String, Vec<String>> {
    let (mut found, mut section) = (BTreeMap::<String, Vec<String>>::new(), String::new());
    for line in lines.iter().map(|line| line.trim()) {
        match (line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')), line.split_once('=')) {
            (Some(name), _) => name.clone_into(&mut section),
            (None, Some((key, value))) if key.starts_with("route") && key.trim_start_matches("route").parse::<u32>().is_ok() => {
                found.entry(section.clone()).or_default().push(value.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// A route as a keyfile has it: network, router, metric.
fn route(route: &Route) -> String {
    let any = if route.is_v6 { "::/0" } else { "0.0.0.0/0" };
    let network = if route.cidr == "default" { any } else { route.cidr.as_str() };
    let parts =
        [Some(network.to_owned()), route.gateway.clone().or_else(|| route.metric.as_ref().map(|_| String::new())), route.metric.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(",")
}

/// Lines of a file with these routes in place of those that it has.
fn with_routes(lines: &[String], routes: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let bare: Vec<String> = {
        let all = routes_of(lines);
        let is_route = |line: &str| {
            line.split_once('=')
                .is_some_and(|(key, value)| key.starts_with("route") && all.values().flatten().any(|one| one == value.trim_end()))
        };
        lines.iter().filter(|line| !is_route(line.trim_start())).cloned().collect()
    };
    let (mut out, mut section) = (Vec::new(), String::new());
    for line in bare {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            end_section(&mut out, routes.get(&section));
            name.clone_into(&mut section);
        }
        out.push(line);
    }
    end_section(&mut out, routes.get(&section));
    out
}

/// Puts routes at the end of the section that has ended, before its blank lines.
fn end_section(lines: &mut Vec<String>, routes: Option<&Vec<String>>) {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let routes = routes.into_iter().flatten().enumerate().map(|(at, value)| format!("route{}={value}\n", at + 1));
    lines.splice(end..end, routes);
}

fn with_ends(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Names of the connections that belong to an interface.
fn members_now(read: &Read, iface: &str) -> Vec<String> {
    let names = read.host().list(FOLDER).unwrap_or_default();
    let mut names: Vec<String> = names.into_iter().filter_map(|name| name.strip_suffix(".nmconnection").map(str::to_owned)).collect();
    names.retain(|name| lines_of(read, &file(name)).iter().any(|line| line.trim() == format!("master={iface}")));
    names.sort();
    names
}

/// NetworkManager.
pub(super) struct NetworkManager;

impl NetworkManager {
    /// Each file that an interface should have, with its lines.
    fn files(&self, read: &Read, interface: &Interface) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let name = &interface.name;
        let now = routes_of(&lines_of(read, &file(name)));
        let mut files = vec![(name.clone(), with_routes(&lines(&sections(interface)?), &now))];
        let kind = if interface.kind == Kind::Bridge { "bridge" } else { "bond" };
        let mut members = interface.members.clone();
        members.sort();
        for member in members {
            let own = vec![connection(&member, "ethernet", interface.enabled, Some((name, kind)))];
            files.push((member, lines(&own)));
        }
        Ok(files)
    }
}

#[async_trait]
impl Provider for NetworkManager {
    fn name(&self) -> &'static str {
        "networkmanager"
    }

    fn present(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        let names = [iface.to_owned()].into_iter().chain(members_now(read, iface));
        Ok(names.flat_map(|name| with_ends(lines_of(read, &file(&name)))).collect())
    }

    fn wanted(&self, read: &Read, interface: &Interface) -> Result<Vec<String>, Failure> {
        Ok(self.files(read, interface)?.into_iter().flat_map(|(_, lines)| lines).collect())
    }

    fn put(&self, cx: &Cx, interface: &Interface, _lines: &[String]) -> Result<(), Failure> {
        // Secrets may stand in these files: NetworkManager reads none that others can read.
        for (name, lines) in self.files(cx, interface)? {
            write(cx, &file(&name), &lines.concat(), Some(0o600))?;
        }
        Ok(())
    }

    fn present_routes(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        Ok(shown(&routes_of(&lines_of(read, &file(iface)))))
    }

    fn wanted_routes(&self, _read: &Read, _iface: &str, routes: &[Route]) -> Result<Vec<String>, Failure> {
        Ok(shown(&sorted(routes)))
    }

    fn put_routes(&self, cx: &Cx, iface: &str, routes: &[Route]) -> Result<(), Failure> {
        let now = with_ends(lines_of(cx, &file(iface)));
        if now.is_empty() {
            let why = format!(
                "there is no connection `{}`: routes stand in the file of their interface, which `network.managed` writes",
                file(iface)
            );
            return Err(Failure::failed(why));
        }
        write(cx, &file(iface), &with_routes(&now, &sorted(routes)).concat(), Some(0o600))
    }

    // NetworkManager has nothing that holds for the whole machine.
    fn present_system(&self, _read: &Read) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    fn wanted_system(&self, _read: &Read, _settings: &Map) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    fn put_system(&self, _cx: &Cx, _settings: &Map) -> Result<(), Failure> {
        Ok(())
    }

    async fn apply_system(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run(["nmcli", "connection", "reload"]).await.map(drop)
    }

    async fn up(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["nmcli", "connection", "reload"]).await?;
        cx.run(["nmcli", "connection", "up", iface]).await.map(drop)
    }

    async fn down(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["nmcli", "connection", "down", iface]).await.map(drop)
    }

    async fn apply_routes(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        self.up(cx, iface).await
    }
}

fn sorted(routes: &[Route]) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::<String, Vec<String>>::new();
    for one in routes {
        all.entry(if one.is_v6 { "ipv6" } else { "ipv4" }.to_owned()).or_default().push(route(one));
    }
    all
}

/// Routes as lines of a keyfile.
fn shown(routes: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut lines = Vec::new();
    for (section, its) in routes {
        lines.push(format!("[{section}]\n"));
        lines.extend(its.iter().enumerate().map(|(at, value)| format!("route{}={value}\n", at + 1)));
        lines.push("\n".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests;
