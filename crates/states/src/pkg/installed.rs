//! `pkg.installed`.

use super::wishes::{Wish, candidates, failed, predicted, refresh, wishes};
use modules::pkg::{Install, changes, find, version};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Merge, Names, Read, State, Value, text};

/// Ensure packages are installed.
///
/// ```salt
/// web packages:
///   pkg.installed:
///     - pkgs:
///       - nginx
///       - git: '>=2.0'
/// ```
#[derive(Args)]
pub struct Installed {
    /// Name, where there are no `pkgs`.
    name: String,
    /// Version: exact, with `*`, or a range such as `>=1.2`.
    version: Option<Value>,
    /// Fetch what repositories have first; by itself only if something is to be installed.
    refresh: Option<bool>,
    /// Repository or release to take them from.
    fromrepo: Option<String>,
    /// Take packages whose signature cannot be checked.
    #[arg(default = false)]
    skip_verify: bool,
    /// Known for compatibility: a name that is unknown is reported as the packaging system says it.
    #[arg(default = false, ignored)]
    skip_suggestions: bool,
    /// Names, each alone or with a version.
    pkgs: Option<Names>,
    /// Package files: names with their addresses.
    sources: Option<Names>,
    /// Let a newer version than the one named stand.
    #[arg(default = false)]
    allow_updates: bool,
    /// Known for compatibility: files of packages are not looked at.
    #[arg(default = false, ignored)]
    pkg_verify: Value,
    /// Known for compatibility: names are taken as they are.
    #[arg(default = true, ignored)]
    normalize: bool,
    /// Known for compatibility: a version without an epoch fits one with it.
    #[arg(ignored)]
    ignore_epoch: Option<bool>,
    /// Install again what is there already.
    #[arg(default = false)]
    reinstall: bool,
    /// Change packages that are held.
    #[arg(default = false)]
    update_holds: bool,
    /// Hold the packages afterwards, or let them go.
    #[arg(named)]
    hold: Option<bool>,
    /// Install what a package recommends.
    #[arg(named)]
    install_recommends: Option<bool>,
    /// Known for compatibility: what is installed is brought to the version that is wanted in any case.
    #[arg(named, ignored)]
    only_upgrade: Option<bool>,
    /// Known for compatibility: repositories are asked once in a run.
    #[arg(named, ignored)]
    cache_valid_time: Option<i64>,
    /// Known for compatibility: changed configuration files stay.
    #[arg(named, ignored)]
    force_conf_new: Option<bool>,
    /// Known for compatibility: names are taken as they are.
    #[arg(named, ignored)]
    resolve_capabilities: Option<bool>,
}

/// What is to be installed, and what is only to be held or let go.
pub struct Plan {
    wishes: Vec<Wish>,
    files: Vec<(String, String)>,
    holds: Vec<String>,
}

impl Installed {
    /// Package files that are not installed by their names, with their addresses.
    fn files(&self, have: &modules::pkg::Installed) -> Vec<(String, String)> {
        let sources = self.sources.iter().flat_map(|sources| &sources.0);
        let pairs = sources.map(|(name, uri)| (name.clone(), uri.as_ref().map_or_else(|| name.clone(), text::str)));
        pairs.filter(|(name, _)| !have.contains_key(name) || self.reinstall).collect()
    }
}

impl State for Installed {
    type Change = Plan;
    const MERGE: Option<Merge> = Some(Merge { key: merge_key, merge });

    async fn check(&self, read: &Read) -> Result<Check<Plan>, Failure> {
        let provider = find(read)?;
        let have = provider.installed(read).await?;
        let files = self.files(&have);
        let all = if self.sources.is_some() { Vec::new() } else { wishes(&self.name, self.version.as_ref(), self.pkgs.as_ref()) };
        let unknown = all.iter().any(|wish| !have.contains_key(&wish.name) && wish.version.is_none());
        let provided = if unknown { provider.provided(read).await? } else { Vec::new() };
        let newer = |wish: &Wish| {
            let exact = wish.version.as_deref().filter(|version| self.allow_updates && !version.contains('*'));
            exact.zip(have.get(&wish.name)).is_some_and(|(wanted, have)| have.iter().any(|have| provider.compare(have, wanted).is_gt()))
        };
        let is_met = |wish: &Wish| !self.reinstall && (wish.is_met(&have, &provided, provider) || newer(wish));
        let targets: Vec<Wish> = all.iter().filter(|wish| !is_met(wish)).cloned().collect();
        if targets.is_empty() && files.is_empty() {
            return self.check_holds(&all, read).await;
        }
        let names: Vec<String> = targets.iter().map(|wish| wish.name.clone()).collect();
        let available = candidates(provider, &names, self.fromrepo.as_deref(), read).await?;
        let new = |wish: &Wish| {
            let candidate = available.get(&wish.name).filter(|candidate| match &wish.version {
                None => true,
                Some(wanted) => version::fits(candidate, wanted, |a, b| provider.compare(a, b)),
            });
            candidate.cloned().unwrap_or_else(|| "installed".to_owned())
        };
        let entries = targets.iter().map(|wish| (wish.name.clone(), String::new(), new(wish)));
        let entries = entries.chain(files.iter().map(|(name, _)| (name.clone(), String::new(), "installed".to_owned())));
        let changes = predicted(entries);
        let listed = changes.keys().map(text::str).collect::<Vec<_>>().join(", ");
        let comment = format!("The following packages would be installed/updated: {listed}");
        Ok(Check::change(comment, changes, Plan { wishes: targets, files, holds: Vec::new() }))
    }

