//! `state.request`: a rehearsed run that is kept under a name until somebody runs it.
//!
//! Salt's older and weaker form of a plan: nothing is compared before the run. What is kept is the call, so the states are compiled anew.

use super::prepare;
use sdk::host::{Write, join, parent};
use sdk::{Action, Args, CallArgs, Cx, Failure, Map, Query, Read, Returned, Value};

/// Name of a request that was given none.
const DEFAULT: &str = "default";

fn path(read: &Read) -> Result<String, Failure> {
    let folder = read.opt("cachedir").and_then(Value::as_str).filter(|folder| !folder.is_empty());
    let folder = folder.ok_or_else(|| Failure::unavailable("the minion has no `cachedir` to keep requests in"))?;
    Ok(join(folder, "requests.json"))
}

fn load(read: &Read) -> Result<Map, Failure> {
    let path = path(read)?;
    if !read.host().exists(&path) {
        return Ok(Map::new());
    }
    let text = read.host().read_text(&path).map_err(modules::failure)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("the requests in {path} cannot be read: {error}; `state.clear_request` removes them")))
}

fn save(cx: &Cx, requests: &Map) -> Result<(), Failure> {
    let path = path(cx)?;
    let text = serde_json::to_string(requests).map_err(|error| Failure::failed(format!("the request cannot be kept: {error}")))?;
    if let Some(folder) = parent(&path) {
        cx.host().make_dirs(folder, None).map_err(modules::failure)?;
    }
    // It holds the caller's pillar.
    cx.host().write(&path, text.as_bytes(), &Write::mode(0o600)).map_err(modules::failure)
}

/// Calls `state.apply`.
async fn apply(cx: &Cx, mods: Option<&Value>, named: Map) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let positional = mods.filter(|mods| **mods != Value::Null).cloned().into_iter().collect();
    desk.core.registry.call("state.apply", CallArgs::new(positional, named), cx).await
}

/// Predict what states would change, and keep the call for `state.run_request`.
///
/// ```salt
/// salt '*' state.request nginx name=friday
/// ```
#[derive(Args)]
pub struct Request {
    /// Names of SLS, with commas between them or as a list; none means a highstate.
    mods: Option<Value>,
    /// Name to keep it under.
    #[arg(named, default = "default")]
    name: String,
    /// Further arguments of `state.apply`.
    #[arg(extra)]
    arguments: Map,
}

impl Action for Request {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let mut named = self.arguments;
        named.insert("test", true);
        let returned = apply(cx, self.mods.as_ref(), named.clone()).await?;
        // What could not be compiled cannot be run later either.
        if returned.value.as_map().is_some() {
            let mut requests = load(cx)?;
            let mods = self.mods.unwrap_or_default();
            let request: Map = [("test_run", returned.value.clone()), ("mods", mods), ("kwargs", Value::Map(named))].into_iter().collect();
            requests.insert(self.name.as_str(), Value::Map(request));
            save(cx, &requests)?;
        }
        Ok(returned)
    }
}

/// Show the requests that are kept.
///
/// ```salt
/// salt '*' state.check_request
/// ```
#[derive(Args)]
pub struct CheckRequest {
    /// Show this one only.
    name: Option<String>,
}

impl Query for CheckRequest {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let mut requests = load(read)?;
        Ok(match self.name {
            Some(name) => requests.remove(&name).unwrap_or_else(Value::map),
            None => Value::Map(requests),
        })
    }
}

/// Forget requests.
///
/// ```salt
/// salt '*' state.clear_request
/// ```
#[derive(Args)]
pub struct ClearRequest {
    /// Forget this one only.
    name: Option<String>,
}

impl Action for ClearRequest {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let requests = match self.name {
            Some(name) => {
                let mut requests = load(cx)?;
                requests.remove(&name);
                requests
            }
            None => Map::new(),
        };
        save(cx, &requests)?;
        Ok(true)
    }
}

/// Run what `state.request` has kept.
///
/// ```salt
/// salt '*' state.run_request friday
/// ```
#[derive(Args)]
pub struct RunRequest {
    /// Name of the request.
    name: Option<String>,
    /// Further arguments of `state.apply`, which win over those of the request.
    #[arg(extra)]
    arguments: Map,
}

impl Action for RunRequest {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let name = self.name.unwrap_or_else(|| DEFAULT.to_owned());
        let mut requests = load(cx)?;
        let Some(Value::Map(mut request)) = requests.remove(&name) else { return Ok(Returned::from(Value::map())) };
        save(cx, &requests)?;
        let mut named = match request.remove("kwargs") {
            Some(Value::Map(named)) => named,
            _ => Map::new(),
        };
        named.remove("test");
        named.extend(self.arguments);
        apply(cx, request.get("mods"), named).await
    }
}
