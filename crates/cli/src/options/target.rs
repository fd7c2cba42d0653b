//! Kinds of targets.

use crate::Error;
use clap::Args;
use model::{Target, TargetKind};

/// How the target expression is read.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Target options")]
pub(crate) struct TargetOptions {
    /// A regular expression over the ids.
    #[arg(short = 'E', long)]
    pcre: bool,
    /// Ids, separated by commas or blanks.
    #[arg(short = 'L', long)]
    list: bool,
    /// A pattern over a grain: `os:Debian`.
    #[arg(short = 'G', long)]
    grain: bool,
    /// A regular expression over a grain.
    #[arg(short = 'P', long)]
    grain_pcre: bool,
    /// A pattern over a pillar value.
    #[arg(short = 'I', long)]
    pillar: bool,
    /// A regular expression over a pillar value.
    #[arg(short = 'J', long)]
    pillar_pcre: bool,
    /// An address or a network.
    #[arg(short = 'S', long)]
    ipcidr: bool,
    /// A range expression.
    #[arg(short = 'R', long)]
    range: bool,
    /// A group of the master's configuration.
    #[arg(short = 'N', long)]
    nodegroup: bool,
    /// Words of all kinds joined by `and`, `or` and `not`: `G@os:Debian and web*`.
    #[arg(short = 'C', long)]
    compound: bool,
    /// What separates the parts of a path in grain and pillar targets.
    #[arg(long, value_name = "TEXT")]
    delimiter: Option<String>,
}

impl TargetOptions {
    /// The target of an expression.
    pub fn target(&self, expression: &str) -> Result<Target, Error> {
        let kinds = [
            (self.pcre, TargetKind::Pcre),
            (self.list, TargetKind::List),
            (self.grain, TargetKind::Grain),
            (self.grain_pcre, TargetKind::GrainPcre),
            (self.pillar, TargetKind::Pillar),
            (self.pillar_pcre, TargetKind::PillarPcre),
            (self.ipcidr, TargetKind::Ipcidr),
            (self.range, TargetKind::Range),
            (self.nodegroup, TargetKind::Nodegroup),
            (self.compound, TargetKind::Compound),
        ];
        let mut asked = kinds.into_iter().filter(|(asked, _)| *asked).map(|(_, kind)| kind);
        let kind = asked.next().unwrap_or_default();
        if let Some(second) = asked.next() {
            return Err(Error::Usage(format!("a target is of one kind, not `{kind}` and `{second}` at once; join them with -C")));
        }
        let mut target = Target::new(kind, expression);
        if let Some(delimiter) = &self.delimiter {
            target.delimiter.clone_from(delimiter);
        }
        Ok(target)
    }
}
