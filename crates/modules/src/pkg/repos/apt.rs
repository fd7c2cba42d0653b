//! Sources of apt: where they stand, and how one is put there, changed or taken away.

use super::Wish;
use super::source::{Source, parse_stanza};
use sdk::host::{Look, Write, join, parent};
use sdk::{Cx, Failure};

const MAIN: &str = "/etc/apt/sources.list";
const FOLDER: &str = "/etc/apt/sources.list.d";

/// A source with the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The file.
    pub file: String,
    /// The source.
    pub source: Source,
}

/// Every source of this machine, in the order apt reads them.
pub fn all(host: &dyn Look) -> Vec<Placed> {
    let names = host.list(FOLDER).unwrap_or_default().into_iter();
    let files = names.filter(|name| name.ends_with(".list") || name.ends_with(".sources")).map(|name| join(FOLDER, &name));
    let mut found = Vec::new();
    for file in std::iter::once(MAIN.to_owned()).chain(files) {
        let text = host.read_text(&file).unwrap_or_default();
        found.extend(sources_of(&file, &text).into_iter().map(|source| Placed { file: file.clone(), source }));
    }
    found
}

fn sources_of(file: &str, text: &str) -> Vec<Source> {
    if file.ends_with(".sources") {
        blocks(text).iter().flat_map(|block| parse_stanza(block)).collect()
    } else {
        text.lines().filter_map(Source::parse).collect()
    }
}

/// Stanzas of a text: they are parted by empty lines.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        match blocks.last_mut() {
            Some(last) if !line.trim().is_empty() => {
                last.push_str(line);
                last.push('\n');
            }
            Some(last) if !last.is_empty() => blocks.push(String::new()),
            Some(_) | None => {}
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The source that is wished for.
pub fn wished(wish: &Wish) -> Result<Source, Failure> {
    let bad = || {
        Failure::bad_arguments(format!("Name {} is not valid. This must be the complete repo entry as seen in the sources file", wish.name))
    };
    let name = match wish.name.strip_prefix("ppa:").or(wish.ppa.as_deref()) {
        Some(ppa) => ppa_line(ppa, wish)?,
        None => wish.name.clone(),
    };
    let mut source = Source::parse(&name).ok_or_else(bad)?;
    source.disabled |= wish.disabled;
    source.dist = wish.dist.clone().unwrap_or(source.dist);
    if !wish.comps.is_empty() {
        source.comps.clone_from(&wish.comps);
    }
    if !wish.architectures.is_empty() {
        source.set_option("arch", Some(wish.architectures.join(",")));
    }
    if let Some(key) = &wish.signed_by {
        source.set_option("signed-by", Some(key.clone()));
    }
    if !wish.comments.is_empty() {
        source.comment = wish.comments.join(" ");
    }
    Ok(source)
}

/// The line of an archive on Launchpad.
fn ppa_line(ppa: &str, wish: &Wish) -> Result<String, Failure> {
    if wish.os != "Ubuntu" && wish.os != "Mint" {
        return Err(Failure::bad_arguments(format!("cannot parse \"ppa:\" style repo definitions: {}", wish.name)));
    }
    let (owner, name) = ppa.split_once('/').unwrap_or((ppa, "ppa"));
    Ok(format!("deb https://ppa.launchpadcontent.net/{owner}/{name}/ubuntu {} main", wish.codename))
}

/// The file a new source goes to.
fn target(wish: &Wish, old: Option<&Placed>) -> String {
    wish.file.clone().or_else(|| old.map(|old| old.file.clone())).unwrap_or_else(|| MAIN.to_owned())
}

/// The source that stands for the wished one now: the same suite at the same place, with all its components, in the wished file first.
pub fn current(wish: &Wish, source: &Source, host: &dyn Look) -> Option<Placed> {
    let in_file = |placed: &&Placed| wish.file.as_deref().is_none_or(|file| file == placed.file);
    let fits = |placed: &&Placed| placed.source.is_same_place(source);
    let has_all = |placed: &&Placed| source.comps.iter().all(|comp| placed.source.comps.contains(comp));
    let all = all(host);
    let exact = all.iter().filter(fits).find(|placed| placed.source.says_the_same(source));
    let whole = || all.iter().filter(fits).filter(in_file).find(has_all).or_else(|| all.iter().filter(fits).find(has_all));
    let near = || all.iter().filter(fits).find(|placed| wish.file.as_deref() == Some(&placed.file));
    exact.or_else(whole).or_else(near).cloned()
}

