//! For tests of modules and states: a context over a fake or real host, and an agent whose files are a map.

use crate::{Agent, CallArgs, Cx, Facts, Fetched, Listing, Read, Registry, Render};
use async_trait::async_trait;
use host::{FakeHost, Host};
use model::{Failure, Target};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use value::Value;

/// An agent for tests: files under `salt://` are local paths in a map, templates replace `{{ name }}` by a variable, nothing else works.
#[derive(Default)]
pub struct TestAgent {
    /// Local path of each `salt://` path.
    pub files: BTreeMap<String, String>,
    /// Functions that [`Agent::call`] finds.
    pub functions: Registry,
}

#[async_trait]
impl Agent for TestAgent {
    async fn fetch(&self, uri: &str, _env: &str) -> Result<Option<Fetched>, Failure> {
        let path = match uri.strip_prefix("salt://") {
            Some(path) => self.files.get(path).cloned(),
            None => Some(uri.to_owned()),
        };
        Ok(path.map(|path| Fetched { path, sha256: None, mode: None }))
    }

    async fn hash(&self, _uri: &str, _env: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    async fn list(&self, uri: &str, _env: &str) -> Result<Option<Listing>, Failure> {
        let folder = format!("{}/", uri.trim_start_matches("salt://"));
        let files: Vec<_> = self.files.keys().filter_map(|path| path.strip_prefix(&folder).map(str::to_owned)).collect();
        let folders = files.iter().filter_map(|file| file.rsplit_once('/').map(|(up, _)| up.to_owned()));
        let mut dirs: Vec<_> = folders.collect();
        dirs.dedup();
        Ok(if files.is_empty() { None } else { Some(Listing { files, dirs, links: Vec::new() }) })
    }

    async fn render(&self, template: Render) -> Result<String, Failure> {
        let mut text = template.text;
        for (name, value) in &template.context {
            text = text.replace(&format!("{{{{ {} }}}}", value::text::str(name)), &value::text::str(value));
        }
        Ok(text)
    }

    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure> {
        let cx = context(Arc::new(FakeHost::new()), Facts::default());
        self.functions.call(function, args, &cx).await.map(|returned| returned.value)
    }

    async fn event(&self, _tag: &str, _data: Value) -> Result<(), Failure> {
        Ok(())
    }

    fn matches(&self, target: &Target) -> Result<bool, Failure> {
        Err(Failure::unavailable(format!("a test agent matches nothing, not even `{}`", target.expression)))
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, Failure> {
        serde_json::from_str(text).map_err(|error| Failure::failed(error.to_string()))
    }

    fn dump_yaml(&self, value: &Value) -> String {
        serde_json::to_string(value).unwrap_or_default()
    }

    fn registry(&self) -> &Registry {
        &self.functions
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A context over a host, with a [`TestAgent`] that has no files.
pub fn context(host: Arc<dyn Host>, facts: Facts) -> Cx {
    context_with(host, facts, TestAgent::default())
}

/// A context over a host and an agent.
pub fn context_with(host: Arc<dyn Host>, facts: Facts, agent: TestAgent) -> Cx {
    Cx::grant(Read::new(host, Arc::new(agent), Arc::new(facts)), None)
}