    async fn apply(&self, plan: Plan, cx: &Cx) -> Result<Applied, Failure> {
        let provider = find(cx)?;
        if let Some(hold) = self.hold.filter(|_| !plan.holds.is_empty()) {
            provider.hold(cx, &plan.holds, hold).await?;
            let (lines, changes) = held(&plan.holds, hold);
            let all = wishes(&self.name, self.version.as_ref(), self.pkgs.as_ref());
            return Ok(Applied::ok(format!("{}.\n{}", already(&all), lines.join("\n")), changes));
        }
        if let Err(failure) = refresh(provider, self.refresh, cx).await {
            return Ok(Applied::failed(failed("An error was encountered while refreshing the package database.", &failure)));
        }
        let before = provider.installed(cx).await?;
        let mut packages = Vec::new();
        let ranges: Vec<String> = plan.wishes.iter().filter(|wish| is_range(wish)).map(|wish| wish.name.clone()).collect();
        let available = candidates(provider, &ranges, self.fromrepo.as_deref(), cx).await?;
        for wish in &plan.wishes {
            let version = match &wish.version {
                Some(range) if is_range(wish) => {
                    let fitting =
                        available.get(&wish.name).filter(|candidate| version::fits(candidate, range, |a, b| provider.compare(a, b)));
                    let Some(fitting) = fitting else {
                        return Ok(Applied::failed(format!("No version matching '{}{range}' could be found", wish.name)));
                    };
                    Some(fitting.clone())
                }
                Some(word) if matches!(word.as_str(), "latest" | "*") => None,
                other => other.clone(),
            };
            packages.push((wish.name.clone(), version));
        }
        let mut files = Vec::new();
        for (name, uri) in &plan.files {
            match cx.agent().fetch(uri, cx.env()).await? {
                Some(fetched) => files.push(fetched.path),
                None => return Ok(Applied::failed(format!("The source {uri} of package {name} was not found"))),
            }
        }
        let install = Install {
            packages,
            files,
            from_repo: self.fromrepo.clone(),
            skip_verify: self.skip_verify,
            recommends: self.install_recommends,
            reinstall: self.reinstall,
            update_holds: self.update_holds,
            download_only: false,
        };
        let outcome = provider.install(cx, &install).await;
        let after = provider.installed(cx).await?;
        let mut found = changes(&before, &after);
        if let Err(failure) = outcome {
            let comment = failed("Problem encountered installing package(s).", &failure);
            return Ok(Applied::failed(comment).with_changes(found));
        }
        let names: Vec<String> =
            plan.wishes.iter().map(|wish| wish.name.clone()).chain(plan.files.iter().map(|(name, _)| name.clone())).collect();
        let provided = provider.provided(cx).await?;
        let missing: Vec<&Wish> = plan.wishes.iter().filter(|wish| !wish.is_met(&after, &provided, provider)).collect();
        if !missing.is_empty() {
            let list = missing.iter().map(|wish| wish.name.as_str()).collect::<Vec<_>>().join(", ");
            return Ok(Applied::failed(format!("The following packages failed to install/update: {list}")).with_changes(found));
        }
        let named = plan.wishes.iter().map(Wish::text).chain(plan.files.iter().map(|(name, _)| name.clone())).collect::<Vec<_>>();
        let mut comment = format!("The following packages were installed/updated: {}", named.join(", "));
        let already: Vec<String> = match &self.pkgs {
            Some(_) => wishes(&self.name, None, self.pkgs.as_ref())
                .into_iter()
                .map(|wish| wish.name)
                .filter(|name| !names.contains(name))
                .collect(),
            None => Vec::new(),
        };
        if !already.is_empty() {
            comment.push_str(&format!("\nThe following packages were already installed: {}", already.join(", ")));
        }
        if self.reinstall && found.is_empty() {
            comment = names.iter().map(|name| format!("Package {name} was reinstalled.")).collect::<Vec<_>>().join("\n");
            found = predicted(names.iter().map(|name| {
                let version = super::wishes::shown(&after, name);
                (name.clone(), version.clone(), version)
            }));
        }
        if let Some(hold) = self.hold {
            let now = provider.held(cx).await?;
            let changing: Vec<String> = names.into_iter().filter(|name| now.contains(name) != hold).collect();
            if !changing.is_empty() {
                provider.hold(cx, &changing, hold).await?;
                let (lines, changes) = held(&changing, hold);
                comment.push_str(&format!("\n{}", lines.join("\n")));
                join_changes(&mut found, changes);
            }
        }
        Ok(Applied::ok(comment, found))
    }
}

