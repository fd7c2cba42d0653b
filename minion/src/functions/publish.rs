//! Functions on other minions and runners of the master, as far as the master's `peer` and `peer_run` allow.

use super::desk;
use proto::{RequestBody, ResponseBody};
use sdk::{Action, Args, Cx, Failure, Map, Value};
use std::time::Duration;
use value::text;

sdk::module!(publish, [Publish, FullData, Runner]);

/// The master's answer may take so much longer than the waiting for returns.
const GRACE: Duration = Duration::from_secs(15);

/// Arguments as Salt's users give them: a list, or a text with commas; `name=value` becomes a named one.
fn arguments(given: Option<Value>) -> (Vec<Value>, Map) {
    let items = match given {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::List(items)) => items,
        Some(Value::Str(text)) => text.split(',').map(|word| Value::from(word.trim())).collect(),
        Some(one) => vec![one],
    };
    let (mut args, mut kwargs) = (Vec::new(), Map::new());
    for item in items {
        match item {
            Value::Str(word) => {
                let parsed = argv::parse(&[word], &[]);
                args.extend(parsed.args);
                kwargs.extend(parsed.kwargs);
            }
            other => args.push(other),
        }
    }
    (args, kwargs)
}

async fn ask(cx: &Cx, question: &str, data: Map, limit: Duration) -> Result<Value, Failure> {
    let desk = desk(cx.read())?;
    let Some(link) = desk.core.source.link() else {
        return Err(Failure::unavailable("there is no master to publish by").with_hint("run without `--local`"));
    };
    let body = RequestBody::Custom { function: question.to_owned(), data: Value::Map(data) };
    match link.request_within(body, limit + GRACE).await {
        Ok(ResponseBody::Value { value }) => Ok(value),
        Ok(_) => Err(Failure::failed("the master answered with something else")),
        Err(net::RequestError::Failed(failure)) => Err(failure),
        Err(error) => Err(Failure::unavailable(format!("the master does not answer: {error}"))),
    }
}

/// What both ways of publishing are given.
struct Publication {
    tgt: Value,
    fun: String,
    args: Vec<Value>,
    kwargs: Map,
    tgt_type: String,
    timeout: f64,
}

/// Runs a function on other minions, for another function of this one: what each of them returned.
pub(super) async fn call(cx: &Cx, tgt: Value, fun: &str, args: Vec<Value>, kwargs: Map) -> Result<Map, Failure> {
    let publication = Publication { tgt, fun: fun.to_owned(), args, kwargs, tgt_type: "glob".to_owned(), timeout: 5.0 };
    Ok(returned(publication.send(cx).await?))
}

fn returned(rows: Map) -> Map {
    rows.into_iter().map(|(minion, row)| (minion, row.get("ret").cloned().unwrap_or_default())).collect()
}

impl Publication {
    async fn send(self, cx: &Cx) -> Result<Map, Failure> {
        let limit = Duration::try_from_secs_f64(self.timeout)
            .map_err(|_| Failure::bad_arguments(format!("`timeout` is `{}`, which is no number of seconds", self.timeout)))?;
        let target = match self.tgt {
            Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(","),
            one => text::str(&one),
        };
        let mut data = Map::new();
        data.insert("tgt", target);
        data.insert("tgt_type", self.tgt_type);
        data.insert("fun", self.fun);
        data.insert("args", self.args);
        data.insert("kwargs", self.kwargs);
        data.insert("timeout", self.timeout);
        match ask(cx, "publish", data, limit).await? {
            Value::Map(returns) => Ok(returns),
            _ => Err(Failure::failed("the master answered with something else")),
        }
    }
}

/// Run a function on other minions and give what each returns.
///
/// ```salt
/// salt web01 publish.publish 'db*' network.ip_addrs eth0
/// ```
#[derive(Args)]
pub struct Publish {
    /// The minions.
    tgt: Value,
    /// The function.
    fun: String,
    /// Its arguments: a list, or a text with commas.
    arg: Option<Value>,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// How many seconds to wait for returns.
    #[arg(default = 5.0)]
    timeout: f64,
    /// Known for compatibility: there is one master.
    #[arg(named, ignored)]
    via_master: Option<Value>,
}

impl Action for Publish {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let Self { tgt, fun, arg, tgt_type, timeout, .. } = self;
        let (args, kwargs) = arguments(arg);
        Ok(Value::Map(returned(Publication { tgt, fun, args, kwargs, tgt_type, timeout }.send(cx).await?)))
    }
}

/// Run a function on other minions and give all that is known of each return.
///
/// ```salt
/// salt web01 publish.full_data 'db*' test.ping
/// ```
#[derive(Args)]
pub struct FullData {
    /// The minions.
    tgt: Value,
    /// The function.
    fun: String,
    /// Its arguments: a list, or a text with commas.
    arg: Option<Value>,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// How many seconds to wait for returns.
    #[arg(default = 5.0)]
    timeout: f64,
}

impl Action for FullData {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let Self { tgt, fun, arg, tgt_type, timeout } = self;
        let (args, kwargs) = arguments(arg);
        Publication { tgt, fun, args, kwargs, tgt_type, timeout }.send(cx).await.map(Value::Map)
    }
}

/// Call a runner of the master.
///
/// ```salt
/// salt web01 publish.runner manage.up
/// ```
#[derive(Args)]
pub struct Runner {
    /// The runner.
    fun: String,
    /// Its arguments: a list, or a text with commas.
    arg: Option<Value>,
    /// How many seconds to wait.
    #[arg(default = 5.0)]
    timeout: f64,
}

impl Action for Runner {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let limit = Duration::try_from_secs_f64(self.timeout).unwrap_or_default();
        let (args, kwargs) = arguments(self.arg);
        let mut data = Map::new();
        data.insert("fun", self.fun);
        data.insert("args", args);
        data.insert("kwargs", kwargs);
        ask(cx, "runner", data, limit).await
    }
}
