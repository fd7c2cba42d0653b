//! Functions that show the schedule.

use super::{find, item};
use jiff::ZonedDateTime;
use sdk::{Args, Failure, Map, Query, Read, Value};

fn all(read: &Read, sources: &str) -> Result<Map, Failure> {
    let desk = super::super::desk(read)?;
    let pillar = desk.core.known_pillar().unwrap_or_default();
    Ok(match sources {
        "pillar" => pillar.get("schedule").and_then(Value::as_map).cloned().unwrap_or_default(),
        "opts" => desk.core.schedule.own(),
        _ => desk.core.schedule.all(&pillar),
    })
}

/// Show the schedule.
///
/// ```salt
/// salt '*' schedule.list
/// ```
#[derive(Args)]
pub struct List {
    /// Hidden entries too: those that begin with two underscores.
    #[arg(default = false)]
    show_all: bool,
    /// Disabled entries too.
    #[arg(default = true)]
    show_disabled: bool,
    /// Only those of `pillar` or of `opts`.
    r#where: Option<String>,
    /// As YAML text; otherwise as a mapping.
    #[arg(default = true)]
    return_yaml: bool,
}

impl Query for List {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let mut shown = all(read, self.r#where.as_deref().unwrap_or_default())?;
        shown.retain(|name, entry| {
            let is_hidden = !self.show_all && name.as_str().is_some_and(|name| name.starts_with("__"));
            let is_disabled = entry.get("enabled").is_some_and(|enabled| !enabled.is_truthy());
            !is_hidden && (self.show_disabled || !is_disabled)
        });
        for entry in shown.values_mut().filter_map(Value::as_map_mut) {
            entry.entry_or_insert_with("enabled", || Value::Bool(true));
        }
        if !self.return_yaml {
            return Ok(Value::Map(shown));
        }
        let wrapped = Map::from_iter([("schedule", shown)]);
        Ok(Value::from(read.agent().dump_yaml(&Value::Map(wrapped))))
    }
}

/// Tell whether the schedule runs, or show an entry.
///
/// ```salt
/// salt '*' schedule.is_enabled
/// ```
#[derive(Args)]
pub struct IsEnabled {
    /// Name of an entry.
    name: Option<String>,
}

impl Query for IsEnabled {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let all = all(read, "")?;
        Ok(match self.name {
            None => Value::Bool(all.get("enabled").is_none_or(Value::is_truthy)),
            Some(name) => all.get(&name).cloned().unwrap_or_else(Value::map),
        })
    }
}

/// Show when an entry runs next.
///
/// ```salt
/// salt '*' schedule.show_next_fire_time backup
/// ```
#[derive(Args)]
pub struct ShowNextFireTime {
    /// Name of the entry.
    name: String,
    /// Form of the time.
    #[arg(default = "%Y-%m-%dT%H:%M:%S")]
    fmt: String,
}

impl Query for ShowNextFireTime {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (desk, origin) = find(read, &self.name)?;
        let mut answer = Map::new();
        if origin.is_none() {
            answer.insert("result", false);
            answer.insert("comment", format!("Job {} not in schedule.", self.name));
            return Ok(Value::Map(answer));
        }
        let next = desk.core.schedule.with_memory(&self.name, |memory| memory.next_at(&ZonedDateTime::now()));
        answer.insert("result", true);
        match next {
            Some(next) => {
                let text = jiff::fmt::strtime::format(&self.fmt, &next).map_err(|error| Failure::bad_arguments(error.to_string()))?;
                answer.insert("next_fire_time", text);
            }
            None => {
                answer.insert("comment", "Job next fire time not available.");
            }
        }
        Ok(Value::Map(answer))
    }
}

/// Show an entry and what is known of its runs.
///
/// ```salt
/// salt '*' schedule.job_status backup
/// ```
#[derive(Args)]
pub struct JobStatus {
    /// Name of the entry.
    name: String,
}

impl Query for JobStatus {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (desk, origin) = find(read, &self.name)?;
        if origin.is_none() {
            return Ok(Value::map());
        }
        let mut shown = all(read, "")?.get(&self.name).and_then(Value::as_map).cloned().unwrap_or_default();
        let now = ZonedDateTime::now();
        let zone = now.time_zone().clone();
        let written = |second: i64| {
            let moment = jiff::Timestamp::from_second(second).ok()?.to_zoned_datetime(zone.clone());
            Some(moment.datetime().to_string())
        };
        let (last, next) = desk.core.schedule.with_memory(&self.name, |memory| (memory.last, schedule::next_fire(memory)));
        shown.insert("_last_run", last.and_then(&written));
        shown.insert("_next_fire_time", next.and_then(&written));
        shown.insert("_running", desk.core.schedule.running(&self.name));
        Ok(Value::Map(shown))
    }
}

/// Show the entry that `schedule.add` would make.
///
/// ```salt
/// salt '*' schedule.build_schedule_item backup function=test.ping seconds=3600
/// ```
#[derive(Args)]
pub struct BuildScheduleItem {
    /// Name of the entry.
    name: String,
    /// Its options.
    #[arg(extra)]
    options: Map,
}

impl Query for BuildScheduleItem {
    type Output = Value;

    async fn call(self, _: &Read) -> Result<Value, Failure> {
        item(&self.name, self.options).map(Value::Map)
    }
}
