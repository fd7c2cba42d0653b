//! Package sources of apt: the one-line form of `.list` files and the stanzas of `.sources` files.

use sdk::{Map, Value};

/// One source: a type, an address, a suite and its components.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// `deb` or `deb-src`.
    pub kind: String,
    /// Words in brackets, as `key=value` pairs in their order.
    pub options: Vec<(String, String)>,
    /// Address, without a slash at its end.
    pub uri: String,
    /// Suite.
    pub dist: String,
    /// Components.
    pub comps: Vec<String>,
    /// What stands behind a `#` at the end of the line.
    pub comment: String,
    /// Switched off: its line is a comment.
    pub disabled: bool,
}

impl Source {
    /// Reads a line; `None` if it is no source.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let trimmed = line.trim();
        let (disabled, text) = match trimmed.strip_prefix('#') {
            Some(rest) => (true, rest.trim_start_matches('#').trim()),
            None => (false, trimmed),
        };
        let (text, comment) = text.split_once('#').map_or((text, ""), |(text, comment)| (text.trim(), comment.trim()));
        let (kind, rest) = text.split_once(char::is_whitespace)?;
        if kind != "deb" && kind != "deb-src" {
            return None;
        }
        let rest = rest.trim();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let options =
            options.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut words = rest.split_whitespace();
        let (uri, dist) = (words.next()?, words.next()?);
        // A comment in plain words is no source that was switched off.
        if !uri.contains(':') {
            return None;
        }
        let comps: Vec<String> = words.map(str::to_owned).collect();
        // A suite that is a path has no components; any other must have some.
        if comps.is_empty() && !dist.ends_with('/') {
            return None;
        }
        Some(Self {
            kind: kind.to_owned(),
            options: options.collect(),
            uri: uri.trim_end_matches('/').to_owned(),
            dist: dist.to_owned(),
            comps,
            comment: comment.to_owned(),
            disabled,
        })
    }

    /// The value of an option.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Sets an option, or takes it away.
    pub fn set_option(&mut self, key: &str, value: Option<String>) {
        let place = self.options.iter().position(|(known, _)| known == key);
        match (place, value) {
            (Some(index), Some(value)) => {
                if let Some((_, old)) = self.options.get_mut(index) {
                    *old = value;
                }
            }
            (Some(index), None) => drop(self.options.remove(index)),
            (None, Some(value)) => self.options.push((key.to_owned(), value)),
            (None, None) => {}
        }
    }

    /// Architectures it is for; all of the machine's if none are named.
    #[must_use]
    pub fn architectures(&self) -> Vec<String> {
        self.option("arch").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// The line of a `.list` file.
    #[must_use]
    pub fn line(&self) -> String {
        let mut words = vec![self.kind.clone()];
        if !self.options.is_empty() {
            let pairs = self.options.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
            words.push(format!("[{}]", pairs.join(" ")));
        }
        words.extend([self.uri.clone(), self.dist.clone()]);
        words.extend(self.comps.iter().cloned());
        if !self.comment.is_empty() {
            words.push(format!("#{}", self.comment));
        }
        let line = words.join(" ");
        if self.disabled { format!("# {line}") } else { line }
    }

    /// Whether both are about the same suite at the same place.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.kind == other.kind && self.uri == other.uri && self.dist == other.dist
    }

    /// Whether both say the same, in whatever order.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let sorted = |source: &Self| {
            let (mut options, mut comps) = (source.options.clone(), source.comps.clone());
            options.sort();
            comps.sort();
            (options, comps, source.disabled)
        };
        self.is_same_place(other) && sorted(self) == sorted(other)
    }

    /// What is known of it, as `pkg.get_repo` shows it.
    #[must_use]
    pub fn shown(&self, file: &str) -> Map {
        let mut map = Map::new();
        map.insert("file", file);
        map.insert("comps", self.comps.clone());
        map.insert("disabled", self.disabled);
        map.insert("enabled", !self.disabled);
        map.insert("dist", self.dist.as_str());
        map.insert("suites", vec![self.dist.clone()]);
        map.insert("type", self.kind.as_str());
        map.insert("types", vec![self.kind.clone()]);
        map.insert("uri", self.uri.as_str());
        map.insert("uris", vec![self.uri.clone()]);
        map.insert("line", self.line());
        map.insert("architectures", Value::from_iter(self.architectures()));
        map.insert("signedby", self.option("signed-by").unwrap_or_default());
        map
    }

    /// The stanza of a `.sources` file.
    #[must_use]
    pub fn stanza(&self) -> String {
        let mut fields = Vec::new();
        if !self.comment.is_empty() {
            fields.push(format!("# {}", self.comment));
        }
        if self.disabled {
            fields.push("Enabled: no".to_owned());
        }
        fields.push(format!("Types: {}", self.kind));
        fields.push(format!("URIs: {}", self.uri));
        fields.push(format!("Suites: {}", self.dist));
        if !self.comps.is_empty() {
            fields.push(format!("Components: {}", self.comps.join(" ")));
        }
        for (key, value) in &self.options {
            let name = match key.as_str() {
                "arch" => "Architectures".to_owned(),
                "signed-by" => "Signed-By".to_owned(),
                other => capitalized(other),
            };
            fields.push(format!("{name}: {}", value.replace(',', " ")));
        }
        fields.join("\n")
    }
}

