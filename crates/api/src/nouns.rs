//! The catalogue's nouns: what people write down about the estate. All of them are listed, shown, made, changed and deleted alike; a noun
//! is one file with its fields and what is wrong with them.

mod binding;
mod environment;
mod field;
mod group;
mod mapping;
mod project;
mod relation;
mod role;
mod service;
mod tag;

pub use binding::{Binding, Scope, ScopeKind, Subject, SubjectKind};
pub use environment::Environment;
pub use field::{Field, FieldOn, FieldType};
pub use group::Group;
pub use mapping::{Mapping, MappingOf};
pub use project::{Project, ProjectState};
pub use relation::{Relation, RelationEnd, RelationOf};
pub use role::Role;
pub use service::Service;
pub use tag::Tag;

use serde_json::Value;
use std::collections::BTreeMap;

/// What is wrong, by field.
pub type Faults = BTreeMap<String, String>;

/// What all nouns of the catalogue have in common.
pub(crate) trait Member {
    /// Its name: one of its kind in its project.
    fn name(&self) -> String;

    /// The project it belongs to.
    fn project(&self) -> Option<&str> {
        None
    }

    /// Other objects that it names, each with its kind. They may be written by name; they are kept by id.
    fn references(&mut self) -> Vec<(Kind, &mut String)> {
        Vec::new()
    }

    /// What is wrong with it as it is.
    fn faults(&self, faults: &mut Faults);
}

macro_rules! nouns {
    ($($(#[$doc:meta])* $noun:ident $word:literal $plural:literal;)*) => {
        /// A kind of the catalogue's nouns.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $noun),* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$noun),*];

            /// Its word in permissions and the audit log.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$noun => $word),* }
            }

            /// Its word in paths.
            #[must_use]
            pub const fn plural(self) -> &'static str {
                match self { $(Self::$noun => $plural),* }
            }

            /// The name of its schema.
            #[must_use]
            pub const fn schema(self) -> &'static str {
                match self { $(Self::$noun => stringify!($noun)),* }
            }
        }

        /// One of the catalogue's nouns.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Noun { $($(#[$doc])* $noun($noun)),* }

        impl Noun {
            /// Reads a noun of a kind.
            ///
            /// # Errors
            /// When a field is missing, unknown or of another type.
            pub fn read(kind: Kind, body: Value) -> Result<Self, serde_json::Error> {
                match kind { $(Kind::$noun => serde_json::from_value(body).map(Self::$noun)),* }
            }

            /// As it is written.
            ///
            /// # Errors
            /// Never, as long as every field can be written as JSON.
            pub fn write(&self) -> Result<Value, serde_json::Error> {
                match self { $(Self::$noun(noun) => serde_json::to_value(noun)),* }
            }

            fn member(&self) -> &dyn Member {
                match self { $(Self::$noun(noun) => noun),* }
            }

            fn member_mut(&mut self) -> &mut dyn Member {
                match self { $(Self::$noun(noun) => noun),* }
            }
        }
    };
}

nouns! {
    /// What somebody may do.
    Role "role" "roles";
    /// Who has which role, where and for how long.
    Binding "binding" "bindings";
    /// A tenant of hosts and services.
    Project "project" "projects";
    /// A stage of delivery.
    Environment "environment" "environments";
    /// An application.
    Service "service" "services";
    /// Hosts under one name.
    Group "group" "groups";
    /// A word that hosts may bear.
    Tag "tag" "tags";
    /// That two things have to do with each other.
    Relation "relation" "relations";
    /// A field of the users' own.
    Field "field" "fields";
    /// What a group or project of a provider gives its members.
    Mapping "mapping" "mappings";
}

impl Noun {
    /// Its name: one of its kind in its project.
    #[must_use]
    pub fn name(&self) -> String {
        self.member().name()
    }

    /// The project it belongs to.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.member().project()
    }

    /// Other objects that it names, each with its kind.
    pub fn references(&mut self) -> Vec<(Kind, &mut String)> {
        self.member_mut().references()
    }

    /// What is wrong with it, as far as it shows by itself.
    #[must_use]
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        self.member().faults(&mut faults);
        faults
    }
}

/// Names stand in paths, expressions, commands and rules.
pub(crate) fn check_name(faults: &mut Faults, field: &str, name: &str) {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !(1..=64).contains(&name.chars().count()) || !name.chars().all(fits) || !name.starts_with(char::is_alphanumeric) {
        faults.insert(field.to_owned(), "letters, digits, `.`, `_` and `-`, 64 at most, a letter or digit first".to_owned());
    }
}

/// Texts are for people and have an end.
pub(crate) fn check_text(faults: &mut Faults, field: &str, text: &str, most: usize) {
    if text.chars().count() > most {
        faults.insert(field.to_owned(), format!("{most} characters at most"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_noun_reads_as_it_was_written_and_refuses_what_it_does_not_know() {
        let body = json!({"name": "shop", "title": "商城"});
        let noun = Noun::read(Kind::Project, body).unwrap();
        assert!(noun.name() == "shop" && noun.faults().is_empty());
        assert_eq!(Noun::read(Kind::Project, noun.write().unwrap()).unwrap(), noun);
        assert!(Noun::read(Kind::Project, json!({"name": "shop", "colour": "red"})).is_err());
    }

    #[test]
    fn faults_are_told_by_field() {
        let noun = Noun::read(Kind::Project, json!({"name": "a b", "title": "x".repeat(500)})).unwrap();
        assert_eq!(noun.faults().keys().collect::<Vec<_>>(), ["name", "title"]);
    }
}
