//! What becomes of a table when a job or a variable is wanted or is not.

use super::tab::{Job, Tab, Time, Variable};

/// A job that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// When it runs; a field may be `random`, or a range such as `0:30` of which one moment is chosen.
    pub time: Time,
    /// Command line.
    pub cmd: String,
    /// What tells it from others when its command changes.
    pub identifier: Option<String>,
    /// Comment above it; the one that stands is kept unless given.
    pub comment: Option<String>,
    /// Whether it is switched off.
    pub commented: bool,
}

/// What came of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was so already.
    Present,
    /// It is new.
    New,
    /// It was another way.
    Updated,
}

impl Done {
    /// Salt's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::New => "new",
            Self::Updated => "updated",
        }
    }
}

/// Smallest and largest number of each field; days that every month has.
const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 28), (1, 12), (0, 6)];

/// The numbers of a range such as `0:30`.
fn range(field: &str) -> Option<(u32, u32)> {
    let (a, b) = field.split_once(':')?;
    let (a, b) = (a.parse().ok()?, b.parse().ok()?);
    Some((std::cmp::min(a, b), std::cmp::max(a, b)))
}

/// Whether what stands fits what is wanted of a field.
fn field_fits(stands: &str, wanted: &str) -> bool {
    if stands == wanted {
        return true;
    }
    match (wanted, range(wanted)) {
        ("random", _) => stands != "*",
        (_, Some((first, last))) => stands.parse().is_ok_and(|number: u32| (first..=last).contains(&number)),
        (_, None) => false,
    }
}

impl Wish {
    fn is_for(&self, job: &Job) -> bool {
        is_for(job, &self.cmd, self.identifier.as_deref())
    }

    fn time_fits(&self, stands: &Time) -> bool {
        match (stands, &self.time) {
            (Time::On(stands), Time::On(wanted)) => stands == wanted,
            (Time::At(stands), Time::At(wanted)) => stands.iter().zip(wanted).all(|(stands, wanted)| field_fits(stands, wanted)),
            (Time::On(_), Time::At(_)) | (Time::At(_), Time::On(_)) => false,
        }
    }

    fn fits(&self, job: &Job) -> bool {
        let same_name = job.identifier == self.identifier;
        let same_comment = self.comment.is_none() || job.comment == self.comment;
        self.time_fits(&job.time) && same_name && same_comment && job.commented == self.commented && job.cmd == self.cmd
    }

    /// The time with chances taken; fields that stand and fit stay.
    fn time(&self, stands: Option<&Time>, pick: &mut dyn FnMut(u32, u32) -> u32) -> Time {
        let Time::At(wanted) = &self.time else { return self.time.clone() };
        let stands = match stands {
            Some(Time::At(fields)) => Some(fields),
            Some(Time::On(_)) | None => None,
        };
        let mut fields = wanted.clone();
        for (at, field) in fields.iter_mut().enumerate() {
            let old = stands.and_then(|fields| fields.get(at)).filter(|old| field_fits(old, field));
            let limits = if field == "random" { RANGES.get(at).copied() } else { range(field) };
            if let Some(old) = old {
                field.clone_from(old);
            } else if let Some((first, last)) = limits {
                *field = pick(first, last).to_string();
            }
        }
        Time::At(fields)
    }
}

/// Whether a job in the table is the one that is meant: by its identifier where it has one, by its command else.
fn is_for(job: &Job, cmd: &str, identifier: Option<&str>) -> bool {
    match job.identifier.as_deref() {
        Some(name) => Some(name) == identifier,
        None => job.cmd == cmd,
    }
}

impl Tab {
    /// Puts a job into the table. `pick` chooses a number between two.
    pub fn set(&mut self, wish: &Wish, pick: &mut dyn FnMut(u32, u32) -> u32) -> Done {
        let found = self.crons.iter().chain(&self.special).find(|job| wish.is_for(job)).cloned();
        if found.as_ref().is_some_and(|job| wish.fits(job)) {
            return Done::Present;
        }
        if let Some(old) = &found {
            let list = if matches!(old.time, Time::At(_)) { &mut self.crons } else { &mut self.special };
            if let Some(at) = list.iter().position(|job| job == old) {
                list.remove(at);
            }
        }
        let job = Job {
            time: wish.time(found.as_ref().map(|old| &old.time), pick),
            cmd: wish.cmd.clone(),
            identifier: wish.identifier.clone(),
            comment: wish.comment.clone().or_else(|| found.as_ref().and_then(|old| old.comment.clone())),
            commented: wish.commented,
        };
        if matches!(job.time, Time::At(_)) {
            self.crons.push(job)
        } else {
            self.special.push(job)
        }
        if found.is_some() { Done::Updated } else { Done::New }
    }

