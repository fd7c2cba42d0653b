//! Records of the DNS by the names of `dnsutil`, and files of hosts.

use crate::dig;
use crate::hosts::Hosts;
use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

/// The file of hosts of this machine.
const HOSTS: &str = "/etc/hosts";

/// Return the names of each address in a file of hosts.
///
/// ```salt
/// salt '*' dnsutil.parse_hosts
/// ```
#[derive(Args)]
pub struct ParseHosts {
    /// File.
    #[arg(default = HOSTS)]
    hostsfile: String,
    /// The text itself, instead of a file.
    hosts: Option<String>,
}

impl Query for ParseHosts {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = match self.hosts {
            Some(text) => text,
            None => read.host().read_text(&self.hostsfile).map_err(crate::failure)?,
        };
        let hosts = Hosts::parse(&text);
        Ok(hosts.ips().into_iter().map(|ip| (ip.clone(), Value::from(hosts.names(&ip)))).collect())
    }
}

fn change(cx: &Cx, path: &str, act: impl FnOnce(&mut Hosts)) -> Result<(), Failure> {
    let mut hosts = Hosts::parse(&cx.host().read_text(path).unwrap_or_default());
    act(&mut hosts);
    cx.host().write(path, hosts.text().as_bytes(), &Write::default()).map_err(crate::failure)
}

/// Add names of an address to a file of hosts.
///
/// ```salt
/// salt '*' dnsutil.hosts_append /etc/hosts 127.0.0.1 ad1.yuk.co,ad2.yuk.co
/// ```
#[derive(Args)]
pub struct HostsAppend {
    /// File.
    #[arg(default = HOSTS)]
    hostsfile: String,
    /// Address.
    ip_addr: String,
    /// Names.
    entries: Words,
}

impl Action for HostsAppend {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let present = Hosts::parse(&cx.host().read_text(&self.hostsfile).unwrap_or_default()).names(&self.ip_addr);
        let new: Vec<&String> = self.entries.0.iter().filter(|name| !present.contains(name)).collect();
        if new.is_empty() {
            return Ok(format!("No additional hosts were added to {}", self.hostsfile));
        }
        change(cx, &self.hostsfile, |hosts| new.iter().for_each(|name| hosts.add(&self.ip_addr, name)))?;
        let names = new.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ");
        Ok(format!("The following line was added to {}:\n{} {names}", self.hostsfile, self.ip_addr))
    }
}

/// Remove names from a file of hosts.
///
/// ```salt
/// salt '*' dnsutil.hosts_remove /etc/hosts ad1.yuk.co
/// ```
#[derive(Args)]
pub struct HostsRemove {
    /// File.
    #[arg(default = HOSTS)]
    hostsfile: String,
    /// Names.
    entries: Words,
}

impl Action for HostsRemove {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        change(cx, &self.hostsfile, |hosts| {
            for name in &self.entries.0 {
                for ip in hosts.ips_of(name) {
                    hosts.remove(&ip, name);
                }
            }
        })?;
        Ok(true)
    }
}

/// Return whether a text is an address.
///
/// ```salt
/// salt '*' dnsutil.check_ip 127.0.0.1
/// ```
#[derive(Args)]
pub struct CheckIp {
    /// The text.
    ip_addr: String,
}

impl Query for CheckIp {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(dig::is_address(&self.ip_addr))
    }
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident = $function:literal, $kind:literal, $argument:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Args)]
        #[args(name = $function)]
        pub struct $name {
            /// Name.
            $argument: String,
            /// The server to ask, instead of the usual one.
            nameserver: Option<String>,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                dig::records($kind, &self.$argument, self.nameserver.as_deref(), read).await
            }
        }
    )*};
}

records! {
    /// Return the IPv4 addresses of a name.
    ///
    /// ```salt
    /// salt ns1 dnsutil.A www.google.com
    /// ```
    A = "A", "A", host;
    /// Return the IPv6 addresses of a name.
    ///
    /// ```salt
    /// salt ns1 dnsutil.AAAA www.google.com
    /// ```
    Aaaa = "AAAA", "AAAA", host;
    /// Return the name servers of a domain.
    ///
    /// ```salt
    /// salt ns1 dnsutil.NS google.com
    /// ```
    Ns = "NS", "NS", domain;
    /// Return the mail servers of a domain, each behind its preference.
    ///
    /// ```salt
    /// salt ns1 dnsutil.MX saltstack.org
    /// ```
    Mx = "MX", "MX", domain;
    /// Return the text records of a domain that say who may send its mail.
    ///
    /// ```salt
    /// salt ns1 dnsutil.SPF google.com
    /// ```
    Spf = "SPF", "SPF", domain;
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::{FakeHost, Look};
    use std::sync::Arc;

    #[tokio::test]
    async fn names_are_added_to_a_file_and_removed() {
        let host = Arc::new(FakeHost::new());
        host.file(HOSTS, "127.0.0.1 localhost\n");
        let cx = sdk::testing::context(Arc::<FakeHost>::clone(&host), Facts::default());
        let append = || HostsAppend { hostsfile: HOSTS.into(), ip_addr: "10.0.0.1".into(), entries: Words(vec!["a".into(), "b".into()]) };
        assert!(append().call(&cx).await.unwrap().ends_with("10.0.0.1 a b"));
        assert!(append().call(&cx).await.unwrap().starts_with("No additional hosts"));
        assert!(HostsRemove { hostsfile: HOSTS.into(), entries: Words(vec!["a".into()]) }.call(&cx).await.unwrap());
        let parsed = ParseHosts { hostsfile: HOSTS.into(), hosts: None }.call(&cx).await.unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), r#"{"127.0.0.1":["localhost"],"10.0.0.1":["b"]}"#);
        assert!(host.read_text(HOSTS).unwrap().starts_with("127.0.0.1 localhost\n"));
    }
}
