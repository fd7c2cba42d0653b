//! The pillar service: compiles the pillar of one minion, for its facts.

use super::blocking;
use super::functions::{Seen, functions_of};
use crate::config::MasterConfig;
use crate::core::Core;
use crate::pillar_sources::Source;
use model::{Env, Failure, MinionId};
use pillar::{Ask, Compiled, Decrypt, External, Inputs, Merging, Order, SafeErrors};
use std::sync::Arc;
use tracing::warn;
use value::{Map, Value};

/// Compiles the pillar of a minion. `grains` are those of this moment, if the minion sent them along; otherwise those it pushed last.
///
/// # Errors
/// When the store is away, or the compiler broke.
pub async fn compile_pillar(
    core: &Core,
    minion: &MinionId,
    env: Option<Env>,
    pillar_env: Option<Env>,
    overrides: Map,
    grains: Option<Map>,
) -> Result<Compiled, Failure> {
    let grains = match grains {
        Some(grains) => grains,
        None => core.store.grains(minion).await.map_err(|error| Failure::failed(output::chain(&error)))?.unwrap_or_default(),
    };
    let mut inputs = inputs(core, minion, Arc::new(Value::Map(grains)));
    inputs.saltenv = env.map(String::from);
    inputs.pillarenv = pillar_env.map(String::from);
    inputs.overrides = overrides;
    // Rendering is bounded: more at once would only make each slower and use more memory.
    let _turn = core.rendering.acquire().await.map_err(|_| Failure::failed("the master stops"))?;
    let mut compiled = blocking(move || pillar::compile(&inputs)).await?;
    if core.settings().config.pillar_opts {
        compiled.pillar.insert("master", crate::wheels::config::visible(core));
    }
    for error in &compiled.errors {
        // The minion is told less where the text may hold secrets.
        warn!(%minion, %error, "a problem of this minion's pillar");
    }
    Ok(compiled)
}

/// Names of the groups that a minion is in, by what is known of it.
///
/// # Errors
/// When the store is away, or a group is no expression.
pub async fn groups_of(core: &Core, minion: &MinionId) -> Result<Vec<String>, Failure> {
    let grains = core.store.grains(minion).await.map_err(|error| Failure::failed(output::chain(&error)))?.unwrap_or_default();
    let inputs = inputs(core, minion, Arc::new(Value::Map(grains)));
    let known = core.pillars.get(minion).and_then(|known| known.as_map().cloned()).unwrap_or_default();
    ::pillar::groups_of(&Ask { inputs: &inputs, pillar: &known, args: &Value::Null }).map_err(Failure::failed)
}

/// The external sources, with the variables where the configuration places them, or after all others.
fn externals(core: &Core) -> Vec<Source> {
    let settings = core.settings();
    let mut all = settings.sources.all.clone();
    let (place, args) = settings.sources.variables.clone().unwrap_or((all.len(), Value::Null));
    all.insert(place.min(all.len()), (Arc::clone(&core.variables) as Arc<dyn External>, args));
    all
}

fn inputs(core: &Core, minion: &MinionId, grains: Arc<Value>) -> Inputs {
    let settings = core.settings();
    let config = &settings.config;
    let seen = Seen::minion(&settings, minion.to_string(), Arc::clone(&grains));
    let functions =
        core.arc().map_or_else(|| Arc::new(render::NoFunctions) as Arc<dyn render::Functions>, |core| functions_of(&core, seen));
    Inputs {
        opts: Arc::clone(&settings.opts),
        merging: merging(config),
        merge_lists: config.pillar_merge_lists,
        includes_override: config.pillar_includes_override_sls,
        externals: externals(core),
        cache: Some(Arc::clone(&settings.pillar_cache)),
        order: if config.ext_pillar_first { Order::ExternalsFirst } else { Order::FilesFirst },
        safe_errors: if config.pillar_safe_render_error { SafeErrors::Hide } else { SafeErrors::Show },
        render: config.render_options(),
        nodegroups: config.nodegroups.clone(),
        decrypt: Decrypt {
            paths: Decrypt::paths_of(&config.decrypt_pillar),
            delimiter: config.decrypt_pillar_delimiter.clone(),
            usual: config.decrypt_pillar_default.clone(),
            allowed: config.decrypt_pillar_renderers.clone(),
        },
        ..Inputs::new(minion.as_str(), grains, Arc::clone(&settings.pillar_files) as Arc<dyn files::FileEnv>, functions)
    }
}

fn merging(config: &MasterConfig) -> Merging {
    match config.pillar_source_merging_strategy.as_str() {
        "recurse" => Merging::Recurse,
        "aggregate" => Merging::Aggregate,
        "overwrite" => Merging::Overwrite,
        "none" => Merging::None,
        _ => Merging::Smart,
    }
}
