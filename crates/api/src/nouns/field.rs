//! Fields of the users' own.

use super::{Faults, Member, check_name, check_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Value;

/// What has the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldOn {
    /// Hosts.
    #[default]
    Host,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// A day, `2026-01-31`.
    Date,
    /// An address of a page.
    Url,
    /// One of its choices.
    Enum,
    /// Texts.
    List,
    /// Anything.
    Json,
}

/// A field of the users' own. A host without a value has the field's default; to add a field rewrites no host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    #[schema(example = "rack")]
    pub name: String,
    /// What has it.
    #[serde(default)]
    pub on: FieldOn,
    /// What it holds.
    #[serde(rename = "type")]
    pub holds: FieldType,
    /// What people read.
    #[serde(default)]
    pub title: String,
    /// Fields of one group stand together.
    #[serde(default)]
    pub group: String,
    /// A host must have a value when people change it.
    #[serde(default)]
    pub required: bool,
    /// Stands for the value of those that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<Value>,
    /// What an `enum` may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Lowest whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Highest whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

impl Field {
    /// Why a value does not fit; `None` when it does.
    #[must_use]
    pub fn refuses(&self, value: &Value) -> Option<String> {
        let fits = match (self.holds, value) {
            (FieldType::Text, Value::Str(text)) => text.chars().count() <= 4000,
            (FieldType::Int, Value::Int(number)) => self.min.is_none_or(|min| *number >= min) && self.max.is_none_or(|max| *number <= max),
            (FieldType::Bool, Value::Bool(_)) | (FieldType::Json, _) => true,
            (FieldType::Date, Value::Str(text)) => is_day(text),
            (FieldType::Url, Value::Str(text)) => text.contains("://") && !text.contains(char::is_whitespace),
            (FieldType::Enum, Value::Str(text)) => self.choices.contains(text),
            (FieldType::List, Value::List(items)) => items.iter().all(|item| item.as_str().is_some()),
            _ => false,
        };
        (!fits).then(|| match (self.holds, self.min, self.max) {
            (FieldType::Enum, ..) => format!("one of {}", self.choices.join(", ")),
            (FieldType::Int, Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
            (FieldType::Int, Some(min), None) => format!("a whole number of {min} at least"),
            (FieldType::Int, None, Some(max)) => format!("a whole number of {max} at most"),
            (FieldType::Int, None, None) => "a whole number".to_owned(),
            (FieldType::Date, ..) => "a day such as 2026-01-31".to_owned(),
            (FieldType::Url, ..) => "an address such as https://example.com/x".to_owned(),
            (FieldType::List, ..) => "a list of texts".to_owned(),
            (FieldType::Bool, ..) => "true or false".to_owned(),
            (FieldType::Text | FieldType::Json, ..) => "a text of 4000 characters at most".to_owned(),
        })
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str, width: usize| if part.len() == width { part.parse::<u32>().ok() } else { None };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

impl Member for Field {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn faults(&self, faults: &mut Faults) {
        check_name(faults, "name", &self.name);
        check_text(faults, "title", &self.title, 200);
        if (self.holds == FieldType::Enum) == self.choices.is_empty() {
            faults.insert("choices".to_owned(), "an `enum` has choices, and nothing else has".to_owned());
        }
        if let Some(why) = self.default.as_ref().and_then(|value| self.refuses(value)) {
            faults.insert("default".to_owned(), why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(holds: FieldType) -> Field {
        let choices = if holds == FieldType::Enum { vec!["a".to_owned(), "b".to_owned()] } else { Vec::new() };
        Field {
            name: "x".into(),
            on: FieldOn::Host,
            holds,
            title: String::new(),
            group: String::new(),
            required: false,
            default: None,
            choices,
            min: Some(1),
            max: Some(9),
        }
    }

    #[test]
    fn a_value_fits_its_type_and_no_other() {
        let list = Value::List(vec!["a".into()]);
        let good: [(FieldType, Value); 7] = [
            (FieldType::Text, "主机".into()),
            (FieldType::Int, 9.into()),
            (FieldType::Bool, true.into()),
            (FieldType::Date, "2026-01-31".into()),
            (FieldType::Url, "https://example.com".into()),
            (FieldType::Enum, "b".into()),
            (FieldType::List, list),
        ];
        for (holds, value) in &good {
            assert_eq!(field(*holds).refuses(value), None, "{holds:?}");
            assert!(field(*holds).refuses(&Value::Null).is_some(), "{holds:?}");
        }
        let bad: [(FieldType, Value); 5] = [
            (FieldType::Int, 10.into()),
            (FieldType::Int, "9".into()),
            (FieldType::Date, "2026-13-01".into()),
            (FieldType::Enum, "c".into()),
            (FieldType::Url, "example".into()),
        ];
        for (holds, value) in &bad {
            assert!(field(*holds).refuses(value).is_some(), "{holds:?}");
        }
    }
}
