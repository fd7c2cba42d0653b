//! `module.run`: execution functions in a state run.
//!
//! Two forms are known: functions as arguments (`- test.echo: [hi]`), and the older one where `name` is the function and its arguments stand
//! beside it.

use sdk::{Applied, ArgSpec, Args, CallArgs, Check, Cx, Failure, Map, Outlook, Read, Signature, State, Value, text};

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
    Old(String, Map),
}

impl Calls {
    fn of(name: &str, more: &Map) -> Self {
        // One argument that is no function makes all of them arguments of the older form.
        if more.is_empty() || more.iter().any(|(key, _)| !text::str(key).contains('.')) {
            return Self::Old(name.to_owned(), more.clone());
        }
        Self::New(more.iter().map(|(key, value)| (text::str(key), arguments(value))).collect())
    }

    /// Members of a result beside the usual ones: the newer form is known by the functions that it calls.
    fn extra(&self) -> Map {
        match self {
            Self::Old(..) => Map::new(),
            Self::New(calls) => {
                let names: Vec<Value> = calls.iter().map(|(name, _)| Value::from(name.as_str())).collect();
                [("name", Value::List(names))].into_iter().collect()
            }
        }
    }

    fn failed(&self, comment: String) -> Applied {
        Applied { extra: self.extra(), ..Applied::failed(comment) }
    }

    /// What stops even test mode.
    fn refusal(&self, read: &Read) -> Option<String> {
        let known = |name: &str| read.agent().registry().function(name).is_some();
        match self {
            Self::Old(name, _) if !known(name) => Some(format!("Module function {name} is not available")),
            Self::Old(..) => None,
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
        Outlook { extra: self.extra(), ..Outlook::new(comment, Map::new()) }
    }

    async fn run(self, cx: &Cx) -> Result<Applied, Failure> {
        let extra = self.extra();
        match self {
            Self::Old(name, more) => older(&name, &more, cx).await,
            Self::New(calls) => {
                let (mut changes, mut good, mut bad) = (Map::new(), Vec::new(), Vec::new());
                for (name, args) in calls {
                    let missing = missing(&name, &args, cx);
                    if !missing.is_empty() {
                        bad.push(format!("'{name}' failed: Missing arguments: {}", missing.join(", ")));
                        continue;
                    }
                    match call(&name, args, cx).await {
                        Ok(value) if went_well(&value) => {
                            good.push(format!("{name}: {}", said(&value).unwrap_or_else(|| "Success".to_owned())));
                            changes.insert(name, value);
                        }
                        Ok(value @ Value::Map(_)) => {
                            let why = said(&value).unwrap_or_else(|| "(error message N/A)".to_owned());
                            bad.push(format!("'{name}' failed: {why}"));
                        }
                        Ok(value) => bad.push(format!("'{name}': {}", text::str(&value))),
                        Err(failure) => bad.push(format!("'{name}' failed: {}", reason(&failure))),
                    }
                }
                let mut applied = Applied { result: bad.is_empty(), extra, ..Applied::ok(String::new(), changes) };
                good.extend(bad);
                applied.comment = good.join(", ");
                Ok(applied)
            }
        }
    }
}

/// Calls a function within what was asked for around this state: its user, its umask, its time limit.
async fn call(name: &str, args: CallArgs, cx: &Cx) -> Result<Value, Failure> {
    cx.agent().registry().call(name, args, cx).await.map(|returned| returned.value)
}

/// The words of a failure without those that every bad call begins and ends with.
fn reason(failure: &Failure) -> &str {
    failure.message.strip_prefix("Passed invalid arguments: ").map_or(failure.message.as_str(), |reason| reason.trim_end_matches('.'))
}

async fn older(name: &str, more: &Map, cx: &Cx) -> Result<Applied, Failure> {
    let mut args = CallArgs::default();
    if let Some(entry) = cx.agent().registry().function(name) {
        args = older_arguments(more, entry.signature);
        let unnamed = CallArgs { positional: Vec::new(), named: args.named.clone() };
        let missing = missing(name, &unnamed, cx);
        if !missing.is_empty() {
            return Ok(Applied::failed(format!("The following arguments are missing: {}", missing.join(" "))));
        }
    }
    match call(name, args, cx).await {
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
    let given = |at: usize, spec: &ArgSpec| {
        at < args.positional.len() || args.named.contains_key(spec.name) || spec.aliases.iter().any(|alias| args.named.contains_key(alias))
    };
    let specs = entry.signature.args.iter().enumerate().filter(|(_, spec)| spec.default.is_none());
    specs.filter(|(at, spec)| !given(*at, spec)).map(|(_, spec)| spec.name).collect()
}

/// Whether what a function gave back means that it worked: no `result` of false and no `retcode` but 0, however deep they stand.
fn went_well(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Map(map) => map.iter().all(|(key, value)| match (key.as_str(), value) {
            (Some("result"), Value::Bool(flag)) => *flag,
            (Some("retcode"), Value::Int(code)) => *code == 0,
            (_, Value::Map(_)) => went_well(value),
            _ => true,
        }),
        Value::Null | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Str(_) | Value::Bytes(_) | Value::List(_) => true,
    }
}

/// What a result says of itself: the `comment` of a mapping, anything else as it is.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Map(map) => map.get("comment").map(text::str),
        other => Some(text::str(other)),
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

/// Arguments of the older form: those beside that the function knows by name, `m_name` standing for a `name` of the function, then `kwargs`, and
/// `args` where it takes any number of them.
fn older_arguments(more: &Map, signature: &Signature) -> CallArgs {
    let mut args = CallArgs::default();
    for (key, value) in more {
        match (text::str(key).as_str(), value) {
            ("args", Value::List(items)) if signature.rest => args.positional.extend(items.iter().cloned()),
            ("args", other) if signature.rest => args.positional.push(other.clone()),
            ("kwargs", Value::Map(map)) => args.named.extend(map.clone()),
            (word, value) => {
                let word = word.strip_prefix("m_").unwrap_or(word);
                if signature.args.iter().any(|spec| spec.name == word || spec.aliases.contains(&word)) {
                    args.named.insert(word, value.clone());
                }
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
            Some(comment) => Check::Fails(calls.failed(comment)),
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
                    Some(comment) => Ok(calls.failed(comment)),
                    None => calls.run(cx).await,
                }
            }
        }
    };
}

only_when_watched!(Wait);
only_when_watched!(Watch);
