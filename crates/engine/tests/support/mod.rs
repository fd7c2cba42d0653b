//! A world for runs: states that pretend, an agent that knows a few commands, and trees compiled from plain YAML.

use async_trait::async_trait;
use engine::{Options, Report, Services};
use sdk::host::FakeHost;
use sdk::testing::TestAgent;
use sdk::{
    Agent, Applied, Args, CallArgs, Check, Cx, Facts, Failure, Fetched, Listing, Map, Outlook, Read, Registry, Render, State, Value,
};
use sls::{Loaded, Plan, Request, SlsSource, Unloaded};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

fn pretended() -> Value {
    let change: Map = [("old", "Unchanged"), ("new", "Something pretended to change")].into_iter().collect();
    Value::Map([("testing", change)].into_iter().collect())
}

fn fired(read: &Read) -> Value {
    let low = read.chunk().map(|chunk| Arc::clone(&chunk.low)).unwrap_or_default();
    let watch = low.get("__reqs__").and_then(|reqs| reqs.get("watch")?.as_list().map(<[Value]>::to_vec)).unwrap_or_default();
    let name = |low: &Value, key: &str| low.get(key).map(value::text::str).unwrap_or_default();
    let names: Vec<String> = watch.iter().map(|low| format!("{}: {}", name(low, "state"), name(low, "__id__"))).collect();
    Value::Map([("Requisites with changes", names)].into_iter().collect())
}

macro_rules! pretending {
    ($name:ident, $check:expr, $apply:expr) => {
        /// Pretends.
        #[derive(Args)]
        struct $name {
            #[arg(extra)]
            _more: Map,
        }

        impl State for $name {
            type Change = ();
            const WATCHES: bool = true;

            async fn check(&self, _: &Read) -> Result<Check<()>, Failure> {
                Ok($check)
            }

            async fn apply(&self, (): (), _: &Cx) -> Result<Applied, Failure> {
                Ok($apply)
            }

            async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
                Ok(Outlook::new("Watch statement fired.", fired(read)).with_result(Some(true)))
            }

            async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
                Ok(Applied::ok("Watch statement fired.", fired(cx)))
            }
        }
    };
}

pretending!(Nop, Check::desired("Success!"), Applied::ok("", ()));
pretending!(SucceedWithoutChanges, Check::desired("Success!"), Applied::ok("", ()));
pretending!(
    SucceedWithChanges,
    Check::change("If we weren't testing, this would be successful with changes", pretended(), ()),
    Applied::ok("Success!", pretended())
);
pretending!(
    FailWithoutChanges,
    Check::Change(Outlook::new("If we weren't testing, this would be a failure!", Value::map()).with_result(Some(false)), ()),
    Applied::failed("Failure!")
);
pretending!(
    FailWithChanges,
    Check::change("If we weren't testing, this would be failed with changes", pretended(), ()),
    Applied::failed("Failure!").with_changes(pretended())
);

/// Does as it is told.
#[derive(Args)]
struct ConfigurableTestState {
    #[arg(default = true)]
    changes: bool,
    #[arg(default = true)]
    result: bool,
    #[arg(default)]
    comment: String,
}

impl State for ConfigurableTestState {
    type Change = ();

    async fn check(&self, _: &Read) -> Result<Check<()>, Failure> {
        let (result, changes) = if self.changes { (None, pretended()) } else { (Some(true), Value::map()) };
        Ok(Check::Change(Outlook::new(self.comment.clone(), changes).with_result(result), ()))
    }

    async fn apply(&self, (): (), _: &Cx) -> Result<Applied, Failure> {
        let changes = if self.changes { pretended() } else { Value::map() };
        Ok(Applied { result: self.result, ..Applied::ok(self.comment.clone(), changes) })
    }
}

/// Needs two arguments.
#[derive(Args)]
struct Replace {
    name: String,
    pattern: String,
    repl: String,
}

impl State for Replace {
    type Change = ();

    async fn check(&self, _: &Read) -> Result<Check<()>, Failure> {
        Ok(Check::desired(format!("{} {} {}", self.name, self.pattern, self.repl)))
    }

    async fn apply(&self, (): (), _: &Cx) -> Result<Applied, Failure> {
        Err(Failure::failed("nothing to apply"))
    }
}

/// Puts things into a store, several in one go if it may.
#[derive(Args)]
struct Held {
    name: String,
    #[arg(default)]
    all: Vec<String>,
}

impl Held {
    fn missing(&self, read: &Read) -> Vec<String> {
        let wanted = std::iter::once(&self.name).chain(self.all.iter().filter(|name| **name != self.name));
        wanted.filter(|name| !read.host().exists(&format!("/{name}.held"))).cloned().collect()
    }
}

impl State for Held {
    type Change = Vec<String>;
    const MERGE: Option<sdk::Merge> = Some(sdk::Merge {
        key: |args| args.get("shelf").is_none().then(|| "store".to_owned()),
        merge: |args, others| {
            let names = others.iter().filter_map(|other| other.get("name").cloned()).collect();
            args.insert("all", Value::List(names));
        },
    });

