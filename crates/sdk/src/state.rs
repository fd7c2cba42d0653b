//! States: looking apart from acting.
//!
//! A state answers `check` with what stands and what it would do, and `apply` does just that. Test mode is the engine's: it stops after
//! `check` and reports the outlook, so no state can forget it.

use crate::{ArgError, Args, CallArgs, Cx, Read, Signature};
use async_trait::async_trait;
use model::Failure;
use std::any::Any;
use std::future::Future;
use value::{Map, Value};

/// What would happen, as test mode reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// `None` unless the state's users know another answer: "would change".
    pub result: Option<bool>,
    /// The predicted changes.
    pub changes: Value,
    /// The comment of test mode.
    pub comment: String,
    /// Warnings for the author of the tree.
    pub warnings: Vec<String>,
    /// Further members of the result, as in [`Applied`].
    pub extra: Map,
}

impl Outlook {
    /// Would change so.
    pub fn new(comment: impl Into<String>, changes: impl Into<Value>) -> Self {
        Self { result: None, changes: changes.into(), comment: comment.into(), warnings: Vec::new(), extra: Map::new() }
    }

    /// The same with another result.
    #[must_use]
    pub const fn with_result(mut self, result: Option<bool>) -> Self {
        self.result = result;
        self
    }
}

/// What a look found, with the change as the state's own type.
#[derive(Debug)]
pub enum Check<C> {
    /// All is as it should be.
    Desired(String),
    /// Something is to be done.
    Change(Outlook, C),
    /// Unknowable until an earlier chunk has run; test mode says so, a real run looks again and must not get this answer.
    Later(String),
    /// It cannot be done; neither test mode nor a real run goes on.
    Fails(Applied),
}

impl<C> Check<C> {
    /// All is as it should be.
    pub fn desired(comment: impl Into<String>) -> Self {
        Self::Desired(comment.into())
    }

    /// Something is to be done.
    pub fn change(comment: impl Into<String>, changes: impl Into<Value>, change: C) -> Self {
        Self::Change(Outlook::new(comment, changes), change)
    }

    /// It cannot be done.
    pub fn fails(comment: impl Into<String>) -> Self {
        Self::Fails(Applied::failed(comment))
    }

    /// The same with another type of change.
    pub fn map<D>(self, change: impl FnOnce(C) -> D) -> Check<D> {
        match self {
            Self::Desired(comment) => Check::Desired(comment),
            Self::Change(outlook, made) => Check::Change(outlook, change(made)),
            Self::Later(why) => Check::Later(why),
            Self::Fails(applied) => Check::Fails(applied),
        }
    }
}

/// What a look found, the change behind a pointer: what the engine sees.
pub enum Checked {
    /// All is as it should be.
    Desired {
        /// Comment of both modes.
        comment: String,
    },
    /// Something is to be done.
    Change {
        /// What test mode reports.
        outlook: Outlook,
        /// What `apply` is given.
        change: Box<dyn Any + Send>,
    },
    /// Unknowable until an earlier chunk has run.
    Later(String),
    /// It cannot be done.
    Fails(Applied),
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Whether it worked.
    pub result: bool,
    /// What changed.
    pub changes: Value,
    /// The comment.
    pub comment: String,
    /// Warnings for the author of the tree.
    pub warnings: Vec<String>,
    /// Further members of the result: `skip_watch`, `skip_req`, `sub_state_run`, …
    pub extra: Map,
}

impl Applied {
    /// It worked.
    pub fn ok(comment: impl Into<String>, changes: impl Into<Value>) -> Self {
        Self { result: true, changes: changes.into(), comment: comment.into(), warnings: Vec::new(), extra: Map::new() }
    }

    /// It did not work and changed nothing.
    pub fn failed(comment: impl Into<String>) -> Self {
        Self { result: false, ..Self::ok(comment, Value::map()) }
    }

    /// The same with what changed.
    #[must_use]
    pub fn with_changes(mut self, changes: impl Into<Value>) -> Self {
        self.changes = changes.into();
        self
    }
}

/// A state: a type whose fields are its arguments. `name` reaches it as any other argument; `names`, requisites and conditions never do.
pub trait State: Args + Sync {
    /// What is to be done, as `check` decided it.
    type Change: Send + 'static;

    /// Whether it reacts to a watched state's changes by itself. Otherwise `watch` is the same as `require`.
    const WATCHES: bool = false;

