//! How to print.

use crate::Error;
use crate::settings::Settings;
use clap::Args;
use output::Indent;
use std::path::PathBuf;

/// How to print.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output options")]
pub(crate) struct OutputOptions {
    /// How to print: nested, highstate, json, yaml, txt, raw, pprint, table, key, quiet.
    #[arg(long, visible_alias = "output", value_name = "FORMAT")]
    pub out: Option<String>,
    /// Columns that JSON and YAML are indented by; below 0 for one line, `pretty` for sorted keys.
    #[arg(long, visible_alias = "output-indent", value_name = "N", allow_hyphen_values = true)]
    out_indent: Option<String>,
    /// Print into a file.
    #[arg(long, visible_alias = "output-file", value_name = "FILE")]
    pub out_file: Option<PathBuf>,
    /// Go on at the end of that file.
    #[arg(long, visible_alias = "output-file-append")]
    pub out_file_append: bool,
    /// No colours.
    #[arg(long, visible_alias = "no-colour")]
    no_color: bool,
    /// Colours also where standard output is no terminal.
    #[arg(long, visible_alias = "force-colour")]
    force_color: bool,
    /// How states are shown: full, terse, mixed, changes, filter, each also with `_id`.
    #[arg(long, alias = "state_output", value_name = "MODE")]
    state_output: Option<String>,
    /// Whether states that found nothing to do are shown.
    #[arg(long, alias = "state_verbose", value_name = "BOOL")]
    state_verbose: Option<String>,
    /// Percentages in the summary of states.
    #[arg(long, alias = "state_output_pct", value_name = "BOOL")]
    state_output_pct: Option<String>,
    /// Start and duration of states.
    #[arg(long, alias = "state_output_profile", value_name = "BOOL")]
    state_output_profile: Option<String>,
}

impl OutputOptions {
    /// Puts what was asked over the settings.
    pub fn over(&self, settings: &mut Settings) -> Result<(), Error> {
        let options = &mut settings.options;
        if self.out.is_some() {
            settings.output.clone_from(&self.out);
        }
        if self.no_color {
            options.color = false;
        }
        if self.force_color {
            options.color = true;
        }
        if let Some(indent) = &self.out_indent {
            options.indent = match (indent.as_str(), indent.parse::<i32>()) {
                ("pretty", _) => Indent::Pretty,
                (_, Ok(columns)) => usize::try_from(columns).map_or(Indent::None, Indent::Columns),
                (other, Err(_)) => return Err(Error::Usage(format!("--out-indent takes a number or `pretty`, not `{other}`"))),
            };
        }
        if let Some(mode) = &self.state_output {
            options.state_output = mode.parse().map_err(Error::Usage)?;
        }
        for (name, asked, flag) in [
            ("state-verbose", &self.state_verbose, &mut options.state_verbose),
            ("state-output-pct", &self.state_output_pct, &mut options.state_output_pct),
            ("state-output-profile", &self.state_output_profile, &mut options.state_output_profile),
        ] {
            if let Some(word) = asked {
                *flag = truth(word).ok_or_else(|| Error::Usage(format!("--{name} takes True or False, not `{word}`")))?;
            }
        }
        Ok(())
    }
}

fn truth(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}
