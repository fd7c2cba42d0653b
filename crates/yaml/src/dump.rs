//! The emitter: the text that Salt's users know from `yaml` filters, serializers and outputters.
//!
//! Layout follows libyaml, because files on disk and their diffs are made of this text: where lines are folded, which scalars are quoted and
//! how, where a list under a key begins.

use crate::scalar::{self, Quotes};
use value::{Map, Value};

/// How collections are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// One member a line.
    #[default]
    Block,
    /// In brackets, on as few lines as the width allows.
    Flow,
    /// Collections that hold only scalars in brackets, the others one member a line.
    Mixed,
}

/// Where the dashes of a list under a key stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dashes {
    /// Under the key.
    #[default]
    Flush,
    /// One step to the right of the key.
    Indented,
}

/// Order of the keys of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// As they stand.
    #[default]
    AsGiven,
    /// Sorted, where they can be compared.
    Sorted,
}

/// How a value is written.
#[derive(Clone, Debug)]
pub struct DumpOptions {
    /// How collections are written.
    pub style: Style,
    /// Columns a block is indented by, 2 to 9.
    pub indent: usize,
    /// Column after which long text is folded.
    pub width: usize,
    /// Whether text beyond ASCII stands as it is rather than escaped.
    pub unicode: bool,
    /// Order of keys.
    pub keys: Keys,
    /// Where the dashes of a list under a key stand.
    pub dashes: Dashes,
    /// Whether the document begins with `---`.
    pub explicit_start: bool,
    /// Quotes put around every scalar, if any: `'` or `"`.
    pub quote: Option<char>,
}

impl Default for DumpOptions {
    fn default() -> Self {
        Self {
            style: Style::Block,
            indent: 2,
            width: 80,
            unicode: true,
            keys: Keys::AsGiven,
            dashes: Dashes::Flush,
            explicit_start: false,
            quote: None,
        }
    }
}

impl DumpOptions {
    /// Everything in brackets.
    #[must_use]
    pub fn flow() -> Self {
        Self { style: Style::Flow, ..Self::default() }
    }
}

/// A value as YAML text, ended by a line break. The `...` that PyYAML puts after a document of one plain scalar is left out.
#[must_use]
pub fn dump(value: &Value, options: &DumpOptions) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0, indent: None, flow: 0, whitespace: true, indention: true, options };
    if options.explicit_start {
        emitter.indicator("---", Need::Blank, false, false);
    }
    emitter.node(value, At::Root);
    emitter.line();
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Item,
    SimpleKey,
    Value,
}

/// Whether a blank goes before an indicator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Blank,
    Nothing,
}

pub(crate) struct Emitter<'a> {
    pub(crate) out: String,
    pub(crate) column: usize,
    indent: Option<usize>,
    flow: usize,
    /// The last thing written was a blank, or the start of a line.
    pub(crate) whitespace: bool,
    /// Only indentation and dashes stand on this line so far.
    pub(crate) indention: bool,
    pub(crate) options: &'a DumpOptions,
}

