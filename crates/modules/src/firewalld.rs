//! Zones of the packet filter, by `firewall-cmd`. Everything is set for every boot; `reload_rules` makes it so now.

use sdk::{Action, Args, Cx, Failure, Query, Read, Value};

sdk::module!(
    firewalld,
    [
        Version,
        DefaultZone,
        GetZones,
        ListAll,
        ListPorts,
        ListServices,
        GetMasquerade,
        NewZone,
        DeleteZone,
        SetDefaultZone,
        AddPort,
        RemovePort,
        AddService,
        RemoveService,
        AddRichRule,
        RemoveRichRule,
        GetRichRules,
        AddMasquerade,
        RemoveMasquerade,
        ReloadRules
    ]
);

/// Asks about what is set for every boot.
pub async fn ask(read: &Read, zone: Option<&str>, words: &[&str]) -> Result<Vec<String>, Failure> {
    let mut argv = vec!["firewall-cmd".to_owned(), "--permanent".to_owned()];
    argv.extend(zone.filter(|zone| !zone.is_empty()).map(|zone| format!("--zone={zone}")));
    argv.extend(words.iter().map(|word| (*word).to_owned()));
    let text = read.ask(argv).await?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

/// Lines of an answer, where words have blanks of their own.
pub async fn lines(read: &Read, zone: &str, word: &str) -> Result<Vec<String>, Failure> {
    let text = read.ask(["firewall-cmd".to_owned(), "--permanent".to_owned(), format!("--zone={zone}"), word.to_owned()]).await?;
    Ok(text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect())
}

/// Whether something is so: a status of 1 says no.
pub async fn query(read: &Read, zone: &str, word: &str) -> Result<bool, Failure> {
    let argv = ["firewall-cmd".to_owned(), "--permanent".to_owned(), format!("--zone={zone}"), word.to_owned()];
    Ok(read.try_run(argv).await?.is_ok())
}

/// Changes what is set for every boot.
pub async fn act(cx: &Cx, zone: Option<&str>, word: &str) -> Result<(), Failure> {
    let mut argv = vec!["firewall-cmd".to_owned(), "--permanent".to_owned()];
    argv.extend(zone.filter(|zone| !zone.is_empty()).map(|zone| format!("--zone={zone}")));
    argv.push(word.to_owned());
    cx.run(argv).await.map(drop)
}

/// Makes it so now.
pub async fn reload(cx: &Cx) -> Result<(), Failure> {
    cx.run(["firewall-cmd", "--reload"]).await.map(drop)
}

/// The zone of interfaces that are in no other.
pub async fn default_zone(read: &Read) -> Result<String, Failure> {
    Ok(read.ask(["firewall-cmd", "--get-default-zone"]).await?.trim().to_owned())
}

macro_rules! zone_list {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Zone; the default one unless given.
            zone: Option<String>,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                ask(read, self.zone.as_deref(), &[$word]).await
            }
        }
    };
}

zone_list! {
    /// List the open ports of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.list_ports public
    /// ```
    ListPorts, "--list-ports"
}
zone_list! {
    /// List the open services of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.list_services public
    /// ```
    ListServices, "--list-services"
}

/// List the zones.
///
/// ```salt
/// salt '*' firewalld.get_zones
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GetZones;

impl Query for GetZones {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        ask(read, None, &["--get-zones"]).await
    }
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
#[args(name = "default_zone")]
pub struct DefaultZone;

impl Query for DefaultZone {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        default_zone(read).await
    }
}

/// Return everything that is set in a zone, as firewalld tells it.
///
/// ```salt
/// salt '*' firewalld.list_all public
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListAll {
    /// Zone; the default one unless given.
    zone: Option<String>,
}

impl Query for ListAll {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let mut argv = vec!["firewall-cmd".to_owned(), "--list-all".to_owned()];
        argv.extend(self.zone.map(|zone| format!("--zone={zone}")));
        read.ask(argv).await
    }
}

