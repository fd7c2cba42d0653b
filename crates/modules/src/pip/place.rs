//! Which `pip` is run, and what it says is installed.

use super::requirement::{normalized, same_version};
use crate::cmd::{Done, Line, Request};
use sdk::host::{LiveOutput, join};
use sdk::{Failure, Map, Read, Value, text};
use std::collections::BTreeMap;

/// A `pip` and how it is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// A virtual environment, a Python or a `pip`; that of the system unless given.
    pub bin_env: Option<String>,
    /// User to run as.
    pub user: Option<String>,
    /// Working directory.
    pub cwd: Option<String>,
    /// Variables.
    pub env: Map,
}

impl Place {
    /// First words of the command.
    pub fn program(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let host = read.host();
        let with_pip = |python: String| vec![python, "-m".to_owned(), "pip".to_owned()];
        let Some(place) = &self.bin_env else {
            if let Some(pip) = ["pip3", "pip"].into_iter().find_map(|name| host.which(name)) {
                return Ok(vec![pip]);
            }
            return match host.which("python3") {
                Some(python) => Ok(with_pip(python)),
                None => Err(Failure::unavailable("there is no program `pip3`, `pip` or `python3` here")),
            };
        };
        if host.is_dir(place) {
            let pythons = ["python", "bin/python", "bin/python3"].map(|name| join(place, name));
            return pythons
                .into_iter()
                .find(|python| host.may_execute(python))
                .map(with_pip)
                .ok_or_else(|| Failure::unavailable(format!("Could not find a pip binary in virtualenv {place}")));
        }
        if !host.may_execute(place) {
            return Err(Failure::unavailable(format!("Access denied to {place}, could not find a pip binary")));
        }
        let name = place.rsplit('/').next().unwrap_or(place);
        Ok(if name.contains("python") { with_pip(place.clone()) } else { vec![place.clone()] })
    }

    /// Runs `pip` with some words.
    pub async fn run(&self, words: Vec<String>, read: &Read, live: Option<&LiveOutput>) -> Result<Done, Failure> {
        let mut line = self.program(read)?;
        line.extend(words);
        let mut env = self.env.clone();
        if let Some(place) = self.bin_env.as_ref().filter(|place| read.host().is_dir(place)) {
            env.insert("VIRTUAL_ENV", place.as_str());
        }
        let request = Request { cwd: self.cwd.clone(), user: self.user.clone(), use_shell: false, env, ..Request::of(Line::Words(line)) };
        request.run(read, live).await
    }

    async fn asked(&self, words: &[&str], read: &Read) -> Result<String, Failure> {
        let done = self.run(words.iter().map(|word| (*word).to_owned()).collect(), read, None).await?;
        if done.retcode == 0 {
            return Ok(done.stdout);
        }
        let said = if done.stderr.is_empty() { &done.stdout } else { &done.stderr };
        Err(Failure::failed(format!("`pip` failed with status {}: {said}", done.retcode)).with_retcode(done.retcode))
    }

    /// Version of `pip` itself.
    pub async fn version(&self, read: &Read) -> Result<String, Failure> {
        let said = self.asked(&["--version"], read).await?;
        said.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| Failure::failed(format!("`pip --version` said `{said}`")))
    }

    /// Versions of what is installed, by normalized name.
    pub async fn list(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        let said = self.asked(&["list", "--format=json", "--disable-pip-version-check"], read).await?;
        Ok(rows(&said)?.into_iter().map(|row| (normalized(&field(&row, "name")), field(&row, "version"))).collect())
    }

    /// Newest versions of what is out of date, by name.
    pub async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        let said = self.asked(&["list", "--outdated", "--disable-pip-version-check", "--format=json"], read).await?;
        let shown = |row: &Value| format!("{} [{}]", field(row, "latest_version"), field(row, "latest_filetype"));
        Ok(rows(&said)?.iter().map(|row| (field(row, "name"), shown(row))).collect())
    }

    /// What is installed, as a file of requirements.
    pub async fn freeze(&self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(self.asked(&["freeze"], read).await?.lines().map(str::to_owned).collect())
    }

    /// Every version that the index has of a package, as it lists them.
    pub async fn versions(&self, package: &str, index: &[String], read: &Read) -> Result<Vec<String>, Failure> {
        let mut words = vec!["--disable-pip-version-check", "index", "versions", package];
        words.extend(index.iter().map(String::as_str));
        let said = self.asked(&words, read).await?;
        let line = said.lines().find_map(|line| line.trim_start().strip_prefix("Available versions: "));
        Ok(line.map(|line| line.split(", ").map(str::to_owned).collect()).unwrap_or_default())
    }

    /// Whether a package has this version.
    #[must_use]
    pub fn is_version(a: &str, b: &str) -> bool {
        same_version(a, b)
    }
}

fn rows(json: &str) -> Result<Vec<Value>, Failure> {
    // Warnings may follow the list on its own line.
    let line = json.lines().find(|line| line.starts_with('[')).unwrap_or(json);
    serde_json::from_str(line).map_err(|error| Failure::failed(format!("`pip list` gave no JSON: {error}")))
}

fn field(row: &Value, name: &str) -> String {
    row.get(name).map(text::str).unwrap_or_default()
}