    /// How chunks of this state become one.
    const MERGE: Option<Merge> = None;

    /// Looks and decides. A second look after `apply` finds [`Check::Desired`].
    fn check(&self, read: &Read) -> impl Future<Output = Result<Check<Self::Change>, Failure>> + Send;

    /// Does what was decided, no more.
    fn apply(&self, change: Self::Change, cx: &Cx) -> impl Future<Output = Result<Applied, Failure>> + Send;

    /// What the reaction to a watched change would be, for test mode.
    fn check_watch(&self, _read: &Read) -> impl Future<Output = Result<Outlook, Failure>> + Send {
        async { Ok(Outlook::new("", Value::map())) }
    }

    /// Reacts to a watched change.
    fn on_watch(&self, _cx: &Cx) -> impl Future<Output = Result<Applied, Failure>> + Send {
        async { Err(Failure::failed("this state does not react to watched states")) }
    }
}

/// A state with its arguments decoded: what the engine holds. Every [`State`] is one.
#[async_trait]
pub trait StateObject: Send + Sync {
    /// Looks and decides.
    async fn check(&self, read: &Read) -> Result<Checked, Failure>;

    /// Does what was decided. `change` is what `check` of this very object gave.
    async fn apply(&self, change: Box<dyn Any + Send>, cx: &Cx) -> Result<Applied, Failure>;

    /// What the reaction to a watched change would be, for test mode.
    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure>;

    /// Reacts to a watched change.
    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure>;
}

#[async_trait]
impl<S: State> StateObject for S {
    async fn check(&self, read: &Read) -> Result<Checked, Failure> {
        Ok(match State::check(self, read).await? {
            Check::Desired(comment) => Checked::Desired { comment },
            Check::Change(outlook, change) => Checked::Change { outlook, change: Box::new(change) },
            Check::Later(why) => Checked::Later(why),
            Check::Fails(applied) => Checked::Fails(applied),
        })
    }

    async fn apply(&self, change: Box<dyn Any + Send>, cx: &Cx) -> Result<Applied, Failure> {
        match change.downcast::<S::Change>() {
            Ok(change) => State::apply(self, *change, cx).await,
            Err(_) => Err(Failure::failed("the change was decided by another state")),
        }
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        State::check_watch(self, read).await
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        State::on_watch(self, cx).await
    }
}

/// How chunks of one state become one transaction (many `pkg.installed`).
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// Chunks with the same key may be merged; `None` keeps a chunk by itself.
    pub key: fn(&Map) -> Option<String>,
    /// Takes the arguments of later chunks into those of the first; the later ones then find nothing to do.
    pub merge: fn(&mut Map, &[&Map]),
}

/// A state in the registry.
#[derive(Clone, Copy)]
pub struct StateEntry {
    /// Module: `file`.
    pub module: &'static str,
    /// Name, help, arguments.
    pub signature: &'static Signature,
    /// Whether it reacts to a watched state's changes by itself.
    pub watches: bool,
    /// How its chunks become one.
    pub merge: Option<Merge>,
    /// Decodes the arguments (`name` among them, no engine words).
    pub prepare: fn(Map) -> Result<Box<dyn StateObject>, ArgError>,
}

impl StateEntry {
    /// Module and state: `file.managed`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.module, self.signature.name)
    }

    /// Help, as `sys.state_doc` prints it.
    #[must_use]
    pub const fn doc(&self) -> &'static str {
        self.signature.doc
    }

    /// Whether the state itself has an argument of this name (`check_cmd` of `file.managed`), so that the engine leaves it alone.
    #[must_use]
    pub fn takes(&self, argument: &str) -> bool {
        self.signature.args.iter().any(|spec| spec.name == argument || spec.aliases.contains(&argument))
    }
}

/// The entry of a state type in a module.
#[must_use]
pub fn state_entry<S: State>(module: &'static str) -> StateEntry {
    struct Held<S>(std::marker::PhantomData<S>);
    impl<S: State> Held<S> {
        const SIGNATURE: Signature = S::SIGNATURE;
    }
    fn prepare<S: State>(args: Map) -> Result<Box<dyn StateObject>, ArgError> {
        Ok(Box::new(S::decode(CallArgs::named(args))?))
    }
    StateEntry { module, signature: &Held::<S>::SIGNATURE, watches: S::WATCHES, merge: S::MERGE, prepare: prepare::<S> }
}
