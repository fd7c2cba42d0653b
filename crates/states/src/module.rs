//! `module.run`: execution functions in a state run.
//!
//! Two forms are known: functions as arguments (`- test.echo: [hi]`), and the older one where `name` is the function and its arguments stand
//! beside it.

use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Outlook, Read, State, Value, text};

sdk::states!(module, [Run, Wait, Watch]);

macro_rules! module_state {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name, or the function in the older form.
            name: String,
            /// Functions with their arguments, or the arguments of the older form.
            #[arg(extra)]
            more: Map,
        }

        impl $name {
            fn calls(&self) -> Calls {
                Calls::of(&self.name, &self.more)
            }
        }
    };
}

module_state! {
    /// Call execution functions, every time.
    ///
    /// ```salt
    /// clear the cache:
    ///   module.run:
    ///     - file.remove:
    ///       - path: /var/cache/app
    /// ```
    Run
}
module_state! {
    /// Call execution functions when a watched state changes something.
    ///
    /// ```salt
    /// reload units:
    ///   module.wait:
    ///     - name: service.systemctl_reload
    ///     - watch:
    ///       - file: /etc/systemd/system/app.service
    /// ```
    Wait
}
module_state! {
    /// Call execution functions when a watched state changes something; the same as `module.wait`.
    ///
    /// ```salt
    /// reload units:
    ///   module.watch:
    ///     - name: service.systemctl_reload
    /// ```
    Watch
}

/// What is to be called.
enum Calls {
    /// Functions as arguments.
    New(Vec<(String, CallArgs)>),
    /// One function with the arguments beside it.
    Old(String, CallArgs),
}

impl Calls {
    fn of(name: &str, more: &Map) -> Self {
        let functions: Vec<_> = more.iter().filter(|(key, _)| text::str(key).contains('.')).collect();
        if functions.is_empty() && name.contains('.') {
            return Self::Old(name.to_owned(), older_arguments(more));
        }
        Self::New(functions.into_iter().map(|(key, value)| (text::str(key), arguments(value))).collect())
    }

    /// What stops even test mode.
    fn refusal(&self, read: &Read) -> Option<String> {
        let known = |name: &str| read.agent().registry().function(name).is_some();
        match self {
            Self::Old(name, _) if !known(name) => Some(format!("Module function {name} is not available")),
            Self::Old(..) => None,
            Self::New(calls) if calls.is_empty() => Some("No function provided.".to_owned()),
            Self::New(calls) => {
                let unknown: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name)).collect();
                let plural = if unknown.len() == 1 { "" } else { "s" };
                (!unknown.is_empty()).then(|| format!("Unavailable function{plural}: {}.", unknown.join(", ")))
            }
        }
    }

    fn outlook(&self) -> Outlook {
        let comment = match self {
            Self::Old(name, _) => format!("Module function {name} is set to execute"),
            Self::New(calls) => {
                let plural = if calls.len() == 1 { "" } else { "s" };
                let names = calls.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
                format!("Function{plural} {names} to be executed.")
            }
        };
        Outlook::new(comment, Map::new())
    }

    async fn run(self, cx: &Cx) -> Result<Applied, Failure> {
        match self {
            Self::Old(name, args) => older(&name, args, cx).await,
            Self::New(calls) => {
                let (mut changes, mut good, mut bad) = (Map::new(), Vec::new(), Vec::new());
                for (name, args) in calls {
                    let missing = missing(&name, &args, cx);
                    if !missing.is_empty() {
                        bad.push(format!("'{name}' failed: Missing arguments: {}", missing.join(", ")));
                        continue;
                    }
                    match cx.agent().call(&name, args).await {
                        Ok(value) if went_well(&value) => {
                            good.push(format!("{name}: {}", text::str(&value)));
                            changes.insert(name, value);
                        }
                        Ok(value) => {
                            bad.push(format!("'{name}': {}", text::str(&value)));
                        }
                        Err(failure) => bad.push(format!("'{name}' failed: {}", reason(&failure))),
                    }
                }
                if bad.is_empty() {
                    return Ok(Applied::ok(good.join(", "), changes));
                }
                good.extend(bad);
                Ok(Applied::failed(good.join(", ")).with_changes(changes))
            }
        }
    }
}

/// The words of a failure without those that every bad call begins with.
fn reason(failure: &Failure) -> &str {
    failure.message.trim_start_matches("Passed invalid arguments: ")
}

