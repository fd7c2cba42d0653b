//! Environments: stages of delivery, in an order.

use super::{Faults, Kind, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An environment of one project, or of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The project it belongs to; without one it is for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Its name.
    #[schema(example = "prod")]
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// Its place in the order, the lowest first.
    #[serde(default)]
    pub rank: i32,
    /// What happens here is looked at twice.
    #[serde(default)]
    pub protected: bool,
    /// Its colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub color: String,
}

impl Member for Environment {
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
        check_color(faults, &self.color);
    }
}

pub(super) fn check_color(faults: &mut Faults, color: &str) {
    let fits = color.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()));
    if !color.is_empty() && !fits {
        faults.insert("color".to_owned(), "a colour is `#rrggbb`".to_owned());
    }
}
