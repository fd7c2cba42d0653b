//! Tags: words that hosts may bear.

use super::environment::check_color;
use super::{Faults, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A word that hosts may bear.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The word.
    #[schema(example = "edge")]
    pub name: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Its colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub color: String,
}

impl Member for Tag {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "description", &self.description, 1000);
        check_color(faults, &self.color);
    }
}
