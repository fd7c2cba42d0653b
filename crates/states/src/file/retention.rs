//! `file.retention_schedule`: of many dated files some are kept.

use super::checked_path;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use sdk::host::{Look, join};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, text};
use std::collections::{BTreeMap, BTreeSet};

/// Ensure only so many of the dated files in a folder are kept.
///
/// ```salt
/// /var/backups/database:
///   file.retention_schedule:
///     - retain:
///         most_recent: 5
///         first_of_day: 14
///         first_of_month: 6
///     - strptime_format: db-%Y%m%dT%H%M%S.tar
/// ```
#[derive(Args)]
pub struct RetentionSchedule {
    /// Path.
    name: String,
    /// How many are kept by each rule, or `all`: `most_recent`, `first_of_hour`, `first_of_day`, `first_of_week`, `first_of_month`, `first_of_year`.
    retain: Map,
    /// How the name tells the time; the time of the last change unless given. A name that does not fit is left alone.
    strptime_format: Option<String>,
    /// Zone in which the time of the last change is read; that of this machine unless given.
    timezone: Option<String>,
}

/// One file and the parts of its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dated {
    keys: Vec<i64>,
    name: String,
}

/// A rule: which parts of a time make a group, and how many groups are kept.
struct Rule {
    depth: usize,
    keep: usize,
    by_week: bool,
}

fn rule(name: &str, count: &Value) -> Result<Rule, Failure> {
    let keep = match count {
        Value::Str(word) if word == "all" => usize::MAX,
        other => text::str(other).parse().map_err(|_| Failure::bad_arguments(format!("`{name}` of `retain` needs a number or `all`")))?,
    };
    let (depth, by_week) = match name {
        "first_of_year" => (1, false),
        "first_of_month" => (2, false),
        "first_of_week" => (2, true),
        "first_of_day" => (3, false),
        "first_of_hour" => (4, false),
        "most_recent" => (5, false),
        other => {
            let rules = "most_recent, first_of_hour, first_of_day, first_of_week, first_of_month, first_of_year";
            return Err(Failure::bad_arguments(format!("`retain` has no rule `{other}`; there are {rules}")));
        }
    };
    // The first week of a year may be the last of the year before, so one more week is kept.
    Ok(Rule { depth, keep: if by_week { keep.saturating_add(1) } else { keep }, by_week })
}

/// The newest groups at a depth, of each its first file.
fn kept(files: &BTreeSet<Dated>, rule: &Rule) -> Vec<String> {
    let mut groups: BTreeMap<&[i64], &str> = BTreeMap::new();
    for file in files {
        groups.entry(file.keys.get(..rule.depth).unwrap_or(&file.keys)).or_insert(&file.name);
    }
    groups.into_values().rev().take(rule.keep).map(str::to_owned).collect()
}

fn by_day(time: DateTime, stamp: i64) -> Vec<i64> {
    vec![time.year().into(), time.month().into(), time.day().into(), time.hour().into(), stamp]
}

fn by_week(time: DateTime, stamp: i64) -> Vec<i64> {
    let week = time.date().iso_week_date();
    vec![time.year().into(), week.week().into(), week.weekday().to_monday_zero_offset().into(), stamp]
}

impl RetentionSchedule {
    /// The time of a file, and the same as nanoseconds.
    fn time(&self, host: &dyn Look, folder: &str, name: &str, zone: &TimeZone) -> Option<(DateTime, i64)> {
        if let Some(format) = &self.strptime_format {
            let parts = BrokenDownTime::parse(format, name).ok()?;
            let date = parts.to_date().unwrap_or_else(|_| Date::constant(1900, 1, 1));
            let time = date.to_datetime(parts.to_time().unwrap_or_default());
            let stamp = time.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp().as_nanosecond();
            return Some((time, i64::try_from(stamp).unwrap_or_default()));
        }
        let stat = host.link_stat(&join(folder, name)).ok()??;
        let stamp = jiff::Timestamp::from_nanosecond((stat.modified * 1e9) as i128).ok()?;
        Some((stamp.to_zoned_datetime(zone.clone()).datetime(), i64::try_from(stamp.as_nanosecond()).unwrap_or_default()))
    }
}

