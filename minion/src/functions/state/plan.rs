//! Plans: what a run would change, to be reviewed and applied by its id while what it was reckoned from is unchanged.

use super::prepare::{self, Options, Prepared};
use super::request::{self, Meant};
use super::{refusal, refused, run};
use crate::desk::Desk;
use crate::functions::flatten;
use crate::plans::{self, Asked, Inputs, Kept, Plans};
use crate::source::Source;
use crate::tree::Tree;
use files::FilePath;
use model::{JobId, Timestamp};
use sdk::{Action, Args, Cx, Failure, Query, Read, Returned, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// Larger files of this host's own folders are told apart by size and time, not by content.
const HASHED: u64 = 4 << 20;

/// Larger texts are not searched for names of grains.
const SEARCHED: usize = 256 << 10;

/// Reckon what the states would change, and keep it for review.
///
/// Nothing is changed. `state.plan_apply` applies the plan by its id, as long as the SLS files and all else of the tree, the pillar and
/// the grains that the files speak of are what they were.
///
/// ```salt
/// salt 'web*' state.plan nginx
/// ```
#[derive(Args)]
pub struct Plan {
    /// Names of SLS, with commas between them or as a list; none for what the top file gives.
    mods: Option<Value>,
    /// Pillar of the caller, which wins over that of the files.
    #[arg(named)]
    pillar: Option<Value>,
    /// Environment of pillar.
    #[arg(named)]
    pillarenv: Option<String>,
    /// Environment of states.
    #[arg(named)]
    saltenv: Option<String>,
    /// SLS names, patterns or `{id: …}` to leave out.
    #[arg(named)]
    exclude: Option<Value>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
}

impl Action for Plan {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let asked = Asked {
            mods: flatten(self.mods.as_ref()),
            pillar: self.pillar,
            pillarenv: self.pillarenv,
            saltenv: self.saltenv,
            exclude: self.exclude,
        };
        let desk = prepare::of_cx(cx)?;
        let options = options(&asked, self.queue);
        let _held = match prepare::lock(&desk, "state.plan", &options).await {
            Ok(held) => held,
            Err(refusal) => return Ok(*refusal),
        };
        let reckoned = match reckon(&desk, &asked, &options).await? {
            Ok(reckoned) => reckoned,
            Err(refusal) => return Ok(*refusal),
        };
        let report = run::execute(&reckoned.desk, &options, reckoned.plan).await?;
        let Some(rows) = report.value.as_map() else { return Ok(report) };
        let made = Timestamp::now();
        let plan = Kept {
            id: cx.facts().job.unwrap_or_else(|| JobId::at(made)),
            made,
            asked,
            inputs: reckoned.inputs,
            states: plans::outlook(&report.value),
            count: rows.len(),
            applied: Vec::new(),
        };
        let shown = plan.show();
        keep(&desk, plan).await?;
        Ok(Returned { value: shown, retcode: report.retcode, out: None })
    }
}

/// Show a plan.
///
/// ```salt
/// salt 'web*' state.plan_show 20261123061947179934
/// ```
#[derive(Args)]
pub struct PlanShow {
    /// Id of the plan.
    id: Value,
}

impl Query for PlanShow {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let desk = prepare::of_read(read)?;
        Ok(find(&desk, &self.id).await?.show())
    }
}

/// List the plans that are kept here.
///
/// ```salt
/// salt 'web*' state.plan_list
/// ```
#[derive(Args)]
pub struct PlanList {}

impl Query for PlanList {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let desk = prepare::of_read(read)?;
        let ids = desk.blocking(|desk| store(&desk).ids().map_err(|error| unreadable(&error))).await?;
        Ok(Value::List(ids.into_iter().map(|id| Value::from(id.to_string())).collect()))
    }
}

