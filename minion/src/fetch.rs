//! Bringing files to this machine: `salt://` from the file environments, everything else by its scheme.

use crate::desk::Desk;
use files::{FileEnv, FilePath};
use model::Failure;
use sdk::{Fetched, Listing};

/// `salt://path?saltenv=env`, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaltUri {
    /// Path in the environment.
    pub path: FilePath,
    /// The environment.
    pub env: String,
}

impl SaltUri {
    /// Parses a uri; `None` if it is of another scheme.
    ///
    /// # Errors
    /// When it is one of ours and names no path inside an environment.
    pub fn parse(uri: &str, env: &str) -> Result<Option<Self>, Failure> {
        let Some(rest) = uri.strip_prefix("salt://") else { return Ok(None) };
        // A `|` in front says that the path holds characters which a uri would read otherwise.
        let (path, query) = match rest.strip_prefix('|') {
            Some(path) => (path, None),
            None => rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query))),
        };
        let asked = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("saltenv=")));
        let path = FilePath::new(path).map_err(|error| Failure::bad_arguments(error.to_string()))?;
        Ok(Some(Self { path, env: asked.unwrap_or(env).to_owned() }))
    }
}

/// Who may send a file over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Who has a certificate that this machine trusts.
    Known,
    /// Anybody.
    Anybody,
}

/// Brings a file here; `None` when its source has no such file.
///
/// # Errors
/// When the source cannot be asked.
pub async fn fetch(desk: &Desk, uri: &str, env: &str) -> Result<Option<Fetched>, Failure> {
    let peer = if desk.core.loaded().config.verify_ssl { Peer::Known } else { Peer::Anybody };
    fetch_from(desk, uri, env, peer).await
}

/// Brings a file here from a peer of a kind.
///
/// # Errors
/// When the source cannot be asked.
pub async fn fetch_from(desk: &Desk, uri: &str, env: &str, peer: Peer) -> Result<Option<Fetched>, Failure> {
    if let Some(place) = SaltUri::parse(uri, env)? {
        return desk.blocking(move |desk| from_environment(&desk, &place)).await;
    }
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    if path.starts_with('/') {
        return Ok(desk.core.host.is_file(path).then(|| Fetched { path: path.to_owned(), sha256: None, mode: None }));
    }
    match uri.split_once("://") {
        Some(("http" | "https" | "ftp", _)) => download(desk, uri, env, peer).await,
        Some((scheme, _)) => Err(Failure::unavailable(format!("files of `{scheme}://` cannot be fetched here"))
            .with_hint("use salt://, http://, https://, ftp:// or file://")),
        None => Err(Failure::bad_arguments(format!("`{uri}` is neither a path nor a uri"))
            .with_hint("a path begins with `/`, a file of the file server with `salt://`")),
    }
}

fn from_environment(desk: &Desk, place: &SaltUri) -> Result<Option<Fetched>, Failure> {
    let files = desk.core.files();
    let found = files.find(&place.env, &place.path).map_err(|error| Failure::failed(output::chain(&error)))?;
    Ok(found.map(|found| Fetched {
        path: found.disk.to_string_lossy().into_owned(),
        sha256: files.hash(&place.env, &place.path).ok().flatten(),
        mode: Some(found.mode),
    }))
}

/// Where a downloaded file is kept.
pub fn download_place(desk: &Desk, uri: &str, env: &str) -> String {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let folder = desk.core.loaded().config.cachedir.join("extrn_files").join(env);
    folder
        .join(rest.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/"))
        .to_string_lossy()
        .into_owned()
}

/// By `curl` or `wget`, which know proxies, certificates and credentials of this host.
async fn download(desk: &Desk, uri: &str, env: &str, peer: Peer) -> Result<Option<Fetched>, Failure> {
    let cx = desk.cx();
    let host = &desk.core.host;
    let target = download_place(desk, uri, env);
    if let Some(up) = host::parent(&target) {
        host.make_dirs(up, Some(0o755)).map_err(|error| Failure::failed(output::chain(&error)))?;
    }
    let fresh = format!("{target}.part");
    let output = if host.which("curl").is_some() {
        let mut argv = vec!["curl", "--fail", "--silent", "--show-error", "--location", "--max-redirs", "10", "--output", &fresh];
        if peer == Peer::Anybody {
            argv.push("--insecure");
        }
        argv.extend(["--", uri]);
        cx.try_run(argv).await?
    } else if host.which("wget").is_some() {
        let mut argv = vec!["wget", "--quiet", "--output-document", &fresh];
        if peer == Peer::Anybody {
            argv.push("--no-check-certificate");
        }
        argv.extend(["--", uri]);
        cx.try_run(argv).await?
    } else {
        return Err(Failure::unavailable(format!("`{uri}` cannot be fetched: neither `curl` nor `wget` is installed")));
    };
    if output.is_ok() {
        host.rename(&fresh, &target).map_err(|error| Failure::failed(output::chain(&error)))?;
        return Ok(Some(Fetched { path: target, sha256: None, mode: None }));
    }
    let _ = host.remove_file(&fresh);
    // 22: the server answered with an error status, 8: the same of wget.
    if matches!(output.retcode(), 22 | 8) {
        return Ok(None);
    }
    Err(Failure::failed(format!("`{uri}` cannot be fetched: {}", output.err().trim())))
}

/// What is below a folder of the file server. Blocks.
///
/// # Errors
/// When the file server cannot be asked.
pub fn list(desk: &Desk, uri: &str, env: &str) -> Result<Option<Listing>, Failure> {
    let folder = uri.strip_prefix("salt://").unwrap_or(uri);
    let (folder, query) = folder.split_once('?').map_or((folder, None), |(folder, query)| (folder, Some(query)));
    let env = query.and_then(|query| query.strip_prefix("saltenv=")).unwrap_or(env);
    let folder = folder.trim_matches('/');
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let files: &dyn FileEnv = &**desk.core.files();
    let fail = |error: files::Error| Failure::failed(output::chain(&error));
    let below = |paths: Vec<String>| -> Vec<String> {
        paths.into_iter().filter_map(|path| path.strip_prefix(&prefix).filter(|rest| !rest.is_empty()).map(str::to_owned)).collect()
    };
    let all_dirs = files.list_dirs(env).map_err(fail)?;
    let is_there = folder.is_empty() || all_dirs.iter().any(|dir| dir == folder);
    let listing = Listing {
        files: below(files.list(env).map_err(fail)?),
        dirs: below(all_dirs),
        links: files
            .list_links(env)
            .map_err(fail)?
            .into_iter()
            .filter_map(|(path, to)| path.strip_prefix(&prefix).map(|rest| (rest.to_owned(), to)))
            .collect(),
    };
    Ok((is_there || !listing.files.is_empty()).then_some(listing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_may_name_its_environment_and_never_leaves_it() {
        let parse = |uri: &str| SaltUri::parse(uri, "base");
        let uri = parse("salt://a/b?saltenv=dev").unwrap().unwrap();
        assert_eq!((uri.path.as_str(), uri.env.as_str()), ("a/b", "dev"));
        assert_eq!(parse("salt://|odd?name").unwrap().unwrap().path.as_str(), "odd?name");
        assert_eq!(parse("https://x/y").unwrap(), None);
        assert!(parse("salt://../etc/passwd").is_err());
    }
}
