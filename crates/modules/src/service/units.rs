//! The functions of `service` that only systemd, or only SysV, can do.

use super::find;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read};

/// The init system has to be systemd for what follows.
fn needs_systemd(read: &Read) -> Result<(), Failure> {
    let provider = find(read)?;
    if provider.name() == "systemd" { Ok(()) } else { Err(provider.cannot("tell properties of units")) }
}

/// Return the properties of a unit of systemd.
///
/// ```salt
/// salt '*' service.show nginx
/// ```
#[derive(Args)]
pub struct Show {
    /// Service.
    name: String,
    /// Folder of another system that is meant.
    root: Option<String>,
}

/// `systemctl`, for another system's folder if one is given.
fn ctl(root: Option<&str>, words: &[&str]) -> Vec<String> {
    let root = root.map(|root| format!("--root={root}"));
    std::iter::once("systemctl".to_owned()).chain(root).chain(words.iter().map(|word| (*word).to_owned())).collect()
}

impl Query for Show {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs_systemd(read)?;
        let name = if self.name.contains('.') { self.name } else { format!("{}.service", self.name) };
        let text = read.ask(ctl(self.root.as_deref(), &["show", &name])).await?;
        Ok(text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

/// Return the program that each service of systemd starts.
///
/// ```salt
/// salt '*' service.execs
/// ```
#[derive(Args)]
pub struct Execs {
    /// Folder of another system that is meant.
    root: Option<String>,
}

/// Programs by unit, out of `systemctl show` of many: `Id=…` and `ExecStart={ path=… ; argv[]=… }`, with an empty line between units.
fn parse_execs(text: &str) -> Map {
    let unit = |block: &str| {
        let field = |key: &str| block.lines().find_map(|line| line.strip_prefix(key));
        let path = field("ExecStart=")?.split_once("path=")?.1.split([' ', ';']).next()?;
        Some((field("Id=")?.trim_end_matches(".service").to_owned(), path.to_owned()))
    };
    text.split("\n\n").filter_map(unit).collect()
}

impl Query for Execs {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs_systemd(read)?;
        // One question for all of them: one for each would take a second for a hundred services.
        let argv = ctl(self.root.as_deref(), &["show", "--type=service", "--all", "--property=Id,ExecStart", "*"]);
        Ok(parse_execs(&read.ask(argv).await?))
    }
}

/// Set the first settings of a system: locale, keys, time zone, name.
///
/// ```salt
/// salt '*' service.firstboot keymap=jp locale=en_US.UTF-8
/// ```
#[derive(Args)]
pub struct Firstboot {
    /// Locale.
    locale: Option<String>,
    /// Locale of messages.
    locale_message: Option<String>,
    /// Keys of the keyboard.
    keymap: Option<String>,
    /// Time zone.
    timezone: Option<String>,
    /// Name of the host.
    hostname: Option<String>,
    /// Id of the machine.
    machine_id: Option<String>,
    /// Folder of another system that is meant.
    root: Option<String>,
}

impl Action for Firstboot {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let given = [
            ("locale", self.locale),
            ("locale-messages", self.locale_message),
            ("keymap", self.keymap),
            ("timezone", self.timezone),
            ("hostname", self.hostname),
            ("machine-id", self.machine_id),
            ("root", self.root),
        ];
        let mut argv = vec!["systemd-firstboot".to_owned()];
        argv.extend(given.into_iter().filter_map(|(flag, value)| Some([format!("--{flag}"), value?])).flatten());
        cx.run(argv).await.map(|_| true)
    }
}

/// Take a service out of the runlevels of SysV's init (`chkconfig`).
///
/// ```salt
/// salt '*' service.delete nginx
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Delete {
    /// Service.
    name: String,
}

impl Action for Delete {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let provider = find(cx)?;
        let program = ["chkconfig", "update-rc.d"].into_iter().find(|program| cx.host().which(program).is_some());
        match (provider.name(), program) {
            ("sysv", Some("chkconfig")) => super::worked(cx, ["chkconfig", "--del", &self.name]).await,
            ("sysv", Some(_)) => super::worked(cx, ["update-rc.d", "-f", &self.name, "remove"]).await,
            _ => Err(provider.cannot("take services out of runlevels")),
        }
    }
}

/// Have systemd read the files of its units again.
///
/// ```salt
/// salt '*' service.systemctl_reload
/// ```
#[derive(Args)]
pub struct SystemctlReload;

impl Action for SystemctlReload {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        needs_systemd(cx)?;
        cx.run(["systemctl", "daemon-reload"]).await.map(|_| true)
    }
}

/// List the units of systemd that cannot be enabled and are started by others.
///
/// ```salt
/// salt '*' service.get_static
/// ```
#[derive(Args)]
pub struct GetStatic {
    /// Folder of another system that is meant.
    root: Option<String>,
}

impl Query for GetStatic {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        needs_systemd(read)?;
        let words = ["list-unit-files", "--type=service", "--state=static", "--no-legend", "--no-pager", "--full"];
        let argv = ctl(self.root.as_deref(), &words);
        let text = read.ask(argv).await?;
        Ok(text.lines().filter_map(|line| line.split_whitespace().next()?.strip_suffix(".service").map(str::to_owned)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Value;

    #[test]
    fn programs_are_read_from_many_units() {
        let text = "Id=ssh.service\nExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D ; }\n\nId=none.service\n";
        let seen = parse_execs(text);
        assert_eq!((seen.len(), seen.get("ssh")), (1, Some(&Value::from("/usr/sbin/sshd"))));
    }
}
