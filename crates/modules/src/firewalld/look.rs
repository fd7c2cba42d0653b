//! What is set in zones.

use super::{When, ask, lines, query};
use sdk::{Args, Failure, Map, Query, Read, Value};

/// A question whose answer is words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($zone:tt)* }, |$this:ident| $of:expr, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($zone)*
            /// What is set for every boot; otherwise what is in effect now.
            #[arg(default = true)]
            permanent: bool,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                let $this = &self;
                ask(read, When::permanent(self.permanent), $of, &[$word]).await
            }
        }
    };
}

words! {
    /// List the open ports of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.list_ports public
    /// ```
    ListPorts {
        /// Zone; the default one unless given.
        zone: Option<String>,
    }, |this| this.zone.as_deref(), "--list-ports"
}
words! {
    /// List the open services of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.list_services public
    /// ```
    ListServices {
        /// Zone; the default one unless given.
        zone: Option<String>,
    }, |this| this.zone.as_deref(), "--list-services"
}
words! {
    /// List the ICMP types that a zone blocks.
    ///
    /// ```salt
    /// salt '*' firewalld.list_icmp_block public
    /// ```
    ListIcmpBlock {
        /// Zone.
        zone: String,
    }, |this| Some(this.zone.as_str()), "--list-icmp-blocks"
}
words! {
    /// List the interfaces of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.get_interfaces public
    /// ```
    GetInterfaces {
        /// Zone.
        zone: String,
    }, |this| Some(this.zone.as_str()), "--list-interfaces"
}
words! {
    /// List the addresses whose packets belong to a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.get_sources public
    /// ```
    GetSources {
        /// Zone.
        zone: String,
    }, |this| Some(this.zone.as_str()), "--list-sources"
}
words! {
    /// List the zones.
    ///
    /// ```salt
    /// salt '*' firewalld.get_zones
    /// ```
    GetZones {}, |_this| None, "--get-zones"
}
words! {
    /// List the services that there are.
    ///
    /// ```salt
    /// salt '*' firewalld.get_services
    /// ```
    GetServices {}, |_this| None, "--get-services"
}
words! {
    /// List the ICMP types that there are.
    ///
    /// ```salt
    /// salt '*' firewalld.get_icmp_types
    /// ```
    GetIcmpTypes {}, |_this| None, "--get-icmptypes"
}

/// Return the version of firewalld.
///
/// ```salt
/// salt '*' firewalld.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(read.ask(["firewall-cmd", "--version"]).await?.trim().to_owned())
    }
}

/// Return the default zone.
///
/// ```salt
/// salt '*' firewalld.default_zone
/// ```
#[derive(Args)]
pub struct DefaultZone;

impl Query for DefaultZone {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        super::default_zone(read).await
    }
}

/// What `--list-all` tells of zones: a head line each, then `key: value` lines, of which some go on in lines of their own.
fn parse_zones(text: &str) -> Map {
    let mut zones = Map::new();
    let mut zone = String::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(char::is_whitespace) {
            zone = line.trim_end().to_owned();
            zones.insert(zone.as_str(), Map::new());
            continue;
        }
        let Some(Value::Map(map)) = zones.get_mut(&zone) else { continue };
        if line.starts_with('\t') {
            if let Some(Value::List(values)) = map.get_mut(&key) {
                values.push(line.trim().into());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            name.trim().clone_into(&mut key);
            map.insert(key.as_str(), vec![Value::from(value.trim())]);
        }
    }
    zones
}

/// Return everything that is set in a zone.
///
/// ```salt
/// salt '*' firewalld.list_all public
/// ```
#[derive(Args)]
pub struct ListAll {
    /// Zone; the default one unless given.
    zone: Option<String>,
    /// What is set for every boot; otherwise what is in effect now.
    #[arg(default = true)]
    permanent: bool,
}

impl Query for ListAll {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let when = When::permanent(self.permanent);
        Ok(parse_zones(&read.ask(when.words(self.zone.as_deref(), ["--list-all"])).await?))
    }
}

/// Return everything that is set in every zone.
///
/// ```salt
/// salt '*' firewalld.list_zones
/// ```
#[derive(Args)]
pub struct ListZones {
    /// What is set for every boot; otherwise what is in effect now.
    #[arg(default = true)]
    permanent: bool,
}

impl Query for ListZones {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(parse_zones(&read.ask(When::permanent(self.permanent).words(None, ["--list-all-zones"])).await?))
    }
}

/// Tell whether packets of a zone go out under this machine's address.
///
/// ```salt
/// salt '*' firewalld.get_masquerade public
/// ```
#[derive(Args)]
pub struct GetMasquerade {
    /// Zone; the default one unless given.
    zone: Option<String>,
    /// What is set for every boot; otherwise what is in effect now.
    #[arg(default = true)]
    permanent: bool,
}

impl Query for GetMasquerade {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let zone = match self.zone {
            Some(zone) => zone,
            None => super::default_zone(read).await?,
        };
        query(read, When::permanent(self.permanent), &zone, "--query-masquerade").await
    }
}

/// List the rich rules of a zone.
///
/// ```salt
/// salt '*' firewalld.get_rich_rules public
/// ```
#[derive(Args)]
pub struct GetRichRules {
    /// Zone.
    zone: String,
    /// What is set for every boot; otherwise what is in effect now.
    #[arg(default = true)]
    permanent: bool,
}

impl Query for GetRichRules {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        lines(read, When::permanent(self.permanent), &self.zone, "--list-rich-rules").await
    }
}

/// List the ports of a zone that are passed on to others.
///
/// ```salt
/// salt '*' firewalld.list_port_fwd public
/// ```
#[derive(Args)]
pub struct ListPortFwd {
    /// Zone.
    zone: String,
    /// What is set for every boot; otherwise what is in effect now.
    #[arg(default = true)]
    permanent: bool,
}

impl Query for ListPortFwd {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let lines = lines(read, When::permanent(self.permanent), &self.zone, "--list-forward-ports").await?;
        Ok(lines.iter().map(|line| parse_forward(line).into()).collect())
    }
}

/// `port=80:proto=tcp:toport=8080:toaddr=`; the last part may be an IPv6 address with colons of its own.
fn parse_forward(line: &str) -> Map {
    let titles = ["Source port", "Protocol", "Destination port", "Destination address"];
    let parts = line.splitn(4, ':').map(|part| part.split_once('=').map_or("", |(_, value)| value));
    titles.into_iter().zip(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read() {
        let text = "public\n  target: default\n  services: dhcpv6-client ssh\n  rich rules: \n\trule family=\"ipv4\" accept\n\nwork (active)\n  ports: 80/tcp\n";
        let expected: Value = serde_json::from_str(
            r#"{"public": {"target": ["default"], "services": ["dhcpv6-client ssh"], "rich rules": ["", "rule family=\"ipv4\" accept"]}, "work (active)": {"ports": ["80/tcp"]}}"#,
        )
        .unwrap();
        assert_eq!(Value::Map(parse_zones(text)), expected);
    }

    #[test]
    fn ports_that_are_passed_on_are_read() {
        let seen = parse_forward("port=80:proto=tcp:toport=8080:toaddr=::1");
        assert_eq!(seen.get("Destination address"), Some(&Value::from("::1")));
        assert_eq!(seen.get("Source port"), Some(&Value::from("80")));
    }
}