async fn older(name: &str, args: CallArgs, cx: &Cx) -> Result<Applied, Failure> {
    if let Some(entry) = cx.agent().registry().function(name) {
        let given = |at: usize, spec: &sdk::ArgSpec| {
            at < args.positional.len()
                || args.named.contains_key(spec.name)
                || spec.aliases.iter().any(|alias| args.named.contains_key(alias))
        };
        let specs = entry.signature.args.iter().enumerate().filter(|(_, spec)| spec.default.is_none());
        let missing: Vec<&str> = specs.filter(|(at, spec)| !given(*at, spec)).map(|(_, spec)| spec.name).collect();
        if !missing.is_empty() {
            return Ok(Applied::failed(format!("The following arguments are missing: {}", missing.join(" "))));
        }
    }
    match cx.agent().call(name, args).await {
        Ok(value) => {
            let well = went_well(&value);
            let mut applied = Applied::ok(format!("Module function {name} executed"), [("ret", value)].into_iter().collect::<Map>());
            applied.result = well;
            Ok(applied)
        }
        Err(failure) => Ok(Applied::failed(format!("Module function {name} threw an exception. Exception: {}", failure.message))),
    }
}

/// Arguments that a function needs and was not given.
fn missing(name: &str, args: &CallArgs, cx: &Cx) -> Vec<&'static str> {
    let Some(entry) = cx.agent().registry().function(name) else { return Vec::new() };
    let given = |at: usize, spec: &sdk::ArgSpec| {
        at < args.positional.len() || args.named.contains_key(spec.name) || spec.aliases.iter().any(|alias| args.named.contains_key(alias))
    };
    let specs = entry.signature.args.iter().enumerate().filter(|(_, spec)| spec.default.is_none());
    specs.filter(|(at, spec)| !given(*at, spec)).map(|(_, spec)| spec.name).collect()
}

/// Whether what a function gave back means that it worked.
fn went_well(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Map(map) => {
            let fine = |key: &str, bad: fn(&Value) -> bool| map.get(key).is_none_or(|value| !bad(value));
            fine("retcode", |code| code.as_int().is_some_and(|code| code != 0)) && fine("result", |result| result.as_bool() == Some(false))
        }
        Value::Null | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Str(_) | Value::Bytes(_) | Value::List(_) => true,
    }
}

/// Arguments of a function: a list of positional ones and single mappings, or a mapping.
fn arguments(value: &Value) -> CallArgs {
    let mut args = CallArgs::default();
    match value {
        Value::Null => {}
        Value::Map(map) => args.named = map.clone(),
        Value::List(items) => {
            for item in items {
                match item {
                    Value::Map(map) => args.named.extend(map.clone()),
                    other => args.positional.push(other.clone()),
                }
            }
        }
        other => args.positional.push(other.clone()),
    }
    args
}

/// Arguments of the older form: `args`, `kwargs`, and everything beside; `m_name` stands for a `name` of the function.
fn older_arguments(more: &Map) -> CallArgs {
    let mut args = CallArgs::default();
    for (key, value) in more {
        match (text::str(key).as_str(), value) {
            ("args", Value::List(items)) => args.positional.extend(items.iter().cloned()),
            ("args", other) => args.positional.push(other.clone()),
            ("kwargs", Value::Map(map)) => args.named.extend(map.clone()),
            ("returner" | "func" | "m_fun", _) => {}
            (name, value) => {
                args.named.insert(name.strip_prefix("m_").unwrap_or(name), value.clone());
            }
        }
    }
    args
}

impl State for Run {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let calls = self.calls();
        Ok(match calls.refusal(read) {
            Some(comment) => Check::fails(comment),
            None => Check::Change(calls.outlook(), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.calls().run(cx).await
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(self.calls().outlook())
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.calls().run(cx).await
    }
}

macro_rules! only_when_watched {
    ($name:ident) => {
        impl State for $name {
            type Change = ();
            const WATCHES: bool = true;

            async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
                Ok(Check::desired(""))
            }

            async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
                Ok(Applied::ok("", Map::new()))
            }

            async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
                Ok(self.calls().outlook())
            }

            async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
                let calls = self.calls();
                match calls.refusal(cx) {
                    Some(comment) => Ok(Applied::failed(comment)),
                    None => calls.run(cx).await,
                }
            }
        }
    };
}

only_when_watched!(Wait);
only_when_watched!(Watch);
