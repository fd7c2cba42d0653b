//! The table in `docs/architecture.md` is the rule of who may import whom; this compares it with the manifests.

use crate::run::{cargo, output, root, say};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};

/// What a row allows.
enum Allowed {
    Everything,
    Only(BTreeSet<String>),
}

/// Compares, and fails naming every import that the table does not allow.
pub fn layers() -> Result<()> {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).context("cannot read docs/architecture.md")?;
    let table = table(&page)?;
    let imports = imports()?;
    let mut faults = Vec::new();
    for (package, imported) in &imports {
        match table.get(package) {
            None => faults.push(format!("package `{package}` has no row in the table of docs/architecture.md")),
            Some(Allowed::Everything) => {}
            Some(Allowed::Only(_)) => {
                let allowed = closure(&table, package);
                faults.extend(
                    imported
                        .iter()
                        .filter(|name| !allowed.contains(*name))
                        .map(|name| format!("`{package}` imports `{name}`, which its row does not allow")),
                );
            }
        }
    }
    for package in table.keys().filter(|package| !imports.contains_key(*package)) {
        faults.push(format!("the table names `{package}`, which is no package"));
    }
    if !faults.is_empty() {
        bail!("the house is not as drawn:\n  {}", faults.join("\n  "));
    }
    say(&format!("layers: {} packages stand as drawn", imports.len()));
    Ok(())
}

/// Rows of the table: package to what it may import.
fn table(page: &str) -> Result<BTreeMap<String, Allowed>> {
    let mut rows = BTreeMap::new();
    let lines = page.lines().skip_while(|line| !line.starts_with("| package |")).skip(2).take_while(|line| line.starts_with('|'));
    for line in lines {
        let columns: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [packages, _, may_import] = columns.as_slice() else { bail!("a row of the table has not three columns: {line}") };
        for folder in packages.split('`').skip(1).step_by(2) {
            let allowed = match *may_import {
                "all" => Allowed::Everything,
                "-" => Allowed::Only(BTreeSet::new()),
                names => {
                    Allowed::Only(names.replace("both backends", "cmdb-sqlite, cmdb-postgres").split(", ").map(str::to_owned).collect())
                }
            };
            // Deploy and docs hold no Rust.
            if !matches!(folder, "deploy" | "docs") && !folder.ends_with('/') {
                rows.insert(name_of(folder), allowed);
            }
        }
    }
    if rows.is_empty() {
        bail!("docs/architecture.md has no table of packages");
    }
    Ok(rows)
}

/// The package of a folder; the derive of `sdk` is the one that does not bear its folder's bare name.
fn name_of(folder: &str) -> String {
    match folder {
        "crates/sdk/macros" => "sdk-macros".to_owned(),
        _ => folder.rsplit('/').next().unwrap_or(folder).to_owned(),
    }
}

/// What a row names, and what those rows name, all the way down.
fn closure(table: &BTreeMap<String, Allowed>, package: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(Allowed::Only(names)) = table.get(&name) {
            open.extend(names.iter().filter(|name| found.insert((*name).clone())).cloned());
        }
    }
    found
}

/// Imports between the packages of the workspace, tests' own imports left out.
fn imports() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let text = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
    let packages = metadata.get("packages").and_then(|list| list.as_array()).context("cargo metadata lists no packages")?;
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|name| name.as_str()).unwrap_or_default().to_owned();
    let names: BTreeSet<_> = packages.iter().map(|package| text(package, "name")).collect();
    let imports = packages.iter().map(|package| {
        let dependencies = package.get("dependencies").and_then(|list| list.as_array()).into_iter().flatten();
        let ours = dependencies.filter(|one| one.get("kind").is_some_and(serde_json::Value::is_null)).map(|one| text(one, "name"));
        (text(package, "name"), ours.filter(|name| names.contains(name)).collect())
    });
    Ok(imports.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_allows_what_it_names_and_what_those_rows_name() {
        let page = "x\n| package | one sentence | may import |\n| --- | --- | --- |\n| `crates/a` | A. | - |\n| `crates/b`, `crates/c` | B. | a |\n| `d` | D. | c |\n\nrest";
        let table = table(page).unwrap();
        assert_eq!(closure(&table, "d"), ["a", "c"].map(String::from).into());
        assert_eq!(table.len(), 4);
    }
}