impl State for RetentionSchedule {
    type Change = (String, Vec<String>, Map);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let folder = match checked_path(&self.name, "Must provide name to file.retention_schedule", read) {
            Ok(folder) => folder,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        if !host.is_dir(&folder) {
            return Ok(Check::fails("Name provided to file.retention must be a directory"));
        }
        let zone = match &self.timezone {
            None => TimeZone::system(),
            Some(name) => TimeZone::get(name).map_err(|_| Failure::bad_arguments(format!("there is no time zone `{name}`")))?,
        };
        let rules = self.retain.iter().map(|(name, count)| rule(&text::str(name), count)).collect::<Result<Vec<_>, _>>()?;
        let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
        let mut ignored = vec![".".to_owned(), "..".to_owned()];
        for name in host.list(&folder).map_err(modules::failure)? {
            match self.time(host, &folder, &name, &zone) {
                Some((time, stamp)) => {
                    days.insert(Dated { keys: by_day(time, stamp), name: name.clone() });
                    weeks.insert(Dated { keys: by_week(time, stamp), name });
                }
                None => ignored.push(name),
            }
        }
        let retained: BTreeSet<String> = rules.iter().flat_map(|rule| kept(if rule.by_week { &weeks } else { &days }, rule)).collect();
        let mut deleted: Vec<String> = days.into_iter().map(|file| file.name).filter(|name| !retained.contains(name)).collect();
        deleted.sort_by(|a, b| b.cmp(a));
        if deleted.is_empty() {
            let outlook = Outlook::new(format!("0 backups would have been removed from {folder}.\n"), Map::new()).with_result(Some(true));
            return Ok(Check::Change(outlook, (folder, deleted, Map::new())));
        }
        ignored.sort_by(|a, b| b.cmp(a));
        let mut changes = Map::new();
        changes.insert("retained", retained.into_iter().rev().collect::<Vec<_>>());
        changes.insert("deleted", deleted.clone());
        changes.insert("ignored", ignored);
        let comment = format!("{} backups would have been removed from {folder}.\n", deleted.len());
        Ok(Check::change(comment, changes.clone(), (folder, deleted, changes)))
    }

    async fn apply(&self, (folder, deleted, changes): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        for name in &deleted {
            cx.host().remove_all(&join(&folder, name)).map_err(modules::failure)?;
        }
        Ok(Applied::ok(format!("{} backups were removed from {folder}.\n", deleted.len()), changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[(&str, [i64; 5])]) -> BTreeSet<Dated> {
        names.iter().map(|(name, keys)| Dated { keys: keys.to_vec(), name: (*name).to_owned() }).collect()
    }

    #[test]
    fn of_the_newest_groups_the_first_file_stays() {
        let all = files(&[("a", [2024, 1, 1, 0, 1]), ("b", [2024, 1, 2, 3, 2]), ("c", [2024, 1, 2, 9, 3]), ("d", [2024, 1, 3, 0, 4])]);
        assert_eq!(kept(&all, &rule("first_of_day", &Value::from(2)).unwrap()), ["d", "b"]);
        assert_eq!(kept(&all, &rule("most_recent", &Value::from(3)).unwrap()), ["d", "c", "b"]);
        assert_eq!(kept(&all, &rule("first_of_year", &Value::from("all")).unwrap()), ["a"]);
    }

    #[test]
    fn files_of_one_moment_are_different_files() {
        let all = files(&[("a", [2024, 1, 1, 0, 1]), ("b", [2024, 1, 1, 0, 1])]);
        assert_eq!(all.len(), 2);
    }
}
