//! Functions that fail, or see others fail.

use sdk::{Action, Args, Failure, Map, Query, Read, Value};

/// Fail with a message.
///
/// ```salt
/// salt '*' test.exception 'Oh noes!'
/// ```
#[derive(Args)]
pub struct Exception {
    /// The message.
    #[arg(default = "Test Exception")]
    message: String,
}

impl Query for Exception {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Err(Failure::failed(self.message))
    }
}

/// Fail with a message and an exit status.
///
/// ```salt
/// salt '*' test.fail 'no space left' retcode=3
/// ```
#[derive(Args)]
pub struct Fail {
    /// The message.
    #[arg(default = "this function always fails")]
    message: String,
    /// The exit status.
    #[arg(default = 1)]
    retcode: i32,
}

impl Query for Fail {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Err(Failure::failed(self.message).with_retcode(self.retcode))
    }
}

/// Call a function, and return something else if it fails.
///
/// ```salt
/// salt '*' test.try module=test.fail return_try_exception=True
/// ```
#[derive(Args)]
#[args(name = "try")]
pub struct Try {
    /// The function.
    module: String,
    /// Return the message of the failure.
    #[arg(default = false)]
    return_try_exception: bool,
    /// Arguments of the function.
    #[arg(extra)]
    kwargs: Map,
}

impl Action for Try {
    type Output = Value;
    async fn call(self, cx: &sdk::Cx) -> Result<Value, Failure> {
        match cx.agent().call(&self.module, sdk::CallArgs::named(self.kwargs)).await {
            Ok(value) => Ok(value),
            Err(failure) if self.return_try_exception => Ok(failure.to_string().into()),
            Err(_) => Ok(Value::Null),
        }
    }
}

/// Fail unless something is true.
///
/// ```salt
/// salt '*' test.assertion False
/// ```
#[derive(Args)]
pub struct Assertion {
    /// What has to be true.
    assertion: Value,
}

impl Query for Assertion {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        if self.assertion.is_truthy() { Ok(Value::Null) } else { Err(Failure::failed("the assertion does not hold")) }
    }
}
