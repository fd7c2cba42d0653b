//! What an interface is to be, read from the arguments of `network.managed` and `ip.build_interface`, checked once for every provider.

use sdk::{Failure, Map, Value, text};
use std::net::IpAddr;

/// Kind of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network card.
    Eth,
    /// Several cards as one.
    Bond,
    /// A card that belongs to a bond.
    Slave,
    /// A switch in software.
    Bridge,
    /// A virtual network on top of another interface.
    Vlan,
    /// A further address of an interface, by a name such as `eth0:1`.
    Alias,
    /// Files that are read as well, of ifupdown.
    Source,
}

impl Kind {
    const ALL: [(&'static str, Self); 8] = [
        ("eth", Self::Eth),
        ("bond", Self::Bond),
        ("slave", Self::Slave),
        ("bridge", Self::Bridge),
        ("vlan", Self::Vlan),
        ("alias", Self::Alias),
        ("clone", Self::Alias),
        ("source", Self::Source),
    ];

    fn parse(iface: &str, word: &str) -> Result<Self, Failure> {
        let known = Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
        known.ok_or_else(|| invalid(iface, word, &Self::ALL.map(|(name, _)| name).join("|")))
    }
}

/// Salt's words for a setting that cannot be.
fn invalid(iface: &str, option: &str, expected: &str) -> Failure {
    Failure::bad_arguments(format!("Invalid option -- Interface: {iface}, Option: {option}, Expected: [{expected}]"))
}

/// An address as it was written: alone, with a netmask, or with a prefix length behind a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address itself.
    pub ip: IpAddr,
    /// Length of the network part.
    pub prefix: Option<u8>,
    /// Netmask as it was written apart from the address.
    pub netmask: Option<String>,
}

impl Address {
    fn parse(iface: &str, option: &str, word: &str, netmask: Option<&str>) -> Result<Self, Failure> {
        let bad = |expected: &str| invalid(iface, &format!("{option}: {word}"), expected);
        let (ip, prefix) = match word.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (word, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| bad("an address"))?;
        let written = prefix.or(netmask);
        let bits = written.map(|mask| bits_of(ip, mask).ok_or_else(|| invalid(iface, mask, "a netmask or a prefix length"))).transpose()?;
        Ok(Self { ip, prefix: bits, netmask: if prefix.is_some() { None } else { netmask.map(str::to_owned) } })
    }

    /// Address and prefix length: `10.1.0.5/24`.
    #[must_use]
    pub fn cidr(&self) -> String {
        let whole = if self.ip.is_ipv4() { 32 } else { 128 };
        format!("{}/{}", self.ip, self.prefix.unwrap_or(whole))
    }

    /// As it was written: the prefix length stands behind it unless a netmask was given apart.
    #[must_use]
    pub fn written(&self) -> String {
        match (self.prefix, &self.netmask) {
            (Some(prefix), None) => format!("{}/{prefix}", self.ip),
            (Some(_) | None, _) => self.ip.to_string(),
        }
    }
}

/// Length of the network part from a netmask or a number.
pub(super) fn bits_of(ip: IpAddr, mask: &str) -> Option<u8> {
    let whole = if ip.is_ipv4() { 32 } else { 128 };
    let bits = mask.parse::<u8>().ok().or_else(|| ipnet::ip_mask_to_prefix(mask.parse().ok()?).ok())?;
    (bits <= whole).then_some(bits)
}

/// One option of a bond with its value.
pub type BondOption = (&'static str, String);

/// What an interface is to be.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether it comes up on boot.
    pub enabled: bool,
    /// How it gets its address: `static`, `dhcp`, `manual`, ….
    pub proto: String,
    /// The same for IPv6; none where IPv6 is not configured.
    pub proto6: Option<String>,
    /// Addresses, the main one first.
    pub v4: Vec<Address>,
    /// Addresses of IPv6, the main one first.
    pub v6: Vec<Address>,
    /// Default router.
    pub gateway: Option<String>,
    /// Default router of IPv6.
    pub gateway6: Option<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Domains that names are completed with.
    pub search: Vec<String>,
    /// Options of the bond, for one.
    pub bond: Vec<BondOption>,
    /// Its members, for a bond or a bridge.
    pub members: Vec<String>,
    /// Number of the virtual network and the interface below, for a `vlan`.
    pub vlan: Option<(u16, String)>,
    settings: Map,
}

