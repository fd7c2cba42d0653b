//! `archive.extracted`: what is in an archive lies in a folder.

mod arguments;
mod decide;
mod extract;
mod owners;
mod sums;

use crate::file::cached::{Cached, is_remote};
use crate::file::content::{Origin, split_env};
use crate::file::signed::Signed;
use decide::Decision;
use modules::archive::{Format, Trim};
use modules::net::without_password;
use sdk::host::Look;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Secret, State, Value, Words};

sdk::states!(archive, [Extracted]);

/// Ensure what is in an archive lies in a folder.
///
/// ```salt
/// /opt/app:
///   archive.extracted:
///     - source: https://example.org/app-1.2.tar.gz
///     - source_hash: sha256=3d41...
///     - user: app
///     - if_missing: /opt/app/1.2
/// ```
#[derive(Args)]
pub struct Extracted {
    /// Folder.
    name: String,
    /// The archive: `salt://…`, a URL or a path; of a list the first that exists.
    source: Value,
    /// Its checksum, or a file of checksums.
    #[arg(default = "")]
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// Extract again when the checksum is another than the last time.
    #[arg(default = false)]
    source_hash_update: bool,
    /// Do not look into the archive when its checksum is that of the last time.
    #[arg(default = false)]
    skip_files_list_verify: bool,
    /// Take a remote archive without a checksum.
    #[arg(default = false)]
    skip_verify: bool,
    /// Keep the archive in the cache.
    #[arg(default = true, alias = "keep")]
    keep_source: bool,
    /// Password of a zip archive.
    password: Option<Secret<String>>,
    /// Options for `tar` or `unzip`, which are run then.
    options: Option<String>,
    /// Command that decompresses a tar archive to its output, to list what is in it.
    list_options: Option<String>,
    /// Remove what stands in the place of something else.
    #[arg(default = false)]
    force: bool,
    /// Extract even if all is there.
    #[arg(default = false)]
    overwrite: bool,
    /// Remove what the archive has at its top before extracting.
    #[arg(default = false)]
    clean: bool,
    /// Remove the whole folder before extracting.
    #[arg(default = false)]
    clean_parent: bool,
    /// Owner of what is extracted.
    user: Option<String>,
    /// Group of what is extracted.
    group: Option<String>,
    /// Do nothing if this path is there.
    if_missing: Option<String>,
    /// Show only the first 100 names, or so many.
    #[arg(default = false)]
    trim_output: Trim,
    /// Run `unzip` for a zip archive.
    use_cmd_unzip: Option<bool>,
    /// Set the modes that a zip archive has.
    #[arg(default = true)]
    extract_perms: bool,
    /// Refuse an archive that has more than one folder at its top.
    #[arg(default = true)]
    enforce_toplevel: bool,
    /// Path that `user` and `group` are for, instead of what the archive has at its top.
    enforce_ownership_on: Option<String>,
    /// `tar`, `zip` or `rar`; guessed from the source unless given.
    archive_format: Option<String>,
    /// Take a remote archive without a checksum; the server is asked whether it changed.
    #[arg(default = false)]
    use_etag: bool,
    /// Signature of the archive.
    signature: Option<Value>,
    /// Signature of the file of checksums.
    source_hash_sig: Option<Value>,
    /// Keys of which one has to have signed.
    #[arg(default)]
    signed_by_any: Words,
    /// Keys that all have to have signed.
    #[arg(default)]
    signed_by_all: Words,
    /// Keyring of those keys.
    keyring: Option<String>,
    /// Folder of GnuPG.
    gnupghome: Option<String>,
    /// What checks signatures: only `gpg` is here.
    #[arg(default = "gpg")]
    sig_backend: String,
}

/// Where the archive comes from.
#[derive(Clone, Debug)]
struct Place {
    /// As comments show it.
    shown: String,
    /// Address, or path where it is on this machine.
    uri: String,
    env: String,
    local: bool,
    format: Format,
}

/// What `check` found to be done.
#[derive(Debug)]
pub struct Todo {
    place: Place,
    /// What was decided; `None` for an archive that is not here yet.
    decision: Option<(String, Decision)>,
}

