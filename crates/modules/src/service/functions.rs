//! The functions of `service`.

use super::{Verb, find};
use crate::lookup::glob;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Returned, Value};

sdk::module!(
    service,
    [
        Start,
        Stop,
        Restart,
        Reload,
        ForceReload,
        Status,
        Enable,
        Disable,
        Enabled,
        Disabled,
        Available,
        Missing,
        GetAll,
        GetEnabled,
        GetDisabled,
        GetRunning,
        Masked,
        Mask,
        Unmask,
        Offline,
        Show,
        SystemctlReload,
        GetStatic
    ]
);

/// A function that changes one service; it gives whether that worked.
macro_rules! service_action {
    ($(#[$doc:meta])* $name:ident, |$service:ident, $cx:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Name of the service.
            name: String,
        }

        impl Action for $name {
            type Output = Returned;
            async fn call(self, $cx: &Cx) -> Result<Returned, Failure> {
                let $service = self.name.as_str();
                let worked: bool = $body;
                Ok(Returned::from(worked).with_retcode(i32::from(!worked)))
            }
        }
    };
}

service_action! {
    /// Start a service.
    ///
    /// ```salt
    /// salt 'web*' service.start nginx
    /// ```
    Start, |name, cx| find(cx)?.act(cx, name, Verb::Start).await?
}
service_action! {
    /// Stop a service.
    ///
    /// ```salt
    /// salt 'web*' service.stop nginx
    /// ```
    Stop, |name, cx| find(cx)?.act(cx, name, Verb::Stop).await?
}
service_action! {
    /// Stop and start a service.
    ///
    /// ```salt
    /// salt 'web*' service.restart nginx
    /// ```
    Restart, |name, cx| find(cx)?.act(cx, name, Verb::Restart).await?
}
service_action! {
    /// Have a service read its configuration again.
    ///
    /// ```salt
    /// salt 'web*' service.reload nginx
    /// ```
    Reload, |name, cx| find(cx)?.act(cx, name, Verb::Reload).await?
}
service_action! {
    /// Reload a service, or restart it where it cannot.
    ///
    /// ```salt
    /// salt 'web*' service.force_reload nginx
    /// ```
    ForceReload, |name, cx| find(cx)?.act(cx, name, Verb::ForceReload).await?
}
service_action! {
    /// Have a service start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.enable nginx
    /// ```
    Enable, |name, cx| find(cx)?.set_enabled(cx, name, true).await?
}
service_action! {
    /// Have a service not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.disable nginx
    /// ```
    Disable, |name, cx| find(cx)?.set_enabled(cx, name, false).await?
}

/// Tell whether a service runs; with a pattern, of each that fits.
///
/// ```salt
/// salt 'web*' service.status nginx
/// ```
#[derive(Args)]
pub struct Status {
    /// Name of the service, or a shell pattern.
    name: String,
    /// Text of the command line to look for instead of asking the init system.
    sig: Option<String>,
}

impl Query for Status {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if let Some(sig) = &self.sig {
            return Ok(has_process(sig, read).into());
        }
        let provider = find(read)?;
        if !self.name.contains(['*', '?', '[']) {
            return Ok(provider.is_running(read, &self.name).await?.into());
        }
        let mut status = Map::new();
        for name in provider.all(read).await?.into_iter().filter(|name| glob(&self.name, name)) {
            let running = provider.is_running(read, &name).await?;
            status.insert(name, running);
        }
        Ok(status.into())
    }
}

/// Whether a process has a text in its command line.
pub fn has_process(sig: &str, read: &Read) -> bool {
    let own = std::process::id().to_string();
    let numbers = read.host().list("/proc").unwrap_or_default().into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
    let line = |pid: &str| read.host().read_text(&format!("/proc/{pid}/cmdline")).unwrap_or_default().replace('\0', " ");
    numbers.filter(|pid| *pid != own).any(|pid| line(&pid).contains(sig))
}

/// A function that asks one thing of a service.
macro_rules! service_query {
    ($(#[$doc:meta])* $name:ident, |$service:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Name of the service.
            name: String,
        }

        impl Query for $name {
            type Output = bool;
            async fn call(self, $read: &Read) -> Result<bool, Failure> {
                let $service = self.name.as_str();
                Ok($body)
            }
        }
    };
}

