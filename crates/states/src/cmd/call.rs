//! `cmd.call` and `cmd.wait_call`: an execution function by its name. Salt takes a Python callable there, which only Python code can give.

use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Outlook, Read, State, Value, text};

macro_rules! call_state {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name.
            #[arg(ignored)]
            name: String,
            /// The function, such as `test.ping`.
            func: String,
            /// Its arguments by position.
            #[arg(default)]
            args: Vec<Value>,
            /// Its arguments by name.
            kws: Option<Map>,
            /// Known for compatibility; output is never logged.
            #[arg(default = "debug", ignored)]
            output_loglevel: String,
            /// Show nothing of what it returns.
            #[arg(default = false)]
            hide_output: bool,
            /// Known for compatibility.
            #[arg(default = false, ignored)]
            use_vt: bool,
        }

        impl $name {
            fn refusal(&self, read: &Read) -> Option<String> {
                let known = read.agent().registry().function(&self.func).is_some();
                (!known).then(|| format!("An exception occurred in this state: `{}` is no function of this minion", self.func))
            }

            fn outlook(&self) -> Outlook {
                Outlook::new(format!("Function `{}` would have been called", self.func), Map::new())
            }

            async fn run(&self, cx: &Cx) -> Result<Applied, Failure> {
                let args = CallArgs::new(self.args.clone(), self.kws.clone().unwrap_or_default());
                let value = cx.agent().call(&self.func, args).await?;
                let shown = if self.hide_output { String::new() } else { text::str(&value) };
                let mut applied = Applied::ok(shown, [("retval", value.clone())].into_iter().collect::<Map>());
                applied.result = !matches!(value, Value::Bool(false));
                Ok(applied)
            }
        }
    };
}

call_state! {
    /// Call an execution function.
    ///
    /// ```salt
    /// ping:
    ///   cmd.call:
    ///     - func: test.ping
    /// ```
    Call
}

call_state! {
    /// Call an execution function when a watched state changes something.
    ///
    /// ```salt
    /// ping:
    ///   cmd.wait_call:
    ///     - func: test.ping
    ///     - watch:
    ///       - file: /etc/app.conf
    /// ```
    WaitCall
}

impl State for Call {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(match self.refusal(read) {
            Some(comment) => Check::fails(comment),
            None => Check::Change(self.outlook(), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(self.outlook())
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }
}

impl State for WaitCall {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(match self.refusal(read) {
            Some(comment) => Check::fails(comment),
            None => Check::desired(""),
        })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(self.outlook())
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        self.run(cx).await
    }
}
