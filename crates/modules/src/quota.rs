//! Limits on what users and groups may store on a file system.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(quota, [Report, Set, Warn, Stats, On, Off, GetMode]);

fn needs(read: &Read, program: &str) -> Result<(), Failure> {
    match read.host().which(program) {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable(format!("there is no program `{program}` here; the package quota has it"))),
    }
}

/// Names of the columns of a report, in its order.
const COLUMNS: [&str; 8] =
    ["block-used", "block-soft-limit", "block-hard-limit", "block-grace", "file-used", "file-soft-limit", "file-hard-limit", "file-grace"];

/// Rows of `repquota --output=csv`: name, state of blocks and of files, then used, soft, hard and grace of both.
fn parse_report(text: &str) -> Map {
    let row = |line: &str| {
        let words: Vec<&str> = line.split(',').collect();
        let [name, _, _, values @ ..] = words.as_slice() else { return None };
        let row: Map = COLUMNS.iter().zip(values).map(|(column, value)| (*column, *value)).collect();
        Some((name.trim_matches('"').to_owned(), row))
    };
    text.lines().skip(1).filter_map(row).collect()
}

async fn report_of(read: &Read, flag: &str, mount: &str) -> Result<Map, Failure> {
    let output = read.try_run(["repquota", flag, "--output=csv", mount]).await?;
    // A file system without limits has nothing to report, which is no failure.
    Ok(if output.is_ok() { parse_report(&output.out()) } else { Map::new() })
}

async fn report(read: &Read, mount: &str) -> Result<Map, Failure> {
    needs(read, "repquota")?;
    let mut both = Map::new();
    for (flag, title, inner) in [("--user", "User Quotas", "Users"), ("--group", "Group Quotas", "Groups")] {
        let rows: Map = [(inner, report_of(read, flag, mount).await?)].into_iter().collect();
        both.insert(title, rows);
    }
    Ok([(mount, both)].into_iter().collect())
}

/// What is known of a file system: its device, and whether limits of users and groups are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Device.
    pub device: String,
    /// Limits of users.
    pub user: Option<bool>,
    /// Limits of groups.
    pub group: Option<bool>,
}

impl Mode {
    /// Whether limits of a kind are on: `user` or `group`.
    #[must_use]
    pub fn is_on(&self, kind: &str) -> bool {
        if kind == "group" { self.group == Some(true) } else { self.user == Some(true) }
    }
}

/// Lines of `quotaon -p`: `group quota on / (/dev/vda) is off`.
fn parse_mode(text: &str) -> Option<Mode> {
    let mut mode = Mode::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let kind = words.next();
        let is_on = line.trim_end().ends_with(" on");
        if !line.contains(" quota on ") {
            continue;
        }
        match kind {
            Some("user") => mode.user = Some(is_on),
            Some("group") => mode.group = Some(is_on),
            Some(_) | None => continue,
        }
        if let Some((_, rest)) = line.split_once(" (") {
            mode.device = rest.split(')').next().unwrap_or_default().to_owned();
        }
    }
    (mode.user.is_some() || mode.group.is_some()).then_some(mode)
}

/// Whether limits are on for a file system; `None` where it is mounted without them.
pub async fn mode(read: &Read, device: &str) -> Result<Option<Mode>, Failure> {
    needs(read, "quotaon")?;
    // Its status tells whether they are on, which is no failure.
    Ok(parse_mode(&read.try_run(["quotaon", "--print-state", device]).await?.out()))
}

/// Turns limits on or off, of all kinds or of one.
pub async fn turn(cx: &Cx, device: &str, on: bool, kind: Option<&str>) -> Result<(), Failure> {
    let program = if on { "quotaon" } else { "quotaoff" };
    needs(cx, program)?;
    let flag = match kind {
        Some("group") => "--group",
        Some(_) => "--user",
        None => "-ug",
    };
    cx.run([program, flag, device]).await.map(drop)
}

/// Report what users and groups store on a file system, and their limits.
///
/// ```salt
/// salt '*' quota.report /srv
/// ```
#[derive(Args)]
pub struct Report {
    /// Where it is mounted.
    mount: String,
}

impl Query for Report {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        report(read, &self.mount).await
    }
}

