//! SELinux.

mod boolean;
mod packages;

use modules::selinux::{
    add_context, configured, file_context, kind_letter, kind_name, mode, port_type, ports_of, protocol_and_port, relabeled, set_mode,
};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

sdk::states!(
    selinux,
    [
        Mode,
        boolean::Boolean,
        packages::Module,
        FcontextPolicyPresent,
        FcontextPolicyAbsent,
        FcontextPolicyApplied,
        PortPolicyPresent,
        PortPolicyAbsent,
        packages::ModuleInstall,
        packages::ModuleRemove
    ]
);

fn change(old: impl Into<Value>, new: impl Into<Value>) -> Map {
    [("old", old.into()), ("new", new.into())].into_iter().collect()
}

/// Ensure the mode, now and on the next boot.
///
/// ```salt
/// enforcing:
///   selinux.mode: []
/// ```
#[derive(Args)]
pub struct Mode {
    /// `enforcing`, `permissive` or `disabled`.
    name: String,
}

/// The mode as it is printed, unless there is no such mode.
fn known(name: &str) -> Option<&'static str> {
    ["Enforcing", "Permissive", "Disabled"].into_iter().find(|mode| mode.eq_ignore_ascii_case(name))
}

impl State for Mode {
    type Change = &'static str;

    async fn check(&self, read: &Read) -> Result<Check<&'static str>, Failure> {
        let Some(wanted) = known(&self.name) else { return Ok(Check::fails(format!("{} is not an accepted mode", self.name))) };
        let (now, boot) = (mode(read), configured(read));
        // What was switched off can only be switched on by the next boot, and the other way round.
        let is_set = boot.as_deref() == Some(wanted) && (now == wanted || now == "Disabled" || wanted == "Disabled");
        if is_set {
            return Ok(Check::desired(format!("SELinux is already in {wanted} mode")));
        }
        Ok(Check::change(format!("SELinux mode is set to be changed to {wanted}"), change(now, wanted), wanted))
    }

    async fn apply(&self, wanted: &'static str, cx: &Cx) -> Result<Applied, Failure> {
        let now = mode(cx);
        Ok(match set_mode(cx, wanted).await {
            Ok(()) => Applied::ok(format!("SELinux has been set to {wanted} mode"), change(now, wanted)),
            Err(failure) => Applied::failed(format!("Failed to set SELinux to {wanted} mode: {}", failure.message)),
        })
    }
}

/// Ensure files get a label by a local rule.
///
/// ```salt
/// /srv/www(/.*)?:
///   selinux.fcontext_policy_present:
///     - sel_type: httpd_sys_content_t
/// ```
#[derive(Args)]
pub struct FcontextPolicyPresent {
    /// Path, as a pattern.
    name: String,
    /// Type.
    sel_type: String,
    /// Kind of file.
    #[arg(default = "a")]
    filetype: String,
    /// User.
    sel_user: Option<String>,
    /// Level.
    sel_level: Option<String>,
}

impl FcontextPolicyPresent {
    /// The rule with a type, as changes tell of it.
    fn told(&self, kind: &str) -> Map {
        let rule: Map = [("filetype", kind_name(&self.filetype)), ("sel_type", kind)].into_iter().collect();
        [(self.name.as_str(), rule)].into_iter().collect()
    }
}

impl State for FcontextPolicyPresent {
    type Change = Map;

    async fn check(&self, read: &Read) -> Result<Check<Map>, Failure> {
        let (name, wanted) = (&self.name, &self.sel_type);
        let now = file_context(read, name, &self.filetype).await?;
        let part = |index: usize| now.as_deref().and_then(|label| label.split(':').nth(index)).unwrap_or_default();
        let is_user = self.sel_user.as_deref().is_none_or(|user| user == part(0));
        if now.is_some() && part(2) == wanted && is_user {
            return Ok(Check::desired(format!(
                "SELinux policy for \"{name}\" already present with specified filetype \"{}\" and sel_type \"{wanted}\".",
                kind_name(&self.filetype)
            )));
        }
        let old = if now.is_some() { self.told(part(2)) } else { Map::new() };
        let changes = change(old, self.told(wanted));
        Ok(Check::change(format!("SELinux policy for \"{name}\" will be set to \"{wanted}\""), changes.clone(), changes))
    }

