//! `salt -d`: documentation of functions, as the minions tell it.

use crate::Error;
use crate::follow::{Patience, Sink, follow};
use crate::printer::Printer;
use crate::roster::Roster;
use api::{JobEvent, RunJob};
use client::Client;
use model::{Call, FunctionName, Target};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;
use value::{Map, Value, text};

#[derive(Default)]
struct Docs(BTreeMap<String, String>);

impl Sink for Docs {
    fn on(&mut self, event: &JobEvent, _: &Roster) -> io::Result<()> {
        if let JobEvent::Returned { returned } = event
            && let Value::Map(map) = &returned.value
        {
            self.0.extend(map.iter().filter(|(_, doc)| doc.is_truthy()).map(|(function, doc)| (text::str(function), text::str(doc))));
        }
        Ok(())
    }
}

/// Asks the minions of a target and prints each function once.
pub(crate) async fn print(client: &Client, target: Target, words: &[String], printer: &mut Printer<'_>) -> Result<u8, Error> {
    let function = FunctionName::new("sys.doc").map_err(|error| Error::Other(error.to_string()))?;
    let call = Call { function, args: words.iter().map(Value::from).collect(), kwargs: Map::new() };
    let mut lines = client.run(&RunJob::new(target, call), false).await?;
    let mut docs = Docs::default();
    let mut roster = Roster::default();
    follow(&mut lines, &mut roster, Patience { silent: Some(Duration::from_secs(5)), whole: None }, &mut docs).await?;
    if docs.0.is_empty() {
        printer.console.complain("ERROR: No return received");
        return Ok(2);
    }
    show(docs.0.into_iter().map(|(function, doc)| (function, Value::from(doc))).collect(), printer)?;
    Ok(0)
}

/// Prints documentation by function.
pub(crate) fn show(docs: Map, printer: &mut Printer<'_>) -> io::Result<()> {
    if printer.is_for_programs() {
        return printer.value(&Value::Map(docs), None, 0);
    }
    for (function, doc) in &docs {
        printer.text(&format!("{}:\n\n{}\n", text::str(function), indented(&text::str(doc))))?;
    }
    Ok(())
}

/// Documentation below its function: examples, which are fenced in the source, stand further in.
fn indented(doc: &str) -> String {
    let mut in_example = false;
    let mut lines = Vec::new();
    for line in doc.trim_matches('\n').lines() {
        if line.trim_start().starts_with("```") {
            in_example = !in_example;
        } else if line.is_empty() {
            lines.push(String::new());
        } else {
            lines.push(format!("{}{line}", if in_example { "        " } else { "    " }));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn examples_stand_further_in_and_without_their_fences() {
        let text = super::indented("\nAnswer.\n\n```salt\nsalt '*' test.ping\n```\n");
        assert_eq!(text, "    Answer.\n\n        salt '*' test.ping");
    }
}
