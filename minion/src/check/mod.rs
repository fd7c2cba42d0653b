//! `sylvite check`: every problem of a tree of states, found without running anything.
//!
//! The tree is rendered for given grains, compiled and held against the tables of states, on any machine. Templates get answers from the
//! grains, the pillar and the tree; whatever else they ask the host for is not called, and is said to have been asked for.

mod lint;
mod print;
mod stand_ins;

pub use lint::{Found, lint};
pub use stand_ins::StandIns;

use crate::config::{Loaded, Place, Unknown};
use crate::core::{Core, Look};
use crate::source::Source;
use crate::{functions, pillars};
use model::{Glob, Problem};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use value::{Map, Value};

/// Look over a whole tree of states without running anything.
#[derive(Debug, Default, clap::Args)]
pub struct Check {
    /// Folder of states, as in `file_roots`.
    pub tree: PathBuf,
    /// Folder of pillar, as in `pillar_roots`.
    #[arg(long, value_name = "DIR")]
    pub pillar: Option<PathBuf>,
    /// Grains to render for: a file of all of them (`grains.items --out=json`), or single ones over those of this host, `name=value`.
    #[arg(long, value_name = "FILE|NAME=VALUE")]
    pub grains: Vec<String>,
    /// Id of the minion to render for.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Environment that the folders are.
    #[arg(long, value_name = "NAME", default_value = "base")]
    pub saltenv: String,
    /// What a function gives templates instead of being called: `cmd.run=1.2`.
    #[arg(long = "answer", value_name = "FUNCTION=VALUE")]
    pub answers: Vec<String>,
    /// SLS to leave out, by pattern.
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Folder of a minion's configuration whose options of rendering count.
    #[arg(long = "minion-config", value_name = "DIR")]
    pub minion_config: Option<PathBuf>,
    /// How problems are printed.
    #[arg(long, value_enum, default_value_t)]
    pub out: Form,
}

/// How problems are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Exit status of a check that could not be made.
const UNUSABLE: u8 = 2;

