//! INI files: sections of keys and values. Comments and lines that are neither stay where they are.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(ini, [GetIni, GetOption, GetSection, SetOption, RemoveOption, RemoveSection]);

/// A file, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ini {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    /// Empty for what stands before the first section.
    name: String,
    lines: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Option { key: String, value: String },
    Other(String),
}

/// Reads a text.
#[must_use]
pub fn read(content: &str, separator: &str) -> Ini {
    let mut sections = vec![Section::default()];
    for line in content.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            sections.push(Section { name: name.to_owned(), lines: Vec::new() });
            continue;
        }
        let Some(section) = sections.last_mut() else { continue };
        let is_comment = trimmed.is_empty() || trimmed.starts_with(['#', ';']);
        let continues = line.starts_with([' ', '\t']) && !trimmed.is_empty();
        match (section.lines.last_mut(), trimmed.split_once(separator)) {
            (Some(Entry::Option { value, .. }), _) if continues && !is_comment => {
                value.push('\n');
                value.push_str(line);
            }
            (_, Some((key, value))) if !is_comment => {
                section.lines.push(Entry::Option { key: key.trim().to_owned(), value: value.trim().to_owned() });
            }
            _ => section.lines.push(Entry::Other(line.to_owned())),
        }
    }
    Ini { sections }
}

impl Ini {
    /// Writes the text: options as `key = value`, a blank line between sections.
    #[must_use]
    pub fn write(&self, separator: &str, spaces: bool) -> String {
        let between = if spaces && !separator.trim().is_empty() { format!(" {separator} ") } else { separator.to_owned() };
        let mut blocks = Vec::new();
        for section in &self.sections {
            let mut block = String::new();
            if !section.name.is_empty() {
                block.push_str(&format!("[{}]\n", section.name));
            }
            for entry in &section.lines {
                match entry {
                    Entry::Option { key, value } => block.push_str(&format!("{key}{between}{value}\n")),
                    Entry::Other(line) => block.push_str(&format!("{line}\n")),
                }
            }
            let block = block.trim_end_matches('\n');
            if !block.is_empty() {
                blocks.push(format!("{block}\n"));
            }
        }
        blocks.join("\n")
    }

    /// Sections and their options; options before the first section stand at the top.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        for section in &self.sections {
            let options = section.lines.iter().filter_map(|entry| match entry {
                Entry::Option { key, value } => Some((key.as_str(), value.as_str())),
                Entry::Other(_) => None,
            });
            if section.name.is_empty() {
                map.extend(options);
            } else {
                map.insert(section.name.as_str(), options.collect::<Map>());
            }
        }
        map
    }

    /// Names of the sections.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether there is such a section.
    #[must_use]
    pub fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// An option's value; the empty section is what stands before the first one.
    #[must_use]
    pub fn get(&self, section: &str, option: &str) -> Option<&str> {
        let entries = self.sections.iter().filter(|have| have.name == section).flat_map(|have| &have.lines);
        entries.into_iter().find_map(|entry| match entry {
            Entry::Option { key, value } if key == option => Some(value.as_str()),
            Entry::Option { .. } | Entry::Other(_) => None,
        })
    }

    /// Sets an option; gives its old value.
    pub fn set(&mut self, section: &str, option: &str, value: &str) -> Option<String> {
        let section = self.section(section);
        for entry in &mut section.lines {
            if let Entry::Option { key, value: have } = entry
                && key == option
            {
                return Some(std::mem::replace(have, value.to_owned()));
            }
        }
        // Before the blank lines that end the section.
        let end =
            section.lines.iter().rposition(|entry| !matches!(entry, Entry::Other(line) if line.trim().is_empty())).map_or(0, |at| at + 1);
        section.lines.insert(end, Entry::Option { key: option.to_owned(), value: value.to_owned() });
        None
    }

    /// The section, made if it is missing.
    fn section(&mut self, name: &str) -> &mut Section {
        let at = match self.sections.iter().position(|section| section.name == name) {
            Some(at) => at,
            None => {
                self.sections.push(Section { name: name.to_owned(), lines: Vec::new() });
                self.sections.len() - 1
            }
        };
        self.sections.get_mut(at).expect("the section was found or just made")
    }

    /// Makes a section if it is missing.
    pub fn add_section(&mut self, name: &str) {
        self.section(name);
    }

    /// Removes an option; gives its value.
    pub fn remove(&mut self, section: &str, option: &str) -> Option<String> {
        let section = self.sections.iter_mut().find(|have| have.name == section)?;
        let at = section.lines.iter().position(|entry| matches!(entry, Entry::Option { key, .. } if key == option))?;
        match section.lines.remove(at) {
            Entry::Option { value, .. } => Some(value),
            Entry::Other(_) => None,
        }
    }

    /// Removes a section; gives its options.
    pub fn remove_section(&mut self, name: &str) -> Option<Map> {
        let at = self.sections.iter().position(|section| section.name == name && !name.is_empty())?;
        let section = self.sections.remove(at);
        Ini { sections: vec![section] }.to_map().remove(name).and_then(|map| if let Value::Map(map) = map { Some(map) } else { None })
    }
}

fn load(path: &str, separator: &str, looker: &Read) -> Result<Ini, Failure> {
    Ok(read(&looker.host().read_text(path).map_err(crate::failure)?, separator))
}

