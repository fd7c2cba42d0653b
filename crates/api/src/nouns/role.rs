//! Roles: what somebody may do.

use super::{Faults, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Value;

/// What somebody may do. Which role somebody has, a binding says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    #[schema(example = "operator")]
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Things and what may be done with them, `thing:action`; `*` stands for any: `host:read`, `project:*`, `*:read`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Functions that may be called, as rules of `publisher_acl`: `test.*`, `{"web*": ["state.apply"]}`, `@runner`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub functions: Vec<Value>,
    /// Functions that may not be called, whatever else allows them; the same form.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub denied: Vec<Value>,
}

impl Member for Role {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "title", &self.title, 200);
        check_text(faults, "description", &self.description, 4000);
        if let Some(bad) = self.permissions.iter().find(|permission| !is_permission(permission)) {
            faults.insert("permissions".to_owned(), format!("`{bad}` is no permission; they look like `host:read`, `project:*`"));
        }
    }
}

fn is_permission(text: &str) -> bool {
    let is_word = |word: &str| word == "*" || (!word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    text.split_once(':').is_some_and(|(thing, action)| is_word(thing) && is_word(action))
}