/// Whether the wished file holds anything else, where nothing else is wanted in it.
pub fn needs_cleaning(wish: &Wish, source: &Source, host: &dyn Look) -> bool {
    let Some(file) = wish.file.as_ref().filter(|_| wish.clean_file) else { return false };
    let text = host.read_text(file).unwrap_or_default();
    if file.ends_with(".sources") {
        return sources_of(file, &text).iter().any(|other| !other.says_the_same(source));
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.any(|line| Source::parse(line).is_none_or(|other| !other.says_the_same(source)))
}

/// Puts the source where it is wished; what stood for it before goes.
pub fn put(cx: &Cx, wish: &Wish, source: &Source, old: Option<&Placed>) -> Result<(), Failure> {
    let file = target(wish, old);
    if let Some(old) = old.filter(|old| old.file != file) {
        edit(cx, &old.file, &old.source, None)?;
    }
    if wish.clean_file {
        return write(cx, &file, &format!("{}\n", if file.ends_with(".sources") { source.stanza() } else { source.line() }));
    }
    let replaced = old.filter(|old| old.file == file).map_or(source, |old| &old.source);
    edit(cx, &file, replaced, Some(source))
}

/// Takes every source away that stands for this one; says whether there was any.
pub fn remove(cx: &Cx, found: &[Placed]) -> Result<(), Failure> {
    for placed in found {
        edit(cx, &placed.file, &placed.source, None)?;
        let left = cx.host().read_text(&placed.file).unwrap_or_default();
        // An empty file in the folder is litter; the main one is expected to be there.
        if placed.file != MAIN && left.trim().is_empty() {
            cx.host().remove_file(&placed.file).map_err(crate::failure)?;
        }
    }
    Ok(())
}

/// Sources that stand for the named one: same suite, same place, same components.
pub fn standing(source: &Source, file: Option<&str>, host: &dyn Look) -> Vec<Placed> {
    let sorted = |comps: &[String]| {
        let mut comps = comps.to_vec();
        comps.sort();
        comps
    };
    let fits = |placed: &Placed| {
        placed.source.is_same_place(source)
            && !placed.source.disabled
            && file.is_none_or(|file| file == placed.file)
            && sorted(&placed.source.comps) == sorted(&source.comps)
    };
    all(host).into_iter().filter(fits).collect()
}

/// Replaces a source in a file, or adds the new one at the end.
fn edit(cx: &Cx, file: &str, old: &Source, new: Option<&Source>) -> Result<(), Failure> {
    let text = cx.host().read_text(file).unwrap_or_default();
    let edited = if file.ends_with(".sources") { edit_stanzas(&text, old, new) } else { edit_lines(&text, old, new) };
    write(cx, file, &edited)
}

fn edit_lines(text: &str, old: &Source, new: Option<&Source>) -> String {
    let mut done = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        match Source::parse(line) {
            Some(source) if source == *old || new.is_some_and(|new| source.says_the_same(new)) => {
                if let Some(new) = new.filter(|_| !done) {
                    lines.push(new.line());
                }
                done = true;
            }
            Some(_) | None => lines.push(line.to_owned()),
        }
    }
    lines.extend(new.filter(|_| !done).map(Source::line));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn edit_stanzas(text: &str, old: &Source, new: Option<&Source>) -> String {
    let mut done = false;
    let mut out = Vec::new();
    for block in blocks(text) {
        let sources = parse_stanza(&block);
        if !sources.contains(old) {
            out.push(block.trim_end().to_owned());
            continue;
        }
        // A stanza of several sources keeps the others, one stanza each.
        out.extend(sources.iter().filter(|source| *source != old).map(Source::stanza));
        out.extend(new.filter(|_| !done).map(Source::stanza));
        done = true;
    }
    out.extend(new.filter(|_| !done).map(Source::stanza));
    if out.is_empty() { String::new() } else { format!("{}\n", out.join("\n\n")) }
}

fn write(cx: &Cx, file: &str, text: &str) -> Result<(), Failure> {
    if let Some(folder) = parent(file) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    cx.host().write(file, text.as_bytes(), &Write::default()).map_err(crate::failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(line: &str) -> Source {
        Source::parse(line).unwrap()
    }

    #[test]
    fn a_source_is_replaced_in_its_place_and_everything_else_stays() {
        let text = "# head\ndeb http://x/d a main\ndeb http://x/d b main\n";
        let (old, new) = (source("deb http://x/d a main"), source("deb [arch=amd64] http://x/d a main contrib"));
        let edited = edit_lines(text, &old, Some(&new));
        assert_eq!(edited, "# head\ndeb [arch=amd64] http://x/d a main contrib\ndeb http://x/d b main\n");
        assert_eq!(edit_lines(&edited, &new, None), "# head\ndeb http://x/d b main\n");
    }

    #[test]
    fn one_source_of_a_stanza_can_go() {
        let text = "Types: deb\nURIs: http://x/d\nSuites: a b\nComponents: main\n";
        let left = edit_stanzas(text, &source("deb http://x/d a main"), None);
        assert_eq!(left, "Types: deb\nURIs: http://x/d\nSuites: b\nComponents: main\n");
        assert_eq!(edit_stanzas(&left, &source("deb http://x/d b main"), None), "");
    }
}
