//! Records of the DNS, through the program `dig`.

use sdk::{Args, Failure, Query, Read, Value};
use std::net::IpAddr;

sdk::module!(dig, [CheckIp, A, Aaaa, Ptr, Cname, Ns, Mx, Txt, Spf]);

/// Return whether a text is an address, alone or with the length of its prefix.
///
/// ```salt
/// salt ns1 dig.check_ip 127.0.0.1
/// ```
#[derive(Args)]
pub struct CheckIp {
    /// The text.
    addr: Value,
}

impl Query for CheckIp {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(self.addr.as_str().is_some_and(is_address))
    }
}

/// Whether a text is an address, alone or with the length of its prefix.
pub(crate) fn is_address(text: &str) -> bool {
    let (address, prefix) = text.rsplit_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let (least, most) = if address.is_ipv4() { (1, 32) } else { (8, 128) };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|length| (least..=most).contains(&length)))
}

/// Lines that `dig +short` prints. A name that cannot be looked up has none.
async fn lines(words: &[&str], nameserver: Option<&str>, read: &Read) -> Result<Vec<String>, Failure> {
    let server = nameserver.map(|server| format!("@{server}"));
    let argv = ["dig", "+short"].iter().chain(words).copied().chain(server.as_deref());
    let output = read.try_run(argv).await?;
    if !output.is_ok() {
        tracing::warn!(status = output.retcode(), "dig did not look up the name");
        return Ok(Vec::new());
    }
    Ok(output.out().lines().map(str::to_owned).collect())
}

/// Records of a kind; addresses are told from the names on the way to them.
pub(crate) async fn records(kind: &str, name: &str, nameserver: Option<&str>, read: &Read) -> Result<Vec<String>, Failure> {
    if read.host().which("dig").is_none() {
        return Err(Failure::unavailable("there is no program `dig` here; the packages bind9-dnsutils and bind-utils have it"));
    }
    // The kind of its own for who may send mail was given up: it stands in text records.
    let asked = if kind == "SPF" { "TXT" } else { kind };
    let all = lines(&[name, asked], nameserver, read).await?;
    let fits = |line: &String| match kind {
        "A" | "AAAA" => is_address(line),
        "SPF" => line.contains("v=spf1"),
        _ => true,
    };
    Ok(all.into_iter().filter(fits).collect())
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident = $function:literal [$($word:literal),*] keep $keep:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Args)]
        #[args(name = $function)]
        pub struct $name {
            /// The name or address.
            host: String,
            /// The server to ask, instead of the usual one.
            nameserver: Option<String>,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                let keep: fn(&str) -> bool = $keep;
                let mut words = vec![self.host.as_str()];
                words.splice(0..0, [$($word),*].into_iter().filter(|word: &&str| word.starts_with('-')));
                words.extend([$($word),*].into_iter().filter(|word: &&str| !word.starts_with('-')));
                let mut found = lines(&words, self.nameserver.as_deref(), read).await?;
                found.retain(|line| keep(line));
                Ok(found)
            }
        }
    )*};
}

records! {
    /// Return the IPv4 addresses of a name.
    ///
    /// ```salt
    /// salt ns1 dig.A www.example.com
    /// ```
    A = "A" ["A"] keep is_address;

    /// Return the IPv6 addresses of a name.
    ///
    /// ```salt
    /// salt ns1 dig.AAAA www.example.com
    /// ```
    Aaaa = "AAAA" ["AAAA"] keep is_address;

    /// Return the names of an address.
    ///
    /// ```salt
    /// salt ns1 dig.PTR 192.0.2.4
    /// ```
    Ptr = "PTR" ["-x"] keep |_| true;

    /// Return the names that a name stands for.
    ///
    /// ```salt
    /// salt ns1 dig.CNAME mail.example.com
    /// ```
    Cname = "CNAME" ["CNAME"] keep |_| true;

    /// Return the text records of a name.
    ///
    /// ```salt
    /// salt ns1 dig.TXT example.com
    /// ```
    Txt = "TXT" ["TXT"] keep |_| true;

    /// Return the networks that may send mail of a domain, out of its text records.
    ///
    /// ```salt
    /// salt ns1 dig.SPF google.com
    /// ```
    Spf = "SPF" ["TXT"] keep |line| line.contains("v=spf1");
}

/// Return the name servers of a domain.
///
/// ```salt
/// salt ns1 dig.NS example.com
/// ```
#[derive(Args)]
#[args(name = "NS")]
pub struct Ns {
    /// The domain.
    domain: String,
    /// Give their addresses instead of their names.
    #[arg(default = true)]
    resolve: bool,
    /// The server to ask, instead of the usual one.
    nameserver: Option<String>,
}

impl Query for Ns {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let server = self.nameserver.as_deref();
        let names = lines(&[&self.domain, "NS"], server, read).await?;
        if !self.resolve {
            return Ok(names);
        }
        let mut addresses = Vec::new();
        for name in names {
            let found = lines(&[&name, "A"], server, read).await?;
            addresses.extend(found.into_iter().filter(|line| is_address(line)));
        }
        Ok(addresses)
    }
}

/// Return the mail servers of a domain, each with its preference.
///
/// ```salt
/// salt ns1 dig.MX example.com
/// ```
#[derive(Args)]
#[args(name = "MX")]
pub struct Mx {
    /// The domain.
    domain: String,
    /// Give the first address of each server instead of its name.
    #[arg(default = false)]
    resolve: bool,
    /// The server to ask, instead of the usual one.
    nameserver: Option<String>,
}

impl Query for Mx {
    type Output = Vec<Vec<String>>;
    async fn call(self, read: &Read) -> Result<Vec<Vec<String>>, Failure> {
        let server = self.nameserver.as_deref();
        let found = lines(&[&self.domain, "MX"], server, read).await?;
        let mut servers: Vec<Vec<String>> = found.iter().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        if self.resolve {
            for name in servers.iter_mut().filter_map(|words| words.get_mut(1)) {
                let addresses = lines(&[name, "A"], server, read).await?;
                if let Some(address) = addresses.into_iter().find(|line| is_address(line)) {
                    *name = address;
                }
            }
        }
        Ok(servers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::{Facts, testing};
    use std::sync::Arc;

    #[tokio::test]
    async fn addresses_are_told_from_the_names_on_the_way() {
        let host = FakeHost::new();
        host.answer("dig +short www.example.com A @192.0.2.53", 0, "web.example.com.\n192.0.2.10\n192.0.2.11\n", "");
        host.answer("dig +short nope.example.com AAAA", 9, "", "");
        host.answer("dig +short -x 192.0.2.10", 0, "web.example.com.\n", "");
        let cx = testing::context(Arc::new(host), Facts::default());
        let a = A { host: "www.example.com".to_owned(), nameserver: Some("192.0.2.53".to_owned()) };
        assert_eq!(a.call(cx.read()).await.unwrap(), ["192.0.2.10", "192.0.2.11"]);
        let aaaa = Aaaa { host: "nope.example.com".to_owned(), nameserver: None };
        assert_eq!(aaaa.call(cx.read()).await.unwrap(), Vec::<String>::new());
        let ptr = Ptr { host: "192.0.2.10".to_owned(), nameserver: None };
        assert_eq!(ptr.call(cx.read()).await.unwrap(), ["web.example.com."]);
    }

    #[test]
    fn an_address_may_have_a_prefix_of_its_own_kind() {
        for (text, expected) in
            [("127.0.0.1", true), ("127.0.0.1/33", false), ("::1/64", true), ("::1/4", false), ("web.", false), ("1.2.3.4/x", false)]
        {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }
}
