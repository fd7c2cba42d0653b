//! Events to nodes: anchors, merge keys, tags, distinct keys.

use crate::resolve;
use crate::{Error, Kind, Node};
use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use value::Value;

/// Nodes one document may have, copies made by aliases among them: a text of a few lines can otherwise fill all memory.
const BUDGET: usize = 1_000_000;
/// How deep collections may be nested, over aliases too.
const DEPTH: usize = 120;
/// Anchors with a colon right after them that are looked for one by one.
const ANCHORS: usize = 32;
/// Mappings up to this size are small.
const SMALL: usize = 12;
/// Namespace of the tags written `!!name`.
const CORE: &str = "tag:yaml.org,2002:";

/// Reads the one document of a text; an empty text is `null`.
///
/// # Errors
/// When the text is no YAML, or breaks a rule that Salt's trees rely on.
pub fn load(text: &str, name: &str) -> Result<Node, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(line) = unknown_directive(text) {
        return Err(Error { message: "found unknown directive name".to_owned(), name: name.to_owned(), line, column: 1 });
    }
    // A line break of YAML 1.1 that 1.2 knows no more.
    let text = &*if text.contains('\u{85}') { Cow::Owned(text.replace('\u{85}', "\n")) } else { Cow::Borrowed(text) };
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    options.block_scalar_eof_without_line_feed = true;
    let compose = |text: &str| {
        let parser = Parser::new_from_str_with_options(text, options.clone());
        let mut composer =
            Composer { parser, text, name, anchors: HashMap::new(), names: HashSet::new(), spent: 0, flow: 0, colons: Vec::new() };
        (composer.document(), composer.colons)
    };
    let (node, colons) = compose(text);
    let node = if colons.is_empty() { node } else { compose(&apart(text, &colons)).0 };
    // As a later key of a mapping the parser refuses such an anchor before it tells of it.
    let Err(first) = node else { return node };
    let (mut text, mut line) = (text.to_owned(), first.line);
    for _ in 0..ANCHORS {
        let Some(colon) = [line, line.saturating_sub(1)].into_iter().find_map(|line| anchor_colon(&text, line)) else { break };
        text = apart(&text, &[colon]);
        match compose(&text) {
            (Ok(_), colons) if !colons.is_empty() => text = apart(&text, &colons),
            (Ok(node), _) => return Ok(node),
            (Err(error), _) => line = error.line,
        }
    }
    Err(first)
}

/// The line of a directive before the document that is neither `%YAML` nor `%TAG`.
fn unknown_directive(text: &str) -> Option<u32> {
    let before = (1..).zip(text.lines()).take_while(|(_, line)| line.is_empty() || line.starts_with(['%', '#']));
    let mut directives = before.filter_map(|(number, line)| line.strip_prefix('%').map(|rest| (number, rest)));
    directives.find(|(_, rest)| !matches!(rest.split([' ', '\t']).next(), Some("YAML" | "TAG"))).map(|(number, _)| number)
}

/// Where the colon of `&name:` is that begins a line's content, in bytes of the text.
fn anchor_colon(text: &str, line: u32) -> Option<usize> {
    let start = match line.checked_sub(1)? {
        0 => 0,
        before => text.match_indices('\n').nth(before as usize - 1)?.0 + 1,
    };
    let content = text.get(start..)?.split('\n').next()?;
    let inner = content.trim_start_matches([' ', '-']);
    let name = inner.strip_prefix('&')?;
    let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
    let rest = name.get(length..)?;
    let is_key = length > 0 && rest.strip_prefix(':').is_some_and(|rest| rest.trim_end() == "" || rest.starts_with([' ', '\t']));
    is_key.then(|| start + (content.len() - inner.len()) + 1 + length)
}

