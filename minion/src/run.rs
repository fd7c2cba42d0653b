//! Running calls: the function is found, its arguments are decoded, and whatever comes of it is a return.

use crate::desk::Desk;
use model::{Call, Failure, FailureKind};
use sdk::CallArgs;
use std::sync::Arc;
use value::{Map, Value};

/// What came of a job's calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The value; of a failed call its message.
    pub value: Value,
    /// Exit status.
    pub retcode: i32,
    /// Whether the function did what it was asked.
    pub success: bool,
    /// Outputter that shows the value best.
    pub out: Option<String>,
    /// Why the call failed, if it did.
    pub failure: Option<Failure>,
    /// Words for who asked, beside the value: where a misspelt state stands, which argument was left out.
    pub notes: Vec<String>,
}

/// Functions that run even in a blackout.
const IN_BLACKOUT: [&str; 2] = ["saltutil.refresh_pillar", "saltutil.find_job"];

/// Runs one call.
pub async fn call(desk: &Arc<Desk>, call: &Call) -> Outcome {
    let name = call.function.as_str();
    if let Err(failure) = allowed(desk, name) {
        return failed(name, failure);
    }
    let args = CallArgs::new(call.args.clone(), call.kwargs.clone());
    let cx = desk.cx_of_caller();
    let cancel = desk.facts().cancel.clone();
    let running = desk.core.registry.call(name, args, &cx);
    let result = tokio::select! {
        biased;
        result = running => result,
        // Functions end their own processes when cancelled; one that waits for something else is dropped here after a moment.
        () = after_cancel(&cancel) => Err(Failure::new(FailureKind::Cancelled, "the job was ended from outside")),
    };
    match result {
        Ok(returned) => {
            let retcode = if returned.retcode == 0 && !looks_good(&returned.value) { 1 } else { returned.retcode };
            let out = returned.out.map(str::to_owned);
            Outcome { value: returned.value, retcode, success: retcode == 0, out, failure: None, notes: desk.take_notes() }
        }
        Err(failure) => Outcome { notes: desk.take_notes(), ..failed(name, failure) },
    }
}

/// How long a cancelled function has to tidy up.
const GRACE: std::time::Duration = std::time::Duration::from_secs(3);

async fn after_cancel(cancel: &tokio_util::sync::CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

/// Runs the calls of a job: one gives its outcome, several a mapping by function.
pub async fn calls(desk: &Arc<Desk>, calls: &[Call]) -> Outcome {
    if let [one] = calls {
        return call(desk, one).await;
    }
    let mut all = Outcome { value: Value::Null, retcode: 0, success: true, out: None, failure: None, notes: Vec::new() };
    let mut values = Map::with_capacity(calls.len());
    for one in calls {
        let outcome = call(desk, one).await;
        values.insert(one.function.as_str(), outcome.value);
        all.notes.extend(outcome.notes);
        all.success &= outcome.success;
        if all.retcode == 0 {
            all.retcode = outcome.retcode;
        }
    }
    all.value = Value::Map(values);
    all
}

fn allowed(desk: &Desk, name: &str) -> Result<(), Failure> {
    let loaded = desk.core.loaded();
    let config = &loaded.config;
    let module = name.split_once('.').map_or(name, |(module, _)| module);
    if config.disable_modules.iter().any(|disabled| disabled == module) {
        return Err(desk.core.registry.no_function(name).with_hint(format!("`{module}` stands in `disable_modules` here")));
    }
    let facts = desk.facts();
    let is_dark = |value: &Value| value.get("minion_blackout").is_some_and(Value::is_truthy);
    let dark = config.minion_blackout || is_dark(&facts.pillar) || is_dark(&facts.grains);
    if !dark || IN_BLACKOUT.contains(&name) {
        return Ok(());
    }
    let listed = |value: &Value| -> Vec<String> {
        value.get("minion_blackout_whitelist").and_then(Value::as_list).unwrap_or_default().iter().map(value::text::str).collect()
    };
    let whitelist = [config.minion_blackout_whitelist.clone(), listed(&facts.pillar), listed(&facts.grains)].concat();
    if whitelist.iter().any(|allowed| allowed == name) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Refused,
        "Minion in blackout mode. Set 'minion_blackout' to False in pillar or grains to resume operations. Only saltutil.refresh_pillar allowed in blackout mode.",
    ))
}

/// A mapping that says of itself that it failed has failed.
fn looks_good(value: &Value) -> bool {
    let says_no = |key: &str| value.get(key).is_some_and(|flag| !flag.is_truthy());
    !(says_no("result") || says_no("success"))
}

fn failed(name: &str, failure: Failure) -> Outcome {
    let value = Value::from(explain(name, &failure));
    Outcome { value, retcode: failure.retcode.max(1), success: false, out: None, failure: Some(failure), notes: Vec::new() }
}

/// A failure as the user reads it: what happened, and on the next line the way out.
#[must_use]
pub fn explain(name: &str, failure: &Failure) -> String {
    let text = match failure.kind {
        FailureKind::NoFunction | FailureKind::BadArguments | FailureKind::Refused => failure.message.clone(),
        FailureKind::Failed | FailureKind::TimedOut | FailureKind::Cancelled | FailureKind::Unavailable => {
            format!("Error running '{name}': {}", failure.message)
        }
    };
    match &failure.hint {
        Some(hint) => format!("{text}\n  {hint}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_that_says_it_failed_has_failed() {
        let of = |json: &str| looks_good(&serde_json::from_str::<Value>(json).unwrap());
        assert!(of("5") && of("false") && of(r#"{"a":1}"#) && of(r#"{"result":true}"#));
        assert!(!of(r#"{"result":false}"#) && !of(r#"{"success":false}"#));
    }
}
