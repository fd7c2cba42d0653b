//! The agent about itself: running jobs, refreshing, syncing.

use super::desk;
use crate::running::{Entry, Running as Table, Signalled};
use crate::sync;
use model::{Glob, JobId};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(
    saltutil,
    [
        Running,
        IsRunning,
        FindJob,
        KillJob,
        TermJob,
        SignalJob,
        KillAllJobs,
        TermAllJobs,
        SignalAllJobs,
        RefreshGrains,
        RefreshPillar,
        RefreshModules,
        SyncAll,
        SyncGrains,
        SyncModules,
        SyncStates,
        ClearCache,
    ]
);

/// Jobs that run, but for the one that asks.
fn others(read: &Read) -> Result<Vec<Entry>, Failure> {
    let own = read.facts().job;
    Ok(desk(read)?.core.running.all().into_iter().filter(|entry| Some(entry.job.id) != own).collect())
}

/// List the jobs that run on this minion.
///
/// ```salt
/// salt '*' saltutil.running
/// ```
#[derive(Args)]
pub struct Running;

impl Query for Running {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(Value::List(others(read)?.iter().map(Entry::show).collect()))
    }
}

/// List the running jobs of functions that fit a pattern.
///
/// ```salt
/// salt '*' saltutil.is_running 'state.*'
/// ```
#[derive(Args)]
pub struct IsRunning {
    /// Pattern over the names of functions.
    fun: String,
}

impl Query for IsRunning {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let pattern = Glob::new(&self.fun);
        let fits = |entry: &Entry| entry.job.calls.iter().any(|call| pattern.matches(call.function.as_str()));
        Ok(Value::List(others(read)?.iter().filter(|entry| fits(entry)).map(Entry::show).collect()))
    }
}

/// Show one running job; an empty mapping if it does not run.
///
/// ```salt
/// salt '*' saltutil.find_job 20261123061947179934
/// ```
#[derive(Args)]
pub struct FindJob {
    /// Id of the job.
    jid: String,
}

impl Query for FindJob {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let found = others(read)?.into_iter().find(|entry| entry.job.id.to_string() == self.jid);
        Ok(found.map_or_else(Value::map, |entry| entry.show()))
    }
}

fn signal_one(read: &Read, jid: &str, signal: i32) -> Result<Value, Failure> {
    let Ok(id) = jid.parse::<JobId>() else { return Ok(Value::from("")) };
    match desk(read)?.core.running.signal(id, signal) {
        Signalled::NotHere => Ok(Value::from("")),
        Signalled::Refused(error) => Err(Failure::bad_arguments(format!("signal {signal} cannot be sent to job {jid}: {error}"))),
        Signalled::Sent(groups) if groups.is_empty() && !Table::ends(signal) => {
            Err(Failure::failed(format!("job {jid} runs no command now, so there is nobody to send signal {signal} to"))
                .with_hint("signals that end (1, 2, 3, 6, 9, 15) end the job itself"))
        }
        Signalled::Sent(_) => Ok(format!("Signal {signal} sent to job {jid} at pid {}", std::process::id()).into()),
    }
}

fn signal_all(read: &Read, signal: i32) -> Result<Value, Failure> {
    let mut said = Map::new();
    for entry in others(read)? {
        let id = entry.job.id.to_string();
        said.insert(id.as_str(), signal_one(read, &id, signal)?);
    }
    Ok(Value::Map(said))
}

macro_rules! ending {
    ($(#[$doc:meta])* $name:ident $signal:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Id of the job.
            jid: String,
        }

        impl Action for $name {
            type Output = Value;

            async fn call(self, cx: &Cx) -> Result<Value, Failure> {
                signal_one(cx.read(), &self.jid, $signal)
            }
        }
    };
}

ending! {
    /// Kill a running job with all its processes.
    ///
    /// ```salt
    /// salt '*' saltutil.kill_job 20261123061947179934
    /// ```
    KillJob 9
}
ending! {
    /// End a running job with all its processes.
    ///
    /// ```salt
    /// salt '*' saltutil.term_job 20261123061947179934
    /// ```
    TermJob 15
}

/// Send a signal to a running job.
///
/// ```salt
/// salt '*' saltutil.signal_job 20261123061947179934 15
/// ```
#[derive(Args)]
pub struct SignalJob {
    /// Id of the job.
    jid: String,
    /// Number of the signal.
    sig: i32,
}

impl Action for SignalJob {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        signal_one(cx.read(), &self.jid, self.sig)
    }
}

/// Kill all running jobs but this one.
///
/// ```salt
/// salt '*' saltutil.kill_all_jobs
/// ```
#[derive(Args)]
pub struct KillAllJobs;

impl Action for KillAllJobs {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        signal_all(cx.read(), 9)
    }
}

/// End all running jobs but this one.
///
/// ```salt
/// salt '*' saltutil.term_all_jobs
/// ```
#[derive(Args)]
pub struct TermAllJobs;

