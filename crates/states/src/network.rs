//! Interfaces and routes as the system brings them up, and the network of the whole machine.

use modules::ip::{Interface, Kind, Provider, Route, diff, find, is_up, take_down};
use modules::system;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, text};

sdk::states!(network, [Managed, Routes, System]);

/// Ensure an interface is configured, and up or down.
///
/// ```salt
/// eth0:
///   network.managed:
///     - type: eth
///     - proto: static
///     - ipaddr: 10.1.0.103
///     - netmask: 255.255.255.0
///     - gateway: 10.1.0.1
///     - dns:
///       - 10.1.0.1
/// ```
#[derive(Args)]
pub struct Managed {
    /// Interface.
    name: String,
    /// It comes up on boot, and is up; otherwise it is down.
    #[arg(default = true)]
    enabled: bool,
    /// `eth`, `bond`, `slave`, `bridge`, `vlan`, `alias` or `source`.
    #[arg(name = "type", default = "eth", named)]
    kind: String,
    /// Leave the running interface as it is.
    #[arg(default = false, named)]
    noifupdown: bool,
    /// Settings: `proto`, `ipaddr`, `netmask`, `gateway`, `ipaddrs`, `dns`, `search`, `mtu`, `hwaddr`, `ipv6addr`, `ports`, `slaves`, `mode`, ….
    #[arg(extra)]
    settings: Map,
}

/// What is to be done to an interface.
pub struct Change {
    /// Lines before and after, where they differ.
    lines: Option<(Vec<String>, Vec<String>)>,
    link: Link,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Keep,
    Up,
    Restart,
    Down,
}

impl Managed {
    fn look(&self, read: &Read) -> Result<Change, Failure> {
        let provider = find(read)?;
        let interface = Interface::parse(&self.name, &self.kind, self.enabled, &self.settings)?;
        let (old, new) = (provider.present(read, &self.name)?, provider.wanted(read, &interface)?);
        let differs = old != new;
        let link = match (self.noifupdown || interface.kind == Kind::Source, self.enabled, is_up(read, &self.name)) {
            (true, ..) => Link::Keep,
            (false, true, Some(true)) if differs => Link::Restart,
            (false, true, Some(true)) => Link::Keep,
            (false, true, Some(false) | None) => Link::Up,
            (false, false, Some(true)) => Link::Down,
            (false, false, Some(false) | None) => Link::Keep,
        };
        Ok(Change { lines: differs.then_some((old, new)), link })
    }

    async fn set_link(&self, provider: &dyn Provider, link: Link, cx: &Cx) -> Result<Option<String>, Failure> {
        let name = &self.name;
        match link {
            Link::Keep => Ok(None),
            Link::Up => provider.up(cx, name).await.map(|()| Some(format!("Interface {name} is up"))),
            Link::Down => provider.down(cx, name).await.map(|()| Some(format!("Interface {name} down"))),
            Link::Restart => provider.up(cx, name).await.map(|()| Some(format!("Interface {name} restart to validate"))),
        }
    }
}

fn predicted(what: &str, change: Option<&(Vec<String>, Vec<String>)>) -> Option<String> {
    change.map(|(old, new)| match old.as_slice() {
        [] => format!("{what} set to be added."),
        _ => format!("{what} set to be updated:\n{}", diff(old, new)),
    })
}

impl State for Managed {
    type Change = Change;

    async fn check(&self, read: &Read) -> Result<Check<Change>, Failure> {
        let name = &self.name;
        let change = match self.look(read) {
            Ok(change) => change,
            Err(failure) => return Ok(Check::fails(failure.message)),
        };
        let comment = predicted(&format!("Interface {name} is"), change.lines.as_ref());
        Ok(match (comment, change.link) {
            (Some(comment), _) => Check::change(comment, Map::new(), change),
            (None, Link::Keep) => Check::desired(format!("Interface {name} is up to date.")),
            (None, Link::Down) => Check::change(format!("Interface {name} is set to be taken down."), Map::new(), change),
            (None, Link::Up | Link::Restart) => Check::change(format!("Interface {name} is set to be brought up."), Map::new(), change),
        })
    }

    async fn apply(&self, change: Change, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let provider = find(cx)?;
        let (mut changes, mut comment) = (Map::new(), format!("Interface {name} is up to date."));
        if let Some((old, new)) = &change.lines {
            let interface = Interface::parse(name, &self.kind, self.enabled, &self.settings)?;
            if change.link == Link::Restart {
                // An interface goes down by the configuration that brought it up.
                take_down(provider, cx, name).await;
            }
            provider.put(cx, &interface, new)?;
            if old.is_empty() {
                comment = format!("Interface {name} added.");
                changes.insert("interface", "Added network interface.");
            } else {
                comment = format!("Interface {name} updated.");
                changes.insert("interface", diff(old, new));
            }
        }
        match self.set_link(provider, change.link, cx).await {
            Ok(status) => {
                if let Some(status) = status {
                    changes.insert("status", status);
                }
                Ok(Applied::ok(comment, changes))
            }
            Err(failure) => Ok(Applied::failed(failure.message).with_changes(changes)),
        }
    }
}

