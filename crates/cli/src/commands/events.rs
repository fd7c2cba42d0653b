//! `sylvite events`: what happens, as it happens.

use crate::columns::moment;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{EventFilter, EventItem, FireEvent};
use clap::Args;
use model::Event;
use std::pin::pin;
use value::{Map, Value, text};

/// Follow what happens, or tell that something happened.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite events
  sylvite events 'salt/job/*/ret/*' --out json
  sylvite events --tag 'salt/job/*' --from 4711
  sylvite events --send my/own/tag colour=red")]
pub(crate) struct Events {
    /// A pattern over the tags; with --send, the tag and the event's data as `name=value`.
    words: Vec<String>,
    /// Begin after the event of this number, as far as the master still has it; 0 begins with the oldest.
    #[arg(long, visible_alias = "from", value_name = "NUMBER")]
    after: Option<u64>,
    /// A pattern over the tags.
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["words", "send"])]
    tag: Option<String>,
    /// Fire an event.
    #[arg(long)]
    send: bool,
    #[command(flatten)]
    output: OutputOptions,
}

impl Events {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        if self.send {
            let (tag, words) = self.words.split_first().ok_or_else(|| Error::Usage("a tag is missing".to_owned()))?;
            let read = argv::parse(words, &[]);
            if let Some(word) = read.args.first() {
                return Err(Error::Usage(format!("`{}` is no `name=value`", text::str(word))));
            }
            let fired = settings.client(console).fire(&FireEvent { tag: tag.clone(), data: Value::Map(read.kwargs) }).await?;
            console.line(&format!("{tag}: event {}", fired.sequence))?;
            return Ok(0);
        }
        if self.words.len() > 1 {
            return Err(Error::Usage("one pattern over the tags is enough; quote it, so that the shell leaves it alone".to_owned()));
        }
        let filter = EventFilter { after: self.after, tag: self.tag.or_else(|| self.words.first().cloned()) };
        follow(settings, console, &self.output, filter, &|_| true).await
    }
}

/// Prints events until the user stops it or the master does.
pub(crate) async fn follow(
    settings: Settings,
    console: &mut Console,
    output: &OutputOptions,
    filter: EventFilter,
    wanted: &(dyn Fn(&Event) -> bool + Sync),
) -> Result<u8, Error> {
    let client = settings.client(console);
    let mut printer = Printer::new(console, &settings, output)?;
    let mut lines = client.events(&filter).await?;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    loop {
        let item = tokio::select! {
            item = lines.next() => item?,
            _ = &mut interrupt => return Ok(0),
        };
        match item {
            None => return Ok(0),
            Some(EventItem::Event { event }) if wanted(&event) => print(&event, settings.output.is_some(), &mut printer)?,
            Some(EventItem::Event { .. }) => {}
            Some(EventItem::Lagged { resume_after }) => {
                printer.console.complain(&format!("events up to {resume_after} were left out"));
            }
        }
    }
}

/// For people a line with the tag, then the data; for programs one document each.
fn print(event: &Event, as_data: bool, printer: &mut Printer<'_>) -> std::io::Result<()> {
    if as_data {
        let data: Map = [("tag", Value::from(&event.tag)), ("data", event.data.clone()), ("sequence", Value::from(event.sequence))]
            .into_iter()
            .collect();
        return printer.value(&Value::Map(data), None, 0);
    }
    let heading = format!("{}  {}  {}", moment(event.at), event.sequence, printer.palette().cyan(&event.tag));
    printer.text(&heading)?;
    let data: Map = [("", event.data.clone())].into_iter().collect();
    let text = output::render(
        output::Outputter::Nested,
        &data,
        &output::Options { color: printer.palette() == output::Palette::Terminal, ..Default::default() },
    );
    // The data stands below its tag, without the line that would name a minion and the rule under it.
    let body: Vec<&str> = text.lines().skip(2).collect();
    printer.text(&body.join("\n"))
}
