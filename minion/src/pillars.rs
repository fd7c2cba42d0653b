//! Compiling this minion's pillar: here from folders, or by the master.

use crate::config::MinionConfig;
use crate::core::Core;
use crate::desk::render_options;
use crate::source::Source;
use model::{Env, Failure};
use pillar::{Decrypt, Inputs, Merging, Order, SafeErrors};
use proto::{RequestBody, ResponseBody};
use std::sync::Arc;
use value::{Map, Value};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Environment of states.
    pub saltenv: Option<String>,
    /// The one environment of pillar to compile.
    pub pillarenv: Option<String>,
    /// Data of the caller, which wins everywhere.
    pub overrides: Map,
}

/// Compiles a pillar. What went wrong in it stands under `_errors`, as a list of texts.
///
/// # Errors
/// When it cannot be compiled at all: no answer of the master.
pub async fn compile(core: &Arc<Core>, wanted: &Wanted) -> Result<Map, Failure> {
    let loaded = core.loaded();
    let (saltenv, pillarenv) = envs(&loaded.config, wanted);
    match &core.source {
        Source::Master { link, .. } => {
            let env =
                |name: &Option<String>| name.as_ref().map(Env::new).transpose().map_err(|error| Failure::bad_arguments(error.to_string()));
            let grains = core.grains().as_map().cloned();
            let body =
                RequestBody::Pillar { env: env(&saltenv)?, pillar_env: env(&pillarenv)?, overrides: wanted.overrides.clone(), grains };
            match link.request(body).await {
                Ok(ResponseBody::Pillar { pillar, errors }) => Ok(with_errors(pillar, errors)),
                Ok(_) => Err(Failure::failed("the master answered the question for the pillar with something else")),
                Err(error) => Err(Failure::failed(format!("the pillar cannot be had: {error}"))),
            }
        }
        Source::Local { .. } => {
            let compiled = here(core, wanted).await?;
            for problem in &compiled.errors {
                tracing::warn!(%problem, "pillar");
            }
            Ok(compiled.pillar)
        }
    }
}

/// Compiles a pillar from folders of this host, with every problem and its place.
///
/// # Errors
/// When this minion has its pillar from a master.
pub async fn here(core: &Arc<Core>, wanted: &Wanted) -> Result<pillar::Compiled, Failure> {
    let Source::Local { pillar: roots, .. } = &core.source else {
        return Err(Failure::unavailable("the pillar of this minion is compiled by its master"));
    };
    let loaded = core.loaded();
    let config = &loaded.config;
    let (saltenv, pillarenv) = envs(config, wanted);
    // Functions that pillar templates call see the pillar in memory: the one that is being made is not there yet.
    let desk = core.desk(None, tokio_util::sync::CancellationToken::new());
    let mut inputs = Inputs::new(config.id.as_str(), core.grains(), Arc::clone(roots), desk.functions());
    inputs.opts = core.opts();
    inputs.pillarenv = pillarenv;
    inputs.saltenv = saltenv;
    inputs.overrides = wanted.overrides.clone();
    inputs.merging = match config.pillar_source_merging_strategy.as_str() {
        "recurse" => Merging::Recurse,
        "aggregate" => Merging::Aggregate,
        "overwrite" => Merging::Overwrite,
        "none" => Merging::None,
        _ => Merging::Smart,
    };
    inputs.merge_lists = config.pillar_merge_lists;
    inputs.includes_override = config.pillar_includes_override_sls;
    inputs.order = if config.ext_pillar_first { Order::ExternalsFirst } else { Order::FilesFirst };
    inputs.safe_errors = if config.pillar_safe_render_error { SafeErrors::Hide } else { SafeErrors::Show };
    inputs.render = render_options(config);
    inputs.externals = externals(&config.ext_pillar);
    inputs.nodegroups = config.nodegroups.clone();
    inputs.decrypt = Decrypt {
        paths: Decrypt::paths_of(&config.decrypt_pillar),
        delimiter: config.decrypt_pillar_delimiter.clone(),
        usual: config.decrypt_pillar_default.clone(),
        allowed: config.decrypt_pillar_renderers.clone(),
    };
    desk.blocking(move |_| Ok(pillar::compile(&inputs))).await
}

/// The environments of states and of pillar that are meant.
fn envs(config: &MinionConfig, wanted: &Wanted) -> (Option<String>, Option<String>) {
    let saltenv = wanted.saltenv.clone().or_else(|| config.saltenv.clone());
    let from_saltenv = || if config.pillarenv_from_saltenv { saltenv.clone() } else { None };
    let pillarenv = wanted.pillarenv.clone().or_else(|| config.pillarenv.clone()).or_else(from_saltenv);
    (saltenv, pillarenv)
}

fn with_errors(mut pillar: Map, errors: Vec<String>) -> Map {
    if !errors.is_empty() && !pillar.contains_key("_errors") {
        pillar.insert("_errors", Value::List(errors.into_iter().map(Value::from).collect()));
    }
    pillar
}

/// The errors of a compiled pillar.
#[must_use]
pub fn errors(pillar: &Map) -> Vec<String> {
    let list = pillar.get("_errors").and_then(Value::as_list).unwrap_or_default();
    list.iter().map(value::text::str).collect()
}

/// The external sources of the configuration that this program knows; others are named in a warning.
fn externals(configured: &[Value]) -> Vec<(Arc<dyn pillar::External>, Value)> {
    let mut externals: Vec<(Arc<dyn pillar::External>, Value)> = Vec::new();
    for entry in configured {
        for (name, args) in entry.as_map().into_iter().flatten() {
            match name.as_str().and_then(pillar::source) {
                Some(source) => externals.push((source, args.clone())),
                None => {
                    tracing::warn!(name = %value::text::str(name), "this external source of pillar is not known here and gives nothing")
                }
            }
        }
    }
    externals
}
