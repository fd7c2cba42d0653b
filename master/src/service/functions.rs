//! Execution functions that pillar templates call: they run on the master, as in Salt, with the minion's grains.
//!
//! What needs a minion (files fetched into its cache, its templates, its events) is refused with a word that says so.

use crate::core::Core;
use engine::Bridge;
use model::{Failure, FailureKind, Target};
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
}

/// The functions for the pillar of one minion. Calls wait, so they come from a thread that may.
pub fn functions(registry: &Arc<Registry>, seen: Seen) -> Arc<dyn Functions> {
    let Ok(runtime) = Handle::try_current() else { return Arc::new(NoFunctions) };
    Arc::new(Bridge::new(Arc::clone(registry), context(registry, seen), runtime))
}

/// Calls an execution function on the master, in the name of what is seen.
///
/// # Errors
/// As the function fails, or when there is none of that name.
pub async fn call_function(core: &Core, seen: Seen, name: &str, args: CallArgs) -> Result<Returned, Failure> {
    core.functions.call(name, args, &context(&core.functions, seen)).await
}

fn context(registry: &Arc<Registry>, seen: Seen) -> Cx {
    let facts = Facts { id: seen.minion.clone(), grains: Arc::clone(&seen.grains), opts: Arc::clone(&seen.opts), ..Facts::default() };
    let agent = MasterAgent { registry: Arc::clone(registry), seen };
    Cx::grant(Read::new(Arc::new(RealHost::new()), Arc::new(agent), Arc::new(facts)), None)
}

/// The master in the place of a minion's agent.
struct MasterAgent {
    registry: Arc<Registry>,
    seen: Seen,
}

fn refused(what: &str) -> Failure {
    Failure::new(FailureKind::Refused, format!("{what} needs a minion, and pillar is compiled on the master"))
}

#[async_trait::async_trait]
impl Agent for MasterAgent {
    async fn fetch(&self, uri: &str, _: &str) -> Result<Option<Fetched>, Failure> {
        Err(refused(&format!("fetching `{uri}`")))
    }

    async fn hash(&self, uri: &str, _: &str) -> Result<Option<String>, Failure> {
        Err(refused(&format!("the hash of `{uri}`")))
    }

    async fn list(&self, uri: &str, _: &str) -> Result<Option<Listing>, Failure> {
        Err(refused(&format!("listing `{uri}`")))
    }

    async fn render(&self, template: Render) -> Result<String, Failure> {
        Err(refused(&format!("rendering `{}`", template.name)))
    }

    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure> {
        let cx = context(&self.registry, self.seen.clone());
        self.registry.call(function, args, &cx).await.map(|returned| returned.value)
    }

    async fn event(&self, tag: &str, _: Value) -> Result<(), Failure> {
        Err(refused(&format!("the event `{tag}`")))
    }

    fn matches(&self, target: &Target) -> Result<bool, Failure> {
        let expression = target::parse(target, &self.seen.nodegroups).map_err(|error| Failure::bad_arguments(error.to_string()))?;
        if expression.needs_pillar() {
            return Err(Failure::bad_arguments("a target by pillar cannot be asked while that pillar is compiled"));
        }
        let pillar = Value::map();
        Ok(expression.matches(&Known { id: &self.seen.minion, grains: &self.seen.grains, pillar: &pillar }))
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, Failure> {
        yaml::load_value(text).map_err(|error| Failure::failed(error.to_string()))
    }

    fn dump_yaml(&self, value: &Value) -> String {
        yaml::dump(value, &yaml::DumpOptions::default())
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
