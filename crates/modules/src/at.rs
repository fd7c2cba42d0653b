//! Jobs that run once at a time: the queue of `at`.

use sdk::host::Command;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(at, [Atq, Atrm, At, Atc, Jobcheck]);

/// The line of a job's script that holds its tag.
const MARK: &str = "### SALT:";

/// A job in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// Day: `2026-11-24`.
    pub date: String,
    /// Time of day: `23:59:00`.
    pub time: String,
    /// Queue: a letter.
    pub queue: String,
    /// User that runs it.
    pub user: String,
    /// Tag; empty where there is none.
    pub tag: String,
}

impl From<Job> for Value {
    fn from(job: Job) -> Self {
        let mut map = Map::new();
        map.insert("job", job.id);
        map.insert("date", job.date);
        map.insert("time", job.time);
        map.insert("queue", job.queue);
        map.insert("user", job.user);
        map.insert("tag", job.tag);
        map.into()
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Lines of `at -l`: number, a tab, weekday, month, day, time, year, queue, user.
fn parse(text: &str) -> Vec<Job> {
    let entry = |line: &str| {
        let (id, rest) = line.split_once('\t')?;
        let mut words = rest.split_whitespace();
        let _weekday = words.next()?;
        let month = words.next()?;
        let month = MONTHS.iter().position(|known| *known == month)? + 1;
        let day: u8 = words.next()?.parse().ok()?;
        let time = words.next()?.to_owned();
        let year = words.next()?;
        let (queue, user) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Job { id: id.trim().parse().ok()?, date: format!("{year}-{month:02}-{day:02}"), time, queue, user, tag: String::new() })
    };
    text.lines().filter_map(entry).collect()
}

/// The tag in a job's script.
fn tag(script: &str) -> String {
    script.lines().find_map(|line| line.strip_prefix(MARK)).map(|tag| tag.trim().to_owned()).unwrap_or_default()
}

fn needs_at(read: &Read) -> Result<(), Failure> {
    match read.host().which("at") {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable("there is no program `at` here; the package at has it")),
    }
}

/// Every job in the queue; a job that is being run (`=`) is left out.
pub async fn queue(read: &Read) -> Result<Vec<Job>, Failure> {
    needs_at(read)?;
    let text = read.ask(["at", "-l"]).await?;
    let mut jobs: Vec<Job> = parse(&text).into_iter().filter(|job| job.queue != "=").collect();
    for job in &mut jobs {
        let script = read.try_run(["at", "-c", &job.id.to_string()]).await?;
        if script.is_ok() {
            job.tag = tag(&script.out());
        }
    }
    Ok(jobs)
}

/// Puts a job into the queue; gives its number, or what `at` said.
pub async fn add(cx: &Cx, when: &str, script: &str, tag: Option<&str>, user: Option<&str>) -> Result<Result<i64, String>, Failure> {
    needs_at(cx)?;
    let marked = tag.map(|tag| format!("{MARK} {tag}\n")).unwrap_or_default();
    let argv = ["at"].into_iter().chain(when.split_whitespace());
    let mut command = Command::new(argv).stdin(format!("{marked}{script}\n"));
    command.user = user.map(str::to_owned);
    let output = cx.run_command(command).await?;
    let said = format!("{}{}", output.out(), output.err());
    if !output.is_ok() {
        let is_time = ["Garbled time", "syntax error", "Problem in"].iter().any(|words| said.contains(words));
        return Ok(Err(if is_time { "invalid timespec".to_owned() } else { said.trim().to_owned() }));
    }
    let number = said.lines().find_map(|line| line.strip_prefix("job ")?.split_whitespace().next()?.parse().ok());
    number.map(Ok).ok_or_else(|| Failure::failed(format!("`at` did not say the number of the job: {}", said.trim())))
}

/// Takes jobs out of the queue.
pub async fn remove(cx: &Cx, ids: &[i64]) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    cx.run(["at".to_owned(), "-d".to_owned()].into_iter().chain(ids.iter().map(i64::to_string))).await.map(drop)
}

/// Whether a job has everything that is asked for.
#[must_use]
pub fn fits(job: &Job, asked: &Map) -> bool {
    let (mut date, mut time) = (job.date.split('-'), job.time.split(':'));
    let mut part = |of: char| if of == 'd' { date.next() } else { time.next() }.unwrap_or_default().parse::<i64>().ok();
    let (year, month, day) = (part('d'), part('d'), part('d'));
    let (hour, minute) = (part('t'), part('t'));
    asked.iter().all(|(key, value)| {
        let number = || text::str(value).trim().parse::<i64>().ok();
        match text::str(key).as_str() {
            "year" => number().map(|year| if year < 100 { 2000 + year } else { year }) == year,
            "month" => number() == month,
            "day" => number() == day,
            "hour" => number() == hour,
            "minute" => number() == minute,
            "tag" => text::str(value) == job.tag,
            "runas" => text::str(value) == job.user,
            "job" => number() == Some(job.id),
            // Salt takes any other word and looks past it.
            _ => true,
        }
    })
}

