//! The functions of `ip`.

use super::{Interface, Route, find};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read};

sdk::module!(
    ip,
    [
        GetInterface,
        BuildInterface,
        GetRoutes,
        BuildRoutes,
        GetNetworkSettings,
        BuildNetworkSettings,
        ApplyNetworkSettings,
        Up,
        Down,
        Provider,
        GetBond,
        BuildBond,
    ]
);

/// Return the name of what configures interfaces here.
///
/// ```salt
/// salt '*' ip.provider
/// ```
#[derive(Args)]
pub struct Provider;

impl Query for Provider {
    type Output = &'static str;
    async fn call(self, read: &Read) -> Result<&'static str, Failure> {
        Ok(find(read)?.name())
    }
}

/// Where the module of bonds is told of one.
fn bond_file(iface: &str) -> String {
    format!("/etc/modprobe.d/{iface}.conf")
}

/// Return what the module of bonds is told of one in `/etc/modprobe.d`.
///
/// ```salt
/// salt '*' ip.get_bond bond0
/// ```
#[derive(Args)]
pub struct GetBond {
    /// Bond.
    iface: String,
}

impl Query for GetBond {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(super::lines_of(read, &bond_file(&self.iface)).into_iter().map(|line| format!("{line}\n")).collect())
    }
}

/// Tell the module of bonds of one in `/etc/modprobe.d`, and load it. Bonds that `network.managed` makes need no such file.
///
/// ```salt
/// salt '*' ip.build_bond bond0 mode=balance-alb
/// ```
#[derive(Args)]
pub struct BuildBond {
    /// Bond.
    iface: String,
    /// Write nothing, and return what would be written.
    #[arg(default = false, named)]
    test: bool,
    /// Its settings.
    #[arg(extra)]
    settings: Map,
}

impl Action for BuildBond {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let bond = Interface::parse(&self.iface, "bond", true, &self.settings)?;
        let options: Vec<String> = bond.bond.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let lines = vec![format!("alias {} bonding\n", self.iface), format!("options {} {}\n", self.iface, options.join(" "))];
        if !self.test {
            super::write(cx, &bond_file(&self.iface), &lines.concat(), None)?;
            cx.run(["modprobe", "bonding"]).await?;
        }
        Ok(lines)
    }
}

/// Return the lines that configure an interface; none where it is not configured.
///
/// ```salt
/// salt '*' ip.get_interface eth0
/// ```
#[derive(Args)]
pub struct GetInterface {
    /// Interface.
    iface: String,
}

impl Query for GetInterface {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        find(read)?.present(read, &self.iface)
    }
}

/// Configure an interface; it is not brought up. Return its lines.
///
/// ```salt
/// salt '*' ip.build_interface eth0 eth True proto=static ipaddr=10.1.0.103 netmask=255.255.255.0
/// ```
#[derive(Args)]
pub struct BuildInterface {
    /// Interface.
    iface: String,
    /// Its kind: `eth`, `bond`, `slave`, `bridge`, `vlan`, ….
    iface_type: String,
    /// Bring it up on boot.
    enabled: bool,
    /// Tell only what its lines would be.
    #[arg(default = false)]
    test: bool,
    /// Settings, as `network.managed` has them.
    #[arg(extra)]
    settings: Map,
}

impl Action for BuildInterface {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let provider = find(cx)?;
        let interface = Interface::parse(&self.iface, &self.iface_type, self.enabled, &self.settings)?;
        let lines = provider.wanted(cx, &interface)?;
        if !self.test {
            provider.put(cx, &interface, &lines)?;
        }
        Ok(lines)
    }
}

/// Return the lines that stand for the routes of an interface.
///
/// ```salt
/// salt '*' ip.get_routes eth0
/// ```
#[derive(Args)]
pub struct GetRoutes {
    /// Interface.
    iface: String,
}

impl Query for GetRoutes {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        find(read)?.present_routes(read, &self.iface)
    }
}

/// Configure the routes of an interface. Return their lines.
///
/// ```salt
/// salt '*' ip.build_routes eth0 routes='[{name: lab, ipaddr: 10.2.0.0, netmask: 255.255.255.0, gateway: 10.1.0.3}]'
/// ```
#[derive(Args)]
pub struct BuildRoutes {
    /// Interface.
    iface: String,
    /// Tell only what the lines would be.
    #[arg(default = false)]
    test: bool,
    /// `routes`: each with `name`, `ipaddr`, `netmask`, `gateway` and `metric`.
    #[arg(extra)]
    settings: Map,
}

impl Action for BuildRoutes {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let provider = find(cx)?;
        let routes = Route::parse_all(&self.iface, &self.settings)?;
        let lines = provider.wanted_routes(cx, &self.iface, &routes)?;
        if !self.test {
            provider.put_routes(cx, &self.iface, &routes)?;
        }
        Ok(lines)
    }
}

/// Return the lines of what holds for the network of the whole machine.
///
/// ```salt
/// salt '*' ip.get_network_settings
/// ```
#[derive(Args)]
pub struct GetNetworkSettings;

impl Query for GetNetworkSettings {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        find(read)?.present_system(read)
    }
}

/// Configure what holds for the network of the whole machine. Return its lines.
///
/// ```salt
/// salt '*' ip.build_network_settings enabled=True gateway=10.1.0.1
/// ```
#[derive(Args)]
pub struct BuildNetworkSettings {
    /// Tell only what the lines would be.
    #[arg(default = false)]
    test: bool,
    /// Settings, as `network.system` has them.
    #[arg(extra)]
    settings: Map,
}

impl Action for BuildNetworkSettings {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let provider = find(cx)?;
        let lines = provider.wanted_system(cx, &self.settings)?;
        if !self.test {
            provider.put_system(cx, &self.settings)?;
        }
        Ok(lines)
    }
}

/// Have the running system take up its network configuration.
///
/// ```salt
/// salt '*' ip.apply_network_settings
/// ```
#[derive(Args)]
pub struct ApplyNetworkSettings {
    /// It is taken up on the next boot: do nothing now.
    #[arg(default = false)]
    require_reboot: bool,
    /// Set the name of the machine as well.
    #[arg(default = false)]
    apply_hostname: bool,
    /// Its name.
    hostname: Option<String>,
}

impl Action for ApplyNetworkSettings {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if let Some(name) = self.hostname.filter(|_| self.apply_hostname) {
            crate::system::set_hostname(cx, &name).await?;
        }
        if !self.require_reboot {
            find(cx)?.apply_system(cx).await?;
        }
        Ok(true)
    }
}

/// Bring an interface up.
///
/// ```salt
/// salt '*' ip.up eth0
/// ```
#[derive(Args)]
pub struct Up {
    /// Interface.
    iface: String,
    /// Known for compatibility.
    #[arg(ignored)]
    iface_type: Option<String>,
}

impl Action for Up {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        find(cx)?.up(cx, &self.iface).await?;
        Ok(true)
    }
}

/// Take an interface down.
///
/// ```salt
/// salt '*' ip.down eth0
/// ```
#[derive(Args)]
pub struct Down {
    /// Interface.
    iface: String,
    /// Known for compatibility.
    #[arg(ignored)]
    iface_type: Option<String>,
}

impl Action for Down {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        find(cx)?.down(cx, &self.iface).await?;
        Ok(true)
    }
}