impl Extracted {
    /// What is wrong with the signatures of the archive, or of its file of checksums.
    async fn unsigned(&self, path: &str, place: &Place, read: &Read) -> Option<String> {
        let (any, all) = (&self.signed_by_any, &self.signed_by_all);
        let signed =
            Signed::new(self.signature.as_ref(), self.source_hash_sig.as_ref(), any, all, self.keyring.as_ref(), self.gnupghome.as_ref())
                .by(&self.sig_backend);
        if let Err(comment) = signed.check_hashes(&self.source_hash, &place.env, read).await {
            return Some(comment.why);
        }
        let signature = signed.source.as_ref()?;
        signed.check(path, signature, &place.shown, &place.env, read).await.err().map(|unsigned| unsigned.why)
    }

    /// Folder with a slash at its end, as comments show it.
    fn folder(&self) -> String {
        format!("{}/", self.name.trim_end_matches('/'))
    }

    /// The first source that exists.
    async fn place(&self, read: &Read) -> Result<Place, String> {
        let mut chosen = None;
        let several = self.source.as_list().is_some();
        for candidate in self.source.as_list().unwrap_or(std::slice::from_ref(&self.source)) {
            let uri = match candidate.as_map().and_then(Map::single) {
                Some((uri, _)) => sdk::text::str(uri),
                None if candidate.is_null() => String::new(),
                None => sdk::text::str(candidate),
            };
            let (bare, env) = split_env(&uri, read.env());
            let there = match bare.split_once("://") {
                _ if !several => true,
                Some(("salt", _)) => read.agent().hash(&bare, env).await.ok().flatten().is_some(),
                Some(("file", path)) => read.host().exists(path),
                Some(_) => true,
                None => read.host().exists(&bare),
            };
            if there {
                chosen = Some((uri.clone(), bare, env.to_owned()));
                break;
            }
        }
        let Some((given, uri, env)) = chosen else { return Err("none of the specified sources were found".to_owned()) };
        if uri.is_empty() {
            return Err(format!("Invalid source \"{given}\""));
        }
        let local = !uri.contains("://") || uri.starts_with("file://");
        let path = uri.trim_start_matches("file://");
        let format = self.format(path.split(['?', '#']).next().unwrap_or(path))?;
        if !local {
            return Ok(Place { shown: without_password(&given), uri, env, local, format });
        }
        let path = read.host().real_path(path).unwrap_or_else(|_| path.to_owned());
        if !read.host().is_file(&path) {
            return Err(format!("Source file '{path}' does not exist"));
        }
        Ok(Place { shown: path.clone(), uri: path, env, local, format })
    }

    /// The archive on this machine, if it can be had without changing anything that matters.
    async fn here(&self, place: &Place, read: &Read) -> Result<Option<String>, Failure> {
        if place.local {
            return Ok(Some(place.uri.clone()));
        }
        if !is_remote(&place.uri) {
            return Ok(read.agent().fetch(&place.uri, &place.env).await?.map(|fetched| fetched.path));
        }
        let Some(path) = read.agent().cached(&place.uri, &place.env).filter(|path| read.host().is_file(path)) else { return Ok(None) };
        Ok(match self.sum(place, read).await {
            Ok(Some((digest, sum))) if !self.skip_verify => sums::is(read.host(), &path, digest, &sum).then_some(path),
            Ok(_) => Some(path),
            Err(_) => None,
        })
    }

    async fn sum(&self, place: &Place, read: &Read) -> Result<Option<(host::Digest, String)>, String> {
        if self.source_hash.is_empty() {
            return Ok(None);
        }
        let origin = Origin { source_hash: self.source_hash.clone(), source_hash_name: self.source_hash_name.clone(), ..Origin::default() };
        origin.sum(&place.uri, &place.env, read).await.map(Some)
    }

    /// The answer where the checksum alone tells that nothing is to be done.
    fn known(&self, place: &Place, sum: Option<&(host::Digest, String)>, read: &Read) -> Option<String> {
        let (digest, sum) = sum.filter(|_| self.skip_files_list_verify)?;
        let path = if place.local { place.uri.clone() } else { read.agent().cached(&place.uri, &place.env)? };
        let recorded = sums::recorded(&path, *digest, read)?;
        (recorded == *sum).then(|| {
            format!(
                "Archive {} existing source sum is the same as the expected one and skip_files_list_verify argument was set to True. \
                 Extraction is not needed",
                place.shown
            )
        })
    }