/// Ensure an interface has routes of its own.
///
/// ```salt
/// eth0:
///   network.routes:
///     - routes:
///       - name: lab
///         ipaddr: 10.2.0.0
///         netmask: 255.255.255.0
///         gateway: 10.1.0.3
/// ```
#[derive(Args)]
pub struct Routes {
    /// Interface.
    name: String,
    /// Leave the running interface as it is.
    #[arg(default = false, named)]
    noifupdown: bool,
    /// `routes`: each with `name`, `ipaddr`, `netmask`, `gateway` and `metric`.
    #[arg(extra)]
    settings: Map,
}

impl State for Routes {
    type Change = (Vec<String>, Vec<String>);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let look = || {
            let provider = find(read)?;
            let routes = Route::parse_all(&self.name, &self.settings)?;
            Ok((provider.present_routes(read, &self.name)?, provider.wanted_routes(read, &self.name, &routes)?))
        };
        let change: Self::Change = match look() {
            Ok(change) => change,
            Err(Failure { message, .. }) => return Ok(Check::fails(message)),
        };
        if change.0 == change.1 {
            return Ok(Check::desired(format!("Interface {} routes are up to date.", self.name)));
        }
        let comment = predicted(&format!("Interface {} routes are", self.name), Some(&change)).unwrap_or_default();
        Ok(Check::change(comment, Map::new(), change))
    }

    async fn apply(&self, (old, new): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        let runs = !self.noifupdown && is_up(cx, &self.name) == Some(true);
        if runs {
            provider.drop_routes(cx, &self.name).await?;
        }
        provider.put_routes(cx, &self.name, &Route::parse_all(&self.name, &self.settings)?)?;
        let (word, shown) =
            if old.is_empty() { ("added", format!("Added interface {} routes.", self.name)) } else { ("updated", diff(&old, &new)) };
        let changes: Map = [("network_routes", shown)].into_iter().collect();
        if runs && let Err(failure) = provider.apply_routes(cx, &self.name).await {
            return Ok(Applied::failed(failure.message).with_changes(changes));
        }
        Ok(Applied::ok(format!("Interface {} routes {word}.", self.name), changes))
    }
}

/// Ensure what holds for the network of the whole machine, its name among it.
///
/// ```salt
/// system:
///   network.system:
///     - enabled: True
///     - hostname: server1.example.com
///     - apply_hostname: True
///     - gateway: 192.168.0.1
///     - require_reboot: True
/// ```
#[derive(Args)]
pub struct System {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// Set the name of the machine as well.
    #[arg(default = false, named)]
    apply_hostname: bool,
    /// What changed is taken up on the next boot.
    #[arg(default = false, named)]
    require_reboot: bool,
    /// Settings: `enabled`, `hostname`, `gateway`, `gatewaydev`, `nisdomain`, `nozeroconf`, `search`, `domain`.
    #[arg(extra)]
    settings: Map,
}

/// What is to be done to the machine.
pub struct SystemChange {
    lines: Option<(Vec<String>, Vec<String>)>,
    hostname: Option<String>,
}

const DONE: &str = "Global network settings are up to date.";

impl System {
    /// The name the machine is to have, where it has another: on the next boot, or now.
    fn hostname(&self, read: &Read) -> Option<String> {
        let wanted = self.settings.get("hostname").filter(|value| !value.is_null()).map(text::str)?;
        let is_stored = system::stored_hostname(read).as_deref() == Some(&wanted);
        let is_now = !self.apply_hostname || system::hostname(read).ok().as_deref() == Some(wanted.as_str());
        (!is_stored || !is_now).then_some(wanted)
    }
}

impl State for System {
    type Change = SystemChange;

    async fn check(&self, read: &Read) -> Result<Check<SystemChange>, Failure> {
        let provider = match find(read) {
            Ok(provider) => provider,
            Err(failure) => return Ok(Check::fails(failure.message)),
        };
        let (old, new) = (provider.present_system(read)?, provider.wanted_system(read, &self.settings)?);
        let hostname = self.hostname(read);
        let lines = (old != new).then_some((old, new));
        let comment = match (predicted("Global network settings are", lines.as_ref()), &hostname) {
            (Some(comment), _) => comment,
            (None, Some(name)) => format!("Global network settings are set to be updated: the host name would be {name}"),
            (None, None) => return Ok(Check::desired(DONE)),
        };
        Ok(Check::change(comment, Map::new(), SystemChange { lines, hostname }))
    }

    async fn apply(&self, change: SystemChange, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        let mut changes = Map::new();
        if let Some((old, new)) = &change.lines {
            provider.put_system(cx, &self.settings)?;
            changes.insert("network_settings", if old.is_empty() { "Added global network settings.".to_owned() } else { diff(old, new) });
        }
        if let Some(name) = &change.hostname {
            let set = if self.apply_hostname { system::set_hostname(cx, name).await } else { system::store_hostname(cx, name) };
            if let Err(failure) = set {
                return Ok(Applied::failed(failure.message).with_changes(changes));
            }
            changes.insert("hostname", name.as_str());
        }
        if change.lines.is_some()
            && !self.require_reboot
            && let Err(failure) = provider.apply_system(cx).await
        {
            return Ok(Applied::failed(failure.message).with_changes(changes));
        }
        Ok(Applied::ok(DONE, changes))
    }
}
