//! `file.cached` and `file.not_cached`: copies of sources in the minion's cache.

use super::content::{Origin, split_env};
use super::expanded;
use super::manage::one;
use super::signed::Signed;
use host::Digest;
use modules::net::without_password;
use sdk::host;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value, Words};

/// Ensure the cache has a copy of a file.
///
/// ```salt
/// https://example.org/app-1.2.tar.gz:
///   file.cached:
///     - source_hash: sha256=3d41...
/// ```
#[derive(Args)]
pub struct Cached {
    /// Address of the file.
    name: String,
    /// Its checksum, or a file of checksums.
    #[arg(default = "")]
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// Take a remote file without a checksum.
    #[arg(default = false)]
    skip_verify: bool,
    /// File environment.
    #[arg(default = "base")]
    saltenv: String,
    /// Take a remote file without a checksum; the server is asked whether it changed.
    #[arg(default = false)]
    use_etag: bool,
    /// Signature of the file of checksums: where it lies, or `True` where it is in that file itself.
    source_hash_sig: Option<Value>,
    /// Fingerprints of which one has to have signed.
    #[arg(default)]
    signed_by_any: Words,
    /// Fingerprints that all have to have signed.
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

/// Ensure the cache has no copy of a file.
///
/// ```salt
/// https://example.org/app-1.1.tar.gz:
///   file.not_cached: []
/// ```
#[derive(Args)]
pub struct NotCached {
    /// Address of the file.
    name: String,
    /// File environment.
    #[arg(default = "base")]
    saltenv: String,
}

/// Path of a file that is on this machine anyway.
fn local_path(name: &str, read: &Read) -> Option<String> {
    let path = match name.split_once("://") {
        Some(("file", path)) => path,
        Some(_) => return None,
        None => name,
    };
    let path = expanded(path, read);
    Some(read.host().real_path(&path).unwrap_or(path))
}

/// Whether an address is of another machine and not of the file server.
pub fn is_remote(uri: &str) -> bool {
    matches!(uri.split_once("://"), Some(("http" | "https" | "ftp" | "swift" | "s3", _)))
}

impl Cached {
    /// A request for a copy, as other states make it.
    pub fn of(name: String, source_hash: String, source_hash_name: Option<String>, skip_verify: bool, env: String) -> Self {
        Self {
            name,
            source_hash,
            source_hash_name,
            skip_verify,
            saltenv: env,
            use_etag: false,
            source_hash_sig: None,
            signed_by_any: Words::default(),
            signed_by_all: Words::default(),
            keyring: None,
            gnupghome: None,
            sig_backend: "gpg".to_owned(),
        }
    }

    /// The wanted sum.
    async fn wanted(&self, read: &Read) -> Result<Option<(Digest, String)>, String> {
        if self.source_hash.is_empty() {
            return Ok(None);
        }
        let (any, all) = (&self.signed_by_any, &self.signed_by_all);
        let signed = Signed::new(None, self.source_hash_sig.as_ref(), any, all, self.keyring.as_ref(), self.gnupghome.as_ref())
            .by(&self.sig_backend);
        signed.check_hashes(&self.source_hash, &self.saltenv, read).await?;
        let origin = Origin { source_hash: self.source_hash.clone(), source_hash_name: self.source_hash_name.clone(), ..Origin::default() };
        origin.sum(&self.name, &self.saltenv, read).await.map(Some)
    }

    /// Everything that can be said before anything is fetched: an answer, or the wanted sum.
    async fn before(&self, read: &Read) -> Result<Result<Option<(Digest, String)>, Check<()>>, Failure> {
        if is_remote(&self.name) && !self.skip_verify && self.source_hash.is_empty() && !self.use_etag {
            let text = format!(
                "Unable to verify upstream hash of source file {}, please set source_hash or set skip_verify or use_etag to True",
                without_password(&self.name)
            );
            return Ok(Err(Check::fails(text)));
        }
        let sum = match self.wanted(read).await {
            Ok(sum) => sum,
            Err(comment) => return Ok(Err(Check::fails(comment))),
        };
        let Some(path) = local_path(&self.name, read) else { return Ok(Ok(sum)) };
        if !read.host().exists(&path) {
            return Ok(Err(Check::fails(format!("File {path} is not present on the minion"))));
        }
        let Some((digest, wanted)) = sum.filter(|_| !self.skip_verify) else {
            return Ok(Err(Check::desired(format!("File {path} is present on the minion"))));
        };
        let actual = digest.hex(&read.host().read(&path).map_err(modules::failure)?);
        Ok(Err(if actual == wanted {
            Check::desired(format!("File {path} is present on the minion and has hash {actual}"))
        } else {
            Check::fails(format!(
                "File {path} is present on the minion, but the hash ({actual}) does not match the specified hash ({wanted})"
            ))
        }))
    }