    fn outlook(&self, decision: &Decision, place: &Place) -> Outlook {
        if !decision.needed {
            let mut outlook = Outlook::new(decision.present(self), Map::new()).with_result(Some(true));
            if !decision.owners.todo.is_empty() {
                outlook.comment.push_str(". Ownership would be updated on one or more files/directories.");
                outlook.changes = [("updated ownership", true)].into_iter().collect::<Map>().into();
                outlook.result = None;
            }
            return outlook;
        }
        let mut comment = format!("Archive {} would be extracted to {}", place.shown, self.folder());
        if self.clean && decision.contents.is_some() {
            comment.push_str(", after cleaning destination path(s)");
        }
        comment.push_str(decision.why.words());
        Outlook::new(comment, Map::new())
    }
}

impl State for Extracted {
    type Change = Todo;

    async fn check(&self, read: &Read) -> Result<Check<Todo>, Failure> {
        if let Some(comment) = self.refusal(read.host()) {
            return Ok(Check::fails(comment));
        }
        if let Some(path) = self.if_missing.as_deref().filter(|path| read.host().exists(path)) {
            return Ok(Check::desired(format!("Path {path} exists")));
        }
        if let Some(comment) = self.no_owner(read.host()) {
            return Ok(Check::fails(comment));
        }
        let place = match self.place(read).await {
            Ok(place) => place,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        if let Some(comment) = self.bad_for(place.format, read.host()) {
            return Ok(Check::fails(comment));
        }
        let sum = match self.sum(&place, read).await {
            Ok(sum) => sum,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        if let Some(comment) = self.known(&place, sum.as_ref(), read) {
            return Ok(Check::desired(comment));
        }
        let Some(path) = self.here(&place, read).await? else {
            let comment = format!("Archive {} would be cached (if necessary) and checked to discover if extraction is needed", place.shown);
            return Ok(Check::change(comment, Map::new(), Todo { place, decision: None }));
        };
        if let Some(comment) = self.unsigned(&path, &place, read).await {
            return Ok(Check::fails(comment));
        }
        match self.decide(&path, &place, read).await? {
            Err(refused) => Ok(Check::Fails(refused)),
            Ok(decision) => {
                if decision.needed
                    && place.local
                    && !self.skip_verify
                    && let Some((digest, sum)) = &sum
                    && !sums::is(read.host(), &path, *digest, sum)
                {
                    return Ok(Check::fails(format!("{} does not match the desired source_hash {sum}", place.shown)));
                }
                let outlook = self.outlook(&decision, &place);
                Ok(Check::Change(outlook, Todo { decision: Some((path, decision)), place }))
            }
        }
    }

    async fn apply(&self, todo: Todo, cx: &Cx) -> Result<Applied, Failure> {
        let Todo { place, decision } = todo;
        let (path, decision) = match decision.filter(|_| !is_remote(&place.uri)) {
            Some(decided) => decided,
            None => {
                let hash = self.source_hash.clone();
                let skip = self.skip_verify || self.use_etag;
                let brought = Cached::of(place.uri.clone(), hash, self.source_hash_name.clone(), skip, place.env.clone()).bring(cx).await?;
                if !brought.result {
                    return Ok(brought);
                }
                let Some(path) = cx.agent().cached(&place.uri, &place.env).filter(|path| cx.host().is_file(path)) else {
                    return Ok(Applied::failed(format!("Failed to cache {}", place.shown)));
                };
                if let Some(comment) = self.unsigned(&path, &place, cx.read()).await {
                    return Ok(Applied::failed(comment));
                }
                match self.decide(&path, &place, cx.read()).await? {
                    Ok(decision) => (path, decision),
                    Err(refused) => return Ok(refused),
                }
            }
        };
        let applied = self.extract(&path, decision, &place, cx).await?;
        if applied.result && self.source_hash_update && !self.source_hash.is_empty() && !self.skip_verify {
            sums::record(&path, cx)?;
        }
        if is_remote(&place.uri) && !self.keep_source {
            cx.host().remove_file(&path).map_err(modules::failure)?;
        }
        Ok(applied)
    }
}

/// A path that is none of ours to remove whole.
fn is_root(host: &dyn Look, path: &str) -> bool {
    host.real_path(path).is_ok_and(|real| real == "/")
}
