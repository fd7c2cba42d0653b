//! The files of a configuration: the main one and the parts in `<main>.d`.

use model::{Place, Problem, nearest};
use std::path::Path;
use value::{Lists, Map, Strategy, Value, merge};
use yaml::Kind;

/// One key as it stands in the files.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its value; mappings of several files are merged, of anything else the last file's stands.
    pub value: Value,
    /// Where it stands last.
    pub place: Place,
}

impl Entry {
    /// The problem of a value that does not fit.
    #[must_use]
    pub fn unfit(&self, wanted: &str) -> Problem {
        Problem::at(self.place.clone(), format!("key `{}`: {wanted}", self.key))
    }

    /// The problem of a key that nobody knows.
    #[must_use]
    pub fn unknown(&self, known: &[&'static str]) -> Problem {
        let hint = nearest(&self.key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        Problem { hint, ..Problem::at(self.place.clone(), format!("unknown key `{}`", self.key)) }
    }
}

/// What was read, before it is typed.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Files {
    /// Reads `main`, then `<main>.d/*.conf` in the order of their names. A file or folder that is not there is empty.
    #[must_use]
    pub fn open(main: &Path) -> Self {
        let mut files = Self::default();
        files.add_path(main);
        let mut folder = main.as_os_str().to_owned();
        folder.push(".d");
        let mut parts: Vec<_> = match std::fs::read_dir(&folder) {
            Ok(listing) => listing.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(_) => Vec::new(),
        };
        parts.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
        parts.sort();
        for part in parts {
            files.add_path(&part);
        }
        files
    }

    /// Reads one text, as if it were a file of that name.
    #[must_use]
    pub fn from_text(name: &str, text: &str) -> Self {
        let mut files = Self::default();
        files.add(name, text);
        files
    }

    /// Puts a key over what the files say, such as an option of the command line.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let place = Place { file: "command line".to_owned(), ..Place::default() };
        self.put(key.to_owned(), value.into(), place);
    }

    /// Makes one mapping `key` of all keys that begin with `prefix`, such as `auth.ldap.server`: the way Salt's files write it.
    pub fn gather(&mut self, prefix: &str, key: &str) {
        let (gathered, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.entries).into_iter().partition(|entry| entry.key.starts_with(prefix));
        self.entries = rest;
        for Entry { key: long, value, place } in gathered {
            let short = long.strip_prefix(prefix).unwrap_or_default().to_owned();
            self.put(key.to_owned(), Value::Map(Map::from_iter([(short, value)])), place);
        }
    }

    /// The value of a key, untyped.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// All keys as one mapping, untyped: `opts` of templates, `config.get`.
    #[must_use]
    pub fn to_map(&self) -> Map {
        self.entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }

    /// The keys and the problems so far.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Entry>, Vec<Problem>) {
        (self.entries, self.problems)
    }

    fn add_path(&mut self, path: &Path) {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.add(&name, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.problems.push(Problem::at(Place { file: name, ..Place::default() }, format!("cannot be read: {error}"))),
        }
    }

    fn add(&mut self, name: &str, text: &str) {
        let place = |line: u32, column: u32| Place { file: name.to_owned(), line, column };
        let node = match yaml::load(text, name) {
            Ok(node) => node,
            Err(error) => {
                self.problems.push(Problem::at(place(error.line, error.column), error.message));
                return;
            }
        };
        match node.kind {
            Kind::Scalar(Value::Null) => {}
            Kind::Map(entries) => {
                for (key, value) in entries {
                    let at = place(key.line, 0);
                    match key.into_value() {
                        Value::Str(key) => self.put(key, value.into_value(), at),
                        other => self.problems.push(Problem::at(at, format!("the key {} is no text", value::text::repr(&other)))),
                    }
                }
            }
            Kind::Scalar(_) | Kind::List(_) => {
                self.problems.push(Problem::at(place(1, 0), "a configuration is a mapping of keys to values"))
            }
        }
    }

    fn put(&mut self, key: String, value: Value, place: Place) {
        match (self.entries.iter_mut().find(|entry| entry.key == key), value) {
            (Some(Entry { value: Value::Map(old), place: at, .. }), Value::Map(new)) => {
                merge(old, new, Strategy::Recurse(Lists::Replace));
                *at = place;
            }
            (Some(entry), value) => {
                entry.value = value;
                entry.place = place;
            }
            (None, value) => self.entries.push(Entry { key, value, place }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_over_the_main_file_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("minion");
        std::fs::write(&main, "id: a\ngrains:\n  x: 1\n").unwrap();
        std::fs::create_dir(folder.path().join("minion.d")).unwrap();
        std::fs::write(folder.path().join("minion.d/20.conf"), "id: c\n").unwrap();
        std::fs::write(folder.path().join("minion.d/10.conf"), "id: b\ngrains: {y: 2}\n").unwrap();
        std::fs::write(folder.path().join("minion.d/30.txt"), "id: d\n").unwrap();
        let map = Files::open(&main).to_map();
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"id":"c","grains":{"x":1,"y":2}}"#);
    }

    #[test]
    fn every_problem_of_every_file_is_reported_at_once() {
        crate::config! {
            /// For the test.
            struct Two {
                /// A number.
                port: u16 = 1,
                /// A switch.
                open_mode: bool = false,
            }
        }
        let error = Two::read(Files::from_text("f", "port: many\nopen_mod: true\n6: x\n")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("f, line 1: key `port`: a whole number from 0 to 65535 is wanted, not 'many'"), "{text}");
        assert!(text.contains("f, line 2: unknown key `open_mod`; did you mean `open_mode`?"), "{text}");
        assert!(text.contains("f, line 3: the key 6 is no text"), "{text}");
        assert_eq!(Two::keys().iter().map(|key| key.default.as_str()).collect::<Vec<_>>(), ["1", "false"]);
    }
}
