//! Groups: hosts under one name, listed or found by an expression.

use super::{Faults, Kind, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Hosts under one name. With an expression its members are those that match now; otherwise those that are listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The project it belongs to; then it holds no hosts of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Its name.
    #[schema(example = "web-servers")]
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// A compound target, over facts and over what the estate says (`A@label:team:web`, `A@tag:edge`, `A@project:shop`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "G@os:Debian and A@label:team:web")]
    pub expression: Option<String>,
    /// Its hosts, when there is no expression.
    #[serde(default)]
    pub members: Vec<String>,
}

impl Member for Group {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        self.project.iter_mut().map(|project| (Kind::Project, project)).collect()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "title", &self.title, 200);
        if self.expression.is_some() && !self.members.is_empty() {
            faults.insert("members".to_owned(), "a group has an expression or members, not both".to_owned());
        }
        if let Some(bad) = self.members.iter().find(|id| model::MinionId::new(id.as_str()).is_err()) {
            faults.insert("members".to_owned(), format!("`{bad}` is no id of a host"));
        }
    }
}
