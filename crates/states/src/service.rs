//! Services that run or do not, and start on boot or do not.

use modules::service::{Provider, Verb, Wait, find};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Span, State};

sdk::states!(service, [Running, Dead, Enabled, Disabled, Masked, Unmasked]);

const OFFLINE: &str = "Running in OFFLINE mode. Nothing to do";

/// How a service came to be enabled or disabled, as far as the comment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    /// It runs now.
    Running,
    /// Whatever it did before.
    AsBefore,
    /// It is dead now.
    Dead,
}

impl Now {
    const fn words(self) -> &'static str {
        match self {
            Self::Running => "and is running",
            Self::AsBefore => "and is in the desired state",
            Self::Dead => "and is dead",
        }
    }
}

fn change(name: &str, done: bool) -> Map {
    [(name, done)].into_iter().collect()
}

/// Makes a service start on boot, or not, and reports it with what it does now.
async fn set_enabled(provider: &dyn Provider, cx: &Cx, name: &str, enable: bool, now: Now) -> Result<Applied, Failure> {
    let (word, phrase) = if enable { ("enabled", "to start at boot") } else { ("disabled", "to not start at boot") };
    let words = now.words();
    if provider.is_enabled(cx, name).await? == enable {
        let changes = if now == Now::Running { change(name, true) } else { Map::new() };
        return Ok(Applied::ok(format!("Service {name} is already {word}, {words}"), changes));
    }
    if provider.set_enabled(cx, name, enable).await? {
        let changed = provider.is_enabled(cx, name).await? == enable;
        let changes = if changed { change(name, true) } else { Map::new() };
        return Ok(Applied::ok(format!("Service {name} has been {word}, {words}"), changes));
    }
    let tail = match now {
        Now::Running => "but the service is running",
        Now::AsBefore => "but the service was already running",
        Now::Dead => "and the service is dead",
    };
    Ok(Applied::failed(format!("Failed when setting service {name} {phrase}, {tail}")))
}

/// A service that is not there: a real run fails, and test mode says what an earlier state may make of it.
fn missing<C>(name: &str, would: &str, gone: C) -> Check<C> {
    let comment = format!("Service {name} not present; if created in this state run, it would have been {would}");
    Check::Change(Outlook::new(comment, Map::new()), gone)
}

fn not_available(name: &str) -> String {
    format!("The named service {name} is not available")
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is not there, which a real run calls a failure where it has to run or start on boot.
    Missing,
    /// Start or stop it.
    Toggle,
    /// Change only whether it starts on boot.
    Enable(bool),
}

const fn waiting(no_block: bool) -> Wait {
    if no_block { Wait::No } else { Wait::Yes }
}

/// Ensure a service runs, and starts on boot if asked.
///
/// ```salt
/// nginx:
///   service.running:
///     - enable: True
///     - reload: True
///     - watch:
///       - file: /etc/nginx/nginx.conf
/// ```
#[derive(Args)]
pub struct Running {
    /// Name of the service.
    name: String,
    /// Start on boot: yes, no, or leave as it is.
    enable: Option<bool>,
    /// Text of a command line that tells that it runs.
    sig: Option<String>,
    /// How long to wait after starting it.
    init_delay: Option<Span>,
    /// Unmask it first.
    #[arg(default = false, named)]
    unmask: bool,
    /// It was masked until the next boot.
    #[arg(default = false, named)]
    unmask_runtime: bool,
    /// When a watched state changed: reload instead of restarting.
    #[arg(default = false, named)]
    reload: bool,
    /// With `reload`: restart it where it cannot reload.
    #[arg(default = false, named)]
    force: bool,
    /// When a watched state changed: stop and start.
    #[arg(default = false, named)]
    full_restart: bool,
    /// Do not wait until it has started.
    #[arg(default = false, named)]
    no_block: bool,
}

/// Ensure a service does not run, and does not start on boot if asked.
///
/// ```salt
/// telnet:
///   service.dead:
///     - enable: False
/// ```
#[derive(Args)]
pub struct Dead {
    /// Name of the service.
    name: String,
    /// Start on boot: yes, no, or leave as it is.
    enable: Option<bool>,
    /// Text of a command line that tells that it runs.
    sig: Option<String>,
    /// How long to wait after stopping it.
    init_delay: Option<Span>,
    /// Do not wait until it has stopped.
    #[arg(default = false, named)]
    no_block: bool,
}

/// Whether it runs, by its process or by the init system.
async fn runs(provider: &dyn Provider, name: &str, sig: Option<&str>, read: &Read) -> Result<bool, Failure> {
    match sig {
        Some(sig) => Ok(modules::service::has_process(sig, read)),
        None => provider.is_running(read, name).await,
    }
}

