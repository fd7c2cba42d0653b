//! Repositories of dnf, yum and zypper: sections of `.repo` files.

use super::Wish;
use crate::ini::{self, Ini};
use sdk::host::{Look, Write, join};
use sdk::{Cx, Failure, Map, Value, is_true, text};

/// The section that is wished for: its name and options.
#[derive(Clone, Debug)]
pub struct Section {
    /// Name.
    pub name: String,
    /// Options, in the order they are written.
    pub options: Map,
}

/// Folders where this machine looks for `.repo` files.
fn folders(wish_basedir: Option<&str>, family: &str) -> Vec<String> {
    match (wish_basedir, family) {
        (Some(folder), _) => vec![folder.to_owned()],
        (None, "Suse") => vec!["/etc/zypp/repos.d".to_owned()],
        (None, _) => vec!["/etc/yum.repos.d".to_owned(), "/etc/yum/repos.d".to_owned()],
    }
}

/// Where a new repository goes.
fn folder(wish: &Wish, host: &dyn Look) -> String {
    let all = folders(wish.basedir.as_deref(), &wish.family);
    all.iter().find(|folder| host.is_dir(folder)).or(all.first()).cloned().unwrap_or_default()
}

/// Every repository: the file, the section and its options with the file among them.
pub fn all(family: &str, basedir: Option<&str>, host: &dyn Look) -> Vec<(String, Section)> {
    let mut found = Vec::new();
    for folder in folders(basedir, family) {
        for name in host.list(&folder).unwrap_or_default().into_iter().filter(|name| name.ends_with(".repo")) {
            let file = join(&folder, &name);
            let parsed = ini::read(&host.read_text(&file).unwrap_or_default(), "=");
            for (name, options) in parsed.to_map() {
                if let Value::Map(options) = options {
                    found.push((file.clone(), Section { name: text::str(&name), options }));
                }
            }
        }
    }
    found
}

/// The repository of a name.
pub fn current(wish: &Wish, host: &dyn Look) -> Option<(String, Section)> {
    all(&wish.family, wish.basedir.as_deref(), host).into_iter().find(|(_, section)| section.name == wish.name)
}

/// The section that is wished for.
pub fn wished(wish: &Wish) -> Result<Section, Failure> {
    if let Some(copr) = &wish.copr {
        let (owner, project) = copr.trim_start_matches("copr:").split_once('/').ok_or_else(|| bad_copr(copr))?;
        let mut options = Map::new();
        let base = format!("https://download.copr.fedorainfracloud.org/results/{owner}/{project}");
        options.insert("name", format!("Copr repo for {project} owned by {owner}"));
        options.insert("baseurl", format!("{base}/$distname-$releasever-$basearch/"));
        options.insert("gpgcheck", "1");
        options.insert("gpgkey", format!("{base}/pubkey.gpg"));
        options.insert("enabled", "1");
        return Ok(Section { name: format!("copr:copr.fedorainfracloud.org:{owner}:{project}"), options });
    }
    let mut options = Map::new();
    options.insert("name", wish.humanname.clone().unwrap_or_else(|| wish.name.clone()));
    for (key, value) in &wish.extra {
        options.insert(key.clone(), shown(value));
    }
    options.insert("enabled", if wish.disabled { "0" } else { "1" });
    if !options.contains_key("baseurl") && !options.contains_key("mirrorlist") && !options.contains_key("metalink") {
        let needs = format!("The repo '{}' needs to have either a 'baseurl', a 'mirrorlist' or a 'metalink'", wish.name);
        return Err(Failure::bad_arguments(needs));
    }
    Ok(Section { name: wish.name.clone(), options })
}

fn bad_copr(copr: &str) -> Failure {
    Failure::bad_arguments(format!("`{copr}` is no project of Copr such as `owner/project`"))
}

/// An option as it is written: truth as 0 and 1, lists over several lines.
fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join("\n    "),
        other => text::str(other),
    }
}

