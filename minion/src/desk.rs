//! What one job works with: the core, and grains, pillar and configuration as this job sees them.
//!
//! A state run has its own pillar (freshly compiled, with the caller's overrides) and its own `test`; the functions that its templates and
//! conditions call must see the same. So every job has a desk, and everything that is reached from within the job is reached through it.

use crate::core::Core;
use crate::itself::Itself;
use crate::nested::Nested;
use async_trait::async_trait;
use files::FilePath;
use host::{Host, LiveOutput, Within};
use model::{Failure, Target};
use render::{CallError, Functions, Loader, Renderer, Scope};
use sdk::{Agent, CallArgs, Cx, Facts, Fetched, Listing, Read, Registry, Render};
use std::any::Any;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use value::{Map, Value};

/// Who wants to see a job while it runs.
pub trait Watcher: Send + Sync {
    /// A piece of output.
    fn output(&self, stream: host::Stream, bytes: &[u8]);

    /// A step is done.
    fn progress(&self, data: Value);
}

/// What one job works with.
pub struct Desk {
    /// What it shares with the other jobs.
    pub core: Arc<Core>,
    /// The machine, with the variables that this job has set.
    host: Arc<dyn Host>,
    facts: Arc<Facts>,
    watcher: Option<Arc<dyn Watcher>>,
    notes: Arc<Mutex<Vec<String>>>,
    renderer: OnceLock<Arc<Renderer>>,
    me: Weak<Desk>,
}

impl Desk {
    /// A desk with facts of its own.
    #[must_use]
    pub fn new(core: Arc<Core>, facts: Facts) -> Arc<Self> {
        Self::watched(core, facts, None)
    }

    /// The same with somebody watching.
    #[must_use]
    pub fn watched(core: Arc<Core>, facts: Facts, watcher: Option<Arc<dyn Watcher>>) -> Arc<Self> {
        let host = Arc::new(Within::job(Arc::clone(&core.host)));
        Self::noting(core, host, facts, watcher, Arc::default())
    }

    fn noting(
        core: Arc<Core>,
        host: Arc<dyn Host>,
        facts: Facts,
        watcher: Option<Arc<dyn Watcher>>,
        notes: Arc<Mutex<Vec<String>>>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { core, host, facts: Arc::new(facts), watcher, notes, renderer: OnceLock::new(), me: me.clone() })
    }

    /// The desk behind a context; `None` in tests of others.
    #[must_use]
    pub fn of(read: &Read) -> Option<Arc<Self>> {
        read.agent().as_any().downcast_ref::<Self>().map(Self::arc)
    }

    fn arc(&self) -> Arc<Self> {
        self.me.upgrade().expect("a desk is only ever made inside an Arc, and `self` keeps it alive")
    }

    /// What this job sees.
    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// A desk like this one with other facts.
    #[must_use]
    pub fn with_facts(&self, change: impl FnOnce(&mut Facts)) -> Arc<Self> {
        let mut facts = (*self.facts).clone();
        change(&mut facts);
        Self::noting(Arc::clone(&self.core), Arc::clone(&self.host), facts, self.watcher.clone(), Arc::clone(&self.notes))
    }

    /// Keeps a word for who asked for the job, beside what the job returns.
    pub fn note(&self, text: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// What was noted so far.
    #[must_use]
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The right to change, for a function of this job.
    #[must_use]
    pub fn cx(&self) -> Cx {
        let read = Read::new(Arc::clone(&self.host), self.arc(), Arc::clone(&self.facts));
        Cx::grant(read, self.output())
    }

    fn output(&self) -> Option<LiveOutput> {
        let watcher = Arc::clone(self.watcher.as_ref()?);
        Some(Arc::new(move |stream, bytes| watcher.output(stream, bytes)))
    }

    /// Tells who watches that a state is done.
    pub fn progress(&self, row: &engine::Row, of: usize) {
        if let Some(watcher) = &self.watcher {
            watcher.progress(crate::functions::progress(row, of));
        }
    }

    /// The same for a call whose return a person reads: pillar values are not shown by accident.
    #[must_use]
    pub fn cx_of_caller(&self) -> Cx {
        let config = &self.core.loaded().config;
        let mut facts = (*self.facts).clone();
        facts.mask_pillar = config.pillar_mask_output && !config.unmask;
        Cx::grant(Read::new(Arc::clone(&self.host), self.arc(), Arc::new(facts)), self.output())
    }

    /// Renders for this job. Must be used where waiting is allowed: templates call functions.
    #[must_use]
    pub fn renderer(&self) -> Arc<Renderer> {
        let make = || {
            let config = &self.core.loaded().config;
            let options = render_options(config);
            // The desk holds the renderer, so the renderer must not hold the desk.
            let me = Arc::new(FromTemplates(self.me.clone()));
            Arc::new(Renderer::new(me.clone(), me, options))
        };
        Arc::clone(self.renderer.get_or_init(make))
    }

    /// Functions as templates call them.
    #[must_use]
    pub fn functions(&self) -> Arc<dyn Functions> {
        Arc::new(FromTemplates(self.me.clone()))
    }

    /// What a text sees that is no SLS.
    #[must_use]
    pub fn scope(&self, env: &str, extra: Map) -> Scope {
        Scope {
            grains: Arc::clone(&self.facts.grains),
            pillar: Arc::clone(&self.facts.pillar),
            opts: Arc::clone(&self.facts.opts),
            env: env.to_owned(),
            sls: None,
            extra,
        }
    }

    /// Runs something that blocks, with this desk.
    ///
    /// # Errors
    /// What the work gives, or that it panicked.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Self>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (desk, nested) = (self.arc(), Nested::here());
        match tokio::task::spawn_blocking(move || nested.within(|| work(desk))).await {
            Ok(result) => result,
            Err(error) => Err(Failure::failed(format!("the work ended abnormally: {error}"))),
        }
    }
}

