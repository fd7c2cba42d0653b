//! Relations: that two things have to do with each other, from one to the other.

use super::{Faults, Kind, Member, check_text};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What stands at an end of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationOf {
    /// A host.
    Host,
    /// A service.
    Service,
    /// A project.
    Project,
    /// An environment.
    Environment,
}

/// An end of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationEnd {
    /// What it is.
    pub kind: RelationOf,
    /// Which one.
    pub id: String,
}

/// That two things have to do with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// From where.
    pub from: RelationEnd,
    /// How: `depends_on`, `runs_on`, `part_of`, or a word of your own.
    #[schema(example = "depends_on")]
    pub relation: String,
    /// To where.
    pub to: RelationEnd,
    /// What else is to be said.
    #[serde(default)]
    pub note: String,
}

impl fmt::Display for RelationEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RelationOf::Host => "host",
            RelationOf::Service => "service",
            RelationOf::Project => "project",
            RelationOf::Environment => "environment",
        };
        write!(f, "{kind}:{}", self.id)
    }
}

impl RelationEnd {
    fn reference(&mut self) -> Option<(Kind, &mut String)> {
        match self.kind {
            RelationOf::Host => None,
            RelationOf::Service => Some((Kind::Service, &mut self.id)),
            RelationOf::Project => Some((Kind::Project, &mut self.id)),
            RelationOf::Environment => Some((Kind::Environment, &mut self.id)),
        }
    }
}

impl Member for Relation {
    /// Two things have one relation of a kind once.
    fn name(&self) -> String {
        format!("{} {} {}", self.from, self.relation, self.to)
    }

    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        self.from.reference().into_iter().chain(self.to.reference()).collect()
    }

    fn faults(&self, faults: &mut Faults) {
        check_text(faults, "note", &self.note, 1000);
        let is_word = !self.relation.is_empty() && self.relation.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if !is_word || self.relation.len() > 40 {
            faults.insert("relation".to_owned(), "small letters and `_`, 40 at most, such as `depends_on`".to_owned());
        }
        if self.from == self.to {
            faults.insert("to".to_owned(), "both ends are the same".to_owned());
        }
    }
}
