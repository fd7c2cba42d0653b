//! Functions that change when an entry runs, and leave the entry as it is.

use super::{Answer, find};
use jiff::ZonedDateTime;
use schedule::Moment;
use sdk::{Action, Args, Cx, Failure, Map, Value};

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
