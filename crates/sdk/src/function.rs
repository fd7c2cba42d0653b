//! Functions: what only looks, what changes, and the entry of one in the registry.

use crate::{Args, CallArgs, Cx, Read, Signature};
use futures_util::future::BoxFuture;
use model::Failure;
use std::future::Future;
use value::Value;

/// What a function gave back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Returned {
    /// The value.
    pub value: Value,
    /// Exit status of the call: of `cmd.run`, that of its command.
    pub retcode: i32,
    /// Outputter that shows the value best, such as `highstate`.
    pub out: Option<&'static str>,
}

impl Returned {
    /// The same with an exit status.
    #[must_use]
    pub const fn with_retcode(mut self, retcode: i32) -> Self {
        self.retcode = retcode;
        self
    }
}

impl<T: Into<Value>> From<T> for Returned {
    fn from(value: T) -> Self {
        Self { value: value.into(), retcode: 0, out: None }
    }
}

/// A function that only looks.
pub trait Query: Args {
    /// What it gives back.
    type Output: Into<Returned>;

    /// Looks.
    fn call(self, read: &Read) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// A function that changes something.
pub trait Action: Args {
    /// What it gives back.
    type Output: Into<Returned>;

    /// Acts.
    fn call(self, cx: &Cx) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Whether a function only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only looks.
    Query,
    /// It changes something.
    Action,
}

/// A function in the registry.
#[derive(Clone, Copy)]
pub struct FunctionEntry {
    /// Module: `cmd`.
    pub module: &'static str,
    /// Name, help, arguments.
    pub signature: &'static Signature,
    /// Whether it only looks.
    pub kind: Kind,
    /// Decodes the arguments and runs it.
    pub call: for<'a> fn(CallArgs, &'a Cx) -> BoxFuture<'a, Result<Returned, Failure>>,
}

impl FunctionEntry {
    /// Module and function: `cmd.run_all`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.module, self.signature.name)
    }

    /// Help, as `sys.doc` prints it.
    #[must_use]
    pub const fn doc(&self) -> &'static str {
        self.signature.doc
    }
}

struct Held<T>(std::marker::PhantomData<T>);

impl<T: Args> Held<T> {
    const SIGNATURE: Signature = T::SIGNATURE;
}

fn call_query<T: Query>(args: CallArgs, cx: &Cx) -> BoxFuture<'_, Result<Returned, Failure>> {
    Box::pin(async move { T::decode(args)?.call(cx.read()).await.map(Into::into) })
}

fn call_action<T: Action>(args: CallArgs, cx: &Cx) -> BoxFuture<'_, Result<Returned, Failure>> {
    Box::pin(async move { T::decode(args)?.call(cx).await.map(Into::into) })
}

/// How `module!` finds out whether a type is a query or an action: method lookup tries the plain reference before the double one.
pub mod probe {
    use super::{Action, FunctionEntry, Held, Kind, Query, call_action, call_query};
    use std::marker::PhantomData;

    /// Stands for a function type.
    pub struct Probe<T>(PhantomData<T>);

    impl<T> Probe<T> {
        /// Stands for a function type.
        #[must_use]
        #[expect(clippy::new_without_default, reason = "nobody needs a default probe")]
        pub const fn new() -> Self {
            Self(PhantomData)
        }
    }

    /// The entry of a query.
    pub trait ViaQuery {
        /// Its entry in a module.
        fn entry(&self, module: &'static str) -> FunctionEntry;
    }

    impl<T: Query> ViaQuery for Probe<T> {
        fn entry(&self, module: &'static str) -> FunctionEntry {
            FunctionEntry { module, signature: &Held::<T>::SIGNATURE, kind: Kind::Query, call: call_query::<T> }
        }
    }

    /// The entry of an action.
    pub trait ViaAction {
        /// Its entry in a module.
        fn entry(&self, module: &'static str) -> FunctionEntry;
    }

    impl<T: Action> ViaAction for &Probe<T> {
        fn entry(&self, module: &'static str) -> FunctionEntry {
            FunctionEntry { module, signature: &Held::<T>::SIGNATURE, kind: Kind::Action, call: call_action::<T> }
        }
    }
}
