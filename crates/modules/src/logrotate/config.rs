//! A configuration of logrotate, line by line, so that what is not changed stays as it was written.

use sdk::{Map, Value};

/// One line, or a block of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// A directive: its word, and what stands behind it.
    Directive(String, String),
    /// A script: its word and its lines, the last is `endscript`.
    Script(String, Vec<String>),
    /// A block: what it is for, its opening line, and what is in it.
    Block(String, Vec<String>, Vec<Item>),
    /// A comment or a blank line.
    Loose(String),
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config(Vec<Item>);

const SCRIPTS: [&str; 5] = ["prerotate", "postrotate", "firstaction", "lastaction", "preremove"];

/// Value of a directive: `true` where it stands alone, a number, or text.
fn value(text: &str) -> Value {
    match text {
        "" => true.into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}

/// The line of a directive; none where it is not to be there.
fn directive(key: &str, value: &Value) -> Option<Item> {
    let text = match value {
        Value::Bool(false) | Value::Null => return None,
        Value::Bool(true) => String::new(),
        other => sdk::text::str(other),
    };
    Some(Item::Directive(key.to_owned(), text))
}

fn split(line: &str) -> (String, String) {
    let end = line.find(|letter: char| letter.is_whitespace() || letter == '=').unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    (word.to_owned(), rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '=').trim().to_owned())
}

impl Config {
    /// Reads the text of a file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(items(&mut text.lines().peekable()))
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        write(&self.0, "", &mut out);
        out
    }

    /// What `include` names, in the order of the file.
    pub fn includes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|item| match item {
            Item::Directive(word, path) if word == "include" => Some(path.as_str()),
            Item::Directive(..) | Item::Script(..) | Item::Block(..) | Item::Loose(_) => None,
        })
    }

    /// Everything as data: directives and blocks by their names.
    #[must_use]
    pub fn data(&self) -> Map {
        data(&self.0)
    }

    /// Names of the blocks.
    #[must_use]
    pub fn blocks(&self) -> Vec<String> {
        self.0.iter().filter_map(|item| if let Item::Block(name, ..) = item { Some(name.clone()) } else { None }).collect()
    }

    /// Whether it has a block that is for this path, or for just these.
    #[must_use]
    pub fn block(&self, name: &str) -> Option<Map> {
        self.0.iter().find_map(|item| match item {
            Item::Block(of, _, inner) if is_for(of, name) => Some(data(inner)),
            Item::Block(..) | Item::Directive(..) | Item::Script(..) | Item::Loose(_) => None,
        })
    }

    /// Sets a directive for everything. It has to stand before the blocks and files it is for.
    pub fn set(&mut self, key: &str, value: &Value) {
        set(&mut self.0, key, value);
    }

    /// Sets a directive of a block; a block that is not there is made.
    pub fn set_in(&mut self, name: &str, key: &str, value: &Value) {
        let found = self.0.iter_mut().find_map(|item| match item {
            Item::Block(of, _, inner) if is_for(of, name) => Some(inner),
            Item::Block(..) | Item::Directive(..) | Item::Script(..) | Item::Loose(_) => None,
        });
        match found {
            Some(inner) => set(inner, key, value),
            None => {
                let inner = directive(key, value).into_iter().collect();
                self.0.push(Item::Block(name.to_owned(), vec![format!("{name} {{")], inner));
            }
        }
    }
}

fn is_for(of: &str, name: &str) -> bool {
    of == name || of.split_whitespace().any(|path| path.trim_matches('"') == name)
}

fn set(items: &mut Vec<Item>, key: &str, value: &Value) {
    let wanted = directive(key, value);
    let is_it = |item: &Item| matches!(item, Item::Directive(word, _) if word == key);
    match (items.iter().position(is_it), wanted) {
        (Some(place), Some(new)) => {
            if let Some(item) = items.get_mut(place) {
                *item = new;
            }
        }
        (Some(place), None) => {
            items.remove(place);
        }
        (None, Some(new)) => {
            let is_later = |item: &Item| matches!(item, Item::Block(..)) || matches!(item, Item::Directive(word, _) if word == "include");
            let place = items.iter().position(is_later).unwrap_or(items.len());
            items.insert(place, new);
        }
        (None, None) => {}
    }
}