fn capitalized(key: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    key.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// Reads the sources of one stanza: each type at each address for each suite.
#[must_use]
pub fn parse_stanza(stanza: &str) -> Vec<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in stanza.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(':') {
            _ if line.starts_with([' ', '\t']) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            }
            Some((key, value)) => fields.push((key.trim().to_lowercase(), value.trim().to_owned())),
            None => {}
        }
    }
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let words = |name: &str| field(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let disabled = matches!(field("enabled").to_lowercase().as_str(), "no" | "false" | "0" | "off");
    let known = ["types", "uris", "suites", "components", "enabled", "x-repolib-name"];
    let options = fields.iter().filter(|(key, _)| !known.contains(&key.as_str())).map(|(key, value)| match key.as_str() {
        "architectures" => ("arch".to_owned(), value.split_whitespace().collect::<Vec<_>>().join(",")),
        _ => (key.clone(), value.clone()),
    });
    let options: Vec<(String, String)> = options.collect();
    let mut sources = Vec::new();
    for kind in words("types") {
        for uri in words("uris") {
            for dist in words("suites") {
                sources.push(Source {
                    kind: kind.clone(),
                    options: options.clone(),
                    uri: uri.trim_end_matches('/').to_owned(),
                    dist,
                    comps: words("components"),
                    comment: String::new(),
                    disabled,
                });
            }
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_written_back() {
        for line in [
            "deb http://deb.debian.org/debian bookworm main contrib",
            "deb-src [arch=amd64,i386 signed-by=/etc/apt/keyrings/k.gpg] https://x.org/d stable main #note",
            "# deb http://deb.debian.org/debian bookworm main",
            "deb http://x.org/flat ./",
        ] {
            assert_eq!(Source::parse(line).map(|source| source.line()).as_deref(), Some(line));
        }
        for line in ["", "# a deb of a comment is none", "#deb is what we use here", "bad line here", "deb http://x.org/d stable"] {
            assert_eq!(Source::parse(line), None, "{line}");
        }
    }

    #[test]
    fn order_and_a_slash_at_the_end_make_no_difference() {
        let parse = |line: &str| Source::parse(line).unwrap();
        let one = parse("deb [arch=amd64 signed-by=/k] http://x.org/d/ stable main contrib");
        assert!(one.says_the_same(&parse("deb [signed-by=/k arch=amd64] http://x.org/d stable contrib main")));
        assert!(!one.says_the_same(&parse("deb http://x.org/d stable contrib main")));
    }

    #[test]
    fn a_stanza_is_many_sources() {
        let sources = parse_stanza(
            "Types: deb deb-src\nURIs: http://x.org/d\nSuites: a b\nComponents: main\nSigned-By: /k.gpg\nArchitectures: amd64 i386",
        );
        assert_eq!(sources.len(), 4);
        assert_eq!(sources.first().unwrap().line(), "deb [signed-by=/k.gpg arch=amd64,i386] http://x.org/d a main");
        let written = sources.first().unwrap().stanza();
        assert_eq!(parse_stanza(&written), sources.get(..1).unwrap());
    }
}
