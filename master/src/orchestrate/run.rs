//! From names of SLS to the results of the run.

use crate::core::Core;
use crate::service::{Seen, blocking, context_of};
use crate::tree::Tree;
use async_trait::async_trait;
use engine::{Go, Options, Row};
use manager::Refusal;
use model::{JobId, Problem};
use sdk::Cx;
use sls::{Chunk, Loaded, Plan, Request, SlsSource, Unloaded};
use std::sync::Arc;
use value::{Map, Value};

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Orchestration {
    /// Names of SLS.
    pub names: Vec<String>,
    /// Their environment.
    pub env: String,
    /// Names to leave out.
    pub exclude: Vec<String>,
    /// Pillar of the caller.
    pub pillar: Map,
    /// Nothing is changed; what would change is told.
    pub test: bool,
    /// The run's own id.
    pub job: JobId,
    /// On whose behalf jobs are sent and runners called.
    pub user: String,
}

impl Orchestration {
    fn seen(&self, core: &Core) -> Seen {
        let mut seen = Seen::master(core);
        seen.pillar = Arc::new(Value::Map(self.pillar.clone()));
        seen.job = Some(self.job);
        self.user.clone_into(&mut seen.user);
        if let Value::Map(opts) = Arc::make_mut(&mut seen.opts) {
            opts.insert("test", self.test);
            opts.insert("orchestration_jid", self.job.to_string());
        }
        seen
    }
}

/// What came of a run.
pub struct Ran {
    /// Results by state, or the texts of what is wrong.
    pub value: Value,
    /// 0, 1 when nothing ran, 2 when a state failed.
    pub retcode: i32,
}

/// Compiles and runs.
///
/// # Errors
/// When the master breaks off. That states fail is a result.
pub async fn orchestrate(core: &Arc<Core>, wanted: &Orchestration) -> Result<Ran, Refusal> {
    let seen = wanted.seen(core);
    let plan = match compile(core, wanted, seen.clone()).await? {
        Ok(plan) => plan,
        Err(problems) => return Ok(refused(&problems)),
    };
    run(core, wanted, seen, &plan).await
}

/// Runs states that no file holds.
///
/// # Errors
/// When the master breaks off.
pub async fn of_data(core: &Arc<Core>, wanted: &Orchestration, data: Map) -> Result<Ran, Refusal> {
    let seen = wanted.seen(core);
    let tree = Tree::new(core, seen.clone());
    let compiled = blocking(move || Given::new(tree, &data).map(|given| sls::compile(&given, &Request::sls("base", [GIVEN]))));
    let compiled = compiled.await.map_err(|failure| Refusal::internal(failure.to_string()))?.map_err(Refusal::invalid)?;
    if !compiled.problems.is_empty() {
        return Ok(refused(&compiled.problems));
    }
    run(core, wanted, seen, &compiled.value).await
}

/// Name of the SLS that given data is compiled as.
const GIVEN: &str = "given";

/// Data in the place of one SLS, with the tree around it for what it includes.
struct Given {
    tree: Tree,
    rendered: render::Rendered,
}

impl Given {
    fn new(tree: Tree, data: &Map) -> Result<Self, String> {
        let text = yaml::dump(&Value::Map(data.clone()), &yaml::DumpOptions::default());
        let node = yaml::load(&text, GIVEN).map_err(|error| error.to_string())?;
        Ok(Self { tree, rendered: render::Rendered { node, files: vec![GIVEN.to_owned()] } })
    }
}

impl SlsSource for Given {
    fn envs(&self) -> Vec<String> {
        self.tree.envs()
    }

    fn names(&self, env: &str) -> Vec<String> {
        let mut names = self.tree.names(env);
        names.push(GIVEN.to_owned());
        names
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        if sls != GIVEN {
            return self.tree.load(env, sls);
        }
        Ok(Loaded { path: GIVEN.to_owned(), rendered: Some(self.rendered.clone()) })
    }
}

/// The high data of an orchestration, as `state.orchestrate_show_sls` prints it.
///
/// # Errors
/// When the master breaks off, or something is wrong with the SLS.
pub async fn show(core: &Arc<Core>, wanted: &Orchestration) -> Result<Value, Refusal> {
    let seen = wanted.seen(core);
    let (tree, request) = (Tree::new(core, seen), request(wanted));
    let shown = blocking(move || sls::show_high(&tree, &request)).await.map_err(|failure| Refusal::internal(failure.to_string()))?;
    if shown.problems.is_empty() {
        return Ok(shown.value);
    }
    Ok(refused(&shown.problems).value)
}

fn request(wanted: &Orchestration) -> Request {
    let exclude = wanted.exclude.iter().map(|name| sls::Exclude::Sls(name.clone())).collect();
    let options = sls::Options { auto_order: true, ..sls::Options::default() };
    Request { exclude, options, ..Request::sls(wanted.env.clone(), wanted.names.iter().cloned()) }
}

async fn compile(core: &Arc<Core>, wanted: &Orchestration, seen: Seen) -> Result<Result<Plan, Vec<Problem>>, Refusal> {
    let (tree, request) = (Tree::new(core, seen), request(wanted));
    let compiled = blocking(move || sls::compile(&tree, &request)).await.map_err(|failure| Refusal::internal(failure.to_string()))?;
    Ok(if compiled.problems.is_empty() { Ok(compiled.value) } else { Err(compiled.problems) })
}

fn refused(problems: &[Problem]) -> Ran {
    Ran { value: Value::List(problems.iter().map(|problem| Value::from(problem.to_string())).collect()), retcode: 1 }
}

async fn run(core: &Arc<Core>, wanted: &Orchestration, seen: Seen, plan: &Plan) -> Result<Ran, Refusal> {
    let registry = super::registry();
    let problems = engine::validate(plan, &registry);
    if !problems.is_empty() {
        return Ok(Ran { value: Value::List(problems.iter().map(|problem| Value::from(problem.to_string())).collect()), retcode: 1 });
    }
    let services = Services { core: Arc::clone(core), seen, job: wanted.job };
    let options = Options { test: wanted.test, ..Options::default() };
    let report = engine::run(plan, &registry, &services, &options).await;
    core.pauses.forget(&wanted.job.to_string());
    let retcode = report.retcode();
    Ok(Ran { value: report.into_value(), retcode })
}

/// The master's side of a run.
struct Services {
    core: Arc<Core>,
    seen: Seen,
    job: JobId,
}

#[async_trait]
impl engine::Services for Services {
    fn cx(&self, env: &str) -> Cx {
        context_of(&self.core, Seen { env: env.to_owned(), ..self.seen.clone() })
    }

    async fn before(&self, chunk: &Chunk) -> Go {
        if self.core.pauses.before(&self.job.to_string(), &chunk.id).await { Go::On } else { Go::Stop }
    }

    async fn done(&self, row: &Row, of: usize) {
        if !self.core.is_heard() {
            return;
        }
        let mut data = Map::new();
        data.insert("ret", Value::Map(row.value.clone()));
        data.insert("len", of);
        data.insert("tag", row.tag.as_str());
        let now = model::Timestamp::now();
        let (tag, event) = crate::sessions::progress_event(self.job, &self.core.id, Value::Map(data), now);
        self.core.bus.fire(tag, event, now, crate::bus::Keep::LiveOnly);
    }

    async fn event(&self, tag: &str, data: Value) -> Result<(), sdk::Failure> {
        self.core.bus.fire(tag, data, model::Timestamp::now(), crate::bus::Keep::Stored);
        Ok(())
    }
}
