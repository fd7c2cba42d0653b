//! The derive, the registry and the two-phase states, seen as a module author sees them.

use sdk::testing::context;
use sdk::{Applied, Args, CallArgs, Check, Checked, Cx, Facts, Failure, Kind, Map, Query, Read, Registry, State, Value};
use std::sync::Arc;

/// Greet somebody.
///
/// ```salt
/// salt '*' test.greet bob
/// ```
#[derive(Args)]
struct Greet {
    /// Whom.
    #[arg(alias = "who")]
    name: String,
    /// How often.
    #[arg(default = 1)]
    times: usize,
    /// Ends with this.
    end: Option<String>,
}

impl Query for Greet {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(format!("{}{}", format!("hi {} ", self.name).repeat(self.times), self.end.unwrap_or_default()))
    }
}

/// Take anything.
#[derive(Args)]
struct Everything {
    #[arg(rest)]
    args: Vec<Value>,
    #[arg(extra)]
    kwargs: Map,
}

impl sdk::Action for Everything {
    type Output = usize;
    async fn call(self, _cx: &Cx) -> Result<usize, Failure> {
        Ok(self.args.len() + self.kwargs.len())
    }
}

/// Do nothing.
#[derive(Args)]
#[args(name = "false")]
struct No;

impl Query for No {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// Ensure a number is even.
#[derive(Args)]
struct Even {
    name: i64,
}

impl State for Even {
    type Change = i64;
    async fn check(&self, _read: &Read) -> Result<Check<i64>, Failure> {
        Ok(if self.name % 2 == 0 { Check::desired("even") } else { Check::change("would be even", Value::map(), self.name + 1) })
    }
    async fn apply(&self, change: i64, _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok(format!("made {change}"), Value::map()))
    }
}

mod functions {
    use super::{Everything, Greet, No};
    sdk::module!(test, [Greet, Everything, No]);
}

mod states {
    use super::Even;
    sdk::states!(number, [Even]);
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.add_functions(functions::functions());
    registry.add_states(states::states());
    registry
}

async fn call(function: &str, positional: &str, named: &str) -> Result<Value, String> {
    let cx = context(Arc::new(sdk::host::FakeHost::new()), Facts::default());
    let args = CallArgs::new(serde_json::from_str(positional).unwrap(), serde_json::from_str(named).unwrap());
    registry().call(function, args, &cx).await.map(|returned| returned.value).map_err(|failure| failure.to_string())
}

#[tokio::test]
async fn arguments_come_by_position_by_name_and_by_alias() {
    assert_eq!(call("test.greet", r#"["bob", 2]"#, "{}").await.unwrap(), Value::from("hi bob hi bob "));
    assert_eq!(call("test.greet", "[]", r#"{"who": 7, "end": "!"}"#).await.unwrap(), Value::from("hi 7 !"));
    assert_eq!(call("test.everything", "[1,2]", r#"{"x": 1}"#).await.unwrap(), Value::from(3));
    assert_eq!(call("test.false", "[]", "{}").await.unwrap(), Value::from(false));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_the_way_out() {
    let error = call("test.greet", "[]", "{}").await.unwrap_err();
    assert_eq!(error, "Passed invalid arguments: greet() missing 1 required positional argument: 'name'.");
    let error = call("test.greet", r#"["a", 1, "b", 4]"#, "{}").await.unwrap_err();
    assert_eq!(error, "Passed invalid arguments: greet() takes 3 positional arguments but 4 were given.");
    let error = call("test.greet", r#"["a"]"#, r#"{"tmies": 2}"#).await.unwrap_err();
    assert!(error.contains("'tmies'; did you mean `times`?"), "{error}");
    let error = call("test.greet", r#"["a"]"#, r#"{"times": "often"}"#).await.unwrap_err();
    assert!(error.contains("argument 'times' must be a whole number, not `'often'`"), "{error}");
    assert_eq!(call("test.gret", "[]", "{}").await.unwrap_err(), "'test.gret' is not available.; did you mean `test.greet`?");
}

#[test]
fn the_table_knows_help_defaults_and_kind() {
    let registry = registry();
    let greet = registry.function("test.greet").unwrap();
    assert!(greet.doc().starts_with("Greet somebody.\n\n```salt\n"));
    assert_eq!(greet.kind, Kind::Query);
    assert_eq!(registry.function("test.everything").unwrap().kind, Kind::Action);
    assert_eq!(
        greet.signature.args.iter().map(|arg| arg.default.map(|default| default())).collect::<Vec<_>>(),
        [None, Some(Value::from(1)), Some(Value::Null)]
    );
    assert!(registry.problems().is_empty());
}

#[tokio::test]
async fn a_state_looks_first_and_does_what_it_decided() {
    let cx = context(Arc::new(sdk::host::FakeHost::new()), Facts::default());
    let entry = *registry().state("number.even").unwrap();
    let object = (entry.prepare)(serde_json::from_str(r#"{"name": 3}"#).unwrap()).unwrap();
    let Checked::Change { outlook, change } = object.check(cx.read()).await.unwrap() else { panic!("a change") };
    assert_eq!(outlook.comment, "would be even");
    assert_eq!(object.apply(change, &cx).await.unwrap().comment, "made 4");
}
