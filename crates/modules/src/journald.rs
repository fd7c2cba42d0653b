//! The journal of systemd: what was logged, how much of it is kept.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(journald, [Query_, DiskUsage, Boots, Fields, Rotate, Flush, Vacuum, Verify]);

fn needs(read: &Read) -> Result<(), Failure> {
    match read.host().which("journalctl") {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable("there is no program `journalctl` here; systemd has it")),
    }
}

/// Return entries of the journal, the oldest first.
///
/// ```salt
/// salt '*' journald.query unit=nginx priority=err since=-1h
/// salt '*' journald.query lines=20 output=text
/// ```
#[derive(Args)]
#[args(name = "query")]
pub struct Query_ {
    /// Of this unit.
    unit: Option<String>,
    /// At most so many, the last ones.
    #[arg(default = 100)]
    lines: u32,
    /// Of this priority or above: `err`, `warning`, ….
    priority: Option<String>,
    /// Not before this time: `-1h`, `yesterday`, `2026-11-24 12:00`.
    since: Option<String>,
    /// Not after this time.
    until: Option<String>,
    /// Of this boot: `0` is the present one, `-1` the one before.
    boot: Option<String>,
    /// With this pattern in the message.
    grep: Option<String>,
    /// `json` gives a mapping of time, unit, priority, pid and message each; `text` the lines as people read them.
    #[arg(default = "json")]
    output: String,
    /// Further conditions: fields of the journal such as `_UID=33`.
    #[arg(extra)]
    fields: Map,
}

impl Query_ {
    fn argv(&self) -> Result<Vec<String>, Failure> {
        let format = match self.output.as_str() {
            "json" => "json",
            "text" => "short-iso",
            other => return Err(Failure::bad_arguments(format!("`{other}` is no form of an answer; known are json, text"))),
        };
        let mut argv = vec![
            "journalctl".to_owned(),
            "--no-pager".to_owned(),
            "--quiet".to_owned(),
            format!("--output={format}"),
            format!("--lines={}", self.lines),
        ];
        for (word, value) in [
            ("unit", &self.unit),
            ("priority", &self.priority),
            ("since", &self.since),
            ("until", &self.until),
            ("boot", &self.boot),
            ("grep", &self.grep),
        ] {
            argv.extend(value.as_ref().map(|value| format!("--{word}={value}")));
        }
        argv.extend(self.fields.iter().map(|(key, value)| format!("{}={}", text::str(key), text::str(value))));
        Ok(argv)
    }
}

/// Of all that the journal keeps with an entry, what people ask for.
fn entry(line: &str) -> Option<Value> {
    let whole: Value = serde_json::from_str(line).ok()?;
    let of = |key: &str| whole.get(key).filter(|value| !value.is_null()).map(text::str);
    let micros: i64 = of("__REALTIME_TIMESTAMP")?.parse().ok()?;
    let time = jiff::Timestamp::from_microsecond(micros).ok()?.to_string();
    let mut map = Map::new();
    map.insert("time", time);
    map.insert("unit", of("_SYSTEMD_UNIT").or_else(|| of("SYSLOG_IDENTIFIER")));
    map.insert("priority", of("PRIORITY").and_then(|priority| priority.parse::<i64>().ok()));
    map.insert("pid", of("_PID").and_then(|pid| pid.parse::<i64>().ok()));
    // A message that is no text is a list of its bytes.
    let message = match whole.get("MESSAGE") {
        Some(Value::List(bytes)) => {
            String::from_utf8_lossy(&bytes.iter().filter_map(|byte| u8::try_from(byte.as_int()?).ok()).collect::<Vec<_>>()).into_owned()
        }
        Some(other) => text::str(other),
        None => String::new(),
    };
    map.insert("message", message);
    Some(map.into())
}

impl Query for Query_ {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        needs(read)?;
        let is_text = self.output == "text";
        let output = read.try_run(self.argv()?).await?;
        // Without an entry that fits, a pattern ends with status 1 and says nothing.
        if !output.is_ok() && !output.stderr.is_empty() {
            return Err(Failure::failed(output.err().trim().to_owned()).with_retcode(output.retcode()));
        }
        let lines = output.out();
        Ok(if is_text { lines.lines().collect() } else { lines.lines().filter_map(entry).collect() })
    }
}

/// Return how much room the journal takes on disk, in bytes.
///
/// ```salt
/// salt '*' journald.disk_usage
/// ```
#[derive(Args)]
pub struct DiskUsage;

/// `Archived and active journals take up 24.0M in the file system.`
fn size(text: &str) -> Option<i64> {
    let word = text.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let power = ["B", "K", "M", "G", "T"].iter().position(|unit| word.get(digits.len()..) == Some(unit))?;
    let bytes = digits.parse::<f64>().ok()? * 1024_f64.powi(i32::try_from(power).ok()?);
    (0.0..9e18).contains(&bytes).then_some(bytes as i64)
}

impl Query for DiskUsage {
    type Output = i64;
    async fn call(self, read: &Read) -> Result<i64, Failure> {
        needs(read)?;
        let text = read.ask(["journalctl", "--disk-usage"]).await?;
        size(&text).ok_or_else(|| Failure::failed(format!("journalctl told no size: {}", text.trim())))
    }
}

