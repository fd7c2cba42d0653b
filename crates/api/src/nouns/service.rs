//! Services: applications of a project.

use super::{Faults, Kind, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The project it belongs to.
    pub project: String,
    /// Its name.
    #[schema(example = "checkout")]
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Where its source is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Whom to ask.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Services that it needs.
    #[serde(default)]
    pub depends_on: Vec<String>,
}

impl Member for Service {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }

    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        let needs = self.depends_on.iter_mut().map(|service| (Kind::Service, service));
        std::iter::once((Kind::Project, &mut self.project)).chain(needs).collect()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "title", &self.title, 200);
        check_text(faults, "description", &self.description, 4000);
        check_text(faults, "repository", &self.repository, 1000);
    }
}
