//! Entries of the minion's schedule. The schedule is the agent's, so it is reached through the functions `schedule.*`.

use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(schedule, [Present, Absent, Enabled, Disabled]);

/// Ensure an entry of the schedule.
///
/// ```salt
/// backup:
///   schedule.present:
///     - function: cmd.run
///     - job_args: [backup.sh]
///     - hours: 6
/// ```
#[derive(Args)]
pub struct Present {
    /// Name of the entry.
    name: String,
    /// Save it, so that the next start has it too.
    #[arg(default = true)]
    persist: bool,
    /// Known for compatibility: the schedule of this agent is meant.
    #[arg(default = false, ignored)]
    offline: bool,
    /// The options of the entry: `function`, `job_args`, `seconds`, `when`, `cron`, …
    #[arg(extra)]
    options: Map,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the entry.
            name: String,
            /// Save it, so that the next start finds it so.
            #[arg(default = true)]
            persist: bool,
            /// Known for compatibility: the schedule of this agent is meant.
            #[arg(default = false, ignored)]
            offline: bool,
        }
    };
}

named! {
    /// Ensure an entry is not in the schedule.
    ///
    /// ```salt
    /// backup:
    ///   schedule.absent
    /// ```
    Absent
}
named! {
    /// Ensure an entry of the schedule may run.
    ///
    /// ```salt
    /// backup:
    ///   schedule.enabled
    /// ```
    Enabled
}
named! {
    /// Ensure an entry of the schedule may not run.
    ///
    /// ```salt
    /// backup:
    ///   schedule.disabled
    /// ```
    Disabled
}

/// Calls a function of the agent that answers with `result`, `comment` and `changes`.
pub async fn call(function: &str, positional: Vec<Value>, named: Map, read: &Read) -> Result<Applied, Failure> {
    let answer = read.agent().call(function, CallArgs::new(positional, named)).await?;
    let comment = answer.get("comment").map(text::str).unwrap_or_default();
    if !answer.get("result").is_some_and(Value::is_truthy) {
        return Ok(Applied::failed(comment));
    }
    Ok(Applied::ok(comment, answer.get("changes").cloned().unwrap_or_else(Value::map)))
}

/// What the agent lists, by name.
pub async fn list(function: &str, named: Map, read: &Read) -> Result<Map, Failure> {
    let listed = read.agent().call(function, CallArgs::named(named)).await?;
    Ok(listed.as_map().cloned().unwrap_or_default())
}

async fn entries(read: &Read) -> Result<Map, Failure> {
    list("schedule.list", [("show_all", true), ("return_yaml", false)].into_iter().collect(), read).await
}

fn one(name: &str, value: impl Into<Value>) -> Map {
    std::iter::once((name, value.into())).collect()
}

impl Present {
    fn arguments(&self, test: bool) -> Map {
        let mut arguments = self.options.clone();
        arguments.insert("persist", self.persist);
        arguments.insert("test", test);
        arguments
    }
}

impl State for Present {
    type Change = &'static str;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let there = entries(read).await?.contains_key(&self.name);
        let function = if there { "schedule.modify" } else { "schedule.add" };
        let said = match call(function, vec![self.name.as_str().into()], self.arguments(true), read).await {
            Ok(said) => said,
            Err(failure) => return Ok(Check::fails(failure.message)),
        };
        if !said.result {
            return Ok(Check::Fails(said));
        }
        if !said.changes.is_truthy() {
            return Ok(Check::desired(said.comment));
        }
        Ok(Check::change(said.comment, said.changes, function))
    }

    async fn apply(&self, function: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let done = call(function, vec![self.name.as_str().into()], self.arguments(false), cx.read()).await?;
        if !done.result {
            return Ok(done);
        }
        let comment = match function {
            "schedule.add" => format!("Adding new job {} to schedule", self.name),
            _ => format!("Modifying job {} in schedule", self.name),
        };
        Ok(Applied { comment, ..done })
    }
}

macro_rules! simple {
    ($name:ident, $function:literal, $future:literal, $past:literal, $change:literal, |$entry:ident| $todo:expr) => {
        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let entries = entries(read).await?;
                let Some($entry) = entries.get(&self.name) else {
                    return Ok(Check::desired(format!("Job {} not present in schedule", self.name)));
                };
                if !$todo {
                    return Ok(Check::desired(format!("Job {} in correct state", self.name)));
                }
                Ok(Check::change(format!(concat!("Job: {} would be ", $future, " schedule."), self.name), one(&self.name, $change), ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let done = call($function, vec![self.name.as_str().into()], one("persist", self.persist), cx.read()).await?;
                if !done.result {
                    return Ok(done);
                }
                Ok(Applied::ok(format!(concat!($past, " job {} from schedule"), self.name), one(&self.name, $change)))
            }
        }
    };
}

fn is_enabled(entry: &Value) -> bool {
    entry.get("enabled").is_none_or(Value::is_truthy)
}

simple!(Absent, "schedule.delete", "deleted from", "Removed", "removed", |_entry| true);
simple!(Enabled, "schedule.enable_job", "enabled in", "Enabled", "enabled", |entry| !is_enabled(entry));
simple!(Disabled, "schedule.disable_job", "disabled in", "Disabled", "disabled", |entry| is_enabled(entry));
