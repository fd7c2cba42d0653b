//! The mine, for whoever asks: minions within their rights, templates of a minion's pillar, runners.

use crate::core::{Core, refusal};
use cmdb::{MineEntry, Page};
use fancy_regex::Regex;
use manager::Refusal;
use model::{Failure, MinionId, Target, TargetKind, Timestamp};
use std::collections::BTreeSet;
use target::Known;
use value::{Map, Value, text};

/// The most that a minion may put into the mine with one word.
const MOST: usize = 1000;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// The master's own parts: they may see everything.
    Master,
    /// A minion, or its pillar.
    Minion(&'a MinionId),
}

/// Puts what a minion hands over into its mine.
///
/// # Errors
/// When it makes no sense, or the store is away.
pub async fn put(core: &Core, minion: &MinionId, data: &Value) -> Result<(), Failure> {
    let given = data.get("entries").and_then(Value::as_list).unwrap_or_default();
    if given.len() > MOST {
        return Err(Failure::bad_arguments(format!("a minion may put at most {MOST} answers into the mine at once")));
    }
    let entries = given.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let away = |error: cmdb::Error| Failure::unavailable(output::chain(&error));
    if data.get("clear").is_some_and(Value::is_truthy) {
        core.store.delete_mine(minion, None).await.map_err(away)?;
    }
    core.store.put_mine(minion, &entries, Timestamp::now()).await.map_err(away)
}

fn entry(value: &Value) -> Result<MineEntry, Failure> {
    let function = value.get("function").and_then(Value::as_str).filter(|name| !name.is_empty() && name.len() <= 255);
    let function = function.ok_or_else(|| Failure::bad_arguments("an answer for the mine needs the name of its function"))?.to_owned();
    let allow = match value.get("allow_tgt").filter(|target| target.is_truthy()) {
        None => None,
        Some(target) => {
            let kind = value.get("allow_tgt_type").map_or("glob".to_owned(), text::str);
            let kind: TargetKind = kind.parse().map_err(Failure::bad_arguments)?;
            Some(Target::new(kind, listed(target, kind)))
        }
    };
    Ok(MineEntry { function, value: value.get("value").cloned().unwrap_or_default(), allow })
}

fn listed(target: &Value, kind: TargetKind) -> String {
    match target {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(if kind == TargetKind::List { "," } else { " " }),
        other => text::str(other),
    }
}

/// Takes one answer of a minion out of its mine, or all.
///
/// # Errors
/// When the store is away.
pub async fn delete(core: &Core, minion: &MinionId, function: Option<&str>) -> Result<u64, Failure> {
    core.store.delete_mine(minion, function).await.map_err(|error| Failure::unavailable(output::chain(&error)))
}

/// Answers of functions, by function and minion, as far as the asker may see them.
///
/// # Errors
/// When the target is malformed, or the store is away.
pub async fn get(core: &Core, asker: Asker<'_>, target: &Target, functions: &[String]) -> Result<Map, Refusal> {
    let matched: BTreeSet<MinionId> = crate::targets::resolve(core, target).await?.matched.into_iter().collect();
    let eyes = match asker {
        Asker::Master => None,
        Asker::Minion(minion) => Some(Eyes::of(core, minion).await?),
    };
    let mut found = Map::new();
    for function in functions {
        let mut answers = Map::new();
        if eyes.as_ref().is_none_or(|eyes| eyes.may_ask(function)) {
            let mut page = Page::first(1000);
            loop {
                let part = core.store.mine(function, &page).await.map_err(|error| refusal(&error))?;
                for mined in part.items {
                    let may_see = eyes.as_ref().is_none_or(|eyes| eyes.may_see(core, mined.entry.allow.as_ref()));
                    if matched.contains(&mined.minion) && may_see {
                        answers.insert(mined.minion.as_str(), mined.entry.value);
                    }
                }
                match part.next {
                    Some(cursor) => page = Page::after(cursor, 1000),
                    None => break,
                }
            }
        }
        found.insert(function.as_str(), answers);
    }
    Ok(found)
}

/// What one minion may see.
struct Eyes {
    minion: MinionId,
    grains: Value,
    /// Patterns of `mine_get` for it; `None` where the key is not set.
    functions: Option<Vec<Regex>>,
}

impl Eyes {
    async fn of(core: &Core, minion: &MinionId) -> Result<Self, Refusal> {
        let grains = core.store.grains(minion).await.map_err(|error| refusal(&error))?.unwrap_or_default();
        let rules = core.settings().config.mine_get.clone();
        let functions = (!rules.is_empty()).then(|| {
            let own = rules
                .iter()
                .filter(|(pattern, _)| whole(&text::str(pattern)).is_some_and(|regex| regex.is_match(minion.as_str()).unwrap_or(false)));
            let patterns = own.flat_map(|(_, functions)| functions.as_list().unwrap_or_default().iter().map(text::str));
            patterns.filter_map(|pattern| whole(&pattern)).collect()
        });
        Ok(Self { minion: minion.clone(), grains: Value::Map(grains), functions })
    }

    fn may_ask(&self, function: &str) -> bool {
        self.functions.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.is_match(function).unwrap_or(false)))
    }

    /// A target that cannot be decided lets nobody see.
    fn may_see(&self, core: &Core, allow: Option<&Target>) -> bool {
        let Some(allow) = allow else { return true };
        let Ok(expression) = target::parse(allow, &core.settings().nodegroups) else { return false };
        let nothing = Value::map();
        !expression.needs_pillar() && expression.matches(&Known { id: self.minion.as_str(), grains: &self.grains, pillar: &nothing })
    }
}

/// A pattern over the whole text.
fn whole(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{pattern})$")).ok()
}