/// Options that differ, as `{key: {old, new}}`.
#[must_use]
pub fn differences(wanted: &Section, have: &Section) -> Map {
    let mut changes = Map::new();
    for (key, new) in &wanted.options {
        let old = have.options.get_value(key);
        let is_same = old.map_or_else(
            // A repository is enabled unless it says otherwise.
            || text::str(key) == "enabled" && text::str(new) == "1",
            |old| same(old, new),
        );
        if !is_same {
            let mut change = Map::new();
            change.insert("new", new.clone());
            change.insert("old", old.cloned().unwrap_or_default());
            changes.insert(key.clone(), change);
        }
    }
    changes
}

fn same(old: &Value, new: &Value) -> bool {
    let (a, b) = (text::str(old), text::str(new));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let flag = |text: &str| match text.to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some(true),
        "0" | "no" | "false" | "off" => Some(false),
        _ => None,
    };
    words(&a) == words(&b) || matches!((flag(&a), flag(&b)), (Some(a), Some(b)) if a == b)
}

/// Writes the section into its file, or into a file of its own.
pub fn put(cx: &Cx, wish: &Wish, section: &Section, old_file: Option<&str>) -> Result<(), Failure> {
    let default = join(&folder(wish, cx.host()), &format!("{}.repo", section.name.replace('/', "_")));
    let file = old_file.map_or(default, str::to_owned);
    let mut parsed = ini::read(&cx.host().read_text(&file).unwrap_or_default(), "=");
    for (key, value) in &section.options {
        parsed.set(&section.name, &text::str(key), &text::str(value));
    }
    write(cx, &file, &parsed)
}

/// Takes the section away, and the file with its last one.
pub fn remove(cx: &Cx, file: &str, name: &str) -> Result<(), Failure> {
    let mut parsed = ini::read(&cx.host().read_text(file).unwrap_or_default(), "=");
    parsed.remove_section(name);
    if parsed.sections().next().is_none() {
        return cx.host().remove_file(file).map_err(crate::failure);
    }
    write(cx, file, &parsed)
}

fn write(cx: &Cx, file: &str, parsed: &Ini) -> Result<(), Failure> {
    if let Some(folder) = sdk::host::parent(file) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    cx.host().write(file, parsed.write("=", false).as_bytes(), &Write::default()).map_err(crate::failure)
}

/// A repository as `pkg.get_repo` shows it.
#[must_use]
pub fn info(file: &str, section: &Section) -> Map {
    let mut map = section.options.clone();
    map.insert("file", file);
    if let Some(enabled) = section.options.get("enabled") {
        map.insert("enabled", is_true(enabled) || matches!(text::str(enabled).as_str(), "1" | "yes" | "on"));
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: &str, extra: &[(&str, &str)]) -> Wish {
        Wish { name: name.to_owned(), family: "RedHat".to_owned(), extra: extra.iter().copied().collect(), ..Wish::default() }
    }

    #[test]
    fn a_repository_needs_an_address() {
        assert!(wished(&wish("epel", &[("gpgcheck", "1")])).is_err());
        assert!(wished(&wish("epel", &[("baseurl", "https://x.org/$releasever")])).is_ok());
    }

    #[test]
    fn truth_is_the_same_however_it_is_written_and_enabled_is_the_habit() {
        let wanted = wished(&wish("epel", &[("baseurl", "https://x.org"), ("gpgcheck", "1")])).unwrap();
        let options = [("name", "epel"), ("baseurl", "https://x.org"), ("gpgcheck", "yes")].into_iter().collect();
        assert!(differences(&wanted, &Section { name: "epel".into(), options }).is_empty());
        let options = [("name", "epel"), ("baseurl", "https://x.org"), ("gpgcheck", "0")].into_iter().collect();
        let differs = differences(&wanted, &Section { name: "epel".into(), options });
        assert_eq!(differs.keys().map(text::str).collect::<Vec<_>>(), ["gpgcheck"]);
    }
}
