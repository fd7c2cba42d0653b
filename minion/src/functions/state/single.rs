//! Runs of states that stand in no SLS of the tree: one state, a text, ready data.

use super::prepare::{self, Options};
use super::{problem_texts, refused, run};
use crate::tree::Texts;
use model::Place;
use sdk::{Action, Args, Cx, Failure, Map, Returned, Value};
use sls::{Chunk, Plan, Request};
use std::sync::Arc;

/// Name of the SLS that a text is compiled as. It shows as none: the states stand in no SLS.
const NO_SLS: &str = "";

/// Run one state.
///
/// ```salt
/// salt '*' state.single pkg.installed name=vim test=True
/// ```
#[derive(Args)]
pub struct Single {
    /// The state: `module.function`.
    fun: String,
    /// What it is about.
    name: Value,
    /// Only predict what would change.
    #[arg(named)]
    test: Option<bool>,
    /// Pillar of the caller.
    #[arg(named)]
    pillar: Option<Value>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
    /// Run beside another run.
    #[arg(named, default = false)]
    concurrent: bool,
    /// Environment of states.
    #[arg(named)]
    saltenv: Option<String>,
    /// Arguments of the state.
    #[arg(extra)]
    arguments: Map,
}

impl Action for Single {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let Some((state, fun)) = self.fun.split_once('.') else {
            return Ok(Returned::from(Value::from("Invalid function passed")).with_retcode(1));
        };
        if let Ok(desk) = super::prepare::of_cx(cx)
            && desk.core.registry.state(&self.fun).is_none()
        {
            if let Some(near) = desk.core.registry.nearest_state(&self.fun) {
                desk.note(format!("there is no state `{}`; did you mean `{near}`?", self.fun));
            }
            return Ok(super::refused(vec![format!("Specified state '{}' was not found", self.fun)], 1));
        }
        if !matches!(self.name, Value::Str(_)) {
            let (shown, given) = (value::text::str(&self.name), self.name.type_name());
            return Ok(super::refused(vec![format!("ID '{shown}' is not formed as a string, but is a {given}")], 1));
        }
        let options = Options {
            test: self.test,
            pillar: self.pillar.clone(),
            queue: self.queue.clone(),
            concurrent: self.concurrent,
            saltenv: self.saltenv.clone(),
            ..Options::default()
        };
        let env = self.saltenv.clone().unwrap_or_else(|| cx.env().to_owned());
        let chunk = chunk(state, fun, &self.name, &env, self.arguments.clone());
        let plan = Plan { chunks: vec![chunk], requisites: vec![Vec::new()], ..Plan::default() };
        run::plan(cx, "state.single", &options, plan).await
    }
}

fn chunk(state: &str, fun: &str, name: &Value, env: &str, args: Map) -> Chunk {
    Chunk {
        state: state.to_owned(),
        fun: fun.to_owned(),
        id: value::text::str(name).into(),
        name: value::text::str(name),
        odd_name: None,
        sls: NO_SLS.into(),
        env: env.into(),
        included_from: Arc::from([]),
        order: Value::Int(0),
        name_order: 0,
        args,
        place: Place { file: "command line".to_owned(), ..Place::default() },
    }
}

/// Run one state given as low data.
///
/// ```salt
/// salt '*' state.low '{state: pkg, fun: installed, name: vim}'
/// ```
#[derive(Args)]
pub struct Low {
    /// The low data.
    data: Map,
    /// Only predict what would change.
    #[arg(named)]
    test: Option<bool>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
}

impl Action for Low {
    type Output = Returned;

    async fn call(mut self, cx: &Cx) -> Result<Returned, Failure> {
        let mut word = |key: &str| self.data.remove(key).map(|value| value::text::str(&value));
        let (Some(state), Some(fun)) = (word("state"), word("fun")) else {
            return Err(Failure::bad_arguments("low data needs `state`, `fun` and `name`"));
        };
        let id = word("__id__");
        let Some(name) = self.data.remove("name").or_else(|| id.clone().map(Value::from)) else {
            return Err(Failure::bad_arguments("low data needs `state`, `fun` and `name`"));
        };
        let options = Options { test: self.test, queue: self.queue.clone(), ..Options::default() };
        let mut chunk = chunk(&state, &fun, &name, cx.env(), self.data);
        if let Some(id) = id {
            chunk.id = id.into();
        }
        let plan = Plan { chunks: vec![chunk], requisites: vec![Vec::new()], ..Plan::default() };
        let returned = run::plan(cx, "state.low", &options, plan).await?;
        // Low data gives the one result itself, not a mapping by tag.
        let one = returned.value.as_map().and_then(|map| map.single().map(|(_, result)| result.clone()));
        Ok(match one {
            Some(result) => Returned { value: result, out: None, ..returned },
            None => returned,
        })
    }
}