/// Set the limits of a user or a group; what is not given stays. Return all limits.
///
/// ```salt
/// salt '*' quota.set /srv user=larry block-soft-limit=1048576
/// salt '*' quota.set /srv group=painters file-hard-limit=1000
/// ```
#[derive(Args)]
pub struct Set {
    /// Where the file system is mounted.
    device: String,
    /// User.
    #[arg(named)]
    user: Option<String>,
    /// Group.
    #[arg(named)]
    group: Option<String>,
    /// `block-soft-limit`, `block-hard-limit`, `file-soft-limit`, `file-hard-limit`.
    #[arg(extra)]
    limits: Map,
}

impl Action for Set {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        needs(cx, "setquota")?;
        let (flag, name) = match (self.user, self.group) {
            (Some(user), None) => ("--user", user),
            (None, Some(group)) => ("--group", group),
            _ => return Err(Failure::bad_arguments("either a user or a group is needed")),
        };
        let now = report_of(cx, flag, &self.device).await?;
        let limit = |key: &str| {
            let given = self.limits.get(key).or_else(|| self.limits.get(&key.replace('-', "_")));
            given.or_else(|| now.get(&name)?.get(key)).map_or_else(|| "0".to_owned(), text::str)
        };
        let limits = ["block-soft-limit", "block-hard-limit", "file-soft-limit", "file-hard-limit"].map(limit);
        let argv = ["setquota".to_owned(), flag.to_owned(), name.clone()].into_iter().chain(limits).chain([self.device.clone()]);
        cx.run(argv).await?;
        report(cx, &self.device).await
    }
}

/// Send mail to everyone who is over a limit.
///
/// ```salt
/// salt '*' quota.warn
/// ```
#[derive(Args)]
pub struct Warn;

impl Action for Warn {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        needs(cx, "warnquota")?;
        cx.run(["warnquota"]).await?;
        Ok(Value::Null)
    }
}

/// Return what the kernel counts of limits.
///
/// ```salt
/// salt '*' quota.stats
/// ```
#[derive(Args)]
pub struct Stats;

impl Query for Stats {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "quotastats")?;
        let text = read.ask(["quotastats"]).await?;
        Ok(text.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim().to_owned(), value.trim())).collect())
    }
}

/// Turn limits on.
///
/// ```salt
/// salt '*' quota.on /srv
/// ```
#[derive(Args)]
pub struct On {
    /// Where the file system is mounted.
    device: String,
}

impl Action for On {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        turn(cx, &self.device, true, None).await.map(|()| true)
    }
}

/// Turn limits off.
///
/// ```salt
/// salt '*' quota.off /srv
/// ```
#[derive(Args)]
pub struct Off {
    /// Where the file system is mounted.
    device: String,
}

impl Action for Off {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        turn(cx, &self.device, false, None).await.map(|()| true)
    }
}

/// Tell whether limits are on for a file system.
///
/// ```salt
/// salt '*' quota.get_mode /srv
/// ```
#[derive(Args)]
pub struct GetMode {
    /// Where it is mounted.
    device: String,
}

impl Query for GetMode {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let shown: Value = match mode(read, &self.device).await? {
            None => "disabled".into(),
            Some(mode) => {
                let word = |on: Option<bool>| on.map(|on| if on { "on" } else { "off" });
                let mut map = Map::new();
                map.insert("device", mode.device.as_str());
                for (kind, on) in [("user", mode.user), ("group", mode.group)] {
                    if let Some(word) = word(on) {
                        map.insert(kind, word);
                    }
                }
                map.into()
            }
        };
        Ok([(self.device, shown)].into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Answers of quota 4.06 for an ext4 file system.
    #[test]
    fn a_report_is_a_table_with_commas() {
        let text = "User,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed,FileSoftLimit,FileHardLimit,FileGrace\nroot,ok,ok,20,0,0,,2,0,0,\nbob,ok,soft,4,100,200,,9,5,10,7days\n";
        let report = parse_report(text);
        let of = |name: &str, key: &str| report.get(name).and_then(|row| row.get(key)).map(text::str).unwrap_or_default();
        assert_eq!(
            (of("bob", "block-hard-limit"), of("bob", "file-grace"), of("root", "block-used")),
            ("200".into(), "7days".into(), "20".into())
        );
    }

    #[test]
    fn a_mode_is_read() {
        let text =
            "group quota on /srv (/dev/loop0) is off\nuser quota on /srv (/dev/loop0) is on\nproject quota on /srv (/dev/loop0) is off\n";
        let mode = parse_mode(text).unwrap();
        assert_eq!((mode.is_on("user"), mode.is_on("group"), mode.device.as_str()), (true, false, "/dev/loop0"));
        assert_eq!(parse_mode("quotaon: Mountpoint (or device) / not found or has no quota enabled.\n"), None);
    }
}
