//! What zypper alone can do: locks, patterns, products, searches.

use super::find;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

/// Rows of a table of zypper as mappings, by the titles of its columns in small letters.
fn table(text: &str) -> Vec<Map> {
    let mut titles: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.contains('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match &titles {
            None => titles = Some(cells.iter().map(|cell| cell.to_lowercase()).collect()),
            Some(titles) => rows.push(titles.iter().zip(cells).map(|(title, cell)| (title.as_str(), cell)).collect()),
        }
    }
    rows
}

async fn asked(words: &[&str], read: &Read) -> Result<Vec<Map>, Failure> {
    let provider = find(read)?;
    if provider.name() != "zypper" {
        return Err(provider.cannot("do what only zypper can"));
    }
    let argv = ["zypper", "--non-interactive"].into_iter().chain(words.iter().copied());
    // Nothing found is a status of its own.
    Ok(table(&read.try_run(argv.collect::<Vec<_>>()).await?.out()))
}

/// Rows by the value of a column, with `installed` out of the column of states.
fn by_name(rows: Vec<Map>) -> Map {
    let row = |mut row: Map| {
        let name = row.remove("name")?;
        let state = row.remove("s").or_else(|| row.remove("status"));
        let is_installed = state.as_ref().and_then(Value::as_str).is_some_and(|state| state.starts_with('i'));
        row.insert("installed", is_installed);
        Some((name, row))
    };
    rows.into_iter().filter_map(row).collect()
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident, [$($word:literal),*], |$row:ident| $keep:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name;

        impl Query for $name {
            type Output = Map;
            async fn call(self, read: &Read) -> Result<Map, Failure> {
                let mut all = by_name(asked(&[$($word),*], read).await?);
                all.retain(|_, $row| $keep);
                Ok(all)
            }
        }
    };
}

fn is_installed(row: &Value) -> bool {
    row.get("installed").is_some_and(Value::is_truthy)
}

listing! {
    /// List the patterns that repositories have.
    ///
    /// ```salt
    /// salt '*' pkg.list_patterns
    /// ```
    ListPatterns, ["search", "-t", "pattern"], |_row| true
}
listing! {
    /// List the patterns that are installed.
    ///
    /// ```salt
    /// salt '*' pkg.list_installed_patterns
    /// ```
    ListInstalledPatterns, ["search", "-t", "pattern"], |row| is_installed(row)
}
listing! {
    /// List the products that are installed.
    ///
    /// ```salt
    /// salt '*' pkg.list_products
    /// ```
    ListProducts, ["products"], |row| is_installed(row)
}
listing! {
    /// List the locks of packages.
    ///
    /// ```salt
    /// salt '*' pkg.list_locks
    /// ```
    ListLocks, ["locks"], |_row| true
}

/// Search for packages.
///
/// ```salt
/// salt '*' pkg.search apache2
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Search {
    /// What to look for.
    criteria: String,
}

impl Query for Search {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let found = by_name(asked(&["search", &self.criteria], read).await?);
        if found.is_empty() {
            return Err(Failure::failed(format!("No packages found: {}", self.criteria)));
        }
        Ok(found)
    }
}

/// Remove locks that mean nothing any more.
///
/// ```salt
/// salt '*' pkg.clean_locks
/// ```
#[derive(Args)]
pub struct CleanLocks;

impl Action for CleanLocks {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let provider = find(cx)?;
        if provider.name() != "zypper" {
            return Err(provider.cannot("do what only zypper can"));
        }
        cx.run(["zypper", "--non-interactive", "cleanlocks"]).await.map(|_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_by_their_titles() {
        let text =
            "Loading...\n\nS  | Name | Summary | Type\n---+------+---------+-----\ni+ | base | Base | pattern\n   | kde | KDE | pattern\n";
        let seen = by_name(table(&text.replace("---+------+---------+-----\n", "")));
        assert!(is_installed(seen.get("base").unwrap()) && !is_installed(seen.get("kde").unwrap()));
    }
}
