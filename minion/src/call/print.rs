//! What `salt-call` prints, and where.

use super::console::Console;
use super::options::Options;
use crate::config::MinionConfig;
use crate::run::Outcome;
use std::io::Write;
use value::Value;

/// Prints a return; gives the words of anything that could not be printed.
///
/// # Errors
/// When the output cannot be written.
pub fn print(options: &Options, config: &MinionConfig, outcome: &Outcome, value: Value, console: &mut Console) -> std::io::Result<()> {
    let asked = options.out.as_deref().or((!config.output.is_empty()).then_some(config.output.as_str()));
    let (outputter, complaint) = output::choose(asked, outcome.out.as_deref());
    if let Some(complaint) = complaint {
        console.say(&complaint.to_string());
    }
    let data = Value::Map([("local", value)].into_iter().collect());
    let text = output::render_whole(outputter, &data, &output_options(options, config, outcome.retcode, console));
    if text.is_empty() {
        return Ok(());
    }
    match &options.out_file {
        Some(path) => {
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .write(true)
                .append(options.out_file_append)
                .truncate(!options.out_file_append)
                .open(path)?;
            writeln!(file, "{text}")
        }
        None => console.print(&text),
    }
}

fn output_options(options: &Options, config: &MinionConfig, retcode: i32, console: &Console) -> output::Options {
    let on_terminal = options.out_file.is_none() && console.is_terminal();
    let columns = options.out_indent.as_deref().map(str::trim);
    output::Options {
        color: !options.no_color && (options.force_color || on_terminal),
        indent: match columns {
            None => output::Indent::Usual,
            Some("pretty") => output::Indent::Pretty,
            Some(text) => text
                .parse::<i64>()
                .map_or(output::Indent::Usual, |columns| usize::try_from(columns).map_or(output::Indent::None, output::Indent::Columns)),
        },
        retcode,
        state_output: config.state_output.parse().unwrap_or_default(),
        state_verbose: config.state_verbose,
        state_output_pct: config.state_output_pct,
        state_output_profile: config.state_output_profile,
        state_tabular: config.state_tabular.is_truthy(),
        ..output::Options::default()
    }
}
