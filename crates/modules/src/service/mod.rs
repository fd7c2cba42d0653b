//! Services of the init system. A provider for each; `find` says which one this machine has.

mod functions;
mod openrc;
mod systemd;
mod sysv;
mod units;

pub use functions::{functions, has_process};

use async_trait::async_trait;
use sdk::{Cx, Failure, Read};

/// What can be asked of a running service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop and start it.
    Restart,
    /// Have it read its configuration again.
    Reload,
    /// Reload it, or restart it where it cannot.
    ForceReload,
}

impl Verb {
    /// The word of commands.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::ForceReload => "force-reload",
        }
    }
}

/// Whether a call waits until a service has come to its new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It does.
    Yes,
    /// It only hands the work over, where the init system can go on with it alone.
    No,
}

/// An init system.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Name, such as `systemd`.
    fn name(&self) -> &'static str;

    /// Whether this machine is not really running the init system: in a container or an image that is being built.
    fn is_offline(&self, _read: &Read) -> bool {
        false
    }

    /// Names of all services, sorted.
    async fn all(&self, read: &Read) -> Result<Vec<String>, Failure>;

    /// Whether there is such a service.
    async fn available(&self, read: &Read, name: &str) -> Result<bool, Failure>;

    /// Whether it runs.
    async fn is_running(&self, read: &Read, name: &str) -> Result<bool, Failure>;

    /// Starts, stops, restarts or reloads it; says whether that worked.
    async fn act(&self, cx: &Cx, name: &str, verb: Verb, wait: Wait) -> Result<bool, Failure>;

    /// Whether it starts on boot.
    async fn is_enabled(&self, read: &Read, name: &str) -> Result<bool, Failure>;

    /// Names of the services that start on boot.
    async fn enabled(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for name in self.all(read).await? {
            if self.is_enabled(read, &name).await? {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Names of the services that could start on boot and do not.
    async fn disabled(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let enabled = self.enabled(read).await?;
        Ok(self.all(read).await?.into_iter().filter(|name| !enabled.contains(name)).collect())
    }

    /// Names of the services that run.
    async fn running(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for name in self.all(read).await? {
            if self.is_running(read, &name).await? {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Has it start on boot, or not.
    async fn set_enabled(&self, cx: &Cx, name: &str, enabled: bool) -> Result<bool, Failure>;

    /// Whether it cannot be started at all.
    async fn is_masked(&self, _read: &Read, _name: &str, _runtime: bool) -> Result<bool, Failure> {
        Err(self.cannot("mask services"))
    }

    /// Keeps it from being started at all, or lets it.
    async fn set_masked(&self, _cx: &Cx, _name: &str, _masked: bool, _runtime: bool) -> Result<bool, Failure> {
        Err(self.cannot("mask services"))
    }

    /// What this provider cannot do.
    fn cannot(&self, what: &str) -> Failure {
        Failure::unavailable(format!("the service provider `{}` cannot {what}", self.name()))
    }
}

/// The init system of this machine.
pub fn find(read: &Read) -> Result<&'static dyn Provider, Failure> {
    let host = read.host();
    // What the machine has booted decides, not what is installed: `systemctl` outlives systemd as the first process.
    let booted = read.grain_text("init");
    if host.exists("/run/systemd/system") || booted == "systemd" {
        return Ok(&systemd::HERE);
    }
    if host.which("rc-service").is_some() {
        return Ok(&openrc::OpenRc);
    }
    if booted == "sysvinit" && host.is_dir("/etc/init.d") {
        return Ok(&sysv::SysV);
    }
    if host.which("systemctl").is_some() {
        return Ok(&systemd::HERE);
    }
    if host.is_dir("/etc/init.d") {
        return Ok(&sysv::SysV);
    }
    Err(Failure::unavailable("no init system found here; looked for systemctl, rc-service and /etc/init.d"))
}

/// The init system of this machine, or that of a system that lies in a folder.
///
/// # Errors
/// When there is none, or when it cannot work on another system's folder.
pub fn find_in(read: &Read, root: Option<&str>) -> Result<Box<dyn Provider>, Failure> {
    match root.filter(|root| !root.is_empty() && *root != "/") {
        None => match find(read)?.name() {
            "systemd" => Ok(Box::new(systemd::Systemd { root: None })),
            "openrc" => Ok(Box::new(openrc::OpenRc)),
            _ => Ok(Box::new(sysv::SysV)),
        },
        Some(root) if read.host().which("systemctl").is_some() => Ok(Box::new(systemd::Systemd { root: Some(root.to_owned()) })),
        Some(root) => Err(find(read)?.cannot(&format!("work on the system in {root}: only systemd can"))),
    }
}

/// Runs a command for a service and says whether it worked; what it printed goes to the log.
async fn worked<S: Into<String>>(cx: &Cx, argv: impl IntoIterator<Item = S>) -> Result<bool, Failure> {
    let output = cx.try_run(argv).await?;
    if !output.is_ok() {
        tracing::warn!(status = output.retcode(), error = output.err().trim(), "service command failed");
    }
    Ok(output.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::{Facts, Map};
    use std::sync::Arc;

    fn found(init: &str, prepare: impl Fn(&FakeHost)) -> &'static str {
        let host = Arc::new(FakeHost::new());
        prepare(&host);
        let grains: Map = [("init", init)].into_iter().collect();
        let facts = Facts { grains: Arc::new(grains.into()), ..Facts::default() };
        find(sdk::testing::context(host, facts).read()).map(Provider::name).unwrap_or("none")
    }

    #[test]
    fn what_has_booted_decides_and_not_what_is_installed() {
        let both = |host: &FakeHost| {
            host.program("/usr/bin/systemctl");
            host.file("/etc/init.d/cron", "#!/bin/sh\n");
        };
        assert_eq!(found("sysvinit", both), "sysv");
        assert_eq!(found("systemd", both), "systemd");
        assert_eq!(found("unknown", both), "systemd", "an image that is being built");
        assert_eq!(found("unknown", |host| host.file("/etc/init.d/cron", "")), "sysv");
    }
}
