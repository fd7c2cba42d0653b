//! All stages in order.

use crate::{Plan, SlsSource};
use model::{Place, Problem};
use value::Value;

/// One SLS to compile.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Name or pattern.
    pub sls: String,
    /// Where it was asked for; `None` on a command line.
    pub place: Option<Place>,
}

impl Wanted {
    /// An SLS named on a command line.
    pub fn new(sls: impl Into<String>) -> Self {
        Self { sls: sls.into(), place: None }
    }
}

/// What is to be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclude {
    /// All states of the SLS that fit a pattern.
    Sls(String),
    /// One ID.
    Id(String),
}

/// Options of compiling.
#[derive(Clone, Debug)]
pub struct Options {
    /// States without `order` keep the order of the files (`state_auto_order`).
    pub auto_order: bool,
    /// Kinds of requisites that are ignored (`disabled_requisites`).
    pub disabled_requisites: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { auto_order: true, disabled_requisites: Vec::new() }
    }
}

/// What to compile.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// SLS by environment, in order.
    pub wanted: Vec<(String, Vec<Wanted>)>,
    /// What the caller wants left out, besides what the tree says.
    pub exclude: Vec<Exclude>,
    /// Options.
    pub options: Options,
}

impl Request {
    /// SLS of one environment, as `state.apply a,b` names them.
    pub fn sls(env: impl Into<String>, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { wanted: vec![(env.into(), names.into_iter().map(Wanted::new).collect())], ..Self::default() }
    }
}

/// A stage's answer with the problems found on the way. Problems mean that nothing may run.
#[derive(Clone, Debug, Default)]
pub struct Compiled<T> {
    /// The answer; incomplete if there are problems.
    pub value: T,
    /// Everything that is wrong. The message of each is what `state.apply` returns for it.
    pub problems: Vec<Problem>,
    /// SLS that were read, as `(environment, name)`, in order.
    pub read: Vec<(String, String)>,
}

/// Compiles a request into a plan.
pub fn compile(source: &dyn SlsSource, request: &Request) -> Compiled<Plan> {
    let _ = (source, request);
    Compiled { problems: vec![Problem::new("compiling SLS is not built yet")], ..Compiled::default() }
}

/// High data as `state.show_sls` and `state.show_highstate` show it.
pub fn show_high(source: &dyn SlsSource, request: &Request) -> Compiled<Value> {
    let _ = (source, request);
    Compiled { problems: vec![Problem::new("compiling SLS is not built yet")], ..Compiled::default() }
}

/// Low data as `state.show_low_sls` shows it: without `extend`, `exclude` and the `_in` forms.
pub fn show_low(source: &dyn SlsSource, request: &Request) -> Compiled<Plan> {
    let _ = (source, request);
    Compiled { problems: vec![Problem::new("compiling SLS is not built yet")], ..Compiled::default() }
}
