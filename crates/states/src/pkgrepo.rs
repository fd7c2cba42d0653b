//! Repositories that packages come from: there, or not.

use modules::pkg::find;
use modules::pkg::repos::{Plan, Wish, apt, keys, not_here, plan, section};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(pkgrepo, [Managed, Absent]);

/// Ensure a repository is there.
///
/// ```salt
/// docker:
///   pkgrepo.managed:
///     - name: deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm stable
///     - file: /etc/apt/sources.list.d/docker.list
///     - key_url: https://download.docker.com/linux/debian/gpg
///
/// epel:
///   pkgrepo.managed:
///     - humanname: Extra Packages for Enterprise Linux
///     - baseurl: https://download.example.com/epel/$releasever
///     - gpgcheck: 1
/// ```
#[derive(Args)]
pub struct Managed {
    /// Whole line of an apt source, or the name of a `.repo` section.
    name: String,
    /// Fetch what repositories have after a change.
    #[arg(default = true, named)]
    refresh: bool,
    /// Take a key over plain HTTP.
    #[arg(default = true, named)]
    allow_insecure_key: bool,
    /// `file`, `dist`, `comps`, `key_url`, `keyid`, `keyserver`, `key_text`, `clean_file`, `disabled`, `humanname`, `baseurl`, `gpgcheck` and
    /// every other option of a section.
    #[arg(extra)]
    options: Map,
}

impl Managed {
    /// Combinations that cannot be meant.
    fn problem(&self) -> Option<&'static str> {
        let has = |key: &str| self.options.get(key).is_some_and(|value| !value.is_null());
        let insecure = self.options.get("key_url").map(sdk::text::str).is_some_and(|url| url.trim().starts_with("http:"));
        if has("key_url") && (has("keyid") || has("keyserver")) {
            Some("You may not use both \"keyid\"/\"keyserver\" and \"key_url\" argument.")
        } else if has("key_text") && (has("keyid") || has("keyserver")) {
            Some("You may not use both \"keyid\"/\"keyserver\" and \"key_text\" argument.")
        } else if has("key_text") && has("key_url") {
            Some("You may not use both \"key_url\" and \"key_text\" argument.")
        } else if has("repo") {
            Some("'repo' is not a supported argument for this state. The 'name' argument is probably what was intended.")
        } else if has("enabled") && has("disabled") {
            Some("Only one of enabled/disabled is allowed")
        } else if insecure && !self.allow_insecure_key {
            Some("Cannot have 'key_url' using http with 'allow_insecure_key' set to False")
        } else {
            None
        }
    }
}

impl State for Managed {
    type Change = (Wish, Plan);

    async fn check(&self, read: &Read) -> Result<Check<(Wish, Plan)>, Failure> {
        if let Some(problem) = self.problem() {
            return Ok(Check::fails(problem));
        }
        let name = &self.name;
        let wish = Wish::read(name, self.options.clone(), read);
        let found = match plan(&wish, read) {
            Ok(found) => found,
            Err(failure) => return Ok(Check::fails(format!("Failed to configure repo '{name}': {}", failure.message))),
        };
        if found.is_met(&wish, read) {
            return Ok(Check::desired(format!("Package repo '{name}' already configured")));
        }
        let comment = format!(
            "Package repo '{name}' would be configured. This may cause pkg states to behave differently than stated if this action is repeated without test=True, due to the differences in the configured repositories."
        );
        Ok(Check::change(comment, found.changes(&wish), (wish, found)))
    }

    async fn apply(&self, (wish, found): (Wish, Plan), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let failed = |failure: &Failure| Applied::failed(format!("Failed to configure repo '{name}': {}", failure.message));
        if let Err(failure) = found.put(&wish, cx).await {
            return Ok(failed(&failure));
        }
        let changes = found.changes(&wish);
        if self.refresh
            && let Err(failure) = refresh(cx).await
        {
            return Ok(failed(&failure).with_changes(changes));
        }
        Ok(Applied::ok(format!("Configured package repo '{name}'"), changes))
    }
}

/// Fetches what repositories have. zypper does so by itself where it needs to, and a repository that cannot be reached now is no fault of
/// the one that was written down.
async fn refresh(cx: &Cx) -> Result<(), Failure> {
    let provider = find(cx)?;
    if provider.name() == "zypper" { Ok(()) } else { provider.refresh(cx).await }
}

/// Ensure a repository is not there.
///
/// ```salt
/// deb http://deb.debian.org/debian bookworm-backports main:
///   pkgrepo.absent: []
/// ```
#[derive(Args)]
pub struct Absent {
    /// Whole line of an apt source, or the name of a `.repo` section.
    name: String,
    /// Fetch what repositories have after a change.
    #[arg(default = true, named)]
    refresh: bool,
    /// `file`, `ppa`, `copr`, `keyid`: the key of that id goes too.
    #[arg(extra)]
    options: Map,
}

/// What is to be taken away.
pub enum Found {
    /// Sources of apt.
    Sources(Vec<apt::Placed>),
    /// A section of a file.
    Section(String, String),
}

impl Absent {
    fn find(&self, wish: &Wish, read: &Read) -> Result<Option<Found>, Failure> {
        Ok(match find(read)?.name() {
            "apt" => {
                let found = apt::standing(&apt::wished(wish)?, wish.file.as_deref(), read.host());
                if found.is_empty() { None } else { Some(Found::Sources(found)) }
            }
            "dnf" | "zypper" => {
                let named = match &wish.copr {
                    Some(_) => Wish { name: section::wished(wish)?.name, ..wish.clone() },
                    None => wish.clone(),
                };
                section::current(&named, read.host()).map(|(file, section)| Found::Section(file, section.name))
            }
            _ => return Err(not_here(read)),
        })
    }
}

impl State for Absent {
    type Change = (Wish, Found);

    async fn check(&self, read: &Read) -> Result<Check<(Wish, Found)>, Failure> {
        let name = &self.name;
        let wish = Wish::read(name, self.options.clone(), read);
        let found = match self.find(&wish, read) {
            Ok(found) => found,
            Err(failure) => return Ok(Check::fails(format!("Failed to examine repo '{name}': {}", failure.message))),
        };
        let Some(found) = found else { return Ok(Check::desired(format!("Package repo {name} is absent"))) };
        let comment = format!(
            "Package repo '{name}' will be removed. This may cause pkg states to behave differently than stated if this action is repeated without test=True, due to the differences in the configured repositories."
        );
        let changes: Map = [("repo", name.as_str())].into_iter().collect();
        Ok(Check::change(comment, changes, (wish, found)))
    }

    async fn apply(&self, (wish, found): (Wish, Found), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        match found {
            Found::Sources(sources) => apt::remove(cx, &sources)?,
            Found::Section(file, section) => section::remove(cx, &file, &section)?,
        }
        let mut changes: Map = [("repo", name.as_str())].into_iter().collect();
        let mut comment = format!("Removed repo {name}");
        if let Some(id) = &wish.keyid {
            let files = keys::files_of(id, cx);
            for file in &files {
                cx.host().remove_file(file).map_err(modules::failure)?;
            }
            if !files.is_empty() {
                changes.insert("keyid", id.as_str());
                comment.push_str(&format!(", and keyid {id}"));
            }
        }
        if self.refresh
            && let Err(failure) = refresh(cx).await
        {
            return Ok(Applied::failed(format!("Removed repo {name}, but: {}", failure.message)).with_changes(changes));
        }
        Ok(Applied::ok(comment, changes))
    }
}
