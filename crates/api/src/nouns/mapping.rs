//! Mappings: which role a group or project of a provider gives to its members.

use super::{Faults, Kind, Member, Scope, ScopeKind, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody must be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingOf {
    /// A group.
    #[default]
    Group,
    /// A project.
    Project,
}

/// Whoever is in a group or project of a provider, at some level at least, has a role here as long as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The provider, as `oidc` of the configuration names it.
    #[schema(example = "gitlab")]
    pub provider: String,
    /// Whether a group or a project is meant.
    #[serde(default)]
    pub of: MappingOf,
    /// Its path there, or its number, which outlives a renaming.
    #[schema(example = "acme/ops")]
    pub path: String,
    /// The least level there: 20 reporter, 30 developer, 40 maintainer, 50 owner; 0 any.
    #[serde(default)]
    pub level: u8,
    /// The role.
    #[schema(example = "operator")]
    pub role: String,
    /// Where.
    pub scope: Scope,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

impl Member for Mapping {
    fn name(&self) -> String {
        let of = match self.of {
            MappingOf::Group => "group",
            MappingOf::Project => "project",
        };
        format!("{} {of} {} {} {} {}", self.provider, self.path, self.level, self.role, self.scope)
    }

    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        let kind = match self.scope.kind {
            ScopeKind::System => None,
            ScopeKind::Project => Some(Kind::Project),
            ScopeKind::Environment => Some(Kind::Environment),
            ScopeKind::Group => Some(Kind::Group),
        };
        std::iter::once((Kind::Role, &mut self.role)).chain(kind.zip(self.scope.id.as_mut())).collect()
    }

    fn faults(&self, faults: &mut Faults) {
        check_text(faults, "reason", &self.reason, 1000);
        if self.provider.is_empty() || self.provider.len() > 64 {
            faults.insert("provider".to_owned(), "the name of a provider is wanted".to_owned());
        }
        if self.path.is_empty() || self.path.len() > 500 || self.path.starts_with('/') {
            faults.insert("path".to_owned(), "a path such as `acme/ops`, or a number".to_owned());
        }
        if self.level > 60 {
            faults.insert("level".to_owned(), "20, 30, 40 or 50; 0 for any".to_owned());
        }
        self.scope.faults(faults);
    }
}