async fn delay(span: Option<Span>, applied: &mut Applied) {
    if let Some(Span(span)) = span.filter(|span| !span.0.is_zero()) {
        tokio::time::sleep(span).await;
        applied.comment.push_str(&format!("\nDelayed return for {} seconds", span.as_secs_f64()));
    }
}

impl State for Running {
    type Change = Step;
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let provider = find(read)?;
        let name = self.name.as_str();
        if provider.is_offline(read) {
            return Ok(Check::desired(OFFLINE));
        }
        if !provider.available(read, name).await? {
            return Ok(missing(name, "started", Step::Missing));
        }
        if !runs(provider, name, self.sig.as_deref(), read).await? {
            return Ok(Check::change(format!("Service {name} is set to start"), Map::new(), Step::Toggle));
        }
        match self.enable {
            Some(enable) if provider.is_enabled(read, name).await? != enable => {
                let word = if enable { "enabled" } else { "disabled" };
                Ok(Check::change(format!("Service {name} set to be {word}"), Map::new(), Step::Enable(enable)))
            }
            Some(_) | None => Ok(Check::desired(format!("The service {name} is already running"))),
        }
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        let name = self.name.as_str();
        match step {
            Step::Missing => return Ok(Applied::failed(not_available(name))),
            Step::Enable(enable) => return set_enabled(provider, cx, name, enable, Now::AsBefore).await,
            Step::Toggle => {}
        }
        if self.unmask || self.unmask_runtime {
            provider.set_masked(cx, name, false, self.unmask_runtime).await?;
        }
        let started = provider.act(cx, name, Verb::Start, waiting(self.no_block)).await?;
        // Who does not wait cannot see it run yet.
        let up = started && (self.no_block || runs(provider, name, self.sig.as_deref(), cx).await?);
        let mut applied = if up {
            Applied::ok(format!("Started service {name}"), change(name, true))
        } else {
            Applied::failed(format!("Service {name} failed to start"))
        };
        if let Some(enable) = self.enable {
            let now = if up { Now::Running } else { Now::Dead };
            let boot = set_enabled(provider, cx, name, enable, now).await?;
            applied.result &= boot.result;
            applied.comment = boot.comment;
            if boot.changes.is_truthy() {
                applied.changes = boot.changes;
            }
        }
        delay(self.init_delay, &mut applied).await;
        Ok(applied)
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        let (_, verb) = self.reaction(read).await?;
        Ok(Outlook::new(format!("Service is set to be {verb}ed"), Map::new()))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if provider.is_offline(cx) {
            return Ok(Applied::ok(OFFLINE, Map::new()));
        }
        let (verb, word) = self.reaction(cx).await?;
        let worked = provider.act(cx, &self.name, verb, waiting(self.no_block)).await?;
        let comment = if worked { format!("Service {word}ed") } else { format!("Failed to {word} the service") };
        let mut applied = Applied::ok(comment, if worked { change(&self.name, true) } else { Map::new() });
        applied.result = worked;
        delay(self.init_delay, &mut applied).await;
        Ok(applied)
    }
}

impl Running {
    /// What a watched change leads to, and how it is called.
    async fn reaction(&self, read: &Read) -> Result<(Verb, &'static str), Failure> {
        let provider = find(read)?;
        let up = runs(provider, &self.name, self.sig.as_deref(), read).await?;
        Ok(match (up, self.reload, self.force, self.full_restart) {
            (false, ..) => (Verb::Start, "start"),
            (true, true, true, _) => (Verb::ForceReload, "forcefully reload"),
            (true, true, false, _) => (Verb::Reload, "reload"),
            (true, false, _, true) => (Verb::Restart, "fully restart"),
            (true, false, _, false) => (Verb::Restart, "restart"),
        })
    }
}