const PROTOS: [&str; 8] = ["static", "none", "dhcp", "bootp", "manual", "loopback", "auto", "ppp"];

impl Interface {
    /// Reads and checks the settings.
    pub fn parse(name: &str, kind: &str, enabled: bool, settings: &Map) -> Result<Self, Failure> {
        let kind = Kind::parse(name, kind)?;
        let given = Given(settings);
        let mask = given.text("netmask").or_else(|| given.text("prefix"));
        let mask6 = given.text("ipv6netmask");
        let read = |main: &[&str], more: &[&str], mask: Option<&str>| -> Result<Vec<Address>, Failure> {
            let first = main.iter().find_map(|key| given.text(key).map(|word| (*key, word)));
            let mut all: Vec<Address> = first.iter().map(|(key, word)| Address::parse(name, key, word, mask)).collect::<Result<_, _>>()?;
            for key in more {
                for word in given.words(key) {
                    all.push(Address::parse(name, key, &word, None)?);
                }
            }
            Ok(all)
        };
        let mut v4 = read(&["ipaddr", "address"], &["ipaddrs", "addresses"], mask.as_deref())?;
        let mut v6 = read(&["ipv6ipaddr", "ipv6addr"], &["ipv6ipaddrs", "ipv6addrs"], mask6.as_deref())?;
        // Both kinds may stand in one list.
        let (other, same): (Vec<_>, Vec<_>) = v4.into_iter().partition(|address| address.ip.is_ipv6());
        v4 = same;
        v6.extend(other);
        let fallback = match kind {
            Kind::Slave => "manual",
            _ if v4.is_empty() => "manual",
            _ => "static",
        };
        let proto = given.text("proto").unwrap_or_else(|| fallback.to_owned());
        if !PROTOS.contains(&proto.as_str()) {
            return Err(invalid(name, &proto, &PROTOS.join("|")));
        }
        let has6 = given.flag("enable_ipv6").unwrap_or(!v6.is_empty());
        let fallback6 = if v6.is_empty() { "auto" } else { "static" };
        let proto6 = has6.then(|| given.text("ipv6proto").unwrap_or_else(|| fallback6.to_owned()));
        Ok(Self {
            name: name.to_owned(),
            kind,
            enabled,
            proto,
            proto6,
            v4,
            v6,
            gateway: given.address(name, "gateway")?,
            gateway6: given.address(name, "ipv6gateway")?,
            dns: given.words("dns"),
            search: given.words("search"),
            bond: if kind == Kind::Bond { bond(name, &given)? } else { Vec::new() },
            members: members(name, kind, &given),
            vlan: if kind == Kind::Vlan { Some(vlan(name, &given)?) } else { None },
            settings: settings.clone(),
        })
    }

    /// A setting as text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        Given(&self.settings).text(key)
    }

    /// A setting as words.
    #[must_use]
    pub fn words(&self, key: &str) -> Vec<String> {
        Given(&self.settings).words(key)
    }

    /// A setting as whole lines: commands have blanks of their own.
    #[must_use]
    pub fn lines(&self, key: &str) -> Vec<String> {
        match self.settings.get(key) {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(other) => vec![text::str(other)],
        }
    }

    /// A setting as yes or no.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        Given(&self.settings).flag(key)
    }

    /// Keys of every setting.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.settings.keys().map(text::str)
    }
}

struct Given<'a>(&'a Map);

impl Given<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_null()).map(text::str)
    }

    fn words(&self, key: &str) -> Vec<String> {
        match self.0.get(key) {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(other) => text::str(other).split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        }
    }

    fn flag(&self, key: &str) -> Option<bool> {
        <bool as sdk::FromValue>::from_value(self.0.get(key).filter(|value| !value.is_null())?.clone()).ok()
    }

    fn address(&self, iface: &str, key: &str) -> Result<Option<String>, Failure> {
        let Some(word) = self.text(key) else { return Ok(None) };
        match word.parse::<IpAddr>() {
            Ok(_) => Ok(Some(word)),
            Err(_) => Err(invalid(iface, &format!("{key}: {word}"), "an address")),
        }
    }
}

fn members(name: &str, kind: Kind, given: &Given<'_>) -> Vec<String> {
    match kind {
        Kind::Bond => given.words("slaves"),
        Kind::Bridge => given.words("ports").into_iter().filter(|port| port != name).collect(),
        Kind::Eth | Kind::Slave | Kind::Vlan | Kind::Alias | Kind::Source => Vec::new(),
    }
}