/// Apply a plan, if it still holds.
///
/// It is refused when a file, the pillar or a grain that the files speak of has changed since, or when a rehearsal shows that the host would
/// be changed otherwise than the plan says.
///
/// ```salt
/// salt 'web*' state.plan_apply 20261123061947179934
/// ```
#[derive(Args)]
pub struct PlanApply {
    /// Id of the plan.
    id: Value,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
    /// Look whether the host would still be changed as the plan says.
    #[arg(named, default = true)]
    rehearse: bool,
}

impl Action for PlanApply {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        apply(cx, "state.plan_apply", &self.id, self.queue, if self.rehearse { Rehearsal::Wanted } else { Rehearsal::LeftOut }).await
    }
}

/// Whether the host is looked at again before a plan is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// It is.
    Wanted,
    /// It is not.
    LeftOut,
}

/// Applies a plan by its id.
pub async fn apply(cx: &Cx, function: &str, id: &Value, queue: Option<Value>, rehearsal: Rehearsal) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let mut plan = find(&desk, id).await?;
    let options = options(&plan.asked, queue);
    let _held = match prepare::lock(&desk, function, &options).await {
        Ok(held) => held,
        Err(refusal) => return Ok(*refusal),
    };
    let reckoned = match reckon(&desk, &plan.asked, &options).await? {
        Ok(reckoned) => reckoned,
        Err(refusal) => return Ok(*refusal),
    };
    let changed = plan.inputs.changed(&reckoned.inputs);
    if !changed.is_empty() {
        return Ok(outdated(&plan, changed));
    }
    if rehearsal == Rehearsal::Wanted {
        let report = run::execute(&reckoned.desk, &options, reckoned.plan.clone()).await?;
        let now = plans::outlook(&report.value);
        let other = plans::other_outlook(&plan.states, &now);
        if !other.is_empty() {
            return Ok(outdated(&plan, other.into_iter().map(|tag| format!("the host would be changed otherwise by `{tag}`")).collect()));
        }
    }
    // The very states that were reviewed are run, not what a second compile gives.
    let live = reckoned.desk.with_facts(|facts| set_test(facts, false));
    let returned = run::execute(&live, &options, reckoned.plan).await?;
    plan.applied.extend(cx.facts().job);
    keep(&desk, plan).await?;
    Ok(returned)
}

fn outdated(plan: &Kept, mut reasons: Vec<String>) -> Returned {
    reasons.insert(0, format!("The plan {} no longer holds and was not applied:", plan.id));
    reasons.push("make a new one with `state.plan` and review it".to_owned());
    Returned { out: None, ..refused(reasons, 1) }
}

fn options(asked: &Asked, queue: Option<Value>) -> Options {
    Options {
        test: Some(true),
        pillar: asked.pillar.clone(),
        pillarenv: asked.pillarenv.clone(),
        saltenv: asked.saltenv.clone(),
        exclude: asked.exclude.clone(),
        queue,
        ..Options::default()
    }
}

fn set_test(facts: &mut sdk::Facts, test: bool) {
    if let Value::Map(opts) = Arc::make_mut(&mut facts.opts) {
        opts.insert("test", test);
    }
}

/// A compiled run with what it was reckoned from.
struct Reckoned {
    /// In test mode.
    desk: Arc<Desk>,
    plan: sls::Plan,
    inputs: Inputs,
}

