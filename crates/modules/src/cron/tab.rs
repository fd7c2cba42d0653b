//! A table of cron as lines and as jobs.

use sdk::{Map, Value};

/// Everything below this line is ours. The words are Salt's, so that its tables are taken over as they are.
const TAG: &str = "# Lines below here are managed by Salt, do not edit";
const IDENTIFIER: &str = "SALT_CRON_IDENTIFIER";
const DISABLED: &str = "#DISABLED#";

/// A table: what others wrote, then variables, jobs at times, jobs at occasions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    /// Lines that are not ours.
    pub pre: Vec<String>,
    /// Variables.
    pub env: Vec<Variable>,
    /// Jobs at times.
    pub crons: Vec<Job>,
    /// Jobs at occasions such as `@reboot`.
    pub special: Vec<Job>,
}

/// A variable of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value as it stands in the table.
    pub value: String,
}

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Time {
    /// Minute, hour, day of the month, month, day of the week.
    At([String; 5]),
    /// An occasion: `@reboot`, `@daily`.
    On(String),
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// When it runs.
    pub time: Time,
    /// Command line.
    pub cmd: String,
    /// What tells it from others when its command changes.
    pub identifier: Option<String>,
    /// Comment above it.
    pub comment: Option<String>,
    /// Whether it is switched off.
    pub commented: bool,
}

/// Names of the five fields of a time.
pub const FIELDS: [&str; 5] = ["minute", "hour", "daymonth", "month", "dayweek"];

impl Job {
    /// As `cron.list_tab` shows it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        match &self.time {
            Time::At(fields) => {
                for (name, field) in FIELDS.iter().zip(fields) {
                    map.insert(*name, field.as_str());
                }
            }
            Time::On(occasion) => {
                map.insert("spec", occasion.as_str());
            }
        }
        map.insert("identifier", self.identifier.clone());
        map.insert("cmd", self.cmd.as_str());
        map.insert("comment", self.comment.clone());
        map.insert("commented", self.commented);
        map
    }

    fn lines(&self, out: &mut String) {
        if self.comment.is_some() || self.identifier.is_some() {
            out.push('#');
            if let Some(comment) = self.comment.as_deref().filter(|comment| !comment.is_empty()) {
                out.push(' ');
                out.push_str(&comment.replace('\n', "\n# "));
            }
            if let Some(identifier) = self.identifier.as_deref().filter(|identifier| !identifier.is_empty()) {
                out.push_str(&format!(" {IDENTIFIER}:{identifier}"));
            }
            out.push('\n');
        }
        if self.commented {
            out.push_str(DISABLED);
        }
        match &self.time {
            Time::At(fields) => out.push_str(&fields.join(" ")),
            Time::On(occasion) => out.push_str(occasion),
        }
        out.push_str(&format!(" {}\n", self.cmd));
    }
}

impl Tab {
    /// Reads a table.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut tab = Self::default();
        let mut ours = false;
        let (mut comment, mut identifier) = (None::<String>, None::<String>);
        for line in text.lines() {
            if line == TAG {
                ours = true;
                continue;
            }
            if !ours {
                tab.pre.push(line.to_owned());
                continue;
            }
            let (commented, line) = line.strip_prefix(DISABLED).map_or((false, line), |line| (true, line));
            let words: Vec<&str> = line.split(' ').collect();
            if line.starts_with('@') {
                let mut parts = line.split_whitespace();
                let occasion = parts.next().unwrap_or_default().to_owned();
                let cmd = parts.collect::<Vec<_>>().join(" ");
                if !cmd.is_empty() {
                    let (comment, identifier) = (comment.take(), identifier.take());
                    tab.special.push(Job { time: Time::On(occasion), cmd, identifier, comment, commented });
                }
            } else if line.starts_with('#') {
                let mut said = line.trim_start_matches(['#', ' ']);
                if let Some((before, after)) = said.split_once(IDENTIFIER) {
                    said = before.trim_end();
                    identifier = after.get(1..).filter(|name| !name.is_empty()).map(str::to_owned).or(identifier);
                }
                comment = Some(comment.map_or_else(|| said.to_owned(), |earlier| format!("{earlier}\n{said}")));
            } else if let Some((name, value)) = line.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(' ')) {
                tab.env.push(Variable { name: name.to_owned(), value: value.to_owned() });
            } else if let [minute, hour, daymonth, month, dayweek, cmd @ ..] = words.as_slice()
                && !cmd.is_empty()
            {
                let time = Time::At([minute, hour, daymonth, month, dayweek].map(|field| (*field).to_owned()));
                let (comment, identifier) = (comment.take(), identifier.take());
                tab.crons.push(Job { time, cmd: cmd.join(" "), identifier, comment, commented });
            }
        }
        tab
    }

    /// Writes a table.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        for line in &self.pre {
            out.push_str(line);
            out.push('\n');
        }
        out.push_str(TAG);
        out.push('\n');
        for variable in &self.env {
            let value = if variable.value.is_empty() { "\"\"" } else { &variable.value };
            out.push_str(&format!("{}={value}\n", variable.name));
        }
        for job in self.crons.iter().chain(&self.special) {
            job.lines(&mut out);
        }
        out
    }

    /// As `cron.list_tab` shows it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let jobs = |jobs: &[Job]| Value::List(jobs.iter().map(|job| Value::Map(job.to_map())).collect());
        let env = self
            .env
            .iter()
            .map(|variable| Value::Map([("name", variable.name.as_str()), ("value", variable.value.as_str())].into_iter().collect()));
        let mut map = Map::new();
        map.insert("pre", self.pre.clone());
        map.insert("crons", jobs(&self.crons));
        map.insert("special", jobs(&self.special));
        map.insert("env", Value::List(env.collect()));
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# mine\n17 * * * * root run-parts\n# Lines below here are managed by Salt, do not edit\nMAILTO=bob@example.org\nEMPTY=\"\"\n\
        # nightly\n# and quiet SALT_CRON_IDENTIFIER:backup\n5 4 * * * /usr/bin/backup --all A=1\n#DISABLED#0 0 1 * * echo off\n\
        # SALT_CRON_IDENTIFIER:up\n@reboot /usr/bin/up\n";

    #[test]
    fn a_table_is_written_as_it_was_read() {
        assert_eq!(Tab::parse(TEXT).render(), TEXT);
    }

    #[test]
    fn jobs_have_their_comments_and_identifiers() {
        let tab = Tab::parse(TEXT);
        assert_eq!(tab.pre.len(), 2);
        let [backup, off] = tab.crons.as_slice() else { panic!("{tab:?}") };
        assert_eq!((backup.identifier.as_deref(), backup.comment.as_deref()), (Some("backup"), Some("nightly\nand quiet")));
        assert_eq!(backup.cmd, "/usr/bin/backup --all A=1");
        assert!(off.commented);
        assert_eq!(tab.special.first().map(|job| &job.time), Some(&Time::On("@reboot".into())));
    }
}