/// Options of rendering out of the configuration.
#[must_use]
pub fn render_options(config: &crate::config::MinionConfig) -> render::Options {
    render::Options {
        default: config.renderer.clone(),
        allow_undefined: config.allow_undefined,
        jinja_sls_env: config.jinja_sls_env.clone(),
        jinja_env: config.jinja_env.clone(),
        blacklist: config.renderer_blacklist.clone(),
        whitelist: config.renderer_whitelist.clone(),
        machine: Arc::new(pillar::LocalMachine { gpg_keys: config.gpg_keydir.clone(), keep_closed: !config.gpg_decrypt_must_succeed }),
        ..render::Options::default()
    }
}

/// The way from templates back to the desk: `salt['…']` and imports. Calls wait, so they come from threads that may.
struct FromTemplates(Weak<Desk>);

impl Functions for FromTemplates {
    fn call(&self, function: &str, args: Vec<Value>, kwargs: Map) -> Result<Value, CallError> {
        let desk = self.0.upgrade().ok_or_else(|| CallError::Failed("the job has ended".to_owned()))?;
        let registry = &desk.core.registry;
        if registry.function(function).is_none() {
            return Err(CallError::NoFunction(function.to_owned()));
        }
        if let Some(answer) = desk.core.stand_ins.get().and_then(|stand_ins| stand_ins.answer(function, registry)) {
            return Ok(answer);
        }
        let nested = Nested::here().deeper().map_err(CallError::Failed)?;
        let cx = desk.cx();
        let call = registry.call(function, CallArgs::new(args, kwargs), &cx);
        match nested.within(|| desk.core.runtime.block_on(call)) {
            Ok(returned) => Ok(returned.value),
            // Python refuses such a call itself, and says no more than what does not fit.
            Err(failure) => match failure.message.strip_prefix("Passed invalid arguments: ") {
                Some(words) => Err(CallError::Misused(words.trim_end_matches('.').to_owned())),
                None => Err(CallError::Failed(failure.to_string())),
            },
        }
    }

    fn has_module(&self, module: &str) -> bool {
        self.0.upgrade().is_some_and(|desk| desk.core.registry.has_module(module))
    }

    fn exists(&self, function: &str) -> bool {
        self.0.upgrade().is_some_and(|desk| desk.core.registry.function(function).is_some())
    }
}