service_query! {
    /// Tell whether a service starts on boot.
    ///
    /// ```salt
    /// salt 'web*' service.enabled nginx
    /// ```
    Enabled, |name, read| find(read)?.is_enabled(read, name).await?
}
service_query! {
    /// Tell whether a service does not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.disabled nginx
    /// ```
    Disabled, |name, read| !find(read)?.is_enabled(read, name).await?
}
service_query! {
    /// Tell whether there is such a service.
    ///
    /// ```salt
    /// salt 'web*' service.available nginx
    /// ```
    Available, |name, read| find(read)?.available(read, name).await?
}
service_query! {
    /// Tell whether there is no such service.
    ///
    /// ```salt
    /// salt 'web*' service.missing nginx
    /// ```
    Missing, |name, read| !find(read)?.available(read, name).await?
}

/// List the names of services that fit a question.
macro_rules! service_list {
    ($(#[$doc:meta])* $name:ident, |$provider:ident, $read:ident, $service:ident| $keep:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, $read: &Read) -> Result<Vec<String>, Failure> {
                let $provider = find($read)?;
                let mut names = Vec::new();
                for name in $provider.all($read).await? {
                    let $service = name.as_str();
                    if $keep {
                        names.push(name);
                    }
                }
                Ok(names)
            }
        }
    };
}

service_list! {
    /// List all services.
    ///
    /// ```salt
    /// salt 'web*' service.get_all
    /// ```
    GetAll, |_provider, read, _name| true
}
service_list! {
    /// List the services that start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.get_enabled
    /// ```
    GetEnabled, |provider, read, name| provider.is_enabled(read, name).await?
}
service_list! {
    /// List the services that do not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.get_disabled
    /// ```
    GetDisabled, |provider, read, name| !provider.is_enabled(read, name).await?
}
service_list! {
    /// List the services that run.
    ///
    /// ```salt
    /// salt 'web*' service.get_running
    /// ```
    GetRunning, |provider, read, name| provider.is_running(read, name).await?
}

/// Tell whether a service cannot be started at all.
///
/// ```salt
/// salt 'web*' service.masked nginx
/// ```
#[derive(Args)]
pub struct Masked {
    /// Name of the service.
    name: String,
    /// Masked until the next boot.
    #[arg(default = false)]
    runtime: bool,
}

impl Query for Masked {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        find(read)?.is_masked(read, &self.name, self.runtime).await
    }
}

/// Keep a service from being started at all.
///
/// ```salt
/// salt 'web*' service.mask nginx
/// ```
#[derive(Args)]
pub struct Mask {
    /// Name of the service.
    name: String,
    /// Until the next boot.
    #[arg(default = false)]
    runtime: bool,
}

impl Action for Mask {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        find(cx)?.set_masked(cx, &self.name, true, self.runtime).await
    }
}

/// Let a masked service be started again.
///
/// ```salt
/// salt 'web*' service.unmask nginx
/// ```
#[derive(Args)]
pub struct Unmask {
    /// Name of the service.
    name: String,
    /// It was masked until the next boot.
    #[arg(default = false)]
    runtime: bool,
}

impl Action for Unmask {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        find(cx)?.set_masked(cx, &self.name, false, self.runtime).await
    }
}

/// Tell whether the init system is not really running here.
///
/// ```salt
/// salt 'web*' service.offline
/// ```
#[derive(Args)]
pub struct Offline;

impl Query for Offline {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(find(read)?.is_offline(read))
    }
}

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
}

impl Query for Show {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs_systemd(read)?;
        let name = if self.name.contains('.') { self.name } else { format!("{}.service", self.name) };
        let text = read.ask(["systemctl", "show", &name]).await?;
        Ok(text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.to_owned(), value)).collect())
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
pub struct GetStatic;

impl Query for GetStatic {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        needs_systemd(read)?;
        let argv = ["systemctl", "list-unit-files", "--type=service", "--state=static", "--no-legend", "--no-pager", "--full"];
        let text = read.ask(argv).await?;
        Ok(text.lines().filter_map(|line| line.split_whitespace().next()?.strip_suffix(".service").map(str::to_owned)).collect())
    }
}
