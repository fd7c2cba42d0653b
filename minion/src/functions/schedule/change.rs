//! Functions that change the schedule. With `persist` the entries are saved as configuration too.

use super::{Answer, GLOBALS, entries, find, item};
use crate::desk::Desk;
use crate::schedule::Origin;
use jiff::ZonedDateTime;
use schedule::Moment;
use sdk::{Action, Args, Cx, Failure, Map, Value};
use std::sync::Arc;

const FROM_PILLAR: &str = "is in pillar and cannot be changed here; change the pillar";

/// Saves the entries where that is asked for.
async fn persist(desk: &Arc<Desk>, wanted: bool) -> Result<(), Failure> {
    if !wanted {
        return Ok(());
    }
    desk.blocking(|desk| {
        let book = &desk.core.schedule;
        book.save().map_err(|error| {
            Failure::failed(format!("the schedule is changed and cannot be saved to {}: {error}", book.saved().display()))
                .with_hint("give persist=False to change it until the next start only")
        })
    })
    .await
}

/// Add an entry to the schedule.
///
/// ```salt
/// salt '*' schedule.add backup function=cmd.run job_args='["backup.sh"]' hours=6
/// ```
#[derive(Args)]
pub struct Add {
    /// Name of the entry.
    name: String,
    /// Save it, so that the next start has it too.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
    /// The options of the entry: `function`, `job_args`, `seconds`, `when`, `cron`, …
    #[arg(extra)]
    options: Map,
}

impl Action for Add {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        if origin.is_some() {
            return Ok(Answer::refused(format!("Job {} already exists in schedule.", self.name)).into_value());
        }
        let item = item(&self.name, self.options)?;
        if self.test {
            return Ok(Answer::done(format!("Job: {} would be added to schedule.", self.name), &self.name, "added").into_value());
        }
        desk.core.schedule.change(|own| own.insert(self.name.as_str(), item));
        persist(&desk, self.persist).await?;
        Ok(Answer::done(format!("Added job: {} to schedule.", self.name), &self.name, "added").into_value())
    }
}

/// Replace an entry of the schedule.
///
/// ```salt
/// salt '*' schedule.modify backup function=cmd.run job_args='["backup.sh"]' hours=12
/// ```
#[derive(Args)]
pub struct Modify {
    /// Name of the entry.
    name: String,
    /// Save it, so that the next start has it too.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
    /// The options of the entry.
    #[arg(extra)]
    options: Map,
}

impl Action for Modify {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        match origin {
            None => return Ok(Answer::refused(format!("Job {} does not exist in schedule.", self.name)).into_value()),
            Some(Origin::Pillar) => return Ok(Answer::refused(format!("Job {} {FROM_PILLAR}.", self.name)).into_value()),
            Some(Origin::Own) => {}
        }
        let old = desk.core.schedule.own().get(&self.name).cloned().unwrap_or_default();
        let new = Value::Map(item(&self.name, self.options)?);
        if old == new {
            return Ok(Answer { result: true, comment: format!("Job {} in correct state", self.name), changes: Map::new() }.into_value());
        }
        let change = Map::from_iter([("old", old), ("new", new.clone())]);
        if self.test {
            return Ok(Answer::done(format!("Job: {} would be modified in schedule.", self.name), &self.name, change).into_value());
        }
        desk.core.schedule.change(|own| own.insert(self.name.as_str(), new));
        persist(&desk, self.persist).await?;
        Ok(Answer::done(format!("Modified job: {} in schedule.", self.name), &self.name, change).into_value())
    }
}

/// Take an entry out of the schedule.
///
/// ```salt
/// salt '*' schedule.delete backup
/// ```
#[derive(Args)]
pub struct Delete {
    /// Name of the entry.
    name: String,
    /// Save the rest.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for Delete {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        let answer = match origin {
            None => Answer::refused(format!("Job {} does not exist.", self.name)),
            Some(Origin::Pillar) => Answer::refused(format!("Job {} {FROM_PILLAR}.", self.name)),
            Some(Origin::Own) if self.test => {
                Answer::done(format!("Job: {} would be deleted from schedule.", self.name), &self.name, "removed")
            }
            Some(Origin::Own) => {
                desk.core.schedule.change(|own| own.remove(&self.name));
                persist(&desk, self.persist).await?;
                Answer::done(format!("Deleted Job {} from schedule.", self.name), &self.name, "removed")
            }
        };
        Ok(answer.into_value())
    }
}

