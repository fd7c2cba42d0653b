//! Which outputter prints a return.

use std::fmt;

/// A way to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outputter {
    /// Indented text.
    #[default]
    Nested,
    /// Results of states with a summary.
    Highstate,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// `id: line` for each line.
    Txt,
    /// Python's `repr`.
    Raw,
    /// Python's `repr`, broken into lines.
    Pprint,
    /// Rows and columns.
    Table,
    /// Key listings.
    Key,
    /// Minions that did not come back.
    NoReturn,
    /// Nothing.
    Quiet,
}

impl Outputter {
    /// Every name that `--out` knows, in the order of the documentation.
    pub const NAMES: [&'static str; 11] =
        ["nested", "highstate", "json", "yaml", "txt", "raw", "pprint", "table", "key", "no_return", "quiet"];

    /// The outputter of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "nested" => Self::Nested,
            "highstate" => Self::Highstate,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "txt" => Self::Txt,
            "raw" => Self::Raw,
            "pprint" => Self::Pprint,
            "table" => Self::Table,
            "key" => Self::Key,
            "no_return" => Self::NoReturn,
            "quiet" => Self::Quiet,
            _ => return None,
        })
    }

    /// Whether the text is for programs: one document for each minion, and nothing else on standard output.
    #[must_use]
    pub const fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Yaml | Self::Raw | Self::Pprint)
    }
}

/// Words of an unknown outputter, for standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[ERROR   ] Invalid outputter {} specified, fall back to nested", self.0)
    }
}

/// The outputter for a return, and what to complain about.
///
/// `asked` is the user's `--out`, `own` what the return itself asks for. A known `--out` wins, but `--out=highstate` forces nothing: it
/// shows states as states and leaves everything else to its own outputter. An unknown name falls back to nested.
#[must_use]
pub fn choose(asked: Option<&str>, own: Option<&str>) -> (Outputter, Option<Unknown>) {
    let name = match asked {
        Some(name) if name != "highstate" => name,
        _ => own.unwrap_or("nested"),
    };
    match Outputter::from_name(name) {
        Some(outputter) => (outputter, None),
        None => (Outputter::Nested, Some(Unknown(name.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_highstate_forces_nothing() {
        assert_eq!(choose(Some("highstate"), None).0, Outputter::Nested);
        assert_eq!(choose(Some("highstate"), Some("highstate")).0, Outputter::Highstate);
        assert_eq!(choose(Some("json"), Some("highstate")).0, Outputter::Json);
        assert_eq!(choose(None, Some("highstate")).0, Outputter::Highstate);
    }

    #[test]
    fn an_unknown_outputter_falls_back_to_nested_and_says_so() {
        let (outputter, complaint) = choose(Some("newline_values_only"), None);
        assert_eq!(outputter, Outputter::Nested);
        assert_eq!(complaint.unwrap().to_string(), "[ERROR   ] Invalid outputter newline_values_only specified, fall back to nested");
    }

    #[test]
    fn every_documented_name_is_known() {
        assert!(Outputter::NAMES.iter().all(|name| Outputter::from_name(name).is_some()));
    }
}
