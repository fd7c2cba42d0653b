//! Changing zones.

use super::{When, act, ask, reload};
use sdk::{Action, Args, Cx, Failure, Value, text};

type Done = Result<&'static str, Failure>;

const SUCCESS: &str = "success";

macro_rules! whole_zone {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Zone.
            zone: String,
            /// Make it so now.
            #[arg(default = true)]
            restart: bool,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Done {
                act(cx, When::EveryBoot, None, &[&format!("{}={}", $word, self.zone)]).await?;
                if self.restart {
                    reload(cx).await?;
                }
                Ok(SUCCESS)
            }
        }
    };
}

whole_zone! {
    /// Make a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.new_zone my_zone
    /// ```
    NewZone, "--new-zone"
}
whole_zone! {
    /// Remove a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.delete_zone my_zone
    /// ```
    DeleteZone, "--delete-zone"
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
    async fn call(self, cx: &Cx) -> Done {
        act(cx, When::Now, None, &[&format!("--set-default-zone={}", self.zone)]).await?;
        Ok(SUCCESS)
    }
}

/// One thing that a zone gets or loses.
macro_rules! zone_action {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Zone.
            zone: String,
            /// What is added or removed.
            $field: Value,
            /// For every boot; otherwise now.
            #[arg(default = true)]
            permanent: bool,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Done {
                let word = format!("{}={}", $word, text::str(&self.$field));
                act(cx, When::permanent(self.permanent), Some(&self.zone), &[&word]).await?;
                Ok(SUCCESS)
            }
        }
    };
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
zone_action! {
    /// Put an interface into a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.add_interface public eth0
    /// ```
    AddInterface { interface }, "--add-interface"
}
zone_action! {
    /// Take an interface out of a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_interface public eth0
    /// ```
    RemoveInterface { interface }, "--remove-interface"
}
zone_action! {
    /// Have packets from addresses belong to a zone.
    ///
    /// ```salt
    /// salt '*' firewalld.add_source public 192.168.1.0/24
    /// ```
    AddSource { source }, "--add-source"
}
zone_action! {
    /// Have packets from addresses belong to a zone no more.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_source public 192.168.1.0/24
    /// ```
    RemoveSource { source }, "--remove-source"
}

macro_rules! icmp {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Zone.
            zone: String,
            /// Type of ICMP: `echo-reply`.
            icmp: String,
            /// For every boot; otherwise now.
            #[arg(default = true)]
            permanent: bool,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Done {
                let when = When::permanent(self.permanent);
                if !ask(cx, when, None, &["--get-icmptypes"]).await?.contains(&self.icmp) {
                    return Err(Failure::bad_arguments(format!("`{}` is no type of ICMP; `firewalld.get_icmp_types` lists them", self.icmp)));
                }
                act(cx, when, Some(&self.zone), &[&format!("{}={}", $word, self.icmp)]).await?;
                Ok(SUCCESS)
            }
        }
    };
}

icmp! {
    /// Have a zone block a type of ICMP.
    ///
    /// ```salt
    /// salt '*' firewalld.block_icmp public echo-reply
    /// ```
    BlockIcmp, "--add-icmp-block"
}
icmp! {
    /// Have a zone let a type of ICMP pass.
    ///
    /// ```salt
    /// salt '*' firewalld.allow_icmp public echo-reply
    /// ```
    AllowIcmp, "--remove-icmp-block"
}

macro_rules! masquerade {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Zone; the default one unless given.
            zone: Option<String>,
            /// For every boot; otherwise now.
            #[arg(default = true)]
            permanent: bool,
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Done {
                act(cx, When::permanent(self.permanent), self.zone.as_deref(), &[$word]).await?;
                Ok(SUCCESS)
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

/// Packets only pass to another machine where they go out under this one's address.
async fn masquerade(zone: &str, when: When, cx: &Cx) -> Result<(), Failure> {
    if super::query(cx, when, zone, "--query-masquerade").await? {
        return Ok(());
    }
    act(cx, when, Some(zone), &["--add-masquerade"]).await
}

/// Open a port of a zone.
///
/// ```salt
/// salt '*' firewalld.add_port public 443/tcp
/// ```
#[derive(Args)]
pub struct AddPort {
    /// Zone.
    zone: String,
    /// `port/protocol`.
    port: Value,
    /// For every boot; otherwise now.
    #[arg(default = true)]
    permanent: bool,
    /// Have packets of the zone go out under this machine's address too.
    #[arg(default = false)]
    force_masquerade: bool,
}

impl Action for AddPort {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Done {
        let when = When::permanent(self.permanent);
        if self.force_masquerade {
            masquerade(&self.zone, when, cx).await?;
        }
        act(cx, when, Some(&self.zone), &[&format!("--add-port={}", text::str(&self.port))]).await?;
        Ok(SUCCESS)
    }
}

macro_rules! forward {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }, |$this:ident| $masked:expr, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Zone.
            zone: String,
            /// Port that packets come to.
            src: Value,
            /// Port that they go to.
            dest: Value,
            /// Protocol.
            #[arg(default = "tcp")]
            proto: String,
            /// Machine that they go to; this one unless given.
            #[arg(default = "")]
            dstaddr: String,
            /// For every boot; otherwise now.
            #[arg(default = true)]
            permanent: bool,
            $($own)*
        }

        impl Action for $name {
            type Output = &'static str;
            async fn call(self, cx: &Cx) -> Done {
                let $this = &self;
                let when = When::permanent(self.permanent);
                if $masked {
                    masquerade(&self.zone, when, cx).await?;
                }
                let (src, dest) = (text::str(&self.src), text::str(&self.dest));
                let word = format!("{}=port={src}:proto={}:toport={dest}:toaddr={}", $word, self.proto, self.dstaddr);
                act(cx, when, Some(&self.zone), &[&word]).await?;
                Ok(SUCCESS)
            }
        }
    };
}

forward! {
    /// Pass packets that come to a port on to another.
    ///
    /// ```salt
    /// salt '*' firewalld.add_port_fwd public 80 443 tcp
    /// ```
    AddPortFwd {
        /// Have packets of the zone go out under this machine's address too.
        #[arg(default = false)]
        force_masquerade: bool,
    }, |this| this.force_masquerade, "--add-forward-port"
}
forward! {
    /// Pass packets that come to a port on no more.
    ///
    /// ```salt
    /// salt '*' firewalld.remove_port_fwd public 80 443 tcp
    /// ```
    RemovePortFwd {}, |_this| false, "--remove-forward-port"
}

/// Set what is in effect now for every boot.
///
/// ```salt
/// salt '*' firewalld.make_permanent
/// ```
#[derive(Args)]
pub struct MakePermanent;

impl Action for MakePermanent {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Done {
        act(cx, When::Now, None, &["--runtime-to-permanent"]).await?;
        Ok(SUCCESS)
    }
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
    async fn call(self, cx: &Cx) -> Done {
        reload(cx).await?;
        Ok(SUCCESS)
    }
}