/// Take every entry out of the schedule that is not from pillar.
///
/// ```salt
/// salt '*' schedule.purge
/// ```
#[derive(Args)]
pub struct Purge {
    /// Save what is left.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for Purge {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let desk = super::super::desk(cx.read())?;
        let mut gone = entries(&desk.core.schedule.own());
        gone.values_mut().for_each(|value| *value = Value::from("removed"));
        let names: Vec<String> = gone.keys().map(value::text::str).collect();
        if !self.test {
            desk.core.schedule.change(|own| own.retain(|key, _| key.as_str().is_some_and(|key| GLOBALS.contains(&key))));
            persist(&desk, self.persist).await?;
        }
        let word = if self.test { "would be deleted" } else { "were deleted" };
        Ok(Answer { result: true, comment: format!("Jobs that {word} from schedule: {}", names.join(", ")), changes: gone }.into_value())
    }
}

async fn set_enabled(cx: &Cx, name: &str, wanted: bool, saved: bool, test: bool) -> Result<Value, Failure> {
    let (desk, origin) = find(cx.read(), name)?;
    let (word, change) = if wanted { ("Enabled", "enabled") } else { ("Disabled", "disabled") };
    let answer = match origin {
        None => Answer::refused(format!("Job {name} does not exist.")),
        Some(Origin::Pillar) => Answer::refused(format!("Job {name} {FROM_PILLAR}.")),
        Some(Origin::Own) if test => Answer::done(format!("Job: {name} would be {change} in schedule."), name, change),
        Some(Origin::Own) => {
            desk.core.schedule.change(|own| {
                if let Some(Value::Map(entry)) = own.get_mut(name) {
                    entry.insert("enabled", wanted);
                }
            });
            persist(&desk, saved).await?;
            Answer::done(format!("{word} Job {name} in schedule."), name, change)
        }
    };
    Ok(answer.into_value())
}

/// Let an entry of the schedule run.
///
/// ```salt
/// salt '*' schedule.enable_job backup
/// ```
#[derive(Args)]
pub struct EnableJob {
    /// Name of the entry.
    name: String,
    /// Save it.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for EnableJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_enabled(cx, &self.name, true, self.persist, self.test).await
    }
}

/// Do not let an entry of the schedule run.
///
/// ```salt
/// salt '*' schedule.disable_job backup
/// ```
#[derive(Args)]
pub struct DisableJob {
    /// Name of the entry.
    name: String,
    /// Save it.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for DisableJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_enabled(cx, &self.name, false, self.persist, self.test).await
    }
}

async fn set_all(cx: &Cx, wanted: bool, saved: bool) -> Result<Value, Failure> {
    let desk = super::super::desk(cx.read())?;
    desk.core.schedule.change(|own| own.insert("enabled", wanted));
    persist(&desk, saved).await?;
    let (word, change) = if wanted { ("Enabled", "enabled") } else { ("Disabled", "disabled") };
    Ok(Answer::done(format!("{word} schedule on minion."), "schedule", change).into_value())
}

/// Let the schedule run.
///
/// ```salt
/// salt '*' schedule.enable
/// ```
#[derive(Args)]
pub struct Enable {
    /// Save it.
    #[arg(named, default = true)]
    persist: bool,
}

impl Action for Enable {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_all(cx, true, self.persist).await
    }
}

/// Do not let anything of the schedule run.
///
/// ```salt
/// salt '*' schedule.disable
/// ```
#[derive(Args)]
pub struct Disable {
    /// Save it.
    #[arg(named, default = true)]
    persist: bool,
}

impl Action for Disable {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_all(cx, false, self.persist).await
    }
}

