//! Functions that show how arguments arrive.

use sdk::{Args, Failure, Map, Query, Read, Value, text};

/// Return positional and named arguments as they arrived.
///
/// ```salt
/// salt '*' test.arg 1 "two" 3.1 txt="hello" wow='{a: 1}'
/// ```
#[derive(Args)]
pub struct Arg {
    /// Positional ones.
    #[arg(rest)]
    args: Vec<Value>,
    /// Named ones.
    #[arg(extra)]
    kwargs: Map,
}

fn both(args: impl Into<Value>, kwargs: impl Into<Value>) -> Map {
    let mut map = Map::new();
    map.insert("args", args);
    map.insert("kwargs", kwargs);
    map
}

impl Query for Arg {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        Ok(both(self.args, self.kwargs))
    }
}

/// Return positional and named arguments without the ones that say who published the job.
///
/// ```salt
/// salt '*' test.arg_clean 1 "two" txt="hello"
/// ```
#[derive(Args)]
pub struct ArgClean {
    /// Positional ones.
    #[arg(rest)]
    args: Vec<Value>,
    /// Named ones.
    #[arg(extra)]
    kwargs: Map,
}

impl Query for ArgClean {
    type Output = Map;
    async fn call(mut self, _read: &Read) -> Result<Map, Failure> {
        self.kwargs.retain(|key, _| !key.as_str().is_some_and(|key| key.starts_with("__pub_")));
        Ok(both(self.args, self.kwargs))
    }
}

/// Return the named arguments as they arrived.
///
/// ```salt
/// salt '*' test.kwarg num=1 txt="two"
/// ```
#[derive(Args)]
pub struct Kwarg {
    /// Named ones.
    #[arg(extra)]
    kwargs: Map,
}

impl Query for Kwarg {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        Ok(self.kwargs)
    }
}

/// Return arguments as Python would print them.
///
/// ```salt
/// salt '*' test.arg_repr 1 "two" txt="hello"
/// ```
#[derive(Args)]
pub struct ArgRepr {
    /// Positional ones.
    #[arg(rest)]
    args: Vec<Value>,
    /// Named ones.
    #[arg(extra)]
    kwargs: Map,
}

impl Query for ArgRepr {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        // Positional ones arrive as a tuple there.
        let inner: Vec<_> = self.args.iter().map(text::repr).collect();
        let tuple = if inner.len() == 1 { format!("({},)", inner.concat()) } else { format!("({})", inner.join(", ")) };
        Ok(both(tuple, text::repr(&Value::Map(self.kwargs))))
    }
}

/// Return the types of arguments, as Python names them.
///
/// ```salt
/// salt '*' test.arg_type 1 "two" txt="hello"
/// ```
#[derive(Args)]
pub struct ArgType {
    /// Positional ones.
    #[arg(rest)]
    args: Vec<Value>,
    /// Named ones.
    #[arg(extra)]
    kwargs: Map,
}

impl Query for ArgType {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        let class = |value: &Value| format!("<class '{}'>", value.type_name());
        let args: Vec<_> = self.args.iter().map(class).collect();
        let kwargs: Map = self.kwargs.iter().map(|(key, value)| (key.clone(), class(value))).collect();
        Ok(both(args, kwargs))
    }
}