    async fn apply(&self, changes: Map, cx: &Cx) -> Result<Applied, Failure> {
        let (kind, user, level) = (Some(self.sel_type.as_str()), self.sel_user.as_deref(), self.sel_level.as_deref());
        let done = add_context(&self.name, &self.filetype, kind, user, level, cx).await?;
        Ok(if done.is_ok() {
            Applied::ok(format!("SELinux policy for \"{}\" was set to \"{}\"", self.name, self.sel_type), changes)
        } else {
            Applied::failed(format!("Error adding SELinux rule: {}", done.err().trim()))
        })
    }
}

/// Ensure no local rule gives files a label.
///
/// ```salt
/// /srv/www(/.*)?:
///   selinux.fcontext_policy_absent: []
/// ```
#[derive(Args)]
pub struct FcontextPolicyAbsent {
    /// Path, as a pattern.
    name: String,
    /// Kind of file.
    #[arg(default = "a")]
    filetype: String,
    /// Only a rule with this type.
    sel_type: Option<String>,
    /// Only a rule with this user.
    sel_user: Option<String>,
    /// Only a rule with this level.
    sel_level: Option<String>,
}

impl State for FcontextPolicyAbsent {
    type Change = String;

    async fn check(&self, read: &Read) -> Result<Check<String>, Failure> {
        let name = &self.name;
        let wanted = [&self.sel_user, &None, &self.sel_type, &self.sel_level];
        let fits =
            |label: &String| label.splitn(4, ':').zip(wanted).all(|(part, wanted)| wanted.as_deref().is_none_or(|wanted| wanted == part));
        Ok(match file_context(read, name, &self.filetype).await?.filter(fits) {
            None => Check::desired(format!("SELinux policy for \"{name}\" already absent with specified filetype \"{}\".", self.filetype)),
            Some(label) => {
                Check::change(format!("SELinux policy for \"{name}\" will be removed"), change(label.as_str(), Value::Null), label)
            }
        })
    }

    async fn apply(&self, label: String, cx: &Cx) -> Result<Applied, Failure> {
        let argv = ["semanage", "fcontext", "--delete", "--ftype", kind_letter(&self.filetype), &self.name];
        Ok(match cx.run(argv).await {
            Ok(_) => Applied::ok(format!("SELinux policy for \"{}\" was removed", self.name), change(label, Value::Null)),
            Err(failure) => Applied::failed(format!("Error deleting SELinux rule: {}", failure.message)),
        })
    }
}

/// Ensure files have the labels that the rules give them.
///
/// ```salt
/// /srv/www:
///   selinux.fcontext_policy_applied:
///     - recursive: True
/// ```
#[derive(Args)]
pub struct FcontextPolicyApplied {
    /// Path.
    name: String,
    /// With everything below it.
    #[arg(default = false)]
    recursive: bool,
}

impl FcontextPolicyApplied {
    fn argv(&self, look: bool) -> Vec<&str> {
        let mut argv = vec!["restorecon", "-v", "-F"];
        argv.extend(look.then_some("-n"));
        argv.extend(self.recursive.then_some("-R"));
        argv.push(&self.name);
        argv
    }
}

/// Old and new labels by path.
fn relabels(text: &str) -> Map {
    relabeled(text).into_iter().map(|(path, old, new)| (path, change(old, new))).collect()
}

impl State for FcontextPolicyApplied {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        let changes = relabels(&read.ask(self.argv(true)).await?);
        if changes.is_empty() {
            return Ok(Check::desired(format!("SELinux policies are already applied for filespec \"{name}\"")));
        }
        Ok(Check::change(format!("SELinux policies will be applied for filespec \"{name}\""), changes, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match cx.run(self.argv(false)).await {
            Ok(text) => Applied::ok(format!("SELinux policies were applied for filespec \"{name}\""), relabels(&text)),
            Err(failure) => Applied::failed(format!("SELinux policies could not be applied: {}", failure.message)),
        })
    }
}

