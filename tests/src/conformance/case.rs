//! A recorded case: its folder, and what `case.json` says.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A case. `tests/conformance/README.md` explains the keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `<area>/<name>`.
    #[serde(skip)]
    pub name: String,
    /// Its folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// One line for people.
    #[serde(rename = "description")]
    _description: String,
    /// What kind of case it is; only `match` matters to the runner.
    pub kind: Kind,
    /// The calls.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The target expressions of a `match` case.
    #[serde(default)]
    pub vectors: Vec<Vector>,
    /// Id of the minion.
    #[serde(default = "usual_id")]
    pub id: String,
    /// Grains over those of the host.
    #[serde(default)]
    pub grains: Map<String, Value>,
    /// Options of the minion.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Environment variables.
    #[serde(default)]
    pub environ: BTreeMap<String, String>,
    /// Names of the environments, if the trees have a folder for each.
    #[serde(default)]
    pub envs: Vec<String>,
    /// Permissions of scratch files before the run, octal.
    #[serde(default)]
    pub modes: BTreeMap<String, String>,
    /// Whether the scratch tree is compared afterwards.
    #[serde(default)]
    pub snapshot: bool,
    /// Whether only the fact and the kind of an error count.
    #[serde(default)]
    pub loose_errors: bool,
    /// Fields of state results that are not compared.
    #[serde(default)]
    pub mask: Vec<String>,
    /// Why Salt's behaviour is questionable here.
    pub diverge: Option<String>,
}

/// The kinds of cases.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `state.apply`.
    Apply,
    /// `state.highstate`.
    Highstate,
    /// `state.show_sls`.
    ShowSls,
    /// `state.show_low_sls`.
    ShowLowSls,
    /// `state.show_lowstate`.
    ShowLowstate,
    /// Functions of the pillar.
    Pillar,
    /// A rendered template.
    Render,
    /// Execution functions.
    Call,
    /// Texts of outputters.
    Output,
    /// Target expressions.
    Match,
}

/// One call, or a change of scratch files between calls.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// Function and arguments.
    pub call: Vec<Value>,
    /// How the answer is put into canonical form.
    #[serde(rename = "as")]
    pub form: Form,
    /// Pillar for the call.
    pub pillar: Option<Value>,
    /// Whether the exit status is compared.
    pub passthrough: bool,
    /// Further options of the command line.
    pub flags: Vec<String>,
    /// Outputter of a `text`.
    pub out: Option<String>,
    /// Whether any error text will do.
    pub loose: bool,
    /// Whether the order of state results does not count.
    pub unordered: bool,
    /// Scratch files to write.
    pub write: BTreeMap<String, String>,
    /// Scratch files to remove.
    pub remove: Vec<String>,
}

/// Canonical forms of an answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As it is.
    #[default]
    Json,
    /// State results as a list in the order they ran.
    Run,
    /// Low states in order.
    Low,
    /// High data.
    High,
    /// A list whose order does not count.
    Sorted,
    /// Only the names of the keys.
    Keys,
    /// Only the type.
    Type,
    /// What was printed.
    Text,
}

/// A target expression.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Function of the module `match`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The expression.
    pub expr: Value,
    /// What stands between the parts of a path.
    pub delimiter: Option<String>,
}

fn usual_id() -> String {
    "minion1".to_owned()
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// When its `case.json` is not there or says something unknown.
    pub fn read(root: &Path, name: &str) -> Result<Self> {
        let folder = root.join(name);
        let path = folder.join("case.json");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut case: Self = serde_json::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))?;
        case.name = name.to_owned();
        case.folder = folder;
        Ok(case)
    }

    /// The recorded result.
    ///
    /// # Errors
    /// When it is not there.
    pub fn expected(&self) -> Result<Value> {
        let path = self.folder.join("expect.json");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        super::compare::parse(&text).with_context(|| format!("{} is no JSON", path.display()))
    }
}

/// Names of the folders in a folder, sorted.
fn folders(path: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if !path.is_dir() {
        return Ok(names);
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The areas below a root.
///
/// # Errors
/// When it cannot be read.
pub fn areas(root: &Path) -> Result<Vec<String>> {
    folders(root)
}

/// Names of the cases of an area, `<area>/<name>`.
///
/// # Errors
/// When it cannot be read.
pub fn names(root: &Path, area: &str) -> Result<Vec<String>> {
    Ok(folders(&root.join(area))?.into_iter().map(|name| format!("{area}/{name}")).collect())
}
