//! The functions of `pkg` about repositories and their keys.

use super::source::Source;
use super::{Wish, apt, keys, not_here, plan, section};
use crate::pkg::find;
use sdk::host::join;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

/// List the repositories of this machine.
///
/// ```salt
/// salt '*' pkg.list_repos
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListRepos {
    /// Folder of `.repo` files.
    basedir: Option<String>,
}

impl Query for ListRepos {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut repos = Map::new();
        match find(read)?.name() {
            "apt" => {
                for placed in apt::all(read.host()) {
                    let entry = repos.entry_or_insert_with(placed.source.uri.as_str(), || Value::List(Vec::new()));
                    if let Some(list) = entry.as_list_mut() {
                        list.push(placed.source.shown(&placed.file).into());
                    }
                }
            }
            "dnf" | "zypper" => {
                for (file, found) in section::all(read.grain_text("os_family"), self.basedir.as_deref(), read.host()) {
                    repos.insert(found.name.as_str(), section::info(&file, &found));
                }
            }
            _ => return Err(not_here(read)),
        }
        Ok(repos)
    }
}

/// Return what is known of one repository; empty when there is none.
///
/// ```salt
/// salt '*' pkg.get_repo 'deb http://deb.debian.org/debian bookworm main'
/// salt '*' pkg.get_repo epel
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GetRepo {
    /// Whole line of an apt source, or the name of a section.
    repo: String,
    /// Folder of `.repo` files.
    #[arg(named)]
    basedir: Option<String>,
}

impl Query for GetRepo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut wish = Wish::read(&self.repo, Map::new(), read);
        wish.basedir = self.basedir;
        match find(read)?.name() {
            "apt" => {
                let source = apt::wished(&wish)?;
                let found = apt::current(&wish, &source, read.host());
                Ok(found.map(|placed| placed.source.shown(&placed.file)).unwrap_or_default())
            }
            "dnf" | "zypper" => {
                Ok(section::current(&wish, read.host()).map(|(file, found)| section::info(&file, &found)).unwrap_or_default())
            }
            _ => Err(not_here(read)),
        }
    }
}

/// Put a repository there, or change it, and return what changed.
///
/// ```salt
/// salt '*' pkg.mod_repo 'deb [signed-by=/etc/apt/keyrings/x.gpg] https://x.org/debian stable main' file=/etc/apt/sources.list.d/x.list
/// ```
#[derive(Args)]
pub struct ModRepo {
    /// Whole line of an apt source, or the name of a section.
    repo: String,
    /// Fetch what repositories have afterwards.
    #[arg(default = true, named)]
    refresh: bool,
    /// Everything else that `pkgrepo.managed` knows.
    #[arg(extra)]
    options: Map,
}

impl Action for ModRepo {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let wish = Wish::read(&self.repo, self.options, cx);
        let found = plan(&wish, cx)?;
        if found.is_met(&wish, cx) {
            return Ok(Map::new());
        }
        found.put(&wish, cx).await?;
        if self.refresh {
            find(cx)?.refresh(cx).await?;
        }
        Ok(found.changes(&wish))
    }
}

/// Take a repository away.
///
/// ```salt
/// salt '*' pkg.del_repo 'deb http://deb.debian.org/debian bookworm main'
/// ```
#[derive(Args)]
#[args(extra)]
pub struct DelRepo {
    /// Whole line of an apt source, or the name of a section.
    repo: String,
    /// Fetch what repositories have afterwards.
    #[arg(default = true, named)]
    refresh: bool,
}

impl Action for DelRepo {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let missing = || Failure::failed(format!("Repo {} doesn't exist in the sources.list(s)", self.repo));
        let wish = Wish::read(&self.repo, Map::new(), cx);
        match find(cx)?.name() {
            "apt" => {
                let found = apt::standing(&apt::wished(&wish)?, None, cx.host());
                if found.is_empty() {
                    return Err(missing());
                }
                apt::remove(cx, &found)?;
            }
            "dnf" | "zypper" => {
                let (file, found) = section::current(&wish, cx.host()).ok_or_else(missing)?;
                section::remove(cx, &file, &found.name)?;
            }
            _ => return Err(not_here(cx)),
        }
        if self.refresh {
            find(cx)?.refresh(cx).await?;
        }
        Ok(format!("Repo '{}' has been removed", self.repo))
    }
}

/// Put a signing key of repositories there.
///
/// ```salt
/// salt '*' pkg.add_repo_key path=salt://keys/repo.asc
/// ```
#[derive(Args)]
#[args(extra)]
pub struct AddRepoKey {
    /// Where the key is: an address or a path.
    path: Option<String>,
    /// The key itself.
    text: Option<String>,
    /// Server that has the key.
    keyserver: Option<String>,
    /// Id of the key.
    keyid: Option<String>,
    /// Name of the file it gets.
    #[arg(named)]
    keyfile: Option<String>,
    /// Folder it is put in.
    #[arg(default = keys::TRUSTED, named)]
    keydir: String,
}

impl Action for AddRepoKey {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if find(cx)?.name() != "apt" {
            let path = self.path.ok_or_else(|| Failure::bad_arguments("a path or an address of the key is needed here"))?;
            let fetched = cx.agent().fetch(&path, cx.env()).await?;
            let local = fetched.ok_or_else(|| Failure::failed(format!("there is no key at `{path}`")))?.path;
            cx.run(["rpm", "--import", &local]).await?;
            return Ok(true);
        }
        let wish = Wish { key_url: self.path, key_text: self.text, keyid: self.keyid, keyserver: self.keyserver, ..Wish::default() };
        let mut source = Source { uri: "key".to_owned(), dist: "added".to_owned(), ..Source::default() };
        if let Some(file) = &self.keyfile {
            source.set_option("signed-by", Some(join(&self.keydir, file)));
        }
        keys::put(cx, &wish, &source).await?;
        Ok(true)
    }
}

/// Files of signing keys, with the folder they lie in.
fn key_files(read: &Read) -> Vec<String> {
    let folders = [keys::TRUSTED, "/etc/apt/keyrings", "/usr/share/keyrings"];
    let files = folders.into_iter().flat_map(|folder| {
        let names = read.host().list(folder).unwrap_or_default().into_iter();
        names.filter(|name| name.ends_with(".gpg") || name.ends_with(".asc")).map(move |name| join(folder, &name))
    });
    files.collect()
}

/// List the files of signing keys that apt has.
///
/// ```salt
/// salt '*' pkg.get_repo_keys
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GetRepoKeys;

impl Query for GetRepoKeys {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(key_files(read))
    }
}

/// Remove the file of a signing key.
///
/// ```salt
/// salt '*' pkg.del_repo_key keyid=0123ABCD
/// ```
#[derive(Args)]
#[args(extra)]
pub struct DelRepoKey {
    /// Name, unused where `keyid` is given.
    name: Option<String>,
    /// Id of the key, as its file is named.
    #[arg(named)]
    keyid: Option<String>,
}

impl Action for DelRepoKey {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let id = self.keyid.or(self.name).ok_or_else(|| Failure::bad_arguments("`keyid` is needed"))?;
        let files = keys::files_of(&id, cx);
        for file in &files {
            cx.host().remove_file(file).map_err(crate::failure)?;
        }
        Ok(!files.is_empty())
    }
}
