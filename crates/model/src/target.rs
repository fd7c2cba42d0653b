//! Whom a job is for.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Kind of a target expression (`tgt_type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Shell pattern over the id.
    #[default]
    Glob,
    /// Regular expression over the id, anchored at its start.
    Pcre,
    /// Ids, separated by commas.
    List,
    /// Pattern over a grain, `path:to:grain:pattern`.
    Grain,
    /// Regular expression over a grain.
    GrainPcre,
    /// Pattern over a pillar value.
    Pillar,
    /// Regular expression over a pillar value.
    PillarPcre,
    /// Exact pillar value.
    PillarExact,
    /// Address or network.
    Ipcidr,
    /// Range expression of an external service.
    Range,
    /// Named group of the master's configuration.
    Nodegroup,
    /// Words of all kinds joined by `and`, `or`, `not` and parentheses.
    Compound,
    /// Value that a minion keeps by `data.*`, `key:pattern`.
    Data,
}

impl TargetKind {
    /// Every kind. On the wire a kind is its place here, so that new ones come last.
    pub const ALL: [Self; 13] = [
        Self::Glob,
        Self::Pcre,
        Self::List,
        Self::Grain,
        Self::GrainPcre,
        Self::Pillar,
        Self::PillarPcre,
        Self::PillarExact,
        Self::Ipcidr,
        Self::Range,
        Self::Nodegroup,
        Self::Compound,
        Self::Data,
    ];

    /// The name in requests and top files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glob => "glob",
            Self::Pcre => "pcre",
            Self::List => "list",
            Self::Grain => "grain",
            Self::GrainPcre => "grain_pcre",
            Self::Pillar => "pillar",
            Self::PillarPcre => "pillar_pcre",
            Self::PillarExact => "pillar_exact",
            Self::Ipcidr => "ipcidr",
            Self::Range => "range",
            Self::Nodegroup => "nodegroup",
            Self::Data => "data",
            Self::Compound => "compound",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TargetKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("`{text}` is no kind of target; the kinds are {}", names.join(", "))
        })
    }
}

/// A target expression, not yet parsed (see the `target` package).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What the expression is.
    #[serde(default)]
    pub kind: TargetKind,
    /// The expression.
    pub expression: String,
    /// Delimiter of grain and pillar paths.
    #[serde(default = "colon")]
    pub delimiter: String,
}

fn colon() -> String {
    value::DELIMITER.to_owned()
}

impl Target {
    /// A target with the usual delimiter.
    pub fn new(kind: TargetKind, expression: impl Into<String>) -> Self {
        Self { kind, expression: expression.into(), delimiter: colon() }
    }
}
