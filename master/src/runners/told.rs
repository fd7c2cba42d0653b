//! What is told of runs of the master's functions: which of them are kept as jobs, and which of their arguments nobody is shown.

use super::Runner;
use api::RunFunction;
use model::Glob;
use value::Value;

/// In the place of a secret.
const MASK: &str = "**********";

/// Functions that are not kept since they give out secrets.
const SECRET: [&str; 1] = ["key.gen*"];

/// Arguments that hold secrets, by the function.
const HIDDEN: [(&str, &str); 2] = [("manage.*", "ssh_password"), ("variable.set", "value")];

/// Whether a run is kept as a job.
pub fn is_kept(function: &str) -> bool {
    !SECRET.iter().any(|pattern| Glob::new(pattern).matches(function))
}

/// The arguments as anybody may see them: in events, and in the job.
pub fn arguments(runner: &Runner, request: &RunFunction) -> RunFunction {
    let mut told = request.clone();
    let hidden = HIDDEN.iter().filter(|(pattern, _)| Glob::new(pattern).matches(runner.name)).map(|(_, argument)| *argument);
    for argument in hidden {
        let place = runner.arguments.iter().position(|name| *name == argument);
        if let Some(value) = place.and_then(|place| told.args.get_mut(place)) {
            *value = MASK.into();
        }
        if let Some(value) = told.kwargs.get_mut(argument) {
            *value = Value::from(MASK);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runners::plain;

    #[test]
    fn a_private_key_is_not_kept_with_a_job() {
        assert!(is_kept("state.orchestrate") && is_kept("key.accept"));
        assert!(!is_kept("key.gen") && !is_kept("key.gen_accept"));
    }

    #[test]
    fn the_value_of_a_variable_is_told_to_nobody() {
        let runner =
            Runner { name: "variable.set", arguments: &["name", "value"], doc: "", body: |_| Box::pin(async { plain(Value::Null) }) };
        let request = |args: Vec<Value>, kwargs| RunFunction { function: "variable.set".into(), args, kwargs, detached: false };
        let told = arguments(&runner, &request(vec!["a".into(), "secret".into()], value::Map::new()));
        assert_eq!(told.args, ["a".into(), Value::from(MASK)]);
        let told = arguments(&runner, &request(vec!["a".into()], value::Map::from_iter([("value", "secret")])));
        assert_eq!(told.kwargs.get("value"), Some(&MASK.into()));
    }
}