/// Run an entry of the schedule now.
///
/// ```salt
/// salt '*' schedule.run_job backup
/// ```
#[derive(Args)]
pub struct RunJob {
    /// Name of the entry.
    name: String,
    /// Also when it is disabled.
    #[arg(default = false)]
    force: bool,
}

impl Action for RunJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        let pillar = desk.core.known_pillar().unwrap_or_default();
        let answer = match origin {
            None => Answer::refused(format!("Job {} does not exist.", self.name)),
            Some(_) => {
                let all = desk.core.schedule.all(&pillar);
                let is_disabled = all.get(&self.name).and_then(|entry| entry.get("enabled")).is_some_and(|enabled| !enabled.is_truthy());
                if is_disabled && !self.force {
                    Answer::refused(format!("Job {} is disabled.", self.name))
                } else {
                    desk.core.schedule.ask(&self.name, self.force);
                    Answer { result: true, comment: format!("Scheduling Job {} on minion.", self.name), changes: Map::new() }
                }
            }
        };
        Ok(answer.into_value())
    }
}

/// A moment as seconds since 1970.
fn second(text: &str) -> Result<i64, Failure> {
    let found = match schedule::parse(text) {
        Some(Moment::At(moment)) => moment.to_zoned_datetime(ZonedDateTime::now().time_zone().clone()).ok(),
        _ => None,
    };
    let wrong = || Failure::bad_arguments(format!("`{text}` is no date with time; it is written like 2026-12-24T18:30:00"));
    found.map(|moment| moment.timestamp().as_second()).ok_or_else(wrong)
}

/// Run an entry at another time instead of one of its times.
///
/// ```salt
/// salt '*' schedule.postpone_job backup 2026-12-24T18:00:00 2026-12-24T22:00:00
/// ```
#[derive(Args)]
pub struct PostponeJob {
    /// Name of the entry.
    name: String,
    /// The time that is left out.
    current_time: String,
    /// The time to run at instead.
    new_time: String,
}

impl Action for PostponeJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        if origin.is_none() {
            return Ok(Answer::refused(format!("Job {} does not exist.", self.name)).into_value());
        }
        let (old, new) = (second(&self.current_time)?, second(&self.new_time)?);
        desk.core.schedule.with_memory(&self.name, |memory| {
            memory.left_out.push(old);
            memory.extra.push(new);
        });
        Ok(Answer { result: true, comment: format!("Postponed Job {} in schedule.", self.name), changes: Map::new() }.into_value())
    }
}

/// Leave out one of the times of an entry.
///
/// ```salt
/// salt '*' schedule.skip_job backup 2026-12-24T18:00:00
/// ```
#[derive(Args)]
pub struct SkipJob {
    /// Name of the entry.
    name: String,
    /// The time that is left out.
    current_time: String,
}

impl Action for SkipJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        if origin.is_none() {
            return Ok(Answer::refused(format!("Job {} does not exist.", self.name)).into_value());
        }
        let time = second(&self.current_time)?;
        desk.core.schedule.with_memory(&self.name, |memory| memory.left_out.push(time));
        Ok(Answer { result: true, comment: format!("Skipped Job {} in schedule.", self.name), changes: Map::new() }.into_value())
    }
}

/// Save the entries that are not from pillar, so that the next start has them.
///
/// ```salt
/// salt '*' schedule.save
/// ```
#[derive(Args)]
pub struct Save;

impl Action for Save {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let desk = super::super::desk(cx.read())?;
        persist(&desk, true).await?;
        Ok(Answer { result: true, comment: "Schedule (non-pillar items) saved.".to_owned(), changes: Map::new() }.into_value())
    }
}

/// Take the saved entries for those that run.
///
/// ```salt
/// salt '*' schedule.reload
/// ```
#[derive(Args)]
pub struct Reload;

impl Action for Reload {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let desk = super::super::desk(cx.read())?;
        let done = desk.blocking(|desk| Ok(desk.core.schedule.reload())).await?;
        Ok(match done {
            Ok(()) => Answer { result: true, comment: "Reloaded schedule from saved schedule.".to_owned(), changes: Map::new() },
            Err(why) => Answer::refused(why),
        }
        .into_value())
    }
}
