//! The engine: filters, tests, functions and options, built once and shared.

use crate::interp::Interp;
use crate::{Call, Error, Host, Limits, Options, Source, SourceMap, Val, Vars};
use std::collections::HashMap;
use std::sync::Arc;

/// A filter, test or function.
pub(crate) type Callback = Arc<dyn Fn(&mut Call<'_>) -> Result<Val, Error> + Send + Sync>;
type Callbacks = HashMap<String, Callback, foldhash::fast::RandomState>;

/// Turns a value into the text that is printed; `None` where Python's own way will do.
pub type Finalize = fn(&Val) -> Result<Option<String>, Error>;

/// Filters, tests, functions and options. Built once; rendering borrows it.
pub struct Engine {
    pub(crate) filters: Callbacks,
    pub(crate) tests: Callbacks,
    pub(crate) functions: Callbacks,
    /// How `{{ … }}` prints what is no text, where it is to differ from Python's `str()`.
    pub finalize: Option<Finalize>,
    /// How templates are read, unless their source says otherwise.
    pub options: Options,
}

/// What a rendering gives.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The text.
    pub text: String,
    /// From the lines of the text to those of the templates.
    pub map: SourceMap,
}

impl Engine {
    /// An engine with Jinja's own filters, tests and functions.
    #[must_use]
    pub fn new() -> Self {
        let mut engine = Self {
            filters: Callbacks::default(),
            tests: Callbacks::default(),
            functions: Callbacks::default(),
            finalize: None,
            options: Options::default(),
        };
        crate::filters::add(&mut engine);
        crate::tests::add(&mut engine);
        crate::globals::add(&mut engine);
        engine
    }

    /// Adds a filter or replaces one.
    pub fn add_filter(&mut self, name: &str, filter: impl Fn(&mut Call<'_>) -> Result<Val, Error> + Send + Sync + 'static) {
        self.filters.insert(name.to_owned(), Arc::new(filter));
    }

    /// Adds a test or replaces one; what it gives is seen as a truth value.
    pub fn add_test(&mut self, name: &str, test: impl Fn(&mut Call<'_>) -> Result<Val, Error> + Send + Sync + 'static) {
        self.tests.insert(name.to_owned(), Arc::new(test));
    }

    /// Adds a global function or replaces one.
    pub fn add_function(&mut self, name: &str, function: impl Fn(&mut Call<'_>) -> Result<Val, Error> + Send + Sync + 'static) {
        self.functions.insert(name.to_owned(), Arc::new(function));
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template has an error, raises one, or reaches a limit.
    pub fn render(&self, source: &Source, vars: Vars, host: &dyn Host, limits: &Limits) -> Result<Output, Error> {
        Interp::new(self, host, limits, vars).render(source)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