/// The text with a blank before each of these places: names of anchors are letters, digits, `-` and `_` in YAML 1.1, so that
/// the colon of `&key: value` makes a key, where YAML 1.2 takes it into the name.
fn apart(text: &str, colons: &[usize]) -> String {
    let mut out = String::with_capacity(text.len() + colons.len());
    let mut from = 0;
    for colon in colons {
        out.push_str(text.get(from..*colon).unwrap_or_default());
        out.push(' ');
        from = *colon;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Reads the one document of a text, without places.
///
/// # Errors
/// As [`load`].
pub fn load_value(text: &str) -> Result<Value, Error> {
    load(text, "<text>").map(Node::into_value)
}

struct Composer<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    name: &'t str,
    /// Finished nodes that aliases may name, with their number of nodes and their depth.
    anchors: HashMap<usize, (Node, usize, usize)>,
    /// Names of anchors: each stands once.
    names: HashSet<String>,
    spent: usize,
    /// How many collections with brackets are open.
    flow: usize,
    /// Where anchors end in a colon that is none of theirs, in bytes.
    colons: Vec<usize>,
}

/// A node under construction; what it may become depends on where it stands.
enum Part {
    Node(Node),
    /// A plain `<<`: the merge key, if it is a key.
    Merge(Node),
    /// A plain `=`: text if it is a key.
    Equals(Node),
}

impl<'t> Composer<'t> {
    fn document(&mut self) -> Result<Node, Error> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Comment(..) | Event::Anchor(..) => {}
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_none() => {}
                Event::DocumentStart(..) => {
                    return Err(self.error("expected a single document in the stream, but found another document", &span));
                }
                event => root = Some(self.value(event, &span, 0)?),
            }
        }
        Ok(root.unwrap_or(Node { kind: Kind::Scalar(Value::Null), line: 1, column: 1, file: 0 }))
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Error> {
        match self.parser.next() {
            Some(Ok((Event::Anchor(_, name), span))) => {
                if name.ends_with(':') {
                    self.colons.extend(span.end.byte_offset().map(|end| end - 1));
                }
                if !self.names.insert(name.to_string()) {
                    return Err(self.error(format!("found duplicate anchor '{name}'"), &span));
                }
                self.next()
            }
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let mark = error.marker();
                let info = error.info();
                let message = if info.contains("tab") { "Illegal tab character".to_owned() } else { info };
                Err(self.error_at(message, mark.line(), mark.col()))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn error(&self, message: impl Into<String>, span: &Span) -> Error {
        self.error_at(message, span.start.line(), span.start.col())
    }

    fn error_at(&self, message: impl Into<String>, line: usize, column: usize) -> Error {
        Error { message: message.into(), name: self.name.to_owned(), line: to_u32(line), column: to_u32(column + 1) }
    }

    fn error_on(&self, message: impl Into<String>, node: &Node) -> Error {
        Error { message: message.into(), name: self.name.to_owned(), line: node.line, column: node.column }
    }

    /// A node that stands as a value.
    fn value(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, Error> {
        match self.part(event, span, depth)? {
            Part::Node(node) => Ok(node),
            Part::Merge(node) => Err(self.error_on(format!("could not determine a constructor for the tag '{CORE}merge'"), &node)),
            Part::Equals(node) => Err(self.error_on(format!("could not determine a constructor for the tag '{CORE}value'"), &node)),
        }
    }

    fn part(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Part, Error> {
        self.spend(1, span)?;
        if depth > DEPTH {
            return Err(self.error(format!("collections are nested deeper than {DEPTH}"), span));
        }
        let before = self.spent;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => match self.scalar(text, style, tag, span)? {
                Part::Node(node) => (node, anchor),
                part => return Ok(part),
            },
            Event::SequenceStart(style, anchor, tag) => {
                self.flow += usize::from(style == StructureStyle::Flow);
                let list = self.list(tag, span, depth)?;
                self.flow -= usize::from(style == StructureStyle::Flow);
                (list, anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.flow += usize::from(style == StructureStyle::Flow);
                let map = self.map(tag, span, depth)?;
                self.flow -= usize::from(style == StructureStyle::Flow);
                (map, anchor)
            }
            Event::UnresolvedAlias(name) => return Err(self.error(format!("found undefined alias '{name}'"), span)),
            Event::Alias(id) => return self.alias(id, span, depth).map(Part::Node),
            other => return Err(self.error(format!("unexpected {other:?}"), span)),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.spent - before + 1, depth_of(&node)));
        }
        Ok(Part::Node(node))
    }

    fn spend(&mut self, nodes: usize, span: &Span) -> Result<(), Error> {
        self.spent += nodes;
        if self.spent > BUDGET {
            return Err(self.error(format!("the document has more than {BUDGET} nodes, counting what aliases repeat"), span));
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, span: &Span, depth: usize) -> Result<Node, Error> {
        let Some((node, size, deep)) = self.anchors.get(&id) else {
            return Err(self.error("found an alias inside of the node it names", span));
        };
        let (mut node, size, deep) = (node.clone(), *size, *deep);
        if depth + deep > DEPTH {
            return Err(self.error(format!("collections are nested deeper than {DEPTH}"), span));
        }
        self.spend(size, span)?;
        node.line = to_u32(span.start.line());
        node.column = to_u32(span.start.col() + 1);
        Ok(node)
    }

    fn before(&self, span: &Span) -> &'t str {
        span.start.byte_offset().and_then(|start| self.text.get(..start)).unwrap_or_default()
    }

    /// Between brackets a colon right before a bracket, a comma or a question mark is an error in YAML 1.1, or `{port:[80]}` would mean
    /// another thing than it looks like.
    fn colon(&self, text: &str, span: &Span) -> Result<(), Error> {
        const MARKS: [char; 6] = [',', '?', '[', ']', '{', '}'];
        let after = span.end.byte_offset().and_then(|end| self.text.get(end..)).unwrap_or_default();
        let inside = text.match_indices(':').map(|(at, _)| text.get(at + 1..).unwrap_or_default());
        if self.flow > 0 && after.strip_prefix(':').into_iter().chain(inside).any(|rest| rest.starts_with(MARKS)) {
            return Err(self.error("found unexpected ':': a blank is missing after it", span));
        }
        Ok(())
    }

    fn scalar(&self, text: Cow<'t, str>, style: ScalarStyle, tag: Option<Cow<'t, Tag>>, span: &Span) -> Result<Part, Error> {
        let tag_span = span.tag_span().unwrap_or(*span);
        let at = |value| Part::Node(node(Kind::Scalar(value), span));
        if style == ScalarStyle::Plain {
            self.colon(&text, span)?;
        }
        let Some(tag) = tag else {
            return Ok(match (style, text.as_ref()) {
                (ScalarStyle::Plain, "<<") => Part::Merge(node(Kind::Scalar(Value::from("<<")), span)),
                (ScalarStyle::Plain, "=") => Part::Equals(node(Kind::Scalar(Value::from("=")), span)),
                (ScalarStyle::Plain, plain) => at(resolve::plain(plain)),
                _ => at(Value::Str(text.into_owned())),
            });
        };
        let value = match core_name(&tag).as_deref() {
            Some("str" | "python/unicode" | "timestamp") => Ok(Value::Str(text.into_owned())),
            Some("merge") => return Ok(Part::Merge(node(Kind::Scalar(Value::Str(text.into_owned())), span))),
            Some("int") => resolve::int(&text).ok_or_else(|| format!("invalid literal for int() with base 10: {}", quoted(&text))),
            Some("float") => resolve::tagged_float(&text).ok_or_else(|| format!("could not convert string to float: {}", quoted(&text))),
            Some("bool") => resolve::tagged_bool(&text).ok_or_else(|| format!("{} is no truth value", quoted(&text))),
            Some("null") => Ok(Value::Null),
            Some("binary") => resolve::binary(&text).map_err(|error| format!("failed to decode base64 data: {error}")),
            Some(kind @ ("map" | "omap" | "set")) => Err(format!("expected a mapping node, but found scalar for !!{kind}")),
            Some(kind @ ("seq" | "pairs")) => Err(format!("expected a sequence node, but found scalar for !!{kind}")),
            Some(other) => Err(unknown_tag(&format!("{CORE}{other}"))),
            // A lone `!` says nothing, of a scalar in quotes either: what they hold is read as if there were none.
            None if tag.original() == "!" && !text.is_empty() => Ok(resolve::plain(&text)),
            None if tag.original() == "!" => Ok(Value::Str(String::new())),
            None => Err(unknown_tag(&tag.original())),
        };
        value.map(at).map_err(|message| self.error(message, &tag_span))
    }

    /// An entry of `!!pairs`: a mapping of one key, as a list of two.
    fn pair(&self, item: Node) -> Result<Node, Error> {
        let Node { kind, line, column, file } = item;
        match kind {
            Kind::Map(mut entries) if entries.len() == 1 => {
                let pair = entries.pop().into_iter().flat_map(|(key, value)| [key, value]).collect();
                Ok(Node { kind: Kind::List(pair), line, column, file })
            }
            kind => Err(self.error_on("expected a mapping of length 1 in !!pairs", &Node { kind, line, column, file })),
        }
    }

    fn list(&mut self, tag: Option<Cow<'t, Tag>>, span: &Span, depth: usize) -> Result<Node, Error> {
        let mut is_pairs = false;
        if let Some(tag) = tag
            && tag.original() != "!"
        {
            match core_name(&tag).as_deref() {
                Some("seq") => {}
                Some("pairs") => is_pairs = true,
                Some(kind @ ("map" | "set" | "omap")) => {
                    return Err(self.error(format!("expected a mapping node, but found sequence for !!{kind}"), span));
                }
                _ => return Err(self.error(unknown_tag(&tag.original()), &span.tag_span().unwrap_or(*span))),
            }
        }
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(node(Kind::List(items), span)),
                (event, at) => {
                    let item = self.value(event, &at, depth + 1)?;
                    items.push(if is_pairs { self.pair(item)? } else { item });
                }
            }
        }
    }

    fn map(&mut self, tag: Option<Cow<'t, Tag>>, span: &Span, depth: usize) -> Result<Node, Error> {
        let mut is_set = false;
        if let Some(tag) = tag
            && tag.original() != "!"
        {
            match core_name(&tag).as_deref() {
                Some("map" | "omap") => {}
                Some("set") => is_set = true,
                Some(kind @ ("seq" | "pairs")) => {
                    return Err(self.error(format!("expected a sequence node, but found mapping for !!{kind}"), span));
                }
                _ => return Err(self.error(unknown_tag(&tag.original()), &span.tag_span().unwrap_or(*span))),
            }
        }
        let mut own = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_empty = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, 0, None)) && at.is_empty();
            if is_empty && !self.before(&at).trim_end().ends_with('?') {
                return Err(self.error("a key is missing before `:`", &at));
            }
            let part = self.part(event, &at, depth + 1)?;
            let (event, at) = self.next()?;
            let value = self.value(event, &at, depth + 1)?;
            match part {
                Part::Merge(_) => self.merge(value, &mut merged)?,
                Part::Node(key) | Part::Equals(key) => own.push((key, value)),
            }
        }
        let mapping = self.distinct(own, merged, span)?;
        match mapping.kind {
            // There is no set among our values; its members in their order are the nearest thing.
            Kind::Map(entries) if is_set => Ok(node(Kind::List(entries.into_iter().map(|(key, _)| key).collect()), span)),
            _ => Ok(mapping),
        }
    }

    /// Takes the entries of `<<: *a` or `<<: [*a, *b]`, those of the last first.
    fn merge(&mut self, value: Node, merged: &mut Vec<(Node, Node)>) -> Result<(), Error> {
        match value.kind {
            Kind::Map(entries) => merged.extend(entries),
            Kind::List(items) => {
                for item in items.into_iter().rev() {
                    match item.kind {
                        Kind::Map(entries) => merged.extend(entries),
                        _ => return Err(self.error_on(format!("expected a mapping for merging, but found {}", kind_name(&item)), &item)),
                    }
                }
            }
            Kind::Scalar(_) => {
                return Err(self.error_on("expected a mapping or list of mappings for merging, but found scalar", &value));
            }
        }
        Ok(())
    }

    /// Merged entries that the mapping does not write itself, then its own; every key once.
    fn distinct(&self, own: Vec<(Node, Node)>, merged: Vec<(Node, Node)>, span: &Span) -> Result<Node, Error> {
        let mut entries = Vec::with_capacity(own.len() + merged.len());
        if !merged.is_empty() {
            let written: HashSet<Value> = own.iter().map(|(key, _)| key.to_value()).collect();
            entries.extend(merged.into_iter().filter(|(key, _)| !written.contains(&key.to_value())));
        }
        entries.extend(own);
        // Most mappings are small: comparing all pairs is faster than hashing then.
        let mut seen = HashSet::new();
        for (index, (key, _)) in entries.iter().enumerate() {
            match &key.kind {
                Kind::Scalar(scalar) => {
                    let is_known = if entries.len() <= SMALL {
                        entries.iter().take(index).any(|(known, _)| known.as_scalar() == Some(scalar))
                    } else {
                        !seen.insert(scalar)
                    };
                    if is_known {
                        return Err(self.error_on(format!("found conflicting ID '{}'", value::text::str(scalar)), key));
                    }
                }
                Kind::Map(_) => return Err(self.error_on("Invalid YAML, possible double curly-brace", key)),
                Kind::List(_) => {
                    let shown = value::text::repr(&key.to_value());
                    return Err(self.error_on(format!("found unacceptable key {shown}: a list cannot be a key"), key));
                }
            }
        }
        Ok(node(Kind::Map(entries), span))
    }
}

fn node(kind: Kind, span: &Span) -> Node {
    Node { kind, line: to_u32(span.start.line()), column: to_u32(span.start.col() + 1), file: 0 }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn quoted(text: &str) -> String {
    value::text::repr(&Value::from(text))
}

fn kind_name(node: &Node) -> &'static str {
    match node.kind {
        Kind::Scalar(_) => "scalar",
        Kind::List(_) => "sequence",
        Kind::Map(_) => "mapping",
    }
}

fn core_name<'a>(tag: &'a Tag) -> Option<Cow<'a, str>> {
    tag.suffix_in_namespace(CORE)
}

fn unknown_tag(tag: &str) -> String {
    format!("could not determine a constructor for the tag '{tag}'")
}

fn depth_of(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Kind::Map(entries) => 1 + entries.iter().map(|(_, value)| depth_of(value)).max().unwrap_or(0),
    }
}