impl Loader for FromTemplates {
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let desk = self.0.upgrade().ok_or("the job has ended")?;
        desk.read_text(env, path)
    }
}

impl Desk {
    /// Text of a file of the file server. Blocks.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is no text.
    pub fn read_text(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let Ok(path) = FilePath::new(path) else { return Ok(None) };
        let bytes = match self.core.files().read(env, &path) {
            Ok(bytes) => bytes,
            // An environment that nobody defined has no files.
            Err(files::Error::NoEnv { .. }) => None,
            Err(error) => return Err(output::chain(&error)),
        };
        let text = |bytes| String::from_utf8(bytes).map_err(|_| format!("`salt://{path}` is no text in UTF-8"));
        bytes.map(text).transpose().map(|text| text.map(Arc::from))
    }
}

#[async_trait]
impl Agent for Desk {
    async fn fetch(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
        crate::fetch::fetch(self, uri, env).await
    }

    async fn fetch_unchecked(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
        crate::fetch::fetch_from(self, uri, env, crate::fetch::Peer::Anybody).await
    }

    async fn cache(&self, uri: &str, env: &str) -> Result<Option<String>, Failure> {
        crate::functions::cp::cache(self, uri, env).await
    }

    fn cached(&self, uri: &str, env: &str) -> Option<String> {
        crate::functions::cp::place_of(self, uri, env)
    }

    async fn hash(&self, uri: &str, env: &str) -> Result<Option<String>, Failure> {
        let Some(place) = crate::fetch::SaltUri::parse(uri, env)? else { return Ok(None) };
        self.blocking(move |desk| desk.core.files().hash(&place.env, &place.path).map_err(|error| Failure::failed(output::chain(&error))))
            .await
    }

    async fn list(&self, uri: &str, env: &str) -> Result<Option<Listing>, Failure> {
        let (uri, env) = (uri.to_owned(), env.to_owned());
        self.blocking(move |desk| crate::fetch::list(&desk, &uri, &env)).await
    }

    async fn render(&self, template: Render) -> Result<String, Failure> {
        self.blocking(move |desk| {
            let source = render::Source::new(template.name, template.text);
            let scope = desk.scope(&template.env, template.context);
            desk.renderer().template(&source, &scope, &template.engine).map_err(|error| Failure::failed(error.to_string()))
        })
        .await
    }

    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure> {
        self.core.registry.call(function, args, &self.cx()).await.map(|returned| returned.value)
    }

    async fn event(&self, tag: &str, data: Value) -> Result<(), Failure> {
        self.core.source.event(tag, data).await
    }

    fn matches(&self, target: &Target) -> Result<bool, Failure> {
        let groups = target::Nodegroups::from_value(&Value::Map(self.core.loaded().config.nodegroups.clone()));
        match target::parse_leniently(target, &groups) {
            Ok(expression) => Ok(expression.matches(&Itself::new(self))),
            // As in Salt: templates of old trees ask with expressions that mean nothing, and get "no".
            Err(error) => {
                tracing::warn!(target = target.expression, %error, "a malformed target matches nobody");
                Ok(false)
            }
        }
    }

    fn matches_id(&self, target: &Target, id: &str) -> Result<bool, Failure> {
        let groups = target::Nodegroups::from_value(&Value::Map(self.core.loaded().config.nodegroups.clone()));
        let Ok(expression) = target::parse_leniently(target, &groups) else { return Ok(false) };
        if expression.needs_grains() || expression.needs_pillar() || expression.needs_store() {
            return Err(Failure::unavailable(format!("the facts of `{id}` are not known here; only its id could be compared")));
        }
        let nothing = Value::map();
        Ok(expression.matches(&target::Known { id, grains: &nothing, pillar: &nothing }))
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, Failure> {
        yaml::load_value(text).map_err(|error| Failure::failed(error.to_string()))
    }

    fn dump_yaml(&self, value: &Value) -> String {
        yaml::dump(value, &yaml::DumpOptions::default())
    }

    fn registry(&self) -> &Registry {
        &self.core.registry
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
