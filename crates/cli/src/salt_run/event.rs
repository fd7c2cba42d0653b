//! `salt-run state.event`: follows the bus, one line an event. It is a stream, so it runs here and not in the master.

use crate::Error;
use crate::printer::Printer;
use api::{EventFilter, EventItem};
use client::Client;
use output::{Indent, Options, Outputter, render_value};
use std::pin::pin;
use value::{Map, Value, text};

/// What Salt's users ask: `tagmatch`, `count`, `quiet`, `pretty`.
struct Asked {
    tag: Option<String>,
    count: i64,
    quiet: bool,
    pretty: bool,
}

impl Asked {
    fn read(args: &[Value], kwargs: &Map) -> Result<Self, Error> {
        const NAMES: [&str; 6] = ["tagmatch", "count", "quiet", "sock_dir", "pretty", "node"];
        for name in kwargs.keys().map(text::str) {
            if !NAMES.contains(&name.as_str()) {
                return Err(Error::Usage(format!("`state.event` takes {}, not `{name}`", NAMES.join(", "))));
            }
        }
        let value = |index: usize, name: &str| kwargs.get(name).or_else(|| args.get(index)).filter(|value| !value.is_null());
        Ok(Self {
            tag: value(0, "tagmatch").map(text::str),
            count: value(1, "count").and_then(Value::as_int).unwrap_or(-1),
            quiet: value(2, "quiet").is_some_and(Value::is_truthy),
            pretty: value(4, "pretty").is_some_and(Value::is_truthy),
        })
    }
}

/// Prints `tag<TAB>data` until so many have come, the user stops it, or the master does.
pub(crate) async fn follow(client: &Client, args: &[Value], kwargs: &Map, printer: &mut Printer<'_>) -> Result<u8, Error> {
    let asked = Asked::read(args, kwargs)?;
    let mut lines = client.events(&EventFilter { after: None, tag: asked.tag }).await?;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let options = Options { indent: if asked.pretty { Indent::Pretty } else { Indent::None }, ..Options::default() };
    let mut left = asked.count;
    while left != 0 {
        let item = tokio::select! {
            item = lines.next() => item?,
            _ = &mut interrupt => return Ok(0),
        };
        match item {
            None => return Ok(0),
            Some(EventItem::Lagged { resume_after }) => printer.console.complain(&format!("events up to {resume_after} were left out")),
            Some(EventItem::Event { event }) => {
                let mut data = event.data;
                if let Some(map) = data.as_map_mut() {
                    map.entry_or_insert_with("_stamp", || Value::from(event.at.to_string()));
                }
                if !asked.quiet {
                    printer.console.line(&format!("{}\t{}", event.tag, render_value(Outputter::Json, &data, &options)))?;
                }
                left -= 1;
            }
        }
    }
    Ok(0)
}
