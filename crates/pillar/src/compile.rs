//! The way from inputs to a pillar.

use crate::cache::Seen;
use crate::names::Names;
use crate::sls::{Missing, Reader};
use crate::trouble::Trouble;
use crate::watch::Watch;
use crate::{Ask, EnvLoader, Inputs, Merging, Order, decrypt, top};
use model::Problem;
use render::{Renderer, Scope};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use target::{Known, Nodegroups};
use value::{Lists, Map, Strategy, Value, merge};

/// A pillar, and what went wrong on the way.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The data. With problems, what could be compiled, and what the minion is told of them under `_errors`.
    pub pillar: Map,
    /// Everything that went wrong, in full: for the log of who compiles.
    pub errors: Vec<Problem>,
    /// What the top file gave this minion: SLS names by environment.
    pub top: BTreeMap<String, Vec<String>>,
}

/// Compiles the pillar of one minion.
#[must_use]
pub fn compile(inputs: &Inputs) -> Compiled {
    let loader = Arc::new(EnvLoader(Arc::clone(&inputs.roots)));
    let watch = Watch::new(Arc::clone(&inputs.functions), loader, Arc::clone(&inputs.render.machine), inputs.cache.clone());
    let strategy = strategy(inputs);
    let mut troubles = Vec::new();
    let mut top = BTreeMap::new();
    let mut pillar = match inputs.order {
        Order::FilesFirst => {
            let mut pillar = files(inputs, &watch, Map::new(), strategy, &mut troubles, &mut top);
            externals(inputs, &mut pillar, strategy, &mut troubles);
            pillar
        }
        Order::ExternalsFirst => {
            let mut pillar = inputs.overrides.clone();
            externals(inputs, &mut pillar, strategy, &mut troubles);
            let files = files(inputs, &watch, pillar.clone(), strategy, &mut troubles, &mut top);
            merge(&mut pillar, files, strategy);
            pillar
        }
    };
    merge(&mut pillar, inputs.overrides.clone(), strategy);
    decrypt::open(&mut pillar, &inputs.decrypt, watch.as_ref(), &mut troubles);
    if !troubles.is_empty() {
        let told: Value = troubles.iter().map(|trouble| trouble.told.as_str()).collect();
        pillar.insert("_errors", told);
    }
    Compiled { pillar, errors: troubles.into_iter().map(|trouble| trouble.problem).collect(), top }
}

fn strategy(inputs: &Inputs) -> Strategy {
    let lists = if inputs.merge_lists { Lists::Append } else { Lists::Replace };
    match inputs.merging {
        Merging::Smart | Merging::Recurse | Merging::None => Strategy::Recurse(lists),
        Merging::Aggregate | Merging::Overwrite => Strategy::Overwrite,
    }
}

/// What the SLS files say. `seen` is the pillar that targets and templates see.
fn files(
    inputs: &Inputs,
    watch: &Arc<Watch>,
    seen: Map,
    strategy: Strategy,
    troubles: &mut Vec<Trouble>,
    given: &mut BTreeMap<String, Vec<String>>,
) -> Map {
    let names = Names::new(inputs.roots.as_ref());
    let options = render::Options { machine: Arc::clone(watch) as Arc<dyn render::Machine>, ..inputs.render.clone() };
    let renderer = Renderer::new(Arc::clone(watch) as Arc<dyn render::Functions>, Arc::clone(watch) as Arc<dyn render::Loader>, options);
    let scope = Scope {
        grains: Arc::clone(&inputs.grains),
        pillar: Arc::new(Value::Map(seen)),
        opts: Arc::clone(&inputs.opts),
        ..Scope::default()
    };
    let seen = Seen::new(Arc::clone(&inputs.grains), Arc::clone(&scope.pillar));
    let with = top::With { inputs, names: &names, renderer: &renderer, scope: &scope, facts: &seen, watch };
    let top = top::read(&with, troubles);
    let groups = Nodegroups::from_value(&Value::Map(inputs.nodegroups.clone()));
    let facts = Known { id: &inputs.minion, grains: &inputs.grains, pillar: &scope.pillar };
    let (chosen, problems) = target::top::choose(&top, &facts, &groups);
    troubles.extend(problems.into_iter().map(top::told));
    let known = names.envs();
    let mut pillar = Map::new();
    for (env, items) in &chosen {
        if !known.contains(env) && inputs.roots.list(env).is_err() {
            let unknown = |item: &target::top::Chosen| {
                Trouble::plain(format!("No matching pillar environment for environment '{env}' found"), top::place(&item.place))
            };
            troubles.extend(items.iter().map(unknown));
            continue;
        }
        let scope = Scope { env: env.clone(), ..scope.clone() };
        let mut reader = Reader {
            inputs,
            env,
            names: &names,
            renderer: &renderer,
            scope: &scope,
            facts: &seen,
            watch,
            strategy,
            troubles,
            named: HashSet::new(),
            seen: HashMap::new(),
        };
        for item in items {
            let missing = if item.ignore_missing { Missing::Ignored } else { Missing::Trouble };
            for name in names.expand(env, &item.sls) {
                given.entry(env.clone()).or_default().push(name.clone());
                if let Some(data) = reader.read(&name, &Map::new(), missing, top::place(&item.place)) {
                    merge(&mut pillar, data, strategy);
                }
            }
        }
    }
    pillar
}

fn externals(inputs: &Inputs, pillar: &mut Map, strategy: Strategy, troubles: &mut Vec<Trouble>) {
    for (external, args) in &inputs.externals {
        match external.pillar(&Ask { inputs, pillar, args }) {
            Ok(mut data) => {
                // A source that compiles pillar of its own may have parts that failed.
                for error in data.remove("_errors").as_ref().and_then(Value::as_list).unwrap_or_default() {
                    troubles.push(Trouble::plain(value::text::str(error), None));
                }
                merge(pillar, data, strategy);
            }
            Err(error) => {
                // The answer of a source may hold secrets, so only its name is told.
                let name = external.name();
                let told = format!("Failed to load ext_pillar {name}. Please see master log for details.");
                troubles.push(Trouble { problem: Problem::new(format!("Failed to load ext_pillar {name}: {error}")), told });
            }
        }
    }
}
