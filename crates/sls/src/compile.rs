//! All stages in order.

use crate::gather::gather;
use crate::high::{self, High};
use crate::{Plan, SlsSource, graph, low};
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
    let (mut high, mut compiled) = read::<Plan>(source, request);
    if !compiled.problems.is_empty() {
        return compiled;
    }
    high::extend(&mut high, &mut compiled.problems);
    high::verify(&high, &mut compiled.problems);
    if !compiled.problems.is_empty() {
        return compiled;
    }
    high::reverse(&mut high, &mut compiled.problems);
    high::exclude(&mut high, &request.exclude);
    if !compiled.problems.is_empty() {
        return compiled;
    }
    order(&high, request, &mut compiled);
    compiled
}

/// High data as `state.show_sls` and `state.show_highstate` show it.
pub fn show_high(source: &dyn SlsSource, request: &Request) -> Compiled<Value> {
    let (high, mut compiled) = read(source, request);
    high::verify(&high, &mut compiled.problems);
    compiled.value = high.to_value();
    compiled
}

/// Low data as `state.show_low_sls` shows it: without `extend`, `exclude` and the `_in` forms.
pub fn show_low(source: &dyn SlsSource, request: &Request) -> Compiled<Plan> {
    let (high, mut compiled) = read::<Plan>(source, request);
    high::verify(&high, &mut compiled.problems);
    if compiled.problems.is_empty() {
        order(&high, request, &mut compiled);
    }
    compiled
}

fn read<T: Default>(source: &dyn SlsSource, request: &Request) -> (High, Compiled<T>) {
    let mut gathered = gather(source, request);
    let mut problems = std::mem::take(&mut gathered.problems);
    let read = std::mem::take(&mut gathered.read);
    let high = high::high(gathered, request.options.auto_order, &mut problems);
    (high, Compiled { value: T::default(), problems, read })
}

fn order(high: &High, request: &Request, compiled: &mut Compiled<Plan>) {
    let mut chunks = low::low(high, &mut compiled.problems);
    low::settle_watches(&mut chunks);
    if compiled.problems.is_empty() {
        compiled.value = graph::plan(chunks, &request.options, &mut compiled.problems);
    }
}
