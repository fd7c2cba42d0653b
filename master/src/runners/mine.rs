//! `mine.*`: what minions show each other.

use super::{Done, Run, Runner, plain};
use crate::mine::{Asker, get as dig};
use manager::Refusal;
use model::Call;
use value::{Map, Value, text};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "mine.get",
        arguments: &["tgt", "fun", "tgt_type"],
        doc: "What minions have put into the mine.",
        body: |run| Box::pin(get(run)),
    },
    Runner {
        name: "mine.update",
        arguments: &["tgt", "tgt_type", "clear", "mine_functions"],
        doc: "Let minions fill their mine anew.",
        body: |run| Box::pin(update(run)),
    },
];

/// Names of functions: a list, or a text with commas.
pub fn functions(value: Option<&Value>) -> (Vec<String>, bool) {
    let (words, is_list) = match value {
        Some(Value::List(items)) => (items.iter().map(text::str).collect::<Vec<_>>(), true),
        Some(one) => (text::str(one).split(',').map(|word| word.trim().to_owned()).collect(), false),
        None => (Vec::new(), false),
    };
    let is_list = is_list || words.len() > 1;
    (words, is_list)
}

async fn get(run: Run) -> Result<Done, Refusal> {
    run.arguments.text("fun")?;
    let (functions, is_list) = functions(run.arguments.get("fun"));
    let mut found = dig(&run.core, Asker::Master, &run.arguments.target()?, &functions).await?;
    if is_list {
        return plain(Value::Map(found));
    }
    plain(functions.first().and_then(|function| found.remove(function)).unwrap_or_else(Value::map))
}

async fn update(run: Run) -> Result<Done, Refusal> {
    let function = "mine.update".parse().map_err(|error: model::BadId| Refusal::internal(error.to_string()))?;
    let mut kwargs = Map::new();
    for key in ["clear", "mine_functions"] {
        if let Some(value) = run.arguments.get(key) {
            kwargs.insert(key, value.clone());
        }
    }
    let request = api::RunJob::new(run.arguments.target()?, Call { function, args: Vec::new(), kwargs });
    let returned = crate::jobs::gather(&run.core, &run.caller, request, None).await?;
    plain(Value::Map(returned.into_iter().map(|one| (one.minion.as_str().to_owned(), one.value)).collect()))
}
