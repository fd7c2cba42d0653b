//! Functions that change the schedule. With `persist` the entries are saved as configuration too.

use super::{Answer, GLOBALS, entries, find, item};
use crate::desk::Desk;
use crate::schedule::Origin;
use sdk::{Action, Args, Cx, Failure, Map, Value};
use std::sync::Arc;

pub(super) const FROM_PILLAR: &str = "is in pillar and cannot be changed here; change the pillar";

/// Saves the entries where that is asked for.
pub(super) async fn persist(desk: &Arc<Desk>, wanted: bool) -> Result<(), Failure> {
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
        change_one(cx, &self.name, Change::Delete, self.persist, self.test).await
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

/// What is done to one entry of this minion's own.
#[derive(Clone, Copy)]
enum Change {
    Enable,
    Disable,
    Delete,
}

impl Change {
    /// The word of what was done, of what would be done, and of what has changed; and where.
    const fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Enable => ("Enabled", "enabled", "enabled", "in"),
            Self::Disable => ("Disabled", "disabled", "disabled", "in"),
            Self::Delete => ("Deleted", "deleted", "removed", "from"),
        }
    }

    fn apply(self, own: &mut Map, name: &str) {
        match (self, own.get_mut(name)) {
            (Self::Enable, Some(Value::Map(entry))) => drop(entry.insert("enabled", true)),
            (Self::Disable, Some(Value::Map(entry))) => drop(entry.insert("enabled", false)),
            (Self::Delete, Some(_)) => drop(own.remove(name)),
            (Self::Enable | Self::Disable | Self::Delete, _) => {}
        }
    }
}

async fn change_one(cx: &Cx, name: &str, change: Change, saved: bool, test: bool) -> Result<Value, Failure> {
    let (desk, origin) = find(cx.read(), name)?;
    let (done, would, word, place) = change.words();
    let answer = match origin {
        None => Answer::refused(format!("Job {name} does not exist.")),
        Some(Origin::Pillar) => Answer::refused(format!("Job {name} {FROM_PILLAR}.")),
        Some(Origin::Own) if test => Answer::done(format!("Job: {name} would be {would} {place} schedule."), name, word),
        Some(Origin::Own) => {
            desk.core.schedule.change(|own| change.apply(own, name));
            persist(&desk, saved).await?;
            Answer::done(format!("{done} Job {name} {place} schedule."), name, word)
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
        change_one(cx, &self.name, Change::Enable, self.persist, self.test).await
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
        change_one(cx, &self.name, Change::Disable, self.persist, self.test).await
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
