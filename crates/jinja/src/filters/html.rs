//! Filters for HTML and XML.

use crate::{Call, Engine, Error, Text, Val};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("escape", |call| escaped(call, false));
    engine.add_filter("e", |call| escaped(call, false));
    engine.add_filter("forceescape", |call| escaped(call, true));
    engine.add_filter("safe", |call| {
        let text = call.value_text()?;
        Ok(Val::Str(Text::markup(text.as_str())))
    });
    engine.add_filter("striptags", |call| {
        let text = call.value_text()?;
        call.new_text(strip_tags(&text))
    });
    engine.add_filter("xmlattr", xml_attributes);
    engine.add_filter("urlencode", url_encode);
    engine.add_filter("urlize", urlize);
}

/// Text with what HTML gives a meaning escaped.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn escaped(call: &Call<'_>, force: bool) -> Result<Val, Error> {
    let text = call.value_text()?;
    if text.is_markup() && !force {
        return Ok(Val::Str(text));
    }
    call.new_text(Text::markup(escape(&text)))
}

fn strip_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    // Comments first, as they may hold tags.
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        match after.split_once("-->") {
            Some((_, after)) => rest = after,
            None => {
                out.push_str("<!--");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    let mut plain = String::new();
    let mut rest = out.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        match after.split_once('>') {
            Some((_, after)) => rest = after,
            None => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn xml_attributes(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["d", "autospace"])?;
    let space = call.flag(1, "autospace", true)?;
    let mut parts = Vec::new();
    let Val::Dict(dict) = call.value()? else {
        return Err(call.interp.no_attribute(call.value()?, "items"));
    };
    for (name, value) in dict.to_vec() {
        if matches!(value, Val::None | Val::Undefined(_)) {
            continue;
        }
        let name = call.str(&name)?;
        if name.chars().any(|c| c.is_whitespace() || matches!(c, '/' | '>' | '=')) {
            return Err(Error::value_error(format!("Invalid character in attribute name: {}", value::text::repr(&(&*name).into()))));
        }
        parts.push(format!("{}=\"{}\"", escape(&name), escape(&call.str(&value)?)));
    }
    let text = parts.join(" ");
    call.new_text(if space && !text.is_empty() { format!(" {text}") } else { text })
}

fn quote(text: &str, safe: &str, plus: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = byte as char;
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') || safe.contains(c) && c.is_ascii() {
            out.push(c);
        } else if plus && c == ' ' {
            out.push('+');
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn url_encode(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value"])?;
    let value = call.value()?;
    let pairs: Vec<(Val, Val)> = match value {
        Val::Dict(dict) => dict.to_vec(),
        Val::List(_) | Val::Tuple(_) | Val::View(_) | Val::Iter(_) => {
            let mut pairs = Vec::new();
            for pair in call.iterate(value)? {
                let [name, value] = call.iterate(&pair)?.try_into().map_err(|_| Error::value_error("urlencode needs pairs"))?;
                pairs.push((name, value));
            }
            pairs
        }
        other => {
            let text = call.str(other)?;
            return call.new_text(quote(&text, "/", false));
        }
    };
    let mut parts = Vec::new();
    for (name, value) in pairs {
        parts.push(format!("{}={}", quote(&call.str(&name)?, "", true), quote(&call.str(&value)?, "", true)));
    }
    call.new_text(parts.join("&"))
}

fn urlize(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"])?;
    let text = call.value_text()?;
    let limit = call.int(1, "trim_url_limit")?.and_then(|limit| usize::try_from(limit).ok());
    let mut rels: Vec<String> = Vec::new();
    for rel in call.text(4, "rel")?.as_deref().unwrap_or_default().split_whitespace().chain(["noopener"]) {
        rels.push(rel.to_owned());
    }
    if call.flag(2, "nofollow", false)? {
        rels.push("nofollow".to_owned());
    }
    rels.sort();
    rels.dedup();
    let rel = format!(" rel=\"{}\"", escape(&rels.join(" ")));
    let target = call.text(3, "target")?.map(|target| format!(" target=\"{}\"", escape(&target))).unwrap_or_default();
    let mut out = String::new();
    let escaped = escape(&text);
    for word in escaped.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end_matches(char::is_whitespace);
        let blanks = word.get(bare.len()..).unwrap_or_default();
        let start = bare.len() - bare.trim_start_matches(['(', '<']).len();
        let (head, rest) = bare.split_at(start);
        let middle = rest.trim_end_matches([')', '>', '.', ',', ':', ';', '!', '?']);
        let tail = rest.get(middle.len()..).unwrap_or_default();
        out.push_str(head);
        out.push_str(&link(middle, limit, &rel, &target));
        out.push_str(tail);
        out.push_str(blanks);
    }
    call.new_text(out)
}

fn link(word: &str, limit: Option<usize>, rel: &str, target: &str) -> String {
    let shown = |text: &str| match limit {
        Some(limit) if text.chars().count() > limit => text.chars().take(limit).collect::<String>() + "...",
        _ => text.to_owned(),
    };
    let has_domain = |text: &str| text.contains('.') && !text.starts_with('.') && !text.ends_with('.');
    if word.starts_with("https://") || word.starts_with("http://") {
        return format!("<a href=\"{word}\"{rel}{target}>{}</a>", shown(word));
    }
    if word.starts_with("www.") && has_domain(word) {
        return format!("<a href=\"https://{word}\"{rel}{target}>{}</a>", shown(word));
    }
    if let Some(address) = word.strip_prefix("mailto:").filter(|address| address.contains('@')) {
        return format!("<a href=\"{word}\">{address}</a>");
    }
    if let Some((user, domain)) = word.split_once('@')
        && !user.is_empty()
        && has_domain(domain)
        && !domain.contains('@')
        && !word.contains([':', '/'])
    {
        return format!("<a href=\"mailto:{word}\">{word}</a>");
    }
    word.to_owned()
}
