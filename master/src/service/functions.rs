//! Execution functions that pillar templates call: they run on the master, as in Salt, with the minion's grains.
//!
//! What needs a minion (files fetched into its cache, its templates, its events) is refused with a word that says so.

use crate::core::Core;
use crate::settings::Settings;
use engine::Bridge;
use files::{FileEnv, FilePath};
use model::{Failure, FailureKind, JobId, Target};
use render::{Functions, NoFunctions};
use sdk::host::RealHost;
use sdk::{Agent, CallArgs, Cx, Facts, Fetched, Listing, Read, Registry, Render, Returned};
use std::any::Any;
use std::sync::Arc;
use target::{Known, Nodegroups};
use tokio::runtime::Handle;
use value::Value;

/// What a template of one minion's pillar sees.
#[derive(Clone)]
pub struct Seen {
    /// Id of the minion.
    pub minion: String,
    /// Its grains.
    pub grains: Arc<Value>,
    /// The master's configuration.
    pub opts: Arc<Value>,
    /// Named groups of minions.
    pub nodegroups: Nodegroups,
    /// Pillar, where there is one.
    pub pillar: Arc<Value>,
    /// File environment.
    pub env: String,
    /// Job that this belongs to.
    pub job: Option<JobId>,
    /// On whose behalf.
    pub user: String,
}

impl Seen {
    /// What the master sees of itself.
    #[must_use]
    pub fn master(core: &Core) -> Self {
        let settings = core.settings();
        Self::minion(&settings, core.id.clone(), Arc::new(Value::map()))
    }

    /// What pillar of a minion sees.
    #[must_use]
    pub fn minion(settings: &Settings, minion: String, grains: Arc<Value>) -> Self {
        Self {
            minion,
            grains,
            opts: Arc::clone(&settings.opts),
            nodegroups: settings.nodegroups.clone(),
            pillar: Arc::new(Value::map()),
            env: "base".to_owned(),
            job: None,
            user: "master".to_owned(),
        }
    }
}

/// The functions for templates. Calls wait, so they come from a thread that may.
pub fn functions_of(core: &Arc<Core>, seen: Seen) -> Arc<dyn Functions> {
    let Ok(runtime) = Handle::try_current() else { return Arc::new(NoFunctions) };
    Arc::new(Bridge::new(Arc::clone(&core.functions), context_of(core, seen), runtime))
}

/// Calls an execution function on the master, in the name of what is seen.
///
/// # Errors
/// As the function fails, or when there is none of that name.
pub async fn call_function(core: &Arc<Core>, seen: Seen, name: &str, args: CallArgs) -> Result<Returned, Failure> {
    core.functions.call(name, args, &context_of(core, seen)).await
}

/// The master behind the context of a function; `None` in tests of others.
#[must_use]
pub fn core_of(read: &Read) -> Option<Arc<Core>> {
    read.agent().as_any().downcast_ref::<MasterAgent>().map(|agent| Arc::clone(&agent.core))
}

/// On whose behalf a function acts.
#[must_use]
pub fn user_of(read: &Read) -> Option<String> {
    read.agent().as_any().downcast_ref::<MasterAgent>().map(|agent| agent.seen.user.clone())
}

/// The right to act on the master, with what is seen.
pub fn context_of(core: &Arc<Core>, seen: Seen) -> Cx {
    let facts = Facts {
        id: seen.minion.clone(),
        grains: Arc::clone(&seen.grains),
        opts: Arc::clone(&seen.opts),
        pillar: Arc::clone(&seen.pillar),
        env: seen.env.clone(),
        job: seen.job,
        ..Facts::default()
    };
    let agent = MasterAgent { core: Arc::clone(core), seen };
    Cx::grant(Read::new(Arc::new(RealHost::new()), Arc::new(agent), Arc::new(facts)), None)
}

/// The master in the place of a minion's agent.
struct MasterAgent {
    core: Arc<Core>,
    seen: Seen,
}

fn refused(what: &str) -> Failure {
    Failure::new(FailureKind::Refused, format!("{what} needs a minion, and pillar is compiled on the master"))
}

/// Path and environment of a file of the master's own tree.
fn own_file(uri: &str, env: &str) -> Result<Option<(FilePath, String)>, Failure> {
    let Some(rest) = uri.strip_prefix("salt://") else { return Ok(None) };
    let (path, env) = match rest.split_once("?saltenv=") {
        Some((path, env)) => (path, env),
        None => (rest, if env.is_empty() { "base" } else { env }),
    };
    let path = FilePath::new(path).map_err(|error| Failure::bad_arguments(error.to_string()))?;
    Ok(Some((path, env.to_owned())))
}

#[async_trait::async_trait]
impl Agent for MasterAgent {
    async fn fetch(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
        let Some((path, env)) = own_file(uri, env)? else { return Err(refused(&format!("fetching `{uri}`"))) };
        let files = Arc::clone(&self.core.settings().files);
        let found = super::blocking(move || files.find(&env, &path)).await?.map_err(|error| Failure::failed(output::chain(&error)))?;
        Ok(found.map(|found| Fetched { path: found.disk.to_string_lossy().into_owned(), sha256: None, mode: Some(found.mode) }))
    }

    async fn hash(&self, uri: &str, env: &str) -> Result<Option<String>, Failure> {
        let Some((path, env)) = own_file(uri, env)? else { return Err(refused(&format!("the hash of `{uri}`"))) };
        let files = Arc::clone(&self.core.settings().files);
        super::blocking(move || files.hash(&env, &path)).await?.map_err(|error| Failure::failed(output::chain(&error)))
    }

    async fn list(&self, uri: &str, _: &str) -> Result<Option<Listing>, Failure> {
        Err(refused(&format!("listing `{uri}`")))
    }

    async fn render(&self, template: Render) -> Result<String, Failure> {
        let tree = crate::tree::Tree::new(&self.core, self.seen.clone());
        let render = move || tree.template(&template.env, &template.name, &template.text, &template.engine, template.context);
        super::blocking(render).await?.map_err(Failure::failed)
    }

    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure> {
        let cx = context_of(&self.core, self.seen.clone());
        self.core.functions.call(function, args, &cx).await.map(|returned| returned.value)
    }

    async fn event(&self, tag: &str, data: Value) -> Result<(), Failure> {
        if self.seen.job.is_none() {
            return Err(refused(&format!("the event `{tag}`")));
        }
        self.core.bus.fire(tag, data, model::Timestamp::now(), crate::bus::Keep::Stored);
        Ok(())
    }

    fn matches(&self, target: &Target) -> Result<bool, Failure> {
        let expression = target::parse(target, &self.seen.nodegroups).map_err(|error| Failure::bad_arguments(error.to_string()))?;
        if expression.needs_pillar() {
            return Err(Failure::bad_arguments("a target by pillar cannot be asked while that pillar is compiled"));
        }
        Ok(expression.matches(&Known { id: &self.seen.minion, grains: &self.seen.grains, pillar: &self.seen.pillar }))
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, Failure> {
        yaml::load_value(text).map_err(|error| Failure::failed(error.to_string()))
    }

    fn dump_yaml(&self, value: &Value) -> String {
        yaml::dump(value, &yaml::DumpOptions::default())
    }

    fn registry(&self) -> &Registry {
        &self.core.functions
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
