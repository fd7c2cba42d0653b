//! What stands for a missing name, attribute or item.

use crate::{Error, Kind, Val};
use std::sync::Arc;

/// A missing thing; says what is missing when it is used.
#[derive(Clone, Debug)]
pub struct Undefined {
    what: What,
    strict: bool,
}

#[derive(Clone, Debug)]
enum What {
    Name(Arc<str>),
    Hint(Kind, String),
}

impl Undefined {
    /// A missing name.
    pub(crate) fn name(name: &Arc<str>, strict: bool) -> Self {
        Self { what: What::Name(Arc::clone(name)), strict }
    }

    /// A missing thing with a sentence of its own.
    pub(crate) fn hint(kind: Kind, text: impl Into<String>, strict: bool) -> Self {
        Self { what: What::Hint(kind, text.into()), strict }
    }

    /// A missing attribute.
    pub(crate) fn attribute(of: &Val, name: &str, strict: bool) -> Self {
        let text = format!("'{}' has no attribute {}", describe(of), value::text::repr(&name.into()));
        Self::hint(Kind::Undefined, text, strict)
    }

    /// A missing item; `key` as `repr` prints it.
    pub(crate) fn item(of: &Val, key: &str, strict: bool) -> Self {
        Self::hint(Kind::Undefined, format!("{} has no element {key}", describe(of)), strict)
    }

    /// Whether using it at all is an error.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// The sentence that says what is missing.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.what {
            What::Name(name) => format!("{} is undefined", value::text::repr(&(&**name).into())),
            What::Hint(_, text) => text.clone(),
        }
    }

    /// The error that using it raises.
    #[must_use]
    pub fn error(&self) -> Error {
        let kind = match &self.what {
            What::Name(_) => Kind::Undefined,
            What::Hint(kind, _) => *kind,
        };
        Error::new(kind, self.message())
    }

    pub(crate) fn type_name(&self) -> &'static str {
        if self.strict { "StrictUndefined" } else { "Undefined" }
    }
}

/// A value's type in Jinja's messages: `dict object`, `None`.
fn describe(value: &Val) -> String {
    match value {
        Val::None => "None".to_owned(),
        Val::Object(object) => match object.type_name() {
            name @ ("Macro" | "LoopContext" | "TemplateReference" | "BlockReference") => format!("jinja2.runtime.{name} object"),
            name @ ("Namespace" | "Cycler" | "Joiner") => format!("jinja2.utils.{name} object"),
            "TemplateModule" => "jinja2.environment.TemplateModule object".to_owned(),
            name => format!("{name} object"),
        },
        Val::Dict(dict) => format!("{} object", dict.class()),
        other => format!("{} object", other.type_name()),
    }
}
