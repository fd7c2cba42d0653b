//! The functions of `service`.

use super::{Provider, Verb, Wait, find, find_in, units};
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
        units::Show,
        units::Execs,
        units::Firstboot,
        units::SystemctlReload,
        units::GetStatic,
        units::Delete
    ]
);

/// Gives whether something worked, as value and as exit status.
fn told(worked: bool) -> Returned {
    Returned::from(worked).with_retcode(i32::from(!worked))
}

/// Lets a service be started again, if that is wanted.
async fn unmasked(name: &str, forever: bool, until_boot: bool, provider: &dyn Provider, cx: &Cx) -> Result<(), Failure> {
    for (wanted, runtime) in [(forever, false), (until_boot, true)] {
        if wanted && provider.is_masked(cx, name, runtime).await? {
            provider.set_masked(cx, name, false, runtime).await?;
        }
    }
    Ok(())
}

/// A function that has a service do something.
macro_rules! service_action {
    ($(#[$doc:meta])* $name:ident, $verb:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Name of the service.
            name: String,
            /// Do not wait until it has come to its new state; systemd alone goes on without us.
            #[arg(default = false)]
            no_block: bool,
            /// Unmask it first.
            #[arg(default = false)]
            unmask: bool,
            /// Take a mask off first that lasts until the next boot.
            #[arg(default = false)]
            unmask_runtime: bool,
        }

        impl Action for $name {
            type Output = Returned;
            async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
                let provider = find(cx)?;
                unmasked(&self.name, self.unmask, self.unmask_runtime, provider, cx).await?;
                let wait = if self.no_block { Wait::No } else { Wait::Yes };
                Ok(told(provider.act(cx, &self.name, $verb, wait).await?))
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
    Start, Verb::Start
}
service_action! {
    /// Stop a service.
    ///
    /// ```salt
    /// salt 'web*' service.stop nginx
    /// ```
    Stop, Verb::Stop
}
service_action! {
    /// Stop and start a service.
    ///
    /// ```salt
    /// salt 'web*' service.restart nginx
    /// ```
    Restart, Verb::Restart
}
service_action! {
    /// Have a service read its configuration again.
    ///
    /// ```salt
    /// salt 'web*' service.reload nginx
    /// ```
    Reload, Verb::Reload
}
service_action! {
    /// Reload a service, or restart it where it cannot.
    ///
    /// ```salt
    /// salt 'web*' service.force_reload nginx
    /// ```
    ForceReload, Verb::ForceReload
}

/// A function that has a service start on boot, or not.
macro_rules! on_boot {
    ($(#[$doc:meta])* $name:ident, $enabled:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Name of the service.
            name: String,
            /// Known for compatibility: there is nothing to wait for.
            #[arg(default = false, ignored)]
            no_block: bool,
            /// Unmask it first.
            #[arg(default = false)]
            unmask: bool,
            /// Take a mask off first that lasts until the next boot.
            #[arg(default = false)]
            unmask_runtime: bool,
            /// Folder of another system that is meant.
            root: Option<String>,
        }

        impl Action for $name {
            type Output = Returned;
            async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
                let provider = find_in(cx, self.root.as_deref())?;
                unmasked(&self.name, self.unmask, self.unmask_runtime, &*provider, cx).await?;
                Ok(told(provider.set_enabled(cx, &self.name, $enabled).await?))
            }
        }
    };
}

on_boot! {
    /// Have a service start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.enable nginx
    /// ```
    Enable, true
}
on_boot! {
    /// Have a service not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.disable nginx
    /// ```
    Disable, false
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
    ($(#[$doc:meta])* $name:ident, |$provider:ident, $service:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Name of the service.
            name: String,
            /// Folder of another system that is meant.
            root: Option<String>,
        }

        impl Query for $name {
            type Output = bool;
            async fn call(self, $read: &Read) -> Result<bool, Failure> {
                let $service = self.name.as_str();
                let $provider = find_in($read, self.root.as_deref())?;
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
    Enabled, |provider, name, read| provider.is_enabled(read, name).await?
}
service_query! {
    /// Tell whether a service does not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.disabled nginx
    /// ```
    Disabled, |provider, name, read| !provider.is_enabled(read, name).await?
}
service_query! {
    /// Tell whether there is such a service.
    ///
    /// ```salt
    /// salt 'web*' service.available nginx
    /// ```
    Available, |provider, name, read| provider.available(read, name).await?
}
service_query! {
    /// Tell whether there is no such service.
    ///
    /// ```salt
    /// salt 'web*' service.missing nginx
    /// ```
    Missing, |provider, name, read| !provider.available(read, name).await?
}

/// List the names of services that fit a question.
macro_rules! service_list {
    ($(#[$doc:meta])* $name:ident, $list:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Folder of another system that is meant.
            root: Option<String>,
            /// Known for compatibility: it was for an init system that is no more.
            #[arg(default = "", ignored)]
            limit: String,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                find_in(read, self.root.as_deref())?.$list(read).await
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
    GetAll, all
}
service_list! {
    /// List the services that start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.get_enabled
    /// ```
    GetEnabled, enabled
}
service_list! {
    /// List the services that do not start on boot.
    ///
    /// ```salt
    /// salt 'web*' service.get_disabled
    /// ```
    GetDisabled, disabled
}
service_list! {
    /// List the services that run.
    ///
    /// ```salt
    /// salt 'web*' service.get_running
    /// ```
    GetRunning, running
}

/// A function of the mask that keeps a service from being started.
macro_rules! mask {
    ($(#[$doc:meta])* $name:ident: $kind:ident, $right:ident, |$provider:ident, $this:ident, $cx:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the service.
            name: String,
            /// Until the next boot.
            #[arg(default = false)]
            runtime: bool,
            /// Folder of another system that is meant.
            root: Option<String>,
        }

        impl $kind for $name {
            type Output = bool;
            async fn call(self, $cx: &$right) -> Result<bool, Failure> {
                let $provider = find_in($cx, self.root.as_deref())?;
                let $this = &self;
                $body.await
            }
        }
    };
}

mask! {
    /// Tell whether a service cannot be started at all.
    ///
    /// ```salt
    /// salt 'web*' service.masked nginx
    /// ```
    Masked: Query, Read, |provider, this, read| provider.is_masked(read, &this.name, this.runtime)
}
mask! {
    /// Keep a service from being started at all.
    ///
    /// ```salt
    /// salt 'web*' service.mask nginx
    /// ```
    Mask: Action, Cx, |provider, this, cx| provider.set_masked(cx, &this.name, true, this.runtime)
}
mask! {
    /// Let a masked service be started again.
    ///
    /// ```salt
    /// salt 'web*' service.unmask nginx
    /// ```
    Unmask: Action, Cx, |provider, this, cx| provider.set_masked(cx, &this.name, false, this.runtime)
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
