//! The way from templates to the table of functions: what `salt['…']` calls.

use render::{CallError, Functions};
use sdk::{CallArgs, Cx, Registry};
use std::sync::Arc;
use tokio::runtime::Handle;
use value::{Map, Value};

/// Functions of a registry as templates call them, with one context for all calls.
///
/// Templates are synchronous and functions are not, so a call waits: it must come from a thread that may (`spawn_blocking`), never from one
/// that drives the runtime.
pub struct Bridge {
    registry: Arc<Registry>,
    cx: Cx,
    runtime: Handle,
}

impl Bridge {
    /// A bridge to `registry`; what its functions see of the world is in `cx`.
    #[must_use]
    pub const fn new(registry: Arc<Registry>, cx: Cx, runtime: Handle) -> Self {
        Self { registry, cx, runtime }
    }
}

impl Functions for Bridge {
    fn call(&self, function: &str, args: Vec<Value>, kwargs: Map) -> Result<Value, CallError> {
        call(&self.registry, &self.cx, &self.runtime, function, CallArgs::new(args, kwargs))
    }

    fn exists(&self, function: &str) -> bool {
        self.registry.function(function).is_some()
    }
}

/// One call of a template. Waits; see [`Bridge`].
///
/// # Errors
/// When there is no such function or it fails.
pub fn call(registry: &Registry, cx: &Cx, runtime: &Handle, function: &str, args: CallArgs) -> Result<Value, CallError> {
    if registry.function(function).is_none() {
        return Err(CallError::NoFunction(function.to_owned()));
    }
    match runtime.block_on(registry.call(function, args, cx)) {
        Ok(returned) => Ok(returned.value),
        Err(failure) => Err(CallError::Failed(failure.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::testing::context;

    #[test]
    fn a_function_that_is_not_there_is_told_from_one_that_fails() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let cx = context(Arc::new(sdk::host::FakeHost::new()), sdk::Facts::default());
        let bridge = Bridge::new(Arc::new(Registry::new()), cx, runtime.handle().clone());
        assert!(!bridge.exists("test.ping"));
        assert_eq!(bridge.call("test.ping", vec![], Map::new()), Err(CallError::NoFunction("test.ping".to_owned())));
    }
}