impl State for Dead {
    type Change = Step;
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let provider = find(read)?;
        let name = self.name.as_str();
        if provider.is_offline(read) {
            return Ok(Check::desired(OFFLINE));
        }
        if !provider.available(read, name).await? {
            return Ok(missing(name, "stopped", Step::Missing));
        }
        if runs(provider, name, self.sig.as_deref(), read).await? {
            return Ok(Check::change(format!("Service {name} is set to be killed"), Map::new(), Step::Toggle));
        }
        match self.enable {
            Some(enable) if provider.is_enabled(read, name).await? != enable => {
                let word = if enable { "enabled" } else { "disabled" };
                Ok(Check::change(format!("Service {name} set to be {word}"), Map::new(), Step::Enable(enable)))
            }
            Some(_) | None => Ok(Check::desired(format!("The service {name} is already dead"))),
        }
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        let name = self.name.as_str();
        match step {
            // What is not there does not run.
            Step::Missing => return Ok(Applied::ok(not_available(name), Map::new())),
            Step::Enable(enable) => return set_enabled(provider, cx, name, enable, Now::AsBefore).await,
            Step::Toggle => {}
        }
        let stopped = provider.act(cx, name, Verb::Stop, waiting(self.no_block)).await?;
        let down = stopped && (self.no_block || !runs(provider, name, self.sig.as_deref(), cx).await?);
        let mut applied = if down {
            Applied::ok(format!("Service {name} was killed"), change(name, true))
        } else {
            Applied::failed(format!("Service {name} failed to die"))
        };
        if let Some(enable) = self.enable {
            let now = if down { Now::Dead } else { Now::Running };
            let boot = set_enabled(provider, cx, name, enable, now).await?;
            applied.result &= boot.result;
            applied.comment = boot.comment;
            if boot.changes.is_truthy() {
                applied.changes = boot.changes;
            }
        }
        delay(self.init_delay, &mut applied).await;
        Ok(applied)
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        let up = runs(find(read)?, &self.name, self.sig.as_deref(), read).await?;
        Ok(if up {
            Outlook::new("Service is set to be stopped", Map::new())
        } else {
            Outlook::new("Service is already stopped", Map::new()).with_result(Some(true))
        })
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if !runs(provider, &self.name, self.sig.as_deref(), cx).await? {
            return Ok(Applied::ok("Service is already stopped", Map::new()));
        }
        let worked = provider.act(cx, &self.name, Verb::Stop, waiting(self.no_block)).await?;
        let comment = if worked { "Service stopped" } else { "Failed to stop the service" };
        let mut applied = Applied::ok(comment, if worked { change(&self.name, true) } else { Map::new() });
        applied.result = worked;
        Ok(applied)
    }
}

macro_rules! boot_state {
    ($(#[$doc:meta])* $name:ident, $enable:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the service.
            name: String,
        }

        impl State for $name {
            type Change = Step;

            async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
                let provider = find(read)?;
                let name = self.name.as_str();
                if !provider.available(read, name).await? {
                    return Ok(if $enable { missing(name, "enabled", Step::Missing) } else { Check::desired(not_available(name)) });
                }
                let word = if $enable { "enabled" } else { "disabled" };
                if provider.is_enabled(read, name).await? == $enable {
                    return Ok(Check::desired(format!("Service {name} is already {word}, and is in the desired state")));
                }
                Ok(Check::change(format!("Service {name} set to be {word}"), Map::new(), Step::Enable($enable)))
            }

            async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
                if step == Step::Missing {
                    return Ok(Applied::failed(not_available(&self.name)));
                }
                set_enabled(find(cx)?, cx, &self.name, $enable, Now::AsBefore).await
            }
        }
    };
}

boot_state! {
    /// Ensure a service starts on boot.
    ///
    /// ```salt
    /// nginx:
    ///   service.enabled: []
    /// ```
    Enabled, true
}
boot_state! {
    /// Ensure a service does not start on boot.
    ///
    /// ```salt
    /// telnet:
    ///   service.disabled: []
    /// ```
    Disabled, false
}

macro_rules! mask_state {
    ($(#[$doc:meta])* $name:ident, $mask:literal, $verb:literal, $already:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the service.
            name: String,
            /// Until the next boot.
            #[arg(default = false)]
            runtime: bool,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let (name, now) = (&self.name, masked_word($mask, self.runtime));
                if find(read)?.is_masked(read, name, self.runtime).await? == $mask {
                    return Ok(Check::desired(format!("Service {name} {} {now}", $already)));
                }
                Ok(Check::change(format!("Service {name} would be {now}"), masked_change($mask, self.runtime), ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let provider = find(cx)?;
                let name = &self.name;
                // Whether it worked is looked for: systemd says that it failed where only a link was in its way.
                provider.set_masked(cx, name, $mask, self.runtime).await?;
                if provider.is_masked(cx, name, self.runtime).await? == $mask {
                    let comment = format!("Service {name} was {}", masked_word($mask, self.runtime));
                    return Ok(Applied::ok(comment, masked_change($mask, self.runtime)));
                }
                Ok(Applied::failed(format!("Failed to {} service {name}", $verb)))
            }
        }
    };
}

const fn masked_word(mask: bool, runtime: bool) -> &'static str {
    match (mask, runtime) {
        (true, true) => "runtime masked",
        (true, false) => "masked",
        (false, true) => "runtime unmasked",
        (false, false) => "unmasked",
    }
}

fn masked_change(now: bool, runtime: bool) -> Map {
    let mut change = Map::new();
    change.insert("old", !now);
    change.insert("new", now);
    [(masked_word(true, runtime), change)].into_iter().collect()
}

mask_state! {
    /// Ensure a service cannot be started at all.
    ///
    /// ```salt
    /// firewalld:
    ///   service.masked: []
    /// ```
    Masked, true, "mask", "is already"
}
mask_state! {
    /// Ensure a service can be started.
    ///
    /// ```salt
    /// nginx:
    ///   service.unmasked: []
    /// ```
    Unmasked, false, "unmask", "was already"
}
