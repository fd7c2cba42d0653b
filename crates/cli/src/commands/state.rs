//! `sylvite state`: plan what states would change, look at the plan, apply it.

use crate::commands::run::Run;
use crate::options::{OutputOptions, TargetOptions};
use crate::settings::Settings;
use crate::{Console, Error};
use clap::{Args, Subcommand};

/// Plan what states would change, look at the plan, apply it.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite state plan 'web*' nginx                    reckons on each minion what would change, and prints the plan's id
  sylvite state show 'web*' 20261123061947179934
  sylvite state apply 'web*' --plan 20261123061947179934")]
pub(crate) enum State {
    /// Reckon what would change, and keep it as a plan on each minion.
    #[command(after_help = "Examples:\n  sylvite state plan 'web*'\n  sylvite state plan 'web*' nginx pillar='{port: 8080}'")]
    Plan(Plan),
    /// Show a plan, or list the plans there are.
    #[command(after_help = "Examples:\n  sylvite state show 'web*'\n  sylvite state show 'web*' 20261123061947179934")]
    Show(Show),
    /// Apply a plan if it still holds, or states at once.
    #[command(
        after_help = "Examples:\n  sylvite state apply 'web*' nginx test=True\n  sylvite state apply 'web*' --plan 20261123061947179934"
    )]
    Apply(Apply),
}

/// Whom it is for, and how it is printed.
#[derive(Args, Debug)]
struct Whom {
    /// Whom it is for; a pattern over the ids unless a target option says otherwise.
    target: String,
    #[command(flatten)]
    kind: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    whom: Whom,
    /// Names of SLS, none for what the top file gives, and `name=value`: pillar, saltenv, exclude.
    words: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    #[command(flatten)]
    whom: Whom,
    /// Id of the plan.
    id: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Apply {
    #[command(flatten)]
    whom: Whom,
    /// Id of a plan.
    #[arg(long, value_name = "ID", conflicts_with = "words")]
    plan: Option<String>,
    /// Without a plan: names of SLS and `name=value`, as `state.apply` takes them.
    words: Vec<String>,
}

impl State {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let (whom, function, words) = match self {
            Self::Plan(Plan { whom, words }) => (whom, "state.plan", words),
            Self::Show(Show { whom, id: Some(id) }) => (whom, "state.plan_show", vec![id]),
            Self::Show(Show { whom, id: None }) => (whom, "state.plan_list", Vec::new()),
            Self::Apply(Apply { whom, plan: Some(id), .. }) => (whom, "state.plan_apply", vec![id]),
            Self::Apply(Apply { whom, plan: None, words }) => (whom, "state.apply", words),
        };
        Run::of(whom.target, function, words, whom.kind, whom.output).run(settings, console).await
    }
}
