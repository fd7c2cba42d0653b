//! Arguments of a function: the static table, and the decoding of positional and named ones by it.

use crate::FromValue;
use model::{Failure, FailureKind, nearest};
use value::{Map, Value};

/// One argument in the static table.
#[derive(Clone, Copy, Debug)]
pub struct ArgSpec {
    /// Its name.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// Its doc comment.
    pub doc: &'static str,
    /// What is expected, in words: `text`, `yes or no`, `a list`.
    pub expected: &'static str,
    /// What it is when it is not given; `None` where it must be.
    pub default: Option<fn() -> Value>,
    /// Can only be given by name.
    pub named_only: bool,
}

/// What a type says of itself as a function: name, help, arguments.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Name without the module: `run_all`.
    pub name: &'static str,
    /// Doc comment: the first line is the summary.
    pub doc: &'static str,
    /// Arguments in their order.
    pub args: &'static [ArgSpec],
    /// Takes any number of further positional ones.
    pub rest: bool,
    /// Takes any further named ones.
    pub extra: bool,
}

/// Arguments as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallArgs {
    /// By position.
    pub positional: Vec<Value>,
    /// By name.
    pub named: Map,
}

impl CallArgs {
    /// Arguments by position and by name.
    #[must_use]
    pub const fn new(positional: Vec<Value>, named: Map) -> Self {
        Self { positional, named }
    }

    /// Arguments by name only.
    #[must_use]
    pub fn named(named: Map) -> Self {
        Self { positional: Vec::new(), named }
    }
}

/// A type whose fields are the arguments of a function. Made by `#[derive(Args)]`.
pub trait Args: Sized + Send + 'static {
    /// The static table.
    const SIGNATURE: Signature;

    /// Decodes given arguments. Unknown names are refused unless the type takes extra ones.
    fn decode(call: CallArgs) -> Result<Self, ArgError>;
}

/// Arguments that do not fit the function.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArgError {
    /// Required ones were not given.
    #[error("{function}() missing {} required positional argument{}: {}", names.len(), plural(names.len()), listed(names))]
    Missing {
        /// The function, without its module.
        function: &'static str,
        /// The arguments.
        names: Vec<&'static str>,
    },
    /// More were given by position than it takes.
    #[error("{function}() takes {takes} positional argument{} but {given} were given", plural(*takes))]
    TooMany {
        /// The function.
        function: &'static str,
        /// How many it takes.
        takes: usize,
        /// How many were given.
        given: usize,
    },
    /// One was given twice.
    #[error("{function}() got multiple values for argument '{name}'")]
    Twice {
        /// The function.
        function: &'static str,
        /// The argument.
        name: String,
    },
    /// Names it does not know.
    #[error("{function}() got an unexpected keyword argument '{name}'{}", hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// The function.
        function: &'static str,
        /// The name that was given.
        name: String,
        /// The nearest known one.
        hint: Option<&'static str>,
    },
    /// A value that is not what the argument is.
    #[error("{function}() argument '{name}' must be {expected}, not `{given}`")]
    Wrong {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// What is expected.
        expected: &'static str,
        /// What was given.
        given: String,
    },
}

impl ArgError {
    /// The failure of a call with such arguments.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        Failure::new(FailureKind::BadArguments, format!("Passed invalid arguments: {self}."))
    }
}

impl From<ArgError> for Failure {
    fn from(error: ArgError) -> Self {
        error.into_failure()
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`, as Python lists missing arguments.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [one, two] => format!("'{one}' and '{two}'"),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(|name| format!("'{name}'")).collect();
            format!("{}, and '{last}'", most.join(", "))
        }
    }
}

/// Arguments sorted into the places of the table, for the derived decoder.
pub struct Slots {
    signature: &'static Signature,
    values: Vec<Option<Value>>,
    rest: Vec<Value>,
    extra: Map,
}

/// Sorts arguments into the places of the table; everything that can be wrong without knowing a type is found here.
pub fn sort_arguments(signature: &'static Signature, call: CallArgs) -> Result<Slots, ArgError> {
    let function = signature.name;
    let mut values: Vec<Option<Value>> = vec![None; signature.args.len()];
    let mut rest = Vec::new();
    let mut extra = Map::new();
    let given = call.positional.len();
    let mut free = values.iter_mut().zip(signature.args).filter(|(_, spec)| !spec.named_only);
    for value in call.positional {
        match free.next() {
            Some((slot, _)) => *slot = Some(value),
            None if signature.rest => rest.push(value),
            None => {
                let takes = signature.args.iter().filter(|spec| !spec.named_only).count();
                return Err(ArgError::TooMany { function, takes, given });
            }
        }
    }
    for (key, value) in call.named {
        let name = value::text::str(&key);
        let known = signature.args.iter().position(|spec| spec.name == name || spec.aliases.contains(&name.as_str()));
        match known.and_then(|index| values.get_mut(index)) {
            Some(Some(_)) => return Err(ArgError::Twice { function, name }),
            Some(slot) => *slot = Some(value),
            None if signature.extra => {
                extra.insert(key, value);
            }
            None => {
                let names = signature.args.iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().copied()));
                let hint = nearest(&name, names.collect::<Vec<_>>());
                return Err(ArgError::Unknown { function, name, hint });
            }
        }
    }
    let missing = values.iter().zip(signature.args).filter(|(value, spec)| value.is_none() && spec.default.is_none());
    let names: Vec<_> = missing.map(|(_, spec)| spec.name).collect();
    if names.is_empty() { Ok(Slots { signature, values, rest, extra }) } else { Err(ArgError::Missing { function, names }) }
}

impl Slots {
    /// The argument at a place, or its default. A `null` stands for the default too, unless the type has a meaning for it.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T, ArgError> {
        T::from_value(self.given(index, T::TAKES_NULL)).map_err(|value| self.wrong(index, T::EXPECTED, &value))
    }

    // The two halves know no type: there are a thousand decoders, and each would hold a copy.
    #[inline(never)]
    fn given(&mut self, index: usize, takes_null: bool) -> Value {
        let given = self.values.get_mut(index).and_then(Option::take);
        match (given, self.spec(index).default) {
            (Some(Value::Null), Some(default)) if !takes_null => default(),
            (Some(value), _) => value,
            (None, Some(default)) => default(),
            (None, None) => Value::Null,
        }
    }

    #[inline(never)]
    fn wrong(&self, index: usize, expected: &'static str, value: &Value) -> ArgError {
        ArgError::Wrong { function: self.signature.name, name: self.spec(index).name, expected, given: value::text::repr(value) }
    }

    fn spec(&self, index: usize) -> &'static ArgSpec {
        self.signature.args.get(index).expect("the derived decoder asks for places of its own table")
    }

    /// Positional arguments beyond the table.
    pub fn take_rest(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.rest)
    }

    /// Named arguments beyond the table.
    pub fn take_extra(&mut self) -> Map {
        std::mem::take(&mut self.extra)
    }
}