/// Return a whole INI file.
///
/// ```salt
/// salt '*' ini.get_ini /path/to/ini
/// ```
#[derive(Args)]
pub struct GetIni {
    /// Path.
    file_name: String,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Query for GetIni {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(load(&self.file_name, &self.separator, read)?.to_map())
    }
}

/// Return the value of an option.
///
/// ```salt
/// salt '*' ini.get_option /path/to/ini section option
/// ```
#[derive(Args)]
pub struct GetOption {
    /// Path.
    file_name: String,
    /// Section.
    section: String,
    /// Option.
    option: String,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Query for GetOption {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(load(&self.file_name, &self.separator, read)?.get(&self.section, &self.option).map(str::to_owned).into())
    }
}

/// Return the options of a section.
///
/// ```salt
/// salt '*' ini.get_section /path/to/ini section
/// ```
#[derive(Args)]
pub struct GetSection {
    /// Path.
    file_name: String,
    /// Section.
    section: String,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Query for GetSection {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(load(&self.file_name, &self.separator, read)?.to_map().remove(&self.section).unwrap_or_else(Value::map))
    }
}

fn store(path: &str, ini: &Ini, separator: &str, cx: &Cx) -> Result<(), Failure> {
    cx.host().write(path, ini.write(separator, true).as_bytes(), &sdk::host::Write::default()).map_err(crate::failure)
}

/// Set options and return what changed.
///
/// ```salt
/// salt '*' ini.set_option /path/to/ini '{section: {option: value}}'
/// ```
#[derive(Args)]
pub struct SetOption {
    /// Path.
    file_name: String,
    /// Sections and their options.
    sections: Map,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Action for SetOption {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let mut ini = load(&self.file_name, &self.separator, cx)?;
        let changes = set_all(&mut ini, &self.sections);
        store(&self.file_name, &ini, &self.separator, cx)?;
        Ok(changes)
    }
}

/// Sets options of sections; gives `{section: {option: {before, after}}}` for what changed.
pub fn set_all(ini: &mut Ini, sections: &Map) -> Map {
    let change = |ini: &mut Ini, section: &str, option: &str, value: &Value| -> Option<Map> {
        let value = text::str(value);
        let before = ini.set(section, option, &value);
        (before.as_ref() != Some(&value)).then(|| {
            let mut change = Map::new();
            change.insert("before", before);
            change.insert("after", value);
            change
        })
    };
    let mut changes = Map::new();
    for (name, options) in sections {
        let name = text::str(name);
        let Value::Map(options) = options else {
            if let Some(change) = change(ini, "", &name, options) {
                changes.insert(name, change);
            }
            continue;
        };
        let is_new = !ini.has_section(&name);
        let mut found = Map::new();
        let mut after = Map::new();
        for (option, value) in options {
            after.insert(option.clone(), text::str(value));
            if let Some(change) = change(ini, &name, &text::str(option), value) {
                found.insert(option.clone(), change);
            }
        }
        if is_new {
            found = Map::new();
            found.insert("before", Value::Null);
            found.insert("after", after);
        }
        if !found.is_empty() {
            changes.insert(name, found);
        }
    }
    changes
}

/// Remove an option and return its value.
///
/// ```salt
/// salt '*' ini.remove_option /path/to/ini section option
/// ```
#[derive(Args)]
pub struct RemoveOption {
    /// Path.
    file_name: String,
    /// Section.
    section: String,
    /// Option.
    option: String,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Action for RemoveOption {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let mut ini = load(&self.file_name, &self.separator, cx)?;
        let value = ini.remove(&self.section, &self.option);
        store(&self.file_name, &ini, &self.separator, cx)?;
        Ok(value.into())
    }
}

/// Remove a section and return its options.
///
/// ```salt
/// salt '*' ini.remove_section /path/to/ini section
/// ```
#[derive(Args)]
pub struct RemoveSection {
    /// Path.
    file_name: String,
    /// Section.
    section: String,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
}

impl Action for RemoveSection {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let mut ini = load(&self.file_name, &self.separator, cx)?;
        let removed = ini.remove_section(&self.section).unwrap_or_default();
        store(&self.file_name, &ini, &self.separator, cx)?;
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[main]\na = 1\nb=2\n\n[other]\nc = 3\n";

    #[test]
    fn options_are_set_and_the_rest_stays() {
        let mut ini = read(TEXT, "=");
        let sections: Map = serde_json::from_str(r#"{"main": {"a": 5, "n": "new"}, "fresh": {"k": "v"}}"#).unwrap();
        let changes = serde_json::to_string(&set_all(&mut ini, &sections)).unwrap();
        assert_eq!(ini.write("=", true), "[main]\na = 5\nb = 2\nn = new\n\n[other]\nc = 3\n\n[fresh]\nk = v\n");
        assert_eq!(
            changes,
            r#"{"main":{"a":{"before":"1","after":"5"},"n":{"before":null,"after":"new"}},"fresh":{"before":null,"after":{"k":"v"}}}"#
        );
    }

    #[test]
    fn a_section_goes_with_its_options() {
        let mut ini = read(TEXT, "=");
        assert_eq!(serde_json::to_string(&ini.remove_section("other").unwrap()).unwrap(), r#"{"c":"3"}"#);
        assert_eq!(ini.write("=", true), "[main]\na = 1\nb = 2\n");
    }
}