/// `bond0.12` says all; other names need an `id` and what is below.
fn vlan(name: &str, given: &Given<'_>) -> Result<(u16, String), Failure> {
    let below = ["vlan_raw_device", "vlan-raw-device", "phys_dev"].iter().find_map(|key| given.text(key));
    let (from_name, id) = match name.rsplit_once('.') {
        Some((below, id)) => (Some(below.to_owned()), id.to_owned()),
        None => (None, name.trim_start_matches(|letter: char| !letter.is_ascii_digit()).to_owned()),
    };
    let id = given.text("vlan_id").or_else(|| given.text("id")).unwrap_or(id);
    let number = id.parse().ok().filter(|number| (1..4095).contains(number));
    let number = number.ok_or_else(|| invalid(name, &format!("vlan_id: {id}"), "1 to 4094"))?;
    let below = below.or(from_name).ok_or_else(|| invalid(name, "vlan_raw_device", "the interface below"))?;
    Ok((number, below))
}

/// Modes of a bond, in the order of their numbers.
pub const BOND_MODES: [&str; 7] = ["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];

fn bond(name: &str, given: &Given<'_>) -> Result<Vec<BondOption>, Failure> {
    let mode = given.text("mode").unwrap_or_else(|| "balance-rr".to_owned());
    let by_number = mode.parse::<usize>().ok().and_then(|number| BOND_MODES.get(number).copied());
    let Some(mode) = by_number.or_else(|| BOND_MODES.into_iter().find(|known| *known == mode)) else {
        return Err(invalid(name, &mode, &BOND_MODES.join("|")));
    };
    let mut options = vec![("mode", mode.to_owned())];
    for key in ["miimon", "arp_interval", "downdelay", "updelay"] {
        if let Some(value) = given.text(key) {
            if value.parse::<u32>().is_err() {
                return Err(invalid(name, key, "integer"));
            }
            options.push((key, value));
        }
    }
    let targets = given.words("arp_ip_target");
    if !targets.is_empty() {
        options.push(("arp_ip_target", targets.join(",")));
    }
    for key in ["primary", "lacp_rate", "ad_select", "xmit_hash_policy", "fail_over_mac"] {
        if let Some(value) = given.text(key) {
            options.push((key, value));
        }
    }
    if let Some(watch) = given.flag("use_carrier") {
        options.push(("use_carrier", u8::from(watch).to_string()));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str, kind: &str, settings: &str) -> Result<Interface, String> {
        Interface::parse(name, kind, true, &serde_json::from_str(settings).unwrap()).map_err(|failure| failure.message)
    }

    #[test]
    fn addresses_of_both_kinds_find_their_place() {
        let found = parsed("eth0", "eth", r#"{"ipaddr": "10.1.0.5", "netmask": "255.255.255.0", "ipaddrs": ["2001:db8::1/64"]}"#).unwrap();
        assert_eq!((found.v4[0].cidr().as_str(), found.v6[0].cidr().as_str()), ("10.1.0.5/24", "2001:db8::1/64"));
        assert_eq!((found.proto.as_str(), found.proto6.as_deref()), ("static", Some("static")));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_could() {
        for (name, kind, settings, part) in [
            ("eth0", "wifi", "{}", "Expected: [eth|bond|"),
            ("eth0", "eth", r#"{"proto": "bad"}"#, "Option: bad, Expected: [static|"),
            ("eth0", "eth", r#"{"ipaddr": "10.1.0"}"#, "Option: ipaddr: 10.1.0, Expected: [an address]"),
            ("eth0", "eth", r#"{"ipaddr": "10.1.0.1", "netmask": "x"}"#, "Option: x, Expected: [a netmask"),
            ("bond0", "bond", r#"{"mode": "9"}"#, "Expected: [balance-rr|"),
            ("mine", "vlan", "{}", "vlan_id"),
        ] {
            let message = parsed(name, kind, settings).map(drop).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_virtual_network_is_known_by_its_name() {
        assert_eq!(parsed("bond0.12", "vlan", "{}").unwrap().vlan, Some((12, "bond0".to_owned())));
        assert_eq!(parsed("vlan7", "vlan", r#"{"vlan_raw_device": "eth1"}"#).unwrap().vlan, Some((7, "eth1".to_owned())));
    }
}