/// Return the boots that the journal knows, by their numbers: `0` is the present one.
///
/// ```salt
/// salt '*' journald.boots
/// ```
#[derive(Args)]
pub struct Boots;

/// Lines of number, id, and the time of the first and last entry; newer ones have a line of titles.
fn boots(text: &str) -> Map {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let number: i64 = words.next()?.parse().ok()?;
        let id = words.next()?;
        let times: Vec<&str> = words.collect();
        let mut map = Map::new();
        map.insert("id", id);
        map.insert("times", times.join(" "));
        Some((number.to_string(), map))
    };
    text.lines().filter_map(row).collect()
}

impl Query for Boots {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read)?;
        Ok(boots(&read.ask(["journalctl", "--no-pager", "--quiet", "--list-boots"]).await?))
    }
}

/// Return the values a field of the journal has had.
///
/// ```salt
/// salt '*' journald.fields _SYSTEMD_UNIT
/// ```
#[derive(Args)]
pub struct Fields {
    /// Field; the names of all fields unless given.
    field: Option<String>,
}

impl Query for Fields {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        needs(read)?;
        let word = self.field.map_or_else(|| "--fields".to_owned(), |field| format!("--field={field}"));
        let mut lines: Vec<String> = read.ask(["journalctl", "--no-pager", &word]).await?.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        Ok(lines)
    }
}

macro_rules! act {
    ($(#[$doc:meta])* $name:ident, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                needs(cx)?;
                cx.run(["journalctl", $word]).await.map(|_| true)
            }
        }
    };
}

act! {
    /// Begin new files of the journal.
    ///
    /// ```salt
    /// salt '*' journald.rotate
    /// ```
    Rotate, "--rotate"
}
act! {
    /// Move what the journal has in memory to disk.
    ///
    /// ```salt
    /// salt '*' journald.flush
    /// ```
    Flush, "--flush"
}

/// Remove old files of the journal; what was removed is told.
///
/// ```salt
/// salt '*' journald.vacuum size=500M
/// salt '*' journald.vacuum time=2weeks
/// ```
#[derive(Args)]
pub struct Vacuum {
    /// Keep at most so much.
    size: Option<String>,
    /// Keep what is younger than this.
    time: Option<String>,
    /// Keep at most so many files.
    files: Option<u32>,
}

impl Action for Vacuum {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        needs(cx)?;
        let files = self.files.map(|files| files.to_string());
        let limits = [("size", self.size), ("time", self.time), ("files", files)];
        let words: Vec<String> = limits.into_iter().filter_map(|(word, value)| Some(format!("--vacuum-{word}={}", value?))).collect();
        if words.is_empty() {
            return Err(Failure::bad_arguments("one of size, time and files is needed"));
        }
        let output = cx.try_run(["journalctl".to_owned()].into_iter().chain(words)).await?;
        let said = output.err();
        if output.is_ok() {
            Ok(said.trim().to_owned())
        } else {
            Err(Failure::failed(said.trim().to_owned()).with_retcode(output.retcode()))
        }
    }
}

/// Check the files of the journal; the broken ones are told.
///
/// ```salt
/// salt '*' journald.verify
/// ```
#[derive(Args)]
pub struct Verify;

impl Query for Verify {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read)?;
        let output = read.try_run(["journalctl", "--verify"]).await?;
        let said = format!("{}{}", output.out(), output.err());
        let broken: Vec<&str> =
            said.lines().filter_map(|line| line.strip_prefix("FAIL: ")).map(|rest| rest.split(' ').next().unwrap_or(rest)).collect();
        let mut map = Map::new();
        map.insert("result", output.is_ok());
        map.insert("broken", Value::from_iter(broken));
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_what_people_ask_for() {
        let line = r#"{"__REALTIME_TIMESTAMP":"1700000000000000","_SYSTEMD_UNIT":"ssh.service","PRIORITY":"6","_PID":"12","MESSAGE":[104,105,255]}"#;
        let shown = serde_json::to_string(&entry(line).unwrap()).unwrap();
        assert_eq!(
            shown,
            "{\"time\":\"2023-11-14T22:13:20Z\",\"unit\":\"ssh.service\",\"priority\":6,\"pid\":12,\"message\":\"hi\u{fffd}\"}"
        );
        assert!(entry("-- No entries --").is_none());
    }

    #[test]
    fn sizes_and_boots_are_read() {
        assert_eq!(size("Archived and active journals take up 24.5M in the file system.\n"), Some(25_690_112));
        let text =
            "IDX BOOT ID FIRST ENTRY LAST ENTRY\n -1 abc Mon 2026-11-23 10:00:00 UTC Mon 2026-11-23 11:00:00 UTC\n  0 def Tue 2026-11-24\n";
        assert_eq!(boots(text).keys().map(text_of).collect::<Vec<_>>(), ["-1", "0"]);
    }

    fn text_of(value: &Value) -> String {
        text::str(value)
    }
}