/// Tell whether packets of a zone go out under this machine's address.
///
/// ```salt
/// salt '*' firewalld.get_masquerade public
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GetMasquerade {
    /// Zone.
    #[arg(default = "public")]
    zone: String,
}

impl Query for GetMasquerade {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        query(read, &self.zone, "--query-masquerade").await
    }
}

/// List the rich rules of a zone.
///
/// ```salt
/// salt '*' firewalld.get_rich_rules public
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GetRichRules {
    /// Zone.
    zone: String,
}

impl Query for GetRichRules {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        lines(read, &self.zone, "--list-rich-rules").await
    }
}

/// Make a zone.
///
/// ```salt
/// salt '*' firewalld.new_zone my_zone
/// ```
#[derive(Args)]
#[args(extra)]
pub struct NewZone {
    /// Zone.
    zone: String,
}

impl Action for NewZone {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        act(cx, None, &format!("--new-zone={}", self.zone)).await?;
        reload(cx).await?;
        Ok("success")
    }
}

/// Remove a zone.
///
/// ```salt
/// salt '*' firewalld.delete_zone my_zone
/// ```
#[derive(Args)]
#[args(extra)]
pub struct DeleteZone {
    /// Zone.
    zone: String,
}

impl Action for DeleteZone {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        act(cx, None, &format!("--delete-zone={}", self.zone)).await?;
        reload(cx).await?;
        Ok("success")
    }
}

/// Set the default zone.
///
/// ```salt
/// salt '*' firewalld.set_default_zone public
/// ```
#[derive(Args)]
pub struct SetDefaultZone {
    /// Zone.
    zone: String,
}

impl Action for SetDefaultZone {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        cx.run(["firewall-cmd".to_owned(), format!("--set-default-zone={}", self.zone)]).await?;
        Ok("success")
    }
}

macro_rules! zone_action {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Zone.
            zone: String,
            /// What is added or removed.
            $field: Value,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
                act(cx, Some(&self.zone), &format!("{}={}", $word, sdk::text::str(&self.$field))).await?;
                Ok("success")
            }
        }
    };
}

zone_action! {
    /// Open a port of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.add_port public 443/tcp
    /// ```
    AddPort { port }, "--add-port"
}
zone_action! {
    /// Close a port of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_port public 443/tcp
    /// ```
    RemovePort { port }, "--remove-port"
}
zone_action! {
    /// Open a service of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.add_service public ssh
    /// ```
    AddService { service }, "--add-service"
}
zone_action! {
    /// Close a service of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_service public ssh
    /// ```
    RemoveService { service }, "--remove-service"
}
zone_action! {
    /// Add a rich rule to a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.add_rich_rule public 'rule family="ipv4" source address="10.0.0.0/8" accept'
    /// ```
    AddRichRule { rule }, "--add-rich-rule"
}
zone_action! {
    /// Remove a rich rule from a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_rich_rule public 'rule family="ipv4" source address="10.0.0.0/8" accept'
    /// ```
    RemoveRichRule { rule }, "--remove-rich-rule"
}

macro_rules! masquerade {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Zone.
            #[arg(default = "public")]
            zone: String,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
                act(cx, Some(&self.zone), $word).await?;
                Ok("success")
            }
        }
    };
}

masquerade! {
    /// Have packets of a zone go out under this machine's address.
    ///
    /// ```salt
    /// salt '*' firewalld.add_masquerade public
    /// ```
    AddMasquerade, "--add-masquerade"
}
masquerade! {
    /// Have packets of a zone go out under their own address.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_masquerade public
    /// ```
    RemoveMasquerade, "--remove-masquerade"
}

/// Make what is set for every boot so now.
///
/// ```salt
/// salt '*' firewalld.reload_rules
/// ```
#[derive(Args)]
pub struct ReloadRules;

impl Action for ReloadRules {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        reload(cx).await?;
        Ok("success")
    }
}
