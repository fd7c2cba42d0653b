//! What the agent does for modules and states: files of the master, templates, other functions, events.

use crate::{CallArgs, Registry};
use async_trait::async_trait;
use model::{Failure, Target};
use std::any::Any;
use value::{Map, Value};

/// A file that was brought to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Path of the copy here.
    pub path: String,
    /// SHA-256 of its content in hex, when it is known without reading the copy.
    pub sha256: Option<String>,
    /// Permission bits it has at its source, for `mode: keep`.
    pub mode: Option<u32>,
}

/// What is below a folder of the master; paths are relative to that folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Files, sorted.
    pub files: Vec<String>,
    /// Folders, sorted.
    pub dirs: Vec<String>,
    /// Symbolic links and where they point, sorted.
    pub links: Vec<(String, String)>,
}

/// A template to render.
#[derive(Clone, Debug)]
pub struct Render {
    /// Engine or chain of engines: `jinja`.
    pub engine: String,
    /// What the template is called in errors, and where its relative imports start: `web/files/site.conf.j2`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Variables it gets besides the usual ones.
    pub context: Map,
    /// File environment of its imports.
    pub env: String,
}

/// What the agent does for modules and states. The minion implements it; tests use [`crate::testing::TestAgent`].
#[async_trait]
pub trait Agent: Send + Sync {
    /// Brings a file here: `salt://…`, `http(s)://…`, `file://…` or a path. `None` when the source has no such file.
    async fn fetch(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure>;

    /// Brings a file here as [`Agent::fetch`] does, from whoever answers: certificates are not looked at.
    async fn fetch_unchecked(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
        self.fetch(uri, env).await
    }

    /// Brings a file into the cache, to a place that stays; the path there, `None` when the source has no such file.
    async fn cache(&self, uri: &str, env: &str) -> Result<Option<String>, Failure> {
        Ok(self.fetch(uri, env).await?.map(|fetched| fetched.path))
    }

    /// Where [`Agent::cache`] puts a file, whether it is there or not; `None` when there is no such place.
    fn cached(&self, uri: &str, env: &str) -> Option<String> {
        let _ = (uri, env);
        None
    }

    /// SHA-256 of a file of the master without bringing it here; `None` when there is no such file.
    async fn hash(&self, uri: &str, env: &str) -> Result<Option<String>, Failure>;

    /// What is below a folder (`salt://web/files`); `None` when there is no such folder.
    async fn list(&self, uri: &str, env: &str) -> Result<Option<Listing>, Failure>;

    /// Renders a template to text.
    async fn render(&self, template: Render) -> Result<String, Failure>;

    /// Calls a function by name: `module.run`, conditions, slots.
    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure>;

    /// Sends an event to the master.
    async fn event(&self, tag: &str, data: Value) -> Result<(), Failure>;

    /// Whether a target expression means this minion.
    fn matches(&self, target: &Target) -> Result<bool, Failure>;

    /// Whether a target expression means a minion of this id, as far as the id alone tells; an error where grains or pillar are needed.
    fn matches_id(&self, target: &Target, id: &str) -> Result<bool, Failure> {
        Err(Failure::unavailable(format!("whether `{}` means `{id}` cannot be told here", target.expression)))
    }

    /// Reads text as YAML.
    fn parse_yaml(&self, text: &str) -> Result<Value, Failure>;

    /// Writes a value as block YAML, the way `yaml.safe_dump(default_flow_style=False)` does.
    fn dump_yaml(&self, value: &Value) -> String;

    /// Every function and state there is.
    fn registry(&self) -> &Registry;

    /// The agent itself, for its own functions.
    fn as_any(&self) -> &dyn Any;
}
