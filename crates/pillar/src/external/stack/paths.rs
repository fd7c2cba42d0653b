//! The items of a list, and the files that a pattern means.

use model::Glob;
use std::fs;
use std::path::{Path, PathBuf};
use value::Value;

/// The items of a rendered list: a YAML list, or one a line.
pub(super) fn items(text: &str) -> Vec<String> {
    let named: Vec<String> = match yaml::load_value(text) {
        Ok(Value::List(items)) => items.iter().map(value::text::str).collect(),
        _ => text.lines().map(str::to_owned).collect(),
    };
    named.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// The files that a pattern below a folder means, sorted. Hidden ones have to be asked for by their dot.
pub(super) fn expand(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![if pattern.starts_with('/') { PathBuf::from("/") } else { folder.to_owned() }];
    for part in pattern.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if !Glob::is_pattern(part) {
            for path in &mut found {
                path.push(part);
            }
            continue;
        }
        let glob = Glob::new(part);
        let fits = |name: &str| glob.matches(name) && (!name.starts_with('.') || part.starts_with('.'));
        found = found
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
            .filter(|entry| entry.file_name().to_str().is_some_and(fits))
            .map(|entry| entry.path())
            .collect();
    }
    found.retain(|path| path.is_file());
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_lines_or_yaml() {
        assert_eq!(items("core.yml\n\n  roles/*.yml\n"), ["core.yml", "roles/*.yml"]);
        assert_eq!(items("- core.yml\n- x.yml\n"), ["core.yml", "x.yml"]);
    }

    #[test]
    fn patterns_mean_files_in_order_and_no_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/2.yml", "a/1.yml", "a/.3.yml", "b/1.yml", "b/x.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let relative = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
            expand(folder.path(), pattern).iter().map(relative).collect()
        };
        assert_eq!(names("a/*.yml"), ["a/1.yml", "a/2.yml"]);
        assert_eq!(names("*/1.yml"), ["a/1.yml", "b/1.yml"]);
        assert_eq!(names("b/x.txt"), ["b/x.txt"]);
        assert!(names("c/*").is_empty() && names("a").is_empty());
    }
}
