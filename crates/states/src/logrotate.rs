//! Rotation of log files.

use modules::logrotate::{CONF, get, problem, set};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(logrotate, [Set]);

/// Ensure a directive of logrotate's configuration.
///
/// ```salt
/// logrotate-wtmp-rotate:
///   logrotate.set:
///     - key: /var/log/wtmp
///     - value: rotate
///     - setting: 2
/// ```
#[derive(Args)]
pub struct Set {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// Directive, or path that a block is for.
    #[arg(named)]
    key: String,
    /// Value, or directive of the block. `False` takes a directive away.
    #[arg(named)]
    value: Value,
    /// Value of the block's directive.
    #[arg(named)]
    setting: Option<Value>,
    /// File.
    #[arg(default = CONF, named)]
    conf_file: String,
}

/// A value as the file would give it back.
fn plain(value: &Value) -> Value {
    match value {
        Value::Str(text) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        other => other.clone(),
    }
}

impl Set {
    /// What is set, in Salt's words, and the wanted value.
    fn subject(&self) -> (String, &Value) {
        match &self.setting {
            Some(setting) => (format!("lock '{}' command '{}'", self.key, text::str(&self.value)), setting),
            None => (format!("ommand '{}'", self.key), &self.value),
        }
    }

    fn words(&self, is_first: bool) -> (String, String) {
        let (subject, wanted) = self.subject();
        let first = match (self.setting.is_some(), is_first) {
            (true, true) => 'B',
            (true, false) => 'b',
            (false, true) => 'C',
            (false, false) => 'c',
        };
        (format!("{first}{subject}"), text::str(wanted))
    }
}

impl State for Set {
    type Change = Value;

    async fn check(&self, read: &Read) -> Result<Check<Value>, Failure> {
        let (subject, shown) = self.words(true);
        let wanted = plain(self.subject().1);
        if let Some(problem) = problem(read, &self.conf_file, &self.key, self.setting.as_ref())? {
            return Ok(Check::fails(problem));
        }
        let inside = self.setting.is_some().then(|| text::str(&self.value));
        let old = get(read, &self.conf_file, &self.key, inside.as_deref())?;
        if old == wanted {
            return Ok(Check::desired(format!("{subject} already has value: {shown}")));
        }
        let changes: Map = [("old", old.clone()), ("new", wanted)].into_iter().collect();
        Ok(Check::change(format!("{subject} will be set to value: {shown}"), changes, old))
    }

    async fn apply(&self, old: Value, cx: &Cx) -> Result<Applied, Failure> {
        let (subject, shown) = self.words(false);
        let changes: Map = [("old", old), ("new", plain(self.subject().1))].into_iter().collect();
        Ok(match set(cx, &self.conf_file, &self.key, &self.value, self.setting.as_ref()) {
            Ok(()) => Applied::ok(format!("Set {subject} value: {shown}"), changes),
            Err(failure) => Applied::failed(format!("Unable to set {subject} value: {shown}: {}", failure.message)),
        })
    }
}