fn data(items: &[Item]) -> Map {
    let mut map = Map::new();
    for item in items {
        match item {
            Item::Directive(word, text) => map.insert(word.as_str(), value(text)),
            Item::Script(word, lines) => {
                let body: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| *line != "endscript").collect();
                map.insert(word.as_str(), body.join("\n"))
            }
            Item::Block(name, _, inner) => map.insert(name.as_str(), data(inner)),
            Item::Loose(_) => None,
        };
    }
    map
}

fn items<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Vec<Item> {
    let mut out = Vec::new();
    while let Some(line) = lines.next() {
        let word = line.trim();
        if word == "}" {
            break;
        }
        if word.is_empty() || word.starts_with('#') {
            out.push(Item::Loose(line.to_owned()));
        } else if SCRIPTS.contains(&word) {
            let mut body = Vec::new();
            for line in lines.by_ref() {
                body.push(line.to_owned());
                if line.trim() == "endscript" {
                    break;
                }
            }
            out.push(Item::Script(word.to_owned(), body));
        } else if let Some(name) = word.strip_suffix('{') {
            out.push(block(name.trim(), vec![line.to_owned()], lines));
        } else if word.starts_with('/') || word.starts_with('"') {
            // What a block is for may take several lines, and its brace may stand alone.
            let (mut name, mut head) = (word.to_owned(), vec![line.to_owned()]);
            for line in lines.by_ref() {
                head.push(line.to_owned());
                let more = line.trim();
                let end = more.strip_suffix('{');
                let part = end.unwrap_or(more).trim();
                if !part.is_empty() {
                    name.push_str(&format!(" {part}"));
                }
                if end.is_some() {
                    break;
                }
            }
            out.push(block(&name, head, lines));
        } else {
            let (word, rest) = split(word);
            out.push(Item::Directive(word, rest));
        }
    }
    out
}

fn block<'a>(name: &str, head: Vec<String>, lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Item {
    Item::Block(name.to_owned(), head, items(lines))
}

fn write(items: &[Item], indent: &str, out: &mut String) {
    for item in items {
        match item {
            Item::Directive(word, text) if text.is_empty() => out.push_str(&format!("{indent}{word}\n")),
            Item::Directive(word, text) => out.push_str(&format!("{indent}{word} {text}\n")),
            Item::Script(word, lines) => {
                out.push_str(&format!("{indent}{word}\n"));
                lines.iter().for_each(|line| out.push_str(&format!("{line}\n")));
            }
            Item::Block(_, head, inner) => {
                head.iter().for_each(|line| out.push_str(&format!("{line}\n")));
                write(inner, "    ", out);
                out.push_str("}\n");
            }
            Item::Loose(line) => out.push_str(&format!("{line}\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# see man\nweekly\nrotate 4\n#dateext\ninclude /etc/logrotate.d\n\n/var/log/wtmp {\n    missingok\n    create 0664 root utmp\n    rotate 1\n}\n/var/log/btmp /var/log/xx\n{\n    size=5M\n    postrotate\n        /bin/true\n    endscript\n}\n";

    #[test]
    fn a_file_is_read_as_data() {
        let data = serde_json::to_string(&Config::parse(TEXT).data()).unwrap();
        assert_eq!(
            data,
            r#"{"weekly":true,"rotate":4,"include":"/etc/logrotate.d","/var/log/wtmp":{"missingok":true,"create":"0664 root utmp","rotate":1},"/var/log/btmp /var/log/xx":{"size":"5M","postrotate":"/bin/true"}}"#
        );
    }

    #[test]
    fn only_what_is_set_changes() {
        let mut config = Config::parse(TEXT);
        config.set("rotate", &2.into());
        config.set("weekly", &false.into());
        config.set("daily", &true.into());
        config.set_in("/var/log/wtmp", "compress", &true.into());
        config.set_in("/var/log/xx", "size", &"9M".into());
        config.set_in("/var/log/new.log", "rotate", &3.into());
        assert_eq!(
            config.text(),
            "# see man\nrotate 2\n#dateext\ndaily\ninclude /etc/logrotate.d\n\n/var/log/wtmp {\n    missingok\n    create 0664 root utmp\n    rotate 1\n    compress\n}\n/var/log/btmp /var/log/xx\n{\n    size 9M\n    postrotate\n        /bin/true\n    endscript\n}\n/var/log/new.log {\n    rotate 3\n}\n"
        );
    }
}
