//! `file.pruned`: empty folders go.

use super::expanded;
use super::manage::one;
use super::tree::walk;
use sdk::host::{FileKind, Look};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value};
use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

/// Ensure a folder is gone if it is empty.
///
/// ```salt
/// /srv/old-releases:
///   file.pruned:
///     - recurse: True
/// ```
#[derive(Args)]
pub struct Pruned {
    /// Path.
    name: String,
    /// Remove the empty folders in it first.
    #[arg(default = false)]
    recurse: bool,
    /// Do not mind folders that are not empty; this also goes into folders.
    #[arg(default = false)]
    ignore_errors: bool,
    /// Remove only folders that were not changed for so many days.
    older_than: Option<f64>,
}

/// What goes, in this order, and what cannot go because it is not empty.
#[derive(Debug)]
pub struct Plan {
    gone: Vec<String>,
    stays: Vec<String>,
}

impl Pruned {
    const fn recurses(&self) -> bool {
        self.recurse || self.ignore_errors
    }

    fn plan(&self, host: &dyn Look, root: &str) -> Result<Plan, Failure> {
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let due = |path: &str| -> Result<bool, Failure> {
            let Some(days) = self.older_than else { return Ok(true) };
            let stat = host.stat(path).map_err(modules::failure)?;
            Ok(stat.is_some_and(|stat| stat.modified < now - days.trunc() * 86_400.0))
        };
        let mut folders = Vec::new();
        if self.recurses() {
            folders.extend(walk(host, root, false)?.into_iter().filter(|entry| entry.kind == FileKind::Dir).map(|entry| entry.path));
            // A folder after all that is in it.
            folders.reverse();
        }
        folders.push(root.to_owned());
        let mut plan = Plan { gone: Vec::new(), stays: Vec::new() };
        let mut gone = BTreeSet::new();
        for folder in folders {
            if !due(&folder)? {
                continue;
            }
            let names = host.list(&folder).map_err(modules::failure)?;
            if names.iter().all(|name| gone.contains(&sdk::host::join(&folder, name))) {
                gone.insert(folder.clone());
                plan.gone.push(folder);
            } else {
                plan.stays.push(folder);
            }
        }
        Ok(plan)
    }

    fn answer(&self, name: &str, plan: &Plan) -> Applied {
        let gone = || {
            let mut gone = plan.gone.clone();
            gone.sort();
            one("deleted", gone)
        };
        if plan.stays.is_empty() || (self.ignore_errors && !plan.gone.is_empty()) {
            return match (self.recurses(), plan.gone.is_empty()) {
                (true, false) => Applied::ok(format!("Recursively removed empty directories under {name}"), gone()),
                (true, true) | (false, true) => Applied::ok("", Map::new()),
                (false, false) => Applied::ok(format!("Removed directory {name}"), one("deleted", name)),
            };
        }
        let errors = plan.stays.iter().map(|path| Value::from(vec![path.clone(), format!("[Errno 39] Directory not empty: '{path}'")]));
        let mut changes = one("deleted", plan.gone.clone());
        changes.insert("errors", Value::List(errors.collect()));
        Applied::failed(format!("Failed to remove directory {name}")).with_changes(changes)
    }
}

impl State for Pruned {
    type Change = (String, Plan);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = expanded(&self.name, read);
        if !read.host().is_dir(&name) {
            return Ok(Check::desired(format!("Directory {name} is not present")));
        }
        if !name.starts_with('/') {
            return Ok(Check::fails("File path must be absolute."));
        }
        let plan = self.plan(read.host(), &name)?;
        let answer = self.answer(&name, &plan);
        if plan.gone.is_empty() {
            return Ok(if answer.result { Check::desired(answer.comment) } else { Check::Fails(answer) });
        }
        let outlook = if answer.result {
            Outlook::new(format!("Directory {name} is set for removal"), answer.changes)
        } else {
            Outlook::new(answer.comment, answer.changes).with_result(Some(false))
        };
        Ok(Check::Change(outlook, (name, plan)))
    }

    async fn apply(&self, (name, plan): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        for folder in &plan.gone {
            cx.host().remove_dir(folder).map_err(modules::failure)?;
        }
        Ok(self.answer(&name, &plan))
    }
}
