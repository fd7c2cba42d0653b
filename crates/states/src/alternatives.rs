//! The names that stand for one of several programs.

use modules::alternatives::{current, group, run};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(alternatives, [Install, Remove, Auto, Set]);

/// Ensure a program is among those that a name may stand for.
///
/// ```salt
/// editor:
///   alternatives.install:
///     - link: /usr/bin/editor
///     - path: /usr/bin/vim.basic
///     - priority: 50
/// ```
#[derive(Args)]
pub struct Install {
    /// The name.
    name: String,
    /// The link.
    link: String,
    /// The program.
    path: String,
    /// The higher, the sooner it is chosen.
    priority: i64,
}

impl State for Install {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (name, path) = (&self.name, &self.path);
        let known = group(name, read);
        let found = known.as_ref().is_some_and(|group| group.choices.contains(&(path.clone(), self.priority)) && group.link == self.link);
        if found {
            return Ok(Check::desired(format!("Alternative {path} for {name} is already registered")));
        }
        Ok(Check::change(format!("Alternative will be set for {name} to {path} with priority {}", self.priority), self.changes(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, path, priority) = (&self.name, &self.path, self.priority.to_string());
        if let Err(failure) = run(cx, &["--install", &self.link, name, path, &priority]).await {
            return Ok(Applied::failed(format!("Alternative for {name} not installed: {}", failure.message)));
        }
        Ok(Applied::ok(format!("Setting alternative for {name} to {path} with priority {priority}"), self.changes()))
    }
}

impl Install {
    fn changes(&self) -> Map {
        let mut changes = Map::new();
        changes.insert("name", self.name.as_str());
        changes.insert("link", self.link.as_str());
        changes.insert("path", self.path.as_str());
        changes.insert("priority", self.priority);
        changes
    }
}

/// Ensure a program is not among those that a name may stand for.
///
/// ```salt
/// editor:
///   alternatives.remove:
///     - path: /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct Remove {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl State for Remove {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (name, path) = (&self.name, &self.path);
        if !group(name, read).is_some_and(|group| group.choices.iter().any(|(have, _)| have == path)) {
            return Ok(Check::desired(format!("Alternative for {name} doesn't exist")));
        }
        let changes: Map = [("path", path.as_str())].into_iter().collect();
        Ok(Check::change(format!("Alternative for {name} will be removed"), changes, ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, path) = (&self.name, &self.path);
        if let Err(failure) = run(cx, &["--remove", name, path]).await {
            return Ok(Applied::failed(format!("Alternative for {name} not removed: {}", failure.message)));
        }
        Ok(match current(name, cx) {
            Some(now) => {
                let changes: Map = [("path", now.as_str())].into_iter().collect();
                Applied::ok(format!("Alternative for {name} removed. Falling back to path {now}"), changes)
            }
            None => Applied::ok(format!("Alternative for {name} removed"), [("path", path.as_str())].into_iter().collect::<Map>()),
        })
    }
}

/// Ensure a name stands for the program of the highest priority.
///
/// ```salt
/// editor:
///   alternatives.auto: []
/// ```
#[derive(Args)]
pub struct Auto {
    /// The name.
    name: String,
}

impl State for Auto {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        match group(name, read) {
            None => Ok(Check::fails(format!("Alternative for {name} doesn't exist"))),
            Some(group) if group.is_auto => Ok(Check::desired(format!("{name} already in auto mode"))),
            Some(_) => {
                let changes: Map = [("mode", "auto")].into_iter().collect();
                Ok(Check::change(format!("{name} will be put in auto mode"), changes, ()))
            }
        }
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        match run(cx, &["--auto", &self.name]).await {
            Ok(_) => Ok(Applied::ok(format!("{} was put in auto mode", self.name), [("mode", "auto")].into_iter().collect::<Map>())),
            Err(failure) => Ok(Applied::failed(format!("{} was not put in auto mode: {}", self.name, failure.message))),
        }
    }
}

/// Ensure a name stands for a program.
///
/// ```salt
/// editor:
///   alternatives.set:
///     - path: /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct Set {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl State for Set {
    type Change = Option<String>;

    async fn check(&self, read: &Read) -> Result<Check<Option<String>>, Failure> {
        let (name, path) = (&self.name, &self.path);
        let known = group(name, read).unwrap_or_default();
        let real = read.host().real_path(path).unwrap_or_else(|_| path.clone());
        if !known.is_auto && current(name, read).is_some_and(|now| now == *path || now == real) {
            return Ok(Check::desired(format!("Alternative for {name} already set to {path}")));
        }
        let changes: Map = [("path", path.as_str())].into_iter().collect();
        let comment = format!("Alternative for {name} will be set to path {path}");
        // Test mode does not know what an earlier state is about to install.
        let is_known = known.choices.iter().any(|(have, _)| have == path);
        let problem = (!is_known).then(|| format!("Alternative {path} for {name} doesn't exist"));
        Ok(Check::change(comment, changes, problem))
    }

    async fn apply(&self, problem: Option<String>, cx: &Cx) -> Result<Applied, Failure> {
        let (name, path) = (&self.name, &self.path);
        if let Some(problem) = problem {
            return Ok(Applied::failed(problem));
        }
        if let Err(failure) = run(cx, &["--set", name, path]).await {
            return Ok(Applied::failed(format!("Alternative for {name} not updated: {}", failure.message)));
        }
        Ok(Applied::ok(format!("Alternative for {name} set to path {path}"), [("path", path.as_str())].into_iter().collect::<Map>()))
    }
}
