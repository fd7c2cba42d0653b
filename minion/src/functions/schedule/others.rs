//! Entries that go to other minions: `schedule.add` is run there by way of the master, as far as its `peer` allows.

use super::change::{FROM_PILLAR, persist};
use super::{Answer, find};
use crate::functions::publish;
use crate::schedule::Origin;
use sdk::{Action, Args, Cx, Failure, Map, Value};

/// Move an entry of the schedule to other minions.
///
/// ```salt
/// salt web1 schedule.move backup 'web2'
/// ```
#[derive(Args)]
pub struct Move {
    /// Name of the entry.
    name: String,
    /// The minions that get it.
    target: Value,
    /// Save what is left.
    #[arg(named, default = true)]
    persist: bool,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for Move {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.test {
            return Ok(would(&self.name, "moved"));
        }
        let (desk, origin) = find(cx.read(), &self.name)?;
        if matches!(origin, Some(Origin::Pillar)) {
            return Ok(Answer::refused(format!("Job {} {FROM_PILLAR}.", self.name)).into_value());
        }
        let answer = give(cx, &self.name, self.target, format!("Moved Job {} from schedule.", self.name)).await?;
        if answer.get("result").is_some_and(Value::is_truthy) {
            desk.core.schedule.change(|own| own.remove(&self.name));
            persist(&desk, self.persist).await?;
        }
        Ok(answer)
    }
}

/// Copy an entry of the schedule to other minions.
///
/// ```salt
/// salt web1 schedule.copy backup 'web*'
/// ```
#[derive(Args)]
pub struct Copy {
    /// Name of the entry.
    name: String,
    /// The minions that get it.
    target: Value,
    /// Only say what would be done.
    #[arg(named, default = false)]
    test: bool,
}

impl Action for Copy {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.test {
            return Ok(would(&self.name, "copied"));
        }
        let done = format!("Copied Job {} from schedule to minion(s).", self.name);
        give(cx, &self.name, self.target, done).await
    }
}

fn would(name: &str, word: &str) -> Value {
    Answer { result: true, comment: format!("Job: {name} would be {word} from schedule."), changes: Map::new() }.into_value()
}

/// Has `schedule.add` run on the target. One minion that does not take the entry makes it a failure, with the names of all such.
async fn give(cx: &Cx, name: &str, target: Value, done: String) -> Result<Value, Failure> {
    let (desk, _) = find(cx.read(), name)?;
    let all = desk.core.schedule.all(&desk.core.known_pillar().unwrap_or_default());
    let Some(Value::Map(entry)) = all.get(name).cloned() else {
        return Ok(Answer::refused(format!("Job {name} does not exist.")).into_value());
    };
    let mut options = Map::new();
    for (key, value) in entry {
        match key.as_str() {
            Some("args") => options.insert("job_args", value),
            Some("kwargs") => options.insert("job_kwargs", value),
            Some("name") => None,
            _ => options.insert(key, value),
        };
    }
    let returns = publish::call(cx, target, "schedule.add", vec![Value::from(name)], options).await?;
    if returns.is_empty() {
        return Ok(Answer::refused("no servers answered the published schedule.add command").into_value());
    }
    let took = |value: &Value| value.get("result").is_some_and(Value::is_truthy);
    let names =
        |wanted: bool| returns.iter().filter(|(_, value)| took(value) == wanted).map(|(minion, _)| minion.clone()).collect::<Vec<_>>();
    let refused = names(false);
    let mut answer = Map::new();
    answer.insert("result", refused.is_empty());
    if refused.is_empty() {
        answer.insert("comment", done);
        answer.insert("minions", names(true));
    } else {
        answer.insert("comment", "the following minions return False");
        answer.insert("minions", refused);
    }
    Ok(Value::Map(answer))
}