/// Runs the command: 0 without problems, 1 with problems, 2 if there is nothing that could be checked.
pub fn main(check: &Check) -> ExitCode {
    match run(check) {
        Ok(found) => {
            // A reader that has gone away has seen enough.
            let _ = print::print(check, &found, &mut std::io::stdout().lock());
            ExitCode::from(u8::from(!found.problems.is_empty()))
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "sylvite check: {message}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Looks over the tree.
///
/// # Errors
/// When folders, grains or options cannot be used.
pub fn run(check: &Check) -> Result<Found, String> {
    for folder in std::iter::once(&check.tree).chain(&check.pillar) {
        if !folder.is_dir() {
            return Err(format!("there is no folder `{}`", folder.display()));
        }
    }
    let given = Grains::read(&check.grains)?;
    let loaded = configuration(check, &given)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("the runtime cannot start: {error}"))?;
    let source = Source::local(&loaded).map_err(|failure| failure.to_string())?;
    let look = if given.all.is_some() { Look::Bare } else { Look::Full };
    let id = loaded.config.id.clone();
    let core = Core::new(loaded, functions::registry(), source, runtime.handle().clone(), look).map_err(|failure| failure.to_string())?;
    if let Some(mut grains) = given.all {
        grains.extend(given.single);
        grains.insert("id", id.as_str());
        core.use_grains(grains);
    }
    let answers = pairs(&check.answers)?.into_iter().map(|(name, value)| (name, argv::value(&value))).collect();
    let _ = core.stand_ins.set(StandIns::new(answers));
    let exclude: Vec<Glob> = check.exclude.iter().cloned().chain(inner_pillar(check)).map(|pattern| Glob::new(&pattern)).collect();
    let handle = runtime.handle().clone();
    let has_pillar = check.pillar.is_some();
    let work = runtime.spawn_blocking(move || handle.block_on(looked(core, has_pillar, exclude)));
    let found = runtime.block_on(work).unwrap_or_else(|error| Err(format!("the check ended abnormally: {error}")));
    runtime.shutdown_background();
    found
}

async fn looked(core: Arc<Core>, has_pillar: bool, exclude: Vec<Glob>) -> Result<Found, String> {
    let (pillar, problems) = if has_pillar {
        let compiled = pillars::here(&core, &pillars::Wanted::default()).await.map_err(|failure| failure.to_string())?;
        (compiled.pillar, compiled.errors)
    } else {
        (Map::new(), Vec::new())
    };
    let problems: Vec<Problem> = problems;
    let desk = core.desk(None, tokio_util::sync::CancellationToken::new()).with_facts(|facts| facts.pillar = Arc::new(Value::Map(pillar)));
    desk.blocking(move |desk| Ok(lint(&desk, problems, &exclude))).await.map_err(|failure| failure.to_string())
}

/// The pillar that lies inside of the tree of states, as a pattern: it holds no states.
fn inner_pillar(check: &Check) -> Option<String> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let (tree, pillar) = (real(&check.tree)?, real(check.pillar.as_deref()?)?);
    let inner = pillar.strip_prefix(&tree).ok()?.to_str()?.replace('/', ".");
    (!inner.is_empty()).then(|| format!("{inner}.*"))
}

/// A configuration under which nothing outside of the given folders is read, and nothing is run.
fn configuration(check: &Check, given: &Grains) -> Result<Loaded, String> {
    let folder = |path: &Path| Value::from(std::path::absolute(path).as_deref().unwrap_or(path).to_string_lossy());
    let roots = |path: &Path| Value::Map([(check.saltenv.as_str(), Value::List(vec![folder(path)]))].into_iter().collect());
    let mut set: Vec<(String, Value)> = vec![
        ("file_client".into(), "local".into()),
        ("file_roots".into(), roots(&check.tree)),
        ("pillar_roots".into(), check.pillar.as_deref().map_or_else(|| Value::Map(Map::new()), roots)),
        ("pillar_safe_render_error".into(), false.into()),
        ("ext_pillar".into(), Value::List(Vec::new())),
        ("cachedir".into(), folder(&std::env::temp_dir().join(format!("sylvite-check-{}", std::process::id())))),
        ("grains".into(), Value::Map(given.single.clone())),
    ];
    let file = given.all.as_ref().and_then(|grains| grains.get("id")).map(value::text::str);
    set.extend(check.id.clone().or(file).map(|id| ("id".to_owned(), Value::from(id))));
    let place = Place { folder: check.minion_config.clone().unwrap_or_else(|| PathBuf::from("/nonexistent")) };
    let mut loaded = Loaded::read(place, &set, Unknown::Keep).map_err(|error| output::chain(&error))?;
    if loaded.config.id.is_empty() {
        loaded.config.id = crate::gather::full_name();
    }
    Ok(loaded)
}

/// Grains of the command line.
#[derive(Debug, Default)]
struct Grains {
    /// All of them, from a file.
    all: Option<Map>,
    /// Single ones, which win.
    single: Map,
}

impl Grains {
    fn read(words: &[String]) -> Result<Self, String> {
        let mut grains = Self::default();
        for word in words {
            let path = Path::new(word);
            if !path.is_file() {
                for (name, value) in pairs(std::slice::from_ref(word))? {
                    grains.single.insert(name, argv::value(&value));
                }
                continue;
            }
            let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{word}`: {error}"))?;
            let value = yaml::load_value(&text).map_err(|error| format!("`{word}`: {error}"))?;
            let map = value.as_map().ok_or_else(|| format!("`{word}` holds no grains: a mapping is needed"))?;
            // `salt-call` and `salt` print the minion's name, or `local`, around what it gave.
            let inner = map.single().and_then(|(_, inner)| inner.as_map()).unwrap_or(map);
            grains.all.get_or_insert_with(Map::new).extend(inner.clone());
        }
        Ok(grains)
    }
}

fn pairs(words: &[String]) -> Result<BTreeMap<String, String>, String> {
    words
        .iter()
        .map(|word| match word.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` is neither a file nor `name=value`")),
        })
        .collect()
}

#[cfg(test)]
mod tests;