impl Installed {
    /// Everything is installed; what is left is whether it is held.
    async fn check_holds(&self, all: &[Wish], read: &Read) -> Result<Check<Plan>, Failure> {
        let already = already(all);
        let Some(hold) = self.hold else { return Ok(Check::desired(already)) };
        let now = find(read)?.held(read).await?;
        let names = all.iter().map(|wish| wish.name.clone());
        let (right, wrong): (Vec<String>, Vec<String>) = names.partition(|name| now.contains(name) == hold);
        let word = if hold { "to be held" } else { "not to be held" };
        let mut lines = vec![format!("{already}.")];
        lines.extend(wrong.iter().map(|name| format!("Package {name} is set {word}.")));
        lines.extend(right.iter().map(|name| format!("Package {name} is already set {word}.")));
        let comment = lines.join("\n");
        if wrong.is_empty() {
            return Ok(Check::desired(comment));
        }
        Ok(Check::change(comment, Map::new(), Plan { wishes: Vec::new(), files: Vec::new(), holds: wrong }))
    }
}

fn already(all: &[Wish]) -> String {
    let versions = all.iter().any(|wish| wish.version.is_some());
    format!("All specified packages are already installed{}", if versions { " and are at the desired version" } else { "" })
}

/// What is said of packages that are held or let go, and their changes.
fn held(names: &[String], hold: bool) -> (Vec<String>, Map) {
    let (old, new, words) = if hold { ("install", "hold", "is now being held.") } else { ("hold", "install", "is no longer being held.") };
    let lines = names.iter().map(|name| format!("Package {name} {words}")).collect();
    (lines, predicted(names.iter().map(|name| (name.clone(), old.to_owned(), new.to_owned()))))
}

/// Adds to the changes of packages that were installed as well: one line more in `old` and `new`.
fn join_changes(found: &mut Map, more: Map) {
    for (name, change) in more {
        let Some(have) = found.get_value_mut(&name).and_then(Value::as_map_mut) else {
            found.insert(name, change);
            continue;
        };
        for key in ["old", "new"] {
            let parts = [have.get(key), change.get(key)].map(|part| part.map(text::str).unwrap_or_default());
            let lines: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            have.insert(key, lines.join("\n"));
        }
    }
}

fn is_range(wish: &Wish) -> bool {
    wish.version.as_deref().is_some_and(|version| !version::split_operator(version).0.is_empty())
}

/// Chunks that differ in nothing but the packages can be one transaction; files and holds are a matter of one chunk.
fn merge_key(args: &Map) -> Option<String> {
    if args.contains_key("sources") || args.contains_key("hold") || args.contains_key("reinstall") {
        return None;
    }
    let word = |key: &str| args.get(key).map(text::str).unwrap_or_default();
    Some(["fromrepo", "skip_verify", "install_recommends", "update_holds"].map(word).join("|"))
}

/// Puts the packages of later chunks into the list of the first.
fn merge(first: &mut Map, others: &[&Map]) {
    let names = |args: &Map| -> Vec<Value> {
        match args.get("pkgs") {
            Some(Value::List(pkgs)) => pkgs.clone(),
            Some(other) if other.is_truthy() => vec![other.clone()],
            Some(_) | None => {
                let name = args.get("name").cloned().unwrap_or_default();
                match args.get("version").filter(|version| version.is_truthy()) {
                    Some(version) => vec![Value::Map([(name, version.clone())].into_iter().collect())],
                    None => vec![name],
                }
            }
        }
    };
    let mut all = names(first);
    for other in others {
        for package in names(other) {
            if !all.contains(&package) {
                all.push(package);
            }
        }
    }
    first.remove("version");
    first.insert("pkgs", all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_chunks_become_one_list() {
        let mut first: Map = serde_json::from_str(r#"{"name": "a", "version": "1"}"#).unwrap();
        let second: Map = serde_json::from_str(r#"{"name": "x", "pkgs": ["b", {"c": "2"}]}"#).unwrap();
        merge(&mut first, &[&second]);
        assert_eq!(serde_json::to_string(&first).unwrap(), r#"{"name":"a","pkgs":[{"a":"1"},"b",{"c":"2"}]}"#);
        assert_eq!(merge_key(&first), merge_key(&second));
    }
}