impl Emitter<'_> {
    pub(crate) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line(&mut self) {
        if self.column > 0 {
            self.out.push('\n');
            self.column = 0;
        }
    }

    pub(crate) fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    pub(crate) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, need: Need, whitespace: bool, indention: bool) {
        if need == Need::Blank && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = whitespace;
        self.indention = self.indention && indention;
    }

    pub(crate) fn quote(&mut self, quote: char, need_blank: bool) {
        let need = if need_blank { Need::Blank } else { Need::Nothing };
        self.indicator(quote.encode_utf8(&mut [0; 4]), need, false, false);
    }

    fn deeper(&mut self, is_flow: bool, is_flush: bool) -> Option<usize> {
        let before = self.indent;
        self.indent = Some(match before {
            None if is_flow => self.options.indent,
            None => 0,
            Some(indent) if is_flush => indent,
            Some(indent) => indent + self.options.indent,
        });
        before
    }

    fn node(&mut self, value: &Value, at: At) {
        match value {
            Value::List(items) => {
                if self.flow > 0 || items.is_empty() || self.is_flow(items.iter()) {
                    self.flow_list(items);
                } else {
                    self.block_list(items, at);
                }
            }
            Value::Map(map) => {
                if self.flow > 0 || map.is_empty() || self.is_flow(map.keys().chain(map.values())) {
                    self.flow_map(map);
                } else {
                    self.block_map(map);
                }
            }
            scalar => self.scalar(scalar, at),
        }
    }

    fn is_flow<'v>(&self, mut members: impl Iterator<Item = &'v Value>) -> bool {
        match self.options.style {
            Style::Block => false,
            Style::Flow => true,
            Style::Mixed => members.all(|member| member.is_scalar() && !matches!(member, Value::Bytes(_))),
        }
    }

    fn flow_list(&mut self, items: &[Value]) {
        self.indicator("[", Need::Blank, true, false);
        let before = self.deeper(true, false);
        self.flow += 1;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.indicator(",", Need::Nothing, false, false);
            }
            if self.column > self.options.width {
                self.write_indent();
            }
            self.node(item, At::Item);
        }
        self.flow -= 1;
        self.indent = before;
        self.indicator("]", Need::Nothing, false, false);
    }

    fn flow_map(&mut self, map: &Map) {
        self.indicator("{", Need::Blank, true, false);
        let before = self.deeper(true, false);
        self.flow += 1;
        for (index, (key, value)) in self.ordered(map).into_iter().enumerate() {
            if index > 0 {
                self.indicator(",", Need::Nothing, false, false);
            }
            if self.column > self.options.width {
                self.write_indent();
            }
            if self.is_simple_key(key) {
                self.node(key, At::SimpleKey);
                self.indicator(":", Need::Nothing, false, false);
            } else {
                self.indicator("?", Need::Blank, false, false);
                self.node(key, At::Value);
                if self.column > self.options.width {
                    self.write_indent();
                }
                self.indicator(":", Need::Blank, false, false);
            }
            self.node(value, At::Value);
        }
        self.flow -= 1;
        self.indent = before;
        self.indicator("}", Need::Nothing, false, false);
    }

    fn block_list(&mut self, items: &[Value], at: At) {
        // A list under a key starts in the key's own column; inside of `- ` the column has moved already.
        let is_flush = self.options.dashes == Dashes::Flush && matches!(at, At::Value | At::SimpleKey) && !self.indention;
        let before = self.deeper(false, is_flush);
        for item in items {
            self.write_indent();
            self.indicator("-", Need::Blank, false, true);
            self.node(item, At::Item);
        }
        self.indent = before;
    }

    fn block_map(&mut self, map: &Map) {
        let before = self.deeper(false, false);
        for (key, value) in self.ordered(map) {
            self.write_indent();
            if self.is_simple_key(key) {
                self.node(key, At::SimpleKey);
                self.indicator(":", Need::Nothing, false, false);
            } else {
                self.indicator("?", Need::Blank, false, true);
                self.node(key, At::Value);
                self.write_indent();
                self.indicator(":", Need::Blank, false, true);
            }
            self.node(value, At::Value);
        }
        self.indent = before;
    }

    fn ordered<'v>(&self, map: &'v Map) -> Vec<(&'v Value, &'v Value)> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.options.keys == Keys::Sorted {
            sort_entries(&mut entries);
        }
        entries
    }

    /// Whether a key fits on the line of its colon.
    fn is_simple_key(&self, key: &Value) -> bool {
        match key {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.is_empty(),
            Value::Str(text) => text.len() <= 128 && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']),
            _ => true,
        }
    }

    fn scalar(&mut self, value: &Value, at: At) {
        if let Value::Bytes(bytes) = value {
            return self.binary(bytes);
        }
        let text = scalar::text(value);
        let analysis = scalar::analyse(&text, self.options.unicode);
        let is_key = at == At::SimpleKey;
        let quotes = if value.as_str().is_some() {
            analysis.quotes_for_text(&text, self.flow > 0, is_key, self.options.quote)
        } else {
            self.options.quote.map_or(Quotes::None, |quote| if quote == '"' { Quotes::Double } else { Quotes::Single })
        };
        // A scalar that is no text is marked inside of quotes, as libyaml does.
        if quotes != Quotes::None && value.as_str().is_none() {
            self.indicator("!", Need::Blank, false, false);
        }
        let before = self.deeper(true, false);
        match quotes {
            Quotes::None => self.plain(&text, !is_key),
            Quotes::Single => self.single_quoted(&text, !is_key),
            Quotes::Double => self.double_quoted(&text, !is_key),
        }
        self.indent = before;
    }

    fn plain(&mut self, text: &str, may_fold: bool) {
        if !self.whitespace && (!text.is_empty() || self.flow > 0) {
            self.put(' ');
        }
        self.write_plain(text, may_fold);
    }

    fn binary(&mut self, bytes: &[u8]) {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        self.indicator("!!binary", Need::Blank, false, false);
        if self.flow > 0 {
            let folded: String = chunks(&text).map(|line| format!("{line}\n")).collect();
            return self.double_quoted(&folded, true);
        }
        self.indicator("|", Need::Blank, false, false);
        let before = self.deeper(true, false);
        for line in chunks(&text) {
            self.line_break();
            self.whitespace = true;
            self.indention = true;
            self.write_indent();
            line.chars().for_each(|c| self.put(c));
        }
        self.whitespace = true;
        self.indention = false;
        self.indent = before;
    }
}

fn chunks(text: &str) -> impl Iterator<Item = &str> {
    (0..text.len()).step_by(76).map(move |from| text.get(from..(from + 76).min(text.len())).unwrap_or_default())
}

/// Sorts the entries of a mapping by key, as Python does: not at all where two keys cannot be compared.
pub fn sort_entries<V>(entries: &mut [(&Value, V)]) {
    let all = |test: fn(&Value) -> bool| entries.iter().all(|(key, _)| test(key));
    if all(|key| matches!(key, Value::Str(_))) {
        entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    } else if all(|key| matches!(key, Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bool(_))) {
        let number = |key: &Value| key.as_float().or(key.as_bool().map(f64::from)).unwrap_or(f64::NAN);
        entries.sort_by(|(a, _), (b, _)| number(a).total_cmp(&number(b)));
    }
}