    async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
        let missing = self.missing(read);
        if missing.is_empty() {
            return Ok(Check::desired("It is in the store"));
        }
        let changes: Map = missing.iter().map(|name| (name.as_str(), "new")).collect();
        Ok(Check::change("It would be put into the store", Value::Map(changes), missing))
    }

    async fn apply(&self, missing: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
        for name in &missing {
            cx.host().append(&format!("/{name}.held"), b"").map_err(|error| Failure::failed(error.to_string()))?;
        }
        let changes: Map = missing.iter().map(|name| (name.as_str(), "new")).collect();
        Ok(Applied::ok(format!("{} put into the store at once", missing.len()), Value::Map(changes)))
    }
}

mod store {
    use super::Held;
    sdk::states!(store, [Held]);
}

mod test {
    use super::{ConfigurableTestState, FailWithChanges, FailWithoutChanges, Nop, SucceedWithChanges, SucceedWithoutChanges};
    sdk::states!(test, [Nop, SucceedWithoutChanges, SucceedWithChanges, FailWithoutChanges, FailWithChanges, ConfigurableTestState]);
}

mod file {
    use super::Replace;
    sdk::states!(file, [Replace]);
}

pub fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.add_states(test::states());
    registry.add_states(file::states());
    registry.add_states(store::states());
    registry
}

/// An agent whose commands are `true`, `false` and the like.
struct Commands(TestAgent);

#[async_trait]
impl Agent for Commands {
    async fn fetch(&self, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
        self.0.fetch(uri, env).await
    }

    async fn hash(&self, uri: &str, env: &str) -> Result<Option<String>, Failure> {
        self.0.hash(uri, env).await
    }

    async fn list(&self, uri: &str, env: &str) -> Result<Option<Listing>, Failure> {
        self.0.list(uri, env).await
    }

    async fn render(&self, template: Render) -> Result<String, Failure> {
        self.0.render(template).await
    }

    async fn call(&self, function: &str, args: CallArgs) -> Result<Value, Failure> {
        match function {
            "cmd.retcode" => {
                let command = args.named.get("cmd").and_then(Value::as_str).unwrap_or_default().to_owned();
                Ok(Value::Int(match command.as_str() {
                    "true" | "test 1 -eq 1" => 0,
                    "false" => 1,
                    _ => 127,
                }))
            }
            "test.true" => Ok(Value::Bool(true)),
            "test.false" => Ok(Value::Bool(false)),
            "test.echo" => Ok(args.positional.first().cloned().unwrap_or_default()),
            "test.arg" => {
                let answer: Map = [("args", Value::List(args.positional)), ("kwargs", Value::Map(args.named))].into_iter().collect();
                Ok(Value::Map(answer))
            }
            other => Err(self.0.functions.no_function(other)),
        }
    }

    async fn event(&self, _: &str, _: Value) -> Result<(), Failure> {
        Ok(())
    }

    fn matches(&self, target: &model::Target) -> Result<bool, Failure> {
        Ok(target.expression == "*")
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, Failure> {
        self.0.parse_yaml(text)
    }

    fn dump_yaml(&self, value: &Value) -> String {
        self.0.dump_yaml(value)
    }

    fn registry(&self) -> &Registry {
        self.0.registry()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct World(Cx);

impl Services for World {
    fn cx(&self, _: &str) -> Cx {
        self.0.clone()
    }
}

/// SLS by name, as plain YAML.
pub struct Tree(pub BTreeMap<String, String>);

impl SlsSource for Tree {
    fn envs(&self) -> Vec<String> {
        vec!["base".to_owned()]
    }

    fn names(&self, _: &str) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn load(&self, _: &str, sls: &str) -> Result<Loaded, Unloaded> {
        let text = self.0.get(sls).ok_or(Unloaded::Missing)?;
        let node = yaml::load(text, sls).map_err(|error| Unloaded::Failed(Box::new(model::Problem::new(error.message))))?;
        let path = format!("{}.sls", sls.replace('.', "/"));
        let rendered = render::Rendered { node, files: vec![path.clone()] };
        Ok(Loaded { path, rendered: Some(rendered) })
    }
}

pub fn plan(tree: &Tree, request: &Request) -> Result<Plan, Vec<String>> {
    let compiled = sls::compile(tree, request);
    if compiled.problems.is_empty() {
        Ok(compiled.value)
    } else {
        Err(compiled.problems.into_iter().map(|problem| problem.message).collect())
    }
}

/// Runs a plan in a world where `/there` exists.
pub async fn run(plan: &Plan, options: &Options) -> Report {
    let host = FakeHost::new();
    host.file("/there", "");
    let agent = Commands(TestAgent::default());
    let cx = Cx::grant(Read::new(Arc::new(host), Arc::new(agent), Arc::new(Facts { id: "minion1".to_owned(), ..Facts::default() })), None);
    engine::run(plan, &registry(), &World(cx), options).await
}
