//! From the rendered value of a top file to [`Top`], with every problem of its shape.

use super::{Entry, Include, Item, Section, Top};
use model::{Place, Problem, TargetKind};
use value::{Map, Value, text};

/// A step from a value to a member, for asking where the member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The member under a key.
    Key(&'a Value),
    /// The member at a position.
    Index(usize),
}

/// Where the value at a path stands: line and column.
pub type Locate<'a> = dyn Fn(&[Step<'_>]) -> Option<(u32, u32)> + 'a;

/// A rendered file: its value, and where in the file each part of it stands.
pub struct Rendered<'a> {
    /// The value.
    pub value: &'a Value,
    /// Path of the file, as its user knows it.
    pub file: &'a str,
    /// Line and column of the value at a path, if known.
    pub locate: &'a Locate<'a>,
}

impl Rendered<'_> {
    fn place(&self, path: &[Step<'_>]) -> Place {
        let (line, column) = (self.locate)(path).unwrap_or((0, 0));
        Place { file: self.file.to_owned(), line, column }
    }
}

/// Parses a rendered top file. What has a fault is left out of the answer and named among the problems.
#[must_use]
pub fn parse(source: &Rendered<'_>) -> (Top, Vec<Problem>) {
    let mut reader = Reader { source, problems: Vec::new() };
    let mut top = Top::default();
    match source.value {
        Value::Null => {}
        Value::Map(map) => {
            for (key, value) in map.iter() {
                match key {
                    Value::Str(word) if word == "include" => top.includes = reader.includes(key, value),
                    Value::Str(env) => top.sections.extend(reader.section(env, key, value)),
                    other => {
                        let message = format!("Environment {} in top file is not formed as a string", text::str(other));
                        reader.problem(&[Step::Key(key)], message, "put the name in quotes");
                    }
                }
            }
        }
        other => {
            let message = format!("Malformed topfile: it is not formed as a mapping (got {})", other.type_name());
            reader.problem(&[], message, "write `base:`, below it a target, below that a list of SLS names");
        }
    }
    (top, reader.problems)
}

struct Reader<'a> {
    source: &'a Rendered<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &[Step<'_>], message: String, hint: &str) {
        self.problems.push(Problem::at(self.source.place(path), message).with_hint(hint));
    }

    fn includes(&mut self, key: &Value, value: &Value) -> Vec<Include> {
        let Some(items) = value.as_list() else {
            self.problem(
                &[Step::Key(key)],
                "Include Declaration in top file is not formed as a list".to_owned(),
                "write one name a line, with a dash",
            );
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = [Step::Key(key), Step::Index(index)];
            match item {
                Value::Str(name) => found.push(Include { name: name.clone(), place: self.source.place(&path) }),
                other => {
                    let message = format!("an include of a top file is the name of an SLS, not a {}", other.type_name());
                    self.problem(&path, message, "write one name a line, with a dash");
                }
            }
        }
        found
    }

    fn section(&mut self, env: &str, key: &Value, value: &Value) -> Option<Section> {
        let targets = match value {
            Value::Map(targets) => targets,
            Value::Null => return Some(Section { env: env.to_owned(), entries: Vec::new() }),
            other => {
                let message =
                    format!("Malformed topfile: saltenv '{env}' is not formed as a mapping of targets (got {})", python_name(other));
                self.problem(&[Step::Key(key)], message, "No targets found: write a target, below it a list of SLS names");
                return None;
            }
        };
        let entries =
            targets.iter().filter_map(|(target, value)| self.entry(env, [Step::Key(key), Step::Key(target)], target, value)).collect();
        Some(Section { env: env.to_owned(), entries })
    }

    fn entry(&mut self, env: &str, path: [Step<'_>; 2], target: &Value, value: &Value) -> Option<Entry> {
        let expression = text::str(target);
        let Some(items) = value.as_list() else {
            let got = python_name(value);
            let message = format!(
                "Malformed topfile: state declarations for matcher '{expression}' in saltenv '{env}' are not formed as a list (got {got})"
            );
            self.problem(&path, message, "write one SLS name a line, with a dash");
            return None;
        };
        let mut entry = Entry {
            expression,
            kind: TargetKind::Compound,
            items: Vec::with_capacity(items.len()),
            order: 0,
            ignore_missing: false,
            place: self.source.place(&path),
        };
        for (index, item) in items.iter().enumerate() {
            let here = [path[0], path[1], Step::Index(index)];
            match item {
                Value::Str(sls) => entry.items.push(Item { env: None, sls: sls.clone(), place: self.source.place(&here) }),
                Value::Map(options) => self.options(&here, options, &mut entry),
                // A name that YAML reads as a number is still a name.
                Value::Int(_) | Value::Big(_) | Value::Float(_) => {
                    entry.items.push(Item { env: None, sls: text::str(item), place: self.source.place(&here) })
                }
                other => {
                    let message =
                        format!("target '{}' in saltenv '{env}' has a {} where an SLS name is wanted", entry.expression, other.type_name());
                    self.problem(&here, message, "write the name of an SLS, `match: <kind>` or `<env>: <sls>`");
                }
            }
        }
        Some(entry)
    }

    /// A mapping among the SLS names: `match`, `order`, `ignore_missing`, or an SLS of another environment.
    fn options(&mut self, path: &[Step<'_>], options: &Map, entry: &mut Entry) {
        for (key, value) in options.iter() {
            match (text::str(key).as_str(), value) {
                ("match", kind) => match text::str(kind).parse() {
                    Ok(kind) => entry.kind = kind,
                    Err(message) => self.problem(path, message, "leave `match` out for a compound target"),
                },
                ("order", Value::Int(order)) => entry.order = *order,
                ("order", other) => {
                    let message = format!("`order` of target '{}' is a whole number, not {}", entry.expression, text::repr(other));
                    self.problem(path, message, "leave it out for the order of the file");
                }
                ("ignore_missing", value) => entry.ignore_missing = value.is_truthy(),
                (env, Value::Str(sls)) => {
                    entry.items.push(Item { env: Some(env.to_owned()), sls: sls.clone(), place: self.source.place(path) });
                }
                (word, other) => {
                    let message = format!("target '{}': `{word}` is followed by a {}", entry.expression, other.type_name());
                    self.problem(path, message, "write the name of an SLS, `match: <kind>` or `<env>: <sls>`");
                }
            }
        }
    }
}

/// The type of a value as Salt's users know it: mappings of a top file keep their order.
fn python_name(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "OrderedDict",
        other => other.type_name(),
    }
}