/// Run states given as a text.
///
/// ```salt
/// salt '*' state.template_str 'vim: {pkg.installed: []}'
/// ```
#[derive(Args)]
pub struct TemplateStr {
    /// The text of an SLS.
    tem: Value,
    /// Means nothing, as in Salt: the states are run.
    #[arg(named)]
    test: Option<bool>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
}

impl Action for TemplateStr {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let Value::Str(text) = self.tem else {
            let given = self.tem.type_name();
            return Err(Failure::bad_arguments(format!("Passed invalid arguments: utf_8_encode() argument 1 must be str, not {given}."))
                .with_hint("put the text in quotes twice, so that it stays a text"));
        };
        let options = text_options(cx, self.test, self.queue);
        text_run(cx, "state.template_str", &options, "<string>", text).await
    }
}

/// Run the states of a file of this machine, or of a uri.
///
/// ```salt
/// salt '*' state.template /tmp/web.sls
/// ```
#[derive(Args)]
pub struct Template {
    /// The file.
    tem: String,
    /// Means nothing, as in Salt: the states are run.
    #[arg(named)]
    test: Option<bool>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
}

impl Action for Template {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let text = crate::functions::text_of(cx.read(), &self.tem, cx.env()).await?;
        let options = text_options(cx, self.test, self.queue);
        text_run(cx, "state.template", &options, &self.tem, text).await
    }
}

/// Run states given as high data.
///
/// ```salt
/// salt '*' state.high '{vim: {pkg: [installed]}}'
/// ```
#[derive(Args)]
pub struct High {
    /// The high data.
    data: Map,
    /// Only predict what would change.
    #[arg(named)]
    test: Option<bool>,
    /// Wait for another run instead of being refused.
    #[arg(named)]
    queue: Option<Value>,
}

impl Action for High {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        let options = Options { test: self.test, queue: self.queue, ..Options::default() };
        // High data is the content of an SLS; as JSON it needs no template.
        let text = serde_json::to_string(&self.data).map_err(|error| Failure::failed(error.to_string()))?;
        text_run(cx, "state.high", &options, "<data>", format!("#!json\n{text}")).await
    }
}

/// Options of `state.template` and `state.template_str`. Salt does not hand `test` on here, so that the states run, and who is used to that
/// must be told so.
fn text_options(cx: &Cx, test: Option<bool>, queue: Option<Value>) -> Options {
    if let (Some(true), Ok(desk)) = (test, prepare::of_cx(cx)) {
        desk.note("`test=True` means nothing here, as in Salt: the states were run; `test: True` in the configuration, or `state.apply`, predicts".to_owned());
    }
    Options { queue, ..Options::default() }
}

/// Compiles a text as if it were an SLS, and runs it.
async fn text_run(cx: &Cx, function: &str, options: &Options, name: &str, text: String) -> Result<Returned, Failure> {
    let desk = prepare::of_cx(cx)?;
    let desk = match prepare::desk(&desk, options).await? {
        Ok(desk) => desk,
        Err(refusal) => return Ok(*refusal),
    };
    let file = name.to_owned();
    let compiled = desk
        .blocking(move |desk| {
            let env = desk.facts().env.clone();
            let source = Texts::new(desk, NO_SLS, &file, &text);
            Ok(sls::compile(&source, &Request::sls(env, [NO_SLS])))
        })
        .await?;
    if !compiled.problems.is_empty() {
        // No SLS has a name here; Salt speaks of the template then.
        let template = format!("in template '{name}'");
        let told = |text: String| text.replace("in SLS ''", &template).replace("in SLS []", "in SLS [None]");
        return Ok(refused(problem_texts(&compiled.problems).into_iter().map(told).collect(), 1));
    }
    run::prepared_plan(&desk, function, options, compiled.value).await
}
