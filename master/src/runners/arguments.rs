//! Arguments of runners: bound to names once, unknown ones refused.

use manager::Refusal;
use model::{JobId, nearest};
use std::collections::BTreeMap;
use value::{Map, Value, text};

/// Arguments by name.
#[derive(Debug)]
pub struct Arguments {
    runner: &'static str,
    values: BTreeMap<&'static str, Value>,
}

impl Arguments {
    /// Binds positional and named arguments.
    ///
    /// # Errors
    /// When there are too many, one is not known, or one is given twice.
    pub fn bind(runner: &'static str, names: &[&'static str], args: Vec<Value>, kwargs: Map) -> Result<Self, Refusal> {
        if args.len() > names.len() {
            return Err(Refusal::invalid(format!("`{runner}` takes {} arguments, not {}: {}", names.len(), args.len(), names.join(", "))));
        }
        let mut values: BTreeMap<_, _> = names.iter().copied().zip(args).collect();
        for (key, value) in kwargs {
            let key = text::str(&key);
            let Some(name) = names.iter().copied().find(|name| *name == key) else {
                let refusal = Refusal::invalid(format!("`{runner}` has no argument `{key}`"));
                return Err(match nearest(&key, names.iter().copied()) {
                    Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
                    None => refusal.with_hint(format!("its arguments are: {}", names.join(", "))),
                });
            };
            if values.insert(name, value).is_some() {
                return Err(Refusal::invalid(format!("`{runner}` is given `{name}` twice")));
            }
        }
        Ok(Self { runner, values })
    }

    /// An argument, if it is given and not null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// An argument as text, if it is given.
    #[must_use]
    pub fn optional_text(&self, name: &str) -> Option<String> {
        self.get(name).map(text::str)
    }

    /// An argument as text.
    ///
    /// # Errors
    /// When it is missing.
    pub fn text(&self, name: &str) -> Result<String, Refusal> {
        self.optional_text(name).ok_or_else(|| Refusal::invalid(format!("`{}` needs the argument `{name}`", self.runner)))
    }

    /// An argument as truth value; false when it is not given.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_truthy)
    }

    /// The argument `jid`.
    ///
    /// # Errors
    /// When it is missing or no job id.
    pub fn job(&self) -> Result<JobId, Refusal> {
        crate::jobs::parse_id(&self.text("jid")?)
    }
}
