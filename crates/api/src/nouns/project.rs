//! Projects: tenants of hosts and services.

use super::{Faults, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a project is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// It is.
    #[default]
    Active,
    /// It is kept for the record; nothing new comes into it.
    Archived,
}

/// A project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its name.
    #[schema(example = "shop")]
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// What it is about.
    #[serde(default)]
    pub description: String,
    /// Whether it is in use.
    #[serde(default)]
    pub state: ProjectState,
    /// Most hosts that it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_hosts: Option<u32>,
    /// Number of the project at GitLab, which outlives its renaming there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitlab_id: Option<u64>,
}

impl Member for Project {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "title", &self.title, 200);
        check_text(faults, "description", &self.description, 4000);
    }
}