    /// Takes the first job that is meant and whose time fits out of the table.
    pub fn remove_job(&mut self, cmd: &str, identifier: Option<&str>, fields: &[Option<String>; 5]) -> bool {
        let fits = |job: &Job| match &job.time {
            Time::At(stands) => {
                let mut pairs = stands.iter().zip(fields);
                pairs.all(|(stands, wanted)| {
                    wanted.as_deref().is_none_or(|wanted| stands == wanted || (wanted == "random" && stands != "*"))
                })
            }
            Time::On(_) => false,
        };
        let found = self.crons.iter().position(|job| is_for(job, cmd, identifier) && fits(job));
        found.map(|at| self.crons.remove(at)).is_some()
    }

    /// Takes the first job that is meant and runs at an occasion out of the table.
    pub fn remove_special(&mut self, cmd: &str, identifier: Option<&str>, occasion: Option<&str>) -> bool {
        let on = |job: &Job| occasion.is_none_or(|occasion| job.time == Time::On(occasion.to_owned()));
        let found = self.special.iter().position(|job| is_for(job, cmd, identifier) && on(job));
        found.map(|at| self.special.remove(at)).is_some()
    }

    /// Sets a variable.
    pub fn set_env(&mut self, name: &str, value: Option<&str>) -> Done {
        let value = value.filter(|value| !value.is_empty()).unwrap_or("\"\"");
        let found = self.env.iter().position(|variable| variable.name == name);
        if let Some(at) = found {
            if self.env.get(at).is_some_and(|variable| variable.value == value) {
                return Done::Present;
            }
            self.env.remove(at);
        }
        self.env.push(Variable { name: name.to_owned(), value: value.to_owned() });
        if found.is_some() { Done::Updated } else { Done::New }
    }

    /// Takes a variable out of the table.
    pub fn remove_env(&mut self, name: &str) -> bool {
        let found = self.env.iter().rposition(|variable| variable.name == name);
        found.map(|at| self.env.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(fields: [&str; 5], cmd: &str, identifier: Option<&str>) -> Wish {
        let time = Time::At(fields.map(str::to_owned));
        Wish { time, cmd: cmd.to_owned(), identifier: identifier.map(str::to_owned), comment: None, commented: false }
    }

    fn set(tab: &mut Tab, wish: &Wish) -> Done {
        tab.set(wish, &mut |first, _| first)
    }

    #[test]
    fn a_job_is_known_by_its_identifier_when_its_command_changes() {
        let mut tab = Tab::default();
        assert_eq!(set(&mut tab, &wish(["1", "*", "*", "*", "*"], "a", Some("id"))), Done::New);
        assert_eq!(set(&mut tab, &wish(["1", "*", "*", "*", "*"], "b", Some("id"))), Done::Updated);
        assert_eq!(set(&mut tab, &wish(["1", "*", "*", "*", "*"], "b", Some("id"))), Done::Present);
        assert_eq!(tab.crons.len(), 1);
    }

    #[test]
    fn a_job_without_an_identifier_is_taken_over_by_its_command() {
        let mut tab = Tab::parse("# Lines below here are managed by Salt, do not edit\n1 2 * * * a\n");
        assert_eq!(set(&mut tab, &wish(["1", "2", "*", "*", "*"], "a", Some("a"))), Done::Updated);
        assert_eq!(tab.crons.first().and_then(|job| job.identifier.as_deref()), Some("a"));
    }

    #[test]
    fn a_chance_is_taken_once() {
        let mut tab = Tab::default();
        let random = wish(["random", "2:4", "*", "*", "*"], "a", Some("a"));
        assert_eq!(tab.set(&random, &mut |_, last| last), Done::New);
        assert_eq!(set(&mut tab, &random), Done::Present);
        assert_eq!(tab.crons.first().map(|job| job.time.clone()), Some(Time::At(["59", "4", "*", "*", "*"].map(str::to_owned))));
    }

    #[test]
    fn an_empty_variable_is_set_once() {
        let mut tab = Tab::default();
        assert_eq!(tab.set_env("A", None), Done::New);
        let mut again = Tab::parse(&tab.render());
        assert_eq!(again.set_env("A", None), Done::Present);
        assert!(again.remove_env("A"));
        assert!(!again.remove_env("A"));
    }
}
