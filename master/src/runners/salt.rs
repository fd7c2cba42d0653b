//! `salt.*`: execution functions on the master itself.

use super::{Done, Run, Runner};
use crate::service::{Seen, call_function};
use manager::Refusal;
use value::Value;

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "salt.cmd",
        arguments: &["fun", "*args", "**kwargs"],
        doc: "Run an execution function on the master itself.",
        body: |run| Box::pin(cmd(run)),
    },
    Runner {
        name: "salt.execute",
        arguments: &["tgt", "fun", "arg", "timeout", "tgt_type", "ret", "jid", "kwarg"],
        doc: "Run a function on minions and give what they return.",
        body: |run| Box::pin(execute(run)),
    },
];

async fn cmd(run: Run) -> Result<Done, Refusal> {
    let seen = Seen::master(&run.core);
    let arguments = &run.arguments;
    let args = sdk::CallArgs::new(arguments.rest().to_vec(), arguments.extra().clone());
    let returned = call_function(&run.core, seen, &arguments.text("fun")?, args).await;
    match returned {
        Ok(returned) if returned.retcode == 0 => Ok((returned.value, returned.out.map(str::to_owned))),
        Ok(returned) => Err(Refusal::invalid(format!("exit status {}: {}", returned.retcode, value::text::str(&returned.value)))),
        Err(failure) => Err(Refusal::invalid(failure.to_string())),
    }
}

async fn execute(run: Run) -> Result<Done, Refusal> {
    let arguments = &run.arguments;
    let function = arguments.text("fun")?.parse().map_err(|error: model::BadId| Refusal::invalid(error.to_string()))?;
    let args = match arguments.get("arg") {
        Some(Value::List(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let kwargs = arguments.get("kwarg").and_then(Value::as_map).cloned().unwrap_or_default();
    let request = api::RunJob::new(arguments.target()?, model::Call { function, args, kwargs });
    let returned = crate::jobs::gather(&run.core, &run.caller, request, arguments.seconds("timeout")?).await?;
    super::plain(Value::Map(returned.into_iter().map(|one| (one.minion.as_str().to_owned(), one.value)).collect()))
}
