//! INI files: options and sections that are there or are not.

use modules::ini::{Ini, read as parse, set_all};
use sdk::host::Write;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(ini, [OptionsPresent, OptionsAbsent, SectionsPresent, SectionsAbsent]);

/// Ensure options of an INI file have their values.
///
/// ```salt
/// /etc/app.ini:
///   ini.options_present:
///     - separator: '='
///     - sections:
///         server:
///           port: 80
/// ```
#[derive(Args)]
pub struct OptionsPresent {
    /// Path.
    name: String,
    /// Sections and their options.
    sections: Option<Map>,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
    /// Remove other options of these sections.
    #[arg(default = false)]
    strict: bool,
    /// Known for compatibility: text is UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
    /// Write no blanks around the separator.
    #[arg(default = false)]
    no_spaces: bool,
}

/// Ensure options of an INI file are not there.
///
/// ```salt
/// /etc/app.ini:
///   ini.options_absent:
///     - sections:
///         server: [debug]
/// ```
#[derive(Args)]
pub struct OptionsAbsent {
    /// Path.
    name: String,
    /// Sections and the names of their options.
    sections: Option<Map>,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
    /// Known for compatibility: text is UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
}

/// Ensure sections of an INI file are there with their options.
///
/// ```salt
/// /etc/app.ini:
///   ini.sections_present:
///     - sections:
///         server:
///           port: 80
/// ```
#[derive(Args)]
pub struct SectionsPresent {
    /// Path.
    name: String,
    /// Sections with their options.
    sections: Option<Value>,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
    /// Known for compatibility: text is UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
}

/// Ensure sections of an INI file are not there.
///
/// ```salt
/// /etc/app.ini:
///   ini.sections_absent:
///     - sections: [debug]
/// ```
#[derive(Args)]
pub struct SectionsAbsent {
    /// Path.
    name: String,
    /// Names of the sections.
    #[arg(default)]
    sections: Vec<String>,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
    /// Known for compatibility: text is UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
}

/// The file as it will be, and what changes.
pub struct Edit {
    ini: Ini,
    changes: Map,
}

/// The file; an empty one where there is none.
fn load(path: &str, separator: &str, read: &Read) -> Result<Ini, Failure> {
    if !read.host().exists(path) {
        return Ok(Ini::default());
    }
    Ok(parse(&read.host().read_text(path).map_err(modules::failure)?, separator))
}

fn store(path: &str, edit: Edit, separator: &str, spaces: bool, cx: &Cx) -> Result<Applied, Failure> {
    cx.host().write(path, edit.ini.write(separator, spaces).as_bytes(), &Write::default()).map_err(modules::failure)?;
    Ok(Applied::ok("Changes take effect", edit.changes))
}

const QUIET: &str = "No anomaly detected";

impl State for OptionsPresent {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let mut ini = load(&self.name, &self.separator, read)?;
        let sections = self.sections.clone().unwrap_or_default();
        let mut comment = String::new();
        for (section, options) in &sections {
            for (option, value) in options.as_map().map(Map::iter).into_iter().flatten() {
                let (section, option) = (text::str(section), text::str(option));
                if ini.get(&section, &option) != Some(&text::str(value)) {
                    comment.push_str(&format!("Changed key {option} in section {section}.\n"));
                }
            }
        }
        let mut changes = set_all(&mut ini, &sections);
        if self.strict {
            for (section, wanted) in &sections {
                let section = text::str(section);
                let Some(wanted) = wanted.as_map() else { continue };
                let have: Vec<String> = match ini.to_map().get(&section) {
                    Some(Value::Map(have)) => have.keys().map(text::str).filter(|key| !wanted.contains_key(key)).collect(),
                    Some(_) | None => Vec::new(),
                };
                for option in have {
                    let before = ini.remove(&section, &option);
                    comment.push_str(&format!("Deleted key {option} in section {section}.\n"));
                    let mut change = Map::new();
                    change.insert("before", before);
                    change.insert("after", Value::Null);
                    if let Value::Map(of_section) = changes.entry_or_insert_with(section.as_str(), Value::map) {
                        of_section.insert(option, change);
                    }
                }
            }
        }
        Ok(if changes.is_empty() { Check::desired(QUIET) } else { Check::change(comment, Map::new(), Edit { ini, changes }) })
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        store(&self.name, edit, &self.separator, !self.no_spaces, cx)
    }
}

impl State for OptionsAbsent {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let mut ini = load(&self.name, &self.separator, read)?;
        let mut comment = String::new();
        let mut changes = Map::new();
        for (section, options) in &self.sections.clone().unwrap_or_default() {
            let section = text::str(section);
            let names: Vec<String> = match options {
                Value::List(items) => items.iter().map(text::str).collect(),
                Value::Map(map) => map.keys().map(text::str).collect(),
                other => vec![text::str(other)],
            };
            for option in names {
                let Some(value) = ini.remove(&section, &option) else { continue };
                comment.push_str(&format!("Deleted key {option} in section {section}.\n"));
                if let Value::Map(of_section) = changes.entry_or_insert_with(section.as_str(), Value::map) {
                    of_section.insert(option, value);
                }
            }
        }
        Ok(if changes.is_empty() { Check::desired(QUIET) } else { Check::change(comment, Map::new(), Edit { ini, changes }) })
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        store(&self.name, edit, &self.separator, true, cx)
    }
}

impl State for SectionsPresent {
    type Change = Result<Edit, Failure>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let mut ini = load(&self.name, &self.separator, read)?;
        let mut comment = String::new();
        let Some(sections) = self.sections.as_ref() else { return Ok(Check::desired(QUIET)) };
        let (names, map) = match sections {
            Value::Map(map) => (map.keys().map(text::str).collect::<Vec<_>>(), Some(map.clone())),
            Value::List(items) => (items.iter().map(text::str).collect(), None),
            other => (vec![text::str(other)], None),
        };
        for name in &names {
            if !ini.has_section(name) {
                comment.push_str(&format!("Created new section {name}.\n"));
            }
        }
        let Some(map) = map else {
            // Names alone say nothing of the options, and a section without any is not written.
            let failure = Failure::failed("`sections` has to be a mapping of sections and their options");
            return Ok(if comment.is_empty() { Check::desired(QUIET) } else { Check::change(comment, Map::new(), Err(failure)) });
        };
        let sections: Map =
            map.iter().map(|(name, options)| (name.clone(), if options.is_null() { Value::map() } else { options.clone() })).collect();
        for name in &names {
            ini.add_section(name);
        }
        let changes = set_all(&mut ini, &sections);
        if comment.is_empty() {
            comment = changes.keys().map(|name| format!("Changed section {}.\n", text::str(name))).collect();
        }
        Ok(if changes.is_empty() { Check::desired(QUIET) } else { Check::change(comment, Map::new(), Ok(Edit { ini, changes })) })
    }

    async fn apply(&self, edit: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        store(&self.name, edit?, &self.separator, true, cx)
    }
}

impl State for SectionsAbsent {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let mut ini = load(&self.name, &self.separator, read)?;
        let mut comment = String::new();
        let mut changes = Map::new();
        for name in &self.sections {
            if let Some(options) = ini.remove_section(name) {
                comment.push_str(&format!("Deleted section {name}.\n"));
                changes.insert(name.as_str(), options);
            }
        }
        Ok(if changes.is_empty() { Check::desired(QUIET) } else { Check::change(comment, Map::new(), Edit { ini, changes }) })
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        store(&self.name, edit, &self.separator, true, cx)
    }
}