impl Action for TermAllJobs {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        signal_all(cx.read(), 15)
    }
}

/// Send a signal to all running jobs but this one.
///
/// ```salt
/// salt '*' saltutil.signal_all_jobs 15
/// ```
#[derive(Args)]
pub struct SignalAllJobs {
    /// Number of the signal.
    sig: i32,
}

impl Action for SignalAllJobs {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        signal_all(cx.read(), self.sig)
    }
}

/// Look at the host again and send the grains to the master.
///
/// ```salt
/// salt '*' saltutil.refresh_grains
/// ```
#[derive(Args)]
pub struct RefreshGrains {
    /// Also ask for the pillar again, which may depend on grains.
    #[arg(default = true)]
    refresh_pillar: bool,
    /// Known for compatibility: there is no cache of grains to clean.
    #[arg(default = false, ignored)]
    clean_pillar_cache: bool,
}

impl Action for RefreshGrains {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let desk = desk(cx.read())?;
        desk.blocking(|desk| Ok(desk.core.refresh_grains())).await?;
        desk.core.grains_changed.notify_one();
        if self.refresh_pillar {
            desk.core.refresh_pillar().await?;
        }
        Ok(true)
    }
}

/// Ask for the pillar again.
///
/// ```salt
/// salt '*' saltutil.refresh_pillar
/// ```
#[derive(Args)]
pub struct RefreshPillar {
    /// Known for compatibility: the pillar is there when this returns.
    #[arg(default = true, ignored)]
    wait: bool,
    /// Known for compatibility.
    #[arg(default = 30, ignored)]
    timeout: i64,
    /// Known for compatibility: there is no cache to clean.
    #[arg(default = false, ignored)]
    clean_cache: bool,
}

impl Action for RefreshPillar {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        desk(cx.read())?.core.refresh_pillar().await?;
        Ok(true)
    }
}

/// Read modules again; they are part of the program, so there is nothing to read.
///
/// ```salt
/// salt '*' saltutil.refresh_modules
/// ```
#[derive(Args)]
pub struct RefreshModules {
    /// Known for compatibility.
    #[arg(default = true, ignored)]
    r#async: bool,
}

impl Action for RefreshModules {
    type Output = bool;

    async fn call(self, _: &Cx) -> Result<bool, Failure> {
        Ok(true)
    }
}

macro_rules! syncing {
    ($(#[$doc:meta])* $name:ident $kind:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Environment to take them from.
            saltenv: Option<String>,
            /// Look at the host again afterwards.
            #[arg(default = true)]
            refresh: bool,
            /// Known for compatibility.
            #[arg(named, ignored)]
            extmod_whitelist: Option<Value>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            extmod_blacklist: Option<Value>,
        }

        impl Action for $name {
            type Output = Value;

            async fn call(self, cx: &Cx) -> Result<Value, Failure> {
                let desk = desk(cx.read())?;
                let env = self.saltenv.unwrap_or_else(|| cx.env().to_owned());
                let refresh = self.refresh;
                let (synced, changed) = desk.blocking(move |desk| sync::sync(&desk, &env, $kind)).await?;
                if refresh && changed {
                    desk.blocking(|desk| Ok(desk.core.refresh_grains())).await?;
                    desk.core.grains_changed.notify_one();
                }
                Ok(synced)
            }
        }
    };
}

syncing! {
    /// Bring all custom parts of the file server here: grains programs; other kinds are named and left out.
    ///
    /// ```salt
    /// salt '*' saltutil.sync_all
    /// ```
    SyncAll sync::Kind::All
}
syncing! {
    /// Bring the programs in `_grains` here.
    ///
    /// ```salt
    /// salt '*' saltutil.sync_grains
    /// ```
    SyncGrains sync::Kind::Grains
}
syncing! {
    /// Bring custom modules here; none can be used yet.
    ///
    /// ```salt
    /// salt '*' saltutil.sync_modules
    /// ```
    SyncModules sync::Kind::Unusable("_modules")
}
syncing! {
    /// Bring custom states here; none can be used yet.
    ///
    /// ```salt
    /// salt '*' saltutil.sync_states
    /// ```
    SyncStates sync::Kind::Unusable("_states")
}

/// Empty the cache of files.
///
/// ```salt
/// salt '*' saltutil.clear_cache
/// ```
#[derive(Args)]
pub struct ClearCache {
    /// Known for compatibility: everything is removed.
    #[arg(named, ignored)]
    days: Option<i64>,
}

impl Action for ClearCache {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let cache = desk(cx.read())?.core.loaded().config.cachedir.clone();
        for folder in ["files", "blobs", "localfiles", "extrn_files"] {
            let folder = cache.join(folder).to_string_lossy().into_owned();
            if cx.host().is_dir(&folder) {
                cx.host().remove_all(&folder).map_err(modules::failure)?;
            }
        }
        Ok(true)
    }
}