/// Compiles what is asked for, in test mode.
async fn reckon(desk: &Arc<Desk>, asked: &Asked, options: &Options) -> Result<Prepared<Reckoned>, Failure> {
    let desk = match prepare::desk(desk, options).await? {
        Ok(desk) => desk,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (mods, given) = (asked.mods.clone(), options.clone());
    desk.blocking(move |desk| {
        let request = match request::meant(&desk, &given, Meant::of(mods)) {
            Ok(request) => request,
            Err(answer) => return Ok(Err(answer)),
        };
        let compiled = sls::compile(&Tree::new(Arc::clone(&desk)), &request);
        if !compiled.problems.is_empty() {
            return Ok(Err(Box::new(refusal::of_compile(&desk, &compiled))));
        }
        let envs = request.wanted.iter().map(|(env, _)| env.clone()).chain(compiled.read.iter().map(|(env, _)| env.clone())).collect();
        let inputs = inputs(&desk, &envs, &compiled.read, &compiled.value)?;
        Ok(Ok(Reckoned { desk, plan: compiled.value, inputs }))
    })
    .await
}

/// Everything that a compiled plan was reckoned from. Blocks.
fn inputs(desk: &Desk, envs: &BTreeSet<String>, read: &[(String, String)], plan: &sls::Plan) -> Result<Inputs, Failure> {
    let files = desk.core.files();
    let fail = |error: files::Error| Failure::failed(output::chain(&error));
    let facts = desk.facts();
    let folders: BTreeSet<&str> = read.iter().filter_map(|(_, sls)| sls.split('.').next()).collect();
    let mut hashes = BTreeMap::new();
    let mut used = BTreeSet::new();
    let names: Vec<&str> = facts.grains.as_map().into_iter().flatten().filter_map(|(name, _)| name.as_str()).collect();
    for env in envs {
        for listed in files.list(env).map_err(fail)? {
            let Ok(path) = FilePath::new(&listed) else { continue };
            hashes.insert(format!("{env}:{listed}"), fingerprint(desk, env, &path).map_err(fail)?);
            let folder = listed.split(['/', '.']).next().unwrap_or_default();
            let is_template =
                [".sls", ".jinja", ".jinja2", ".j2", ".tmpl", ".yaml", ".yml", ".json"].iter().any(|end| listed.ends_with(end));
            if is_template && (folders.contains(folder) || folder == "top") {
                let text = files.read(env, &path).map_err(fail)?.unwrap_or_default();
                used.extend(words(&text).filter(|word| names.contains(word)).map(str::to_owned));
            }
        }
    }
    let grain = |name: String| {
        let hash = plans::hash(facts.grains.get(&name).unwrap_or(&Value::Null));
        (name, hash)
    };
    Ok(Inputs {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sls: read.iter().map(|(env, sls)| format!("{env}:{sls}")).collect(),
        files: hashes,
        pillar: plans::hash(&facts.pillar),
        grains: used.into_iter().map(grain).collect(),
        states: plans::hash(&plan.to_value()),
    })
}

fn fingerprint(desk: &Desk, env: &str, path: &FilePath) -> Result<String, files::Error> {
    let files = desk.core.files();
    if let Source::Local { .. } = &desk.core.source
        && let Some(found) = files.find(env, path)?.filter(|found| found.size > HASHED)
    {
        return Ok(format!("{} bytes of {}", found.size, found.modified));
    }
    Ok(files.hash(env, path)?.unwrap_or_default())
}

/// Words of a text that could name a grain.
fn words(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(SEARCHED)).unwrap_or_default()).unwrap_or_default();
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-').filter(|word| !word.is_empty())
}

fn store(desk: &Desk) -> Plans {
    Plans::new(&desk.core.loaded().config.cachedir)
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::failed(format!("the plans of this minion cannot be read: {error}"))
}

async fn keep(desk: &Arc<Desk>, plan: Kept) -> Result<(), Failure> {
    let kept =
        move |desk: Arc<Desk>| store(&desk).keep(&plan).map_err(|error| Failure::failed(format!("the plan cannot be kept: {error}")));
    desk.blocking(kept).await
}

/// A plan by an id that may have been read as a number.
async fn find(desk: &Arc<Desk>, id: &Value) -> Result<Kept, Failure> {
    let text = value::text::str(id);
    let Ok(id) = text.parse::<JobId>() else {
        return Err(Failure::bad_arguments(format!("`{text}` is no id of a plan")).with_hint("`state.plan` prints it: 20 digits"));
    };
    let found = desk.blocking(move |desk| store(&desk).read(id).map_err(|error| unreadable(&error))).await?;
    found.ok_or_else(|| {
        Failure::failed(format!("there is no plan {id} on this minion")).with_hint("`state.plan_list` lists those there are")
    })
}

#[cfg(test)]
mod tests;
