//! Jobs that run once at a time.

use modules::at::{Job, add, fits, has_condition, queue, remove};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value};

sdk::states!(at, [Present, Absent, Watch]);

/// Ensure a job is put into the queue.
///
/// It is put there by every run, unless `unique_tag` says that one with its tag is enough.
///
/// ```salt
/// rose:
///   at.present:
///     - job: 'echo "I love saltstack" > love'
///     - timespec: '9:09 11/09/26'
///     - tag: love
///     - user: jam
///     - unique_tag: True
/// ```
#[derive(Args)]
pub struct Present {
    /// What is run, where there is no `job`.
    name: String,
    /// When, in the words of `at`.
    timespec: String,
    /// Tag to find it by.
    tag: Option<String>,
    /// User that runs it.
    user: Option<String>,
    /// What is run.
    job: Option<String>,
    /// Do nothing if there is a job with this tag.
    #[arg(default = false)]
    unique_tag: bool,
}

/// Ensure a job is put into the queue when a watched state changes.
///
/// ```salt
/// minion_restart:
///   at.watch:
///     - job: 'systemctl restart app'
///     - timespec: 'now +1 min'
///     - watch:
///       - file: /etc/app.conf
/// ```
#[derive(Args)]
pub struct Watch {
    /// What is run, where there is no `job`.
    name: String,
    /// When, in the words of `at`.
    timespec: String,
    /// Tag to find it by.
    tag: Option<String>,
    /// User that runs it.
    user: Option<String>,
    /// What is run.
    job: Option<String>,
    /// Do nothing if there is a job with this tag.
    #[arg(default = false)]
    unique_tag: bool,
}

/// A job as both states have it.
struct Wanted<'a> {
    script: &'a str,
    when: &'a str,
    tag: Option<&'a str>,
    user: Option<&'a str>,
    is_unique: bool,
}

impl Wanted<'_> {
    /// Why there is nothing to do, or why it cannot be done.
    async fn look(&self, read: &Read) -> Result<Option<Check<()>>, Failure> {
        if self.is_unique {
            let Some(tag) = self.tag else { return Ok(Some(Check::fails("no tag provided and unique_tag is set to True"))) };
            if queue(read).await?.iter().any(|job| job.tag == tag) {
                return Ok(Some(Check::desired(format!("atleast one job with tag {tag} exists."))));
            }
        }
        Ok(self
            .user
            .filter(|user| read.host().accounts().user(user).is_none())
            .map(|user| Check::fails(format!("user {user} does not exists"))))
    }

    async fn put(&self, cx: &Cx) -> Result<Applied, Failure> {
        let id = match add(cx, self.when, self.script, self.tag, self.user).await? {
            Ok(id) => id,
            Err(said) => return Ok(Applied::failed(said)),
        };
        let job = queue(cx).await?.into_iter().find(|job| job.id == id);
        let changes = job.map_or_else(|| Value::Map([("job", id)].into_iter().collect()), Value::from);
        let who = self.user.map(|user| format!(" as {user}")).unwrap_or_default();
        Ok(Applied::ok(format!("job {} added and will run{who} on {}", self.script, self.when), changes))
    }
}

macro_rules! wanted {
    ($name:ident) => {
        impl $name {
            fn wanted(&self) -> Wanted<'_> {
                Wanted {
                    script: self.job.as_deref().unwrap_or(&self.name),
                    when: &self.timespec,
                    tag: self.tag.as_deref(),
                    user: self.user.as_deref(),
                    is_unique: self.unique_tag,
                }
            }
        }
    };
}
wanted!(Present);
wanted!(Watch);

impl State for Present {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let wanted = self.wanted();
        if let Some(done) = wanted.look(read).await? {
            return Ok(done);
        }
        Ok(Check::change(format!("job {} added and will run on {}", wanted.script, wanted.when), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.wanted().put(cx).await
    }
}

impl State for Watch {
    type Change = ();

    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(Check::desired(""))
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        let wanted = self.wanted();
        Ok(match wanted.look(read).await? {
            Some(Check::Desired(comment)) => Outlook::new(comment, Map::new()).with_result(Some(true)),
            Some(Check::Fails(applied)) => Outlook::new(applied.comment, Map::new()).with_result(Some(false)),
            _ => Outlook::new(format!("job {} added and will run on {}", wanted.script, wanted.when), Map::new()),
        })
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        let wanted = self.wanted();
        match wanted.look(cx).await? {
            Some(Check::Desired(comment)) => Ok(Applied::ok(comment, Map::new())),
            Some(Check::Fails(applied)) => Ok(applied),
            _ => wanted.put(cx).await,
        }
    }
}

/// Ensure there are no such jobs in the queue; without a condition, none at all.
///
/// ```salt
/// example:
///   at.absent:
///     - tag: rose
///     - day: 13
///     - hour: 16
/// ```
#[derive(Args)]
pub struct Absent {
    /// Any name.
    name: String,
    /// The job with this number; conditions do not count then.
    jobid: Option<i64>,
    /// Conditions: `tag`, `runas`, `year`, `month`, `day`, `hour`, `minute`.
    #[arg(extra)]
    asked: Map,
}

impl State for Absent {
    type Change = Vec<i64>;

    async fn check(&self, read: &Read) -> Result<Check<Vec<i64>>, Failure> {
        if self.asked.contains_key("limit") {
            return Ok(Check::fails(format!("limit parameter not supported {}", self.name)));
        }
        let is_meant = |job: &Job| match self.jobid {
            Some(id) => job.id == id,
            None => !has_condition(&self.asked) || fits(job, &self.asked),
        };
        let ids: Vec<i64> = queue(read).await?.iter().filter(|job| is_meant(job)).map(|job| job.id).collect();
        Ok(match (self.jobid, ids.is_empty()) {
            (Some(id), true) => Check::desired(format!("job with id {id} not present")),
            (None, true) => Check::desired("removed 0 job(s)"),
            (_, false) => Check::change(format!("removed {} job(s)", ids.len()), Map::new(), ids),
        })
    }

    async fn apply(&self, ids: Vec<i64>, cx: &Cx) -> Result<Applied, Failure> {
        if let Err(failure) = remove(cx, &ids).await {
            return Ok(Applied::failed(failure.message));
        }
        let removed: Vec<String> = ids.iter().map(i64::to_string).collect();
        let changes: Map = [("removed", removed)].into_iter().collect();
        Ok(Applied::ok(format!("removed {} job(s)", ids.len()), changes))
    }
}