    /// Brings the file here.
    pub async fn bring(&self, cx: &Cx) -> Result<Applied, Failure> {
        let sum = match self.before(cx.read()).await? {
            Ok(sum) => sum,
            Err(Check::Fails(applied)) => return Ok(applied),
            Err(Check::Desired(comment) | Check::Later(comment)) => return Ok(Applied::ok(comment, Map::new())),
            Err(Check::Change(outlook, ())) => return Ok(Applied::ok(outlook.comment, outlook.changes)),
        };
        let digest = sum.as_ref().map_or(Digest::Sha256, |(digest, _)| *digest);
        let (uri, env) = split_env(&self.name, &self.saltenv);
        let hash_of = |path: &str| cx.host().read(path).map(|bytes| digest.hex(&bytes)).map_err(modules::failure);
        let before = match cx.agent().cached(&uri, env) {
            Some(path) if cx.host().is_file(&path) => Some((hash_of(&path)?, path)),
            _ => None,
        };
        if let (Some((have, path)), Some((_, wanted))) = (&before, &sum)
            && have == wanted
            && !self.skip_verify
        {
            return Ok(Applied::ok(format!("File is already cached to {path} with hash {have}"), Map::new()));
        }
        let path = match cx.agent().cache(&uri, env).await {
            Ok(Some(path)) => path,
            Ok(None) => {
                let name = without_password(&self.name);
                return Ok(Applied::failed(format!("Failed to cache {name}, check minion log for more information")));
            }
            Err(failure) => return Ok(Applied::failed(failure.message)),
        };
        let after = hash_of(&path)?;
        let mut changes = Map::new();
        let before = before.map(|(hash, _)| hash);
        if before.as_ref() != Some(&after) {
            let mut hash = Map::new();
            hash.insert("old", before);
            hash.insert("new", after.as_str());
            changes.insert("hash", hash);
        }
        Ok(match sum.filter(|_| !self.skip_verify) {
            None => Applied::ok(format!("File is cached to {path}"), changes),
            Some((_, wanted)) if wanted == after => Applied::ok(format!("File is already cached to {path} with hash {after}"), changes),
            Some((_, wanted)) => {
                Applied::failed(format!("File is cached to {path}, but the hash ({after}) does not match the specified hash ({wanted})"))
                    .with_changes(changes)
            }
        })
    }
}

impl State for Cached {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let sum = match self.before(read).await? {
            Ok(sum) => sum,
            Err(answer) => return Ok(answer),
        };
        let name = &self.name;
        let (uri, env) = split_env(name, &self.saltenv);
        let there = read.agent().cached(&uri, env).filter(|path| read.host().is_file(path));
        let comment = match (there, sum) {
            (None, _) => format!("File will be cached: {name}"),
            (Some(_), None) => format!("No hash found. File will be cached: {name}"),
            (Some(path), Some((digest, wanted))) => {
                let have = digest.hex(&read.host().read(&path).map_err(modules::failure)?);
                if have == wanted {
                    let outlook = Outlook::new(format!("File already cached: {name}"), Map::new()).with_result(Some(true));
                    return Ok(Check::Change(outlook, ()));
                }
                format!("Hashes don't match.\nFile will be cached: {name}")
            }
        };
        Ok(Check::change(comment, Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.bring(cx).await
    }
}

impl State for NotCached {
    type Change = String;

    async fn check(&self, read: &Read) -> Result<Check<String>, Failure> {
        if let Some(path) = local_path(&self.name, read) {
            return Ok(Check::desired(format!("File {path} is a local path, no action taken")));
        }
        let (uri, env) = split_env(&self.name, &self.saltenv);
        match read.agent().cached(&uri, env).filter(|path| read.host().is_file(path)) {
            None => Ok(Check::desired(format!("{} is not cached", self.name))),
            Some(path) => Ok(Check::change(format!("{path} would be deleted"), one("deleted", true), path)),
        }
    }

    async fn apply(&self, path: String, cx: &Cx) -> Result<Applied, Failure> {
        Ok(match cx.host().remove_file(&path) {
            Ok(()) => Applied::ok(format!("{path} was deleted"), one("deleted", true)),
            Err(error) => Applied::failed(format!("Failed to delete {path}: {}", error.python())),
        })
    }
}