macro_rules! port_state {
    ($(#[$doc:meta])* $name:ident, $present:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// `protocol/port`.
            name: String,
            /// Type.
            #[arg(default = "")]
            sel_type: String,
            /// Protocol, where it is not in the name.
            protocol: Option<String>,
            /// Port or range, where it is not in the name.
            port: Option<String>,
            /// Range of SELinux.
            sel_range: Option<String>,
        }

        impl $name {
            /// A rule as changes tell of it: with all ports of the type.
            async fn told(&self, kind: Option<&str>, proto: &str, read: &Read) -> Result<Value, Failure> {
                let Some(kind) = kind else { return Ok(Value::Null) };
                let ports = ports_of(read, kind, proto).await?.unwrap_or_default();
                let told: Map = [("sel_type", kind), ("protocol", proto), ("port", ports.as_str())].into_iter().collect();
                Ok(told.into())
            }

            fn parts(&self) -> Option<(String, String)> {
                protocol_and_port(&self.name, self.protocol.as_deref(), self.port.as_deref()).ok()
            }
        }

        impl State for $name {
            type Change = Option<String>;

            async fn check(&self, read: &Read) -> Result<Check<Option<String>>, Failure> {
                let name = &self.name;
                let Some((proto, port)) = self.parts() else { return Ok(Check::fails(format!("`{name}` is no port such as tcp/80"))) };
                let now = port_type(read, &proto, &port).await?;
                Ok(match (&now, $present) {
                    (Some(kind), true) if *kind == self.sel_type => {
                        Check::desired(format!("SELinux policy for \"{name}\" already present with specified sel_type \"{}\"", self.sel_type))
                    }
                    (None, false) => Check::desired(format!("SELinux policy for \"{name}\" already absent")),
                    (_, true) => {
                        let changes = change(now.as_deref().unwrap_or_default(), self.sel_type.as_str());
                        Check::change(format!("SELinux policy for \"{name}\" will be set to \"{}\"", self.sel_type), changes, now)
                    }
                    (Some(kind), false) => {
                        Check::change(format!("SELinux policy for \"{name}\" will be removed"), change(kind.as_str(), Value::Null), now)
                    }
                })
            }

            async fn apply(&self, now: Option<String>, cx: &Cx) -> Result<Applied, Failure> {
                let (proto, port) = self.parts().unwrap_or_default();
                let flag = match (&now, $present) {
                    (_, false) => "--delete",
                    (Some(_), true) => "--modify",
                    (None, true) => "--add",
                };
                let mut argv = vec!["semanage", "port", flag];
                if $present {
                    argv.extend(["--type", &self.sel_type]);
                    argv.extend(self.sel_range.as_deref().into_iter().flat_map(|range| ["--range", range]));
                }
                argv.extend(["--proto", &proto, &port]);
                let old = self.told(now.as_deref(), &proto, cx.read()).await?;
                Ok(match cx.run(argv).await {
                    Ok(_) => {
                        let word = if $present { "was set" } else { "was removed" };
                        let new = self.told(Some(self.sel_type.as_str()).filter(|_| $present), &proto, cx.read()).await?;
                        Applied::ok(format!("SELinux policy for \"{}\" {word}", self.name), change(old, new))
                    }
                    Err(failure) => Applied::failed(format!("Error changing SELinux port rule: {}", failure.message)),
                })
            }
        }
    };
}

port_state! {
    /// Ensure a port has a type by a local rule.
    ///
    /// ```salt
    /// tcp/8080:
    ///   selinux.port_policy_present:
    ///     - sel_type: http_port_t
    /// ```
    PortPolicyPresent, true
}
port_state! {
    /// Ensure no local rule gives a port a type.
    ///
    /// ```salt
    /// tcp/8080:
    ///   selinux.port_policy_absent: []
    /// ```
    PortPolicyAbsent, false
}