/// Whether anything is asked for by which jobs are chosen.
#[must_use]
pub fn has_condition(asked: &Map) -> bool {
    asked.keys().any(|key| ["year", "month", "day", "hour", "minute", "tag", "runas", "job"].contains(&text::str(key).as_str()))
}

fn answer(jobs: Vec<Job>) -> Map {
    [("jobs", jobs.into_iter().map(Value::from).collect::<Vec<_>>())].into_iter().collect()
}

/// List the jobs in the queue.
///
/// ```salt
/// salt '*' at.atq
/// salt '*' at.atq nightly
/// ```
#[derive(Args)]
pub struct Atq {
    /// Only those with this tag, or the one with this number.
    tag: Option<Value>,
}

impl Query for Atq {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let jobs = queue(read).await?;
        let Some(tag) = self.tag else { return Ok(answer(jobs)) };
        Ok(answer(jobs.into_iter().filter(|job| tag.as_int() == Some(job.id) || text::str(&tag) == job.tag).collect()))
    }
}

/// Remove jobs from the queue.
///
/// ```salt
/// salt '*' at.atrm 3 5
/// salt '*' at.atrm all nightly
/// ```
#[derive(Args)]
pub struct Atrm {
    /// Numbers of jobs, or `all`, which a tag may follow.
    #[arg(rest)]
    jobs: Vec<Value>,
}

impl Action for Atrm {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let words: Vec<String> = self.jobs.iter().map(text::str).collect();
        let is_all = words.first().is_some_and(|word| word == "all");
        let tag = words.get(1).filter(|_| is_all);
        let is_meant = |job: &Job| if is_all { tag.is_none_or(|tag| *tag == job.tag) } else { words.contains(&job.id.to_string()) };
        let ids: Vec<i64> = queue(cx).await?.into_iter().filter(is_meant).map(|job| job.id).collect();
        remove(cx, &ids).await?;
        let mut removed = Map::new();
        removed.insert("removed", ids.iter().map(i64::to_string).collect::<Vec<_>>());
        removed.insert("tag", tag.cloned());
        Ok([("jobs", removed)].into_iter().collect())
    }
}

/// Put a job into the queue.
///
/// ```salt
/// salt '*' at.at '3:05am +3 days' 'bin/myscript' tag=nightly runas=jim
/// ```
#[derive(Args)]
pub struct At {
    /// When, in the words of `at`.
    timespec: String,
    /// What is run.
    cmd: String,
    /// Tag to find it by.
    tag: Option<String>,
    /// User that runs it.
    runas: Option<String>,
}

impl Action for At {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        match add(cx, &self.timespec, &self.cmd, self.tag.as_deref(), self.runas.as_deref()).await? {
            Ok(id) => Ok(answer(queue(cx).await?.into_iter().filter(|job| job.id == id).collect())),
            Err(said) => {
                let mut map = answer(Vec::new());
                map.insert("error", said);
                Ok(map)
            }
        }
    }
}

/// Return the script of a job.
///
/// ```salt
/// salt '*' at.atc 3
/// ```
#[derive(Args)]
pub struct Atc {
    /// Number of the job.
    jobid: String,
}

impl Query for Atc {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        needs_at(read)?;
        let output = read.try_run(["at", "-c", &self.jobid]).await?;
        if output.is_ok() {
            return Ok(output.out().into());
        }
        Ok(Value::Map([("error", format!("invalid job id '{}'", self.jobid))].into_iter().collect()))
    }
}

/// List the jobs that have all that is asked for.
///
/// ```salt
/// salt '*' at.jobcheck runas=jam day=13
/// ```
#[derive(Args)]
pub struct Jobcheck {
    /// `hour`, `minute`, `day`, `month`, `year`, `tag`, `runas`.
    #[arg(extra)]
    asked: Map,
}

impl Query for Jobcheck {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        if !has_condition(&self.asked) {
            return Ok([("error", "You have given a condition")].into_iter().collect());
        }
        Ok(answer(queue(read).await?.into_iter().filter(|job| fits(job, &self.asked)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_read_and_asked() {
        let jobs = parse("1\tTue Nov 24 23:59:00 2026 a root\n2\tWed Nov  4 11:57:00 2026 a jam\n");
        assert_eq!(jobs.len(), 2);
        let job = jobs.into_iter().nth(1).unwrap();
        assert_eq!((job.date.as_str(), job.time.as_str(), job.user.as_str()), ("2026-11-04", "11:57:00", "jam"));
        for (asked, expected) in [
            (r#"{"year": 26, "month": 11, "day": 4}"#, true),
            (r#"{"hour": "11", "minute": 57, "runas": "jam"}"#, true),
            (r#"{"tag": "x"}"#, false),
            (r#"{"year": 2025}"#, false),
        ] {
            assert_eq!(fits(&job, &serde_json::from_str(asked).unwrap()), expected, "{asked}");
        }
    }

    #[test]
    fn a_tag_stands_in_the_script() {
        assert_eq!(tag("#!/bin/sh\ncd /root\n### SALT: love\necho hi\n"), "love");
        assert_eq!(tag("echo hi\n"), "");
    }
}
