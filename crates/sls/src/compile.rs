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
    /// What the stages behind the one that stopped find wrong as well. Salt tells it only once the others are mended, so it is no part of
    /// what `state.apply` returns.
    pub beside: Vec<Problem>,
    /// SLS that were read, as `(environment, name)`, in order.
    pub read: Vec<(String, String)>,
}

/// Compiles a request into a plan.
///
/// With problems the plan has the chunks that could be made, in no order and without requisites: good for looking at their functions and
/// arguments, never for running.
pub fn compile(source: &dyn SlsSource, request: &Request) -> Compiled<Plan> {
    let Read { mut high, mut problems, read, is_whole } = read(source, request);
    // A stage that stops goes into `problems`; what those behind it say goes into `beside`.
    let mut beside = Vec::new();
    let mut stage = |problems: &mut Vec<Problem>, work: &mut dyn FnMut(&mut Vec<Problem>)| {
        let stopped = !problems.is_empty();
        work(if stopped { &mut beside } else { problems });
    };
    stage(&mut problems, &mut |problems| {
        // What an SLS that could not be read defines is not known, so that nothing can be said of references.
        if is_whole {
            high::extend(&mut high, problems);
        }
        high::verify(&high, problems);
    });
    let excluded = high::Excluded::read(&high, &request.exclude);
    if is_whole {
        stage(&mut problems, &mut |problems| high::reverse(&mut high, &excluded, problems));
    }
    high::exclude(&mut high, &excluded);
    let mut plan = Plan::default();
    let mut chunks = Vec::new();
    stage(&mut problems, &mut |problems| chunks = low::low(&high, problems));
    low::settle_watches(&mut chunks);
    let partial: Vec<_> = if problems.is_empty() { Vec::new() } else { chunks.iter().map(|raw| raw.chunk.clone()).collect() };
    if is_whole {
        stage(&mut problems, &mut |problems| plan = graph::plan(std::mem::take(&mut chunks), &request.options, problems));
    }
    if !problems.is_empty() {
        plan = Plan { chunks: partial, ..Plan::default() };
    }
    beside.retain(|problem| !problems.contains(problem));
    Compiled { value: plan, problems, beside, read }
}

/// High data as `state.show_sls` and `state.show_highstate` show it.
pub fn show_high(source: &dyn SlsSource, request: &Request) -> Compiled<Value> {
    let Read { high, mut problems, read, .. } = read(source, request);
    high::verify(&high, &mut problems);
    Compiled { value: high.to_value(), problems, beside: Vec::new(), read }
}

/// Low data as `state.show_low_sls` shows it: without `extend`, `exclude` and the `_in` forms.
pub fn show_low(source: &dyn SlsSource, request: &Request) -> Compiled<Plan> {
    let Read { high, mut problems, read, .. } = read(source, request);
    high::verify(&high, &mut problems);
    let mut plan = Plan::default();
    if problems.is_empty() {
        let mut chunks = low::low(&high, &mut problems);
        low::settle_watches(&mut chunks);
        if problems.is_empty() {
            plan = graph::plan(chunks, &request.options, &mut problems);
        }
    }
    Compiled { value: plan, problems, beside: Vec::new(), read }
}

/// Everything that was read, as one.
struct Read {
    high: High,
    problems: Vec<Problem>,
    read: Vec<(String, String)>,
    /// Every SLS that was asked for was found and rendered.
    is_whole: bool,
}

fn read(source: &dyn SlsSource, request: &Request) -> Read {
    let mut gathered = gather(source, request);
    let mut problems = std::mem::take(&mut gathered.problems);
    let read = std::mem::take(&mut gathered.read);
    let is_whole = gathered.is_whole;
    let high = high::high(gathered, request.options.auto_order, &mut problems);
    Read { high, problems, read, is_whole }
}
