//! Reference pages of functions and states, made from the same table that runs them.

use crate::functions;
use sdk::{Kind, Signature};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Every page by its file name: one for each module with functions, states, or both.
#[must_use]
pub fn pages() -> BTreeMap<String, String> {
    let registry = functions::registry();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    let page = |module: &str| format!("{module}.md");
    for (name, entry) in registry.functions() {
        let text = pages.entry(page(entry.module)).or_insert_with(|| format!("# {}\n\n## Functions\n", entry.module));
        let kind = match entry.kind {
            Kind::Query => "looks only",
            Kind::Action => "changes",
        };
        section(text, name, kind, entry.signature);
    }
    let mut begun: Option<&str> = None;
    for (name, entry) in registry.states() {
        let text = pages.entry(page(entry.module)).or_insert_with(|| format!("# {}\n", entry.module));
        if begun != Some(entry.module) {
            text.push_str("\n## States\n");
            begun = Some(entry.module);
        }
        section(text, name, if entry.watches { "reacts to `watch`" } else { "state" }, entry.signature);
    }
    pages
}

fn section(text: &mut String, name: &str, kind: &str, signature: &Signature) {
    let _ = write!(text, "\n### {name}\n\n*{kind}*\n\n{}\n", signature.doc.trim());
    if signature.args.is_empty() {
        return;
    }
    text.push_str("\n| argument | default | meaning |\n| --- | --- | --- |\n");
    for spec in signature.args {
        let default = spec.default.map_or_else(|| "needed".to_owned(), |default| format!("`{}`", value::text::repr(&default())));
        let names: Vec<String> = std::iter::once(spec.name).chain(spec.aliases.iter().copied()).map(|name| format!("`{name}`")).collect();
        let doc = spec.doc.trim().replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(text, "| {} | {} | {doc} |", names.join(", "), default.replace('|', "\\|"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_stands_on_the_page_of_its_module() {
        let pages = pages();
        assert!(pages.get("cp.md").unwrap().contains("### cp.get_file\n"));
        assert!(pages.get("state.md").unwrap().contains("| `mods` |"));
    }

    #[test]
    fn no_name_is_in_two_tables() {
        assert_eq!(functions::registry().problems(), []);
    }
}
