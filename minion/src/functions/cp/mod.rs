//! Files of the file server on this machine.

use crate::desk::Desk;
use crate::fetch::SaltUri;
use host::{Host, Write};
use model::Failure;
use sdk::{Cx, Read, Value};

mod cache;
mod get;
mod list;
mod send;

use cache::{CacheDest, CacheDir, CacheFile, CacheFiles, CacheLocalFile, CacheMaster, IsCached, ListMinion};
use get::{GetDir, GetFile, GetFileStr, GetTemplate, GetUrl};
use list::{Envs, HashFile, ListMaster, ListMasterDirs, ListMasterSymlinks, ListStates, StatFile};
use send::{Push, PushDir, Recv};

sdk::module!(
    cp,
    [
        GetFile,
        GetUrl,
        GetDir,
        GetTemplate,
        GetFileStr,
        CacheFile,
        CacheFiles,
        CacheDir,
        CacheMaster,
        CacheLocalFile,
        CacheDest,
        IsCached,
        HashFile,
        StatFile,
        Envs,
        ListMaster,
        ListMasterDirs,
        ListMasterSymlinks,
        ListStates,
        ListMinion,
        Push,
        PushDir,
        Recv,
    ]
);

fn or_env(env: &Option<String>, read: &Read) -> String {
    env.clone().unwrap_or_else(|| read.env().to_owned())
}

fn file_error(error: files::Error) -> Failure {
    Failure::failed(output::chain(&error))
}

/// Where `cp.cache_file` keeps a file: `<cachedir>/files/<env>/<path>`.
fn cache_place(desk: &Desk, place: &SaltUri) -> String {
    desk.core.loaded().config.cachedir.join("files").join(&place.env).join(place.path.as_str()).to_string_lossy().into_owned()
}

/// Brings a file into the cache, to the place that [`place_of`] names.
pub async fn cache(desk: &Desk, uri: &str, env: &str) -> Result<Option<String>, Failure> {
    match SaltUri::parse(uri, env)? {
        Some(place) => desk.blocking(move |desk| cached(&desk, &place)).await,
        None => Ok(crate::fetch::fetch(desk, uri, env).await?.map(|fetched| fetched.path)),
    }
}

/// Where the cache keeps a file, whether it is there or not; `None` for what is no file of elsewhere.
pub fn place_of(desk: &Desk, uri: &str, env: &str) -> Option<String> {
    match SaltUri::parse(uri, env) {
        Ok(Some(place)) => Some(cache_place(desk, &place)),
        Ok(None) if uri.contains("://") && !uri.starts_with("file://") => Some(crate::fetch::download_place(desk, uri, env)),
        Ok(None) | Err(_) => None,
    }
}

/// Where a file comes to lie: a folder takes it under its own name. `None` when the parent is missing and is not to be made.
fn place(host: &dyn Host, dest: &str, name: &str, makedirs: bool) -> Result<Option<String>, Failure> {
    let dest = if dest.ends_with('/') || host.is_dir(dest) { host::join(dest.trim_end_matches('/'), name) } else { dest.to_owned() };
    if let Some(up) = host::parent(&dest)
        && !host.is_dir(up)
    {
        if !makedirs {
            return Ok(None);
        }
        host.make_dirs(up, None).map_err(modules::failure)?;
    }
    Ok(Some(dest))
}

/// Puts content at a path, and says which; `None` as [`place`] does.
fn put(host: &dyn Host, bytes: &[u8], dest: &str, name: &str, makedirs: bool, mode: Option<u32>) -> Result<Option<String>, Failure> {
    let Some(dest) = place(host, dest, name, makedirs)? else { return Ok(None) };
    host.write(&dest, bytes, &Write { mode, ..Write::default() }).map_err(modules::failure)?;
    Ok(Some(dest))
}

/// Puts a copy of a fetched file at a path, and says which; `None` as [`place`] does.
fn copy(host: &dyn Host, from: &str, dest: &str, name: &str, makedirs: bool) -> Result<Option<String>, Failure> {
    let Some(dest) = place(host, dest, name, makedirs)? else { return Ok(None) };
    host.copy(from, &dest, &Write::default()).map_err(modules::failure)?;
    Ok(Some(dest))
}

fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// A file of a uri as bytes; `None` when there is none.
async fn bytes_of(cx: &Cx, uri: &str, env: &str) -> Result<Option<Vec<u8>>, Failure> {
    match cx.agent().fetch(uri, env).await? {
        Some(fetched) => cx.host().read(&fetched.path).map(Some).map_err(modules::failure),
        None => Ok(None),
    }
}

/// A file's path in the cache, brought there when it is not or is another one. `None` when there is no such file.
fn cached(desk: &Desk, place: &SaltUri) -> Result<Option<String>, Failure> {
    let files = desk.core.files();
    let host = &desk.core.host;
    let Some(bytes) = files.read(&place.env, &place.path).map_err(file_error)? else { return Ok(None) };
    let target = cache_place(desk, place);
    if !host.read(&target).is_ok_and(|old| old == bytes) {
        put(&**host, &bytes, &target, base_name(&target), true, None)?;
    }
    Ok(Some(target))
}

fn or_false(path: Option<String>) -> Value {
    path.map_or(Value::Bool(false), Value::from)
}

fn or_empty(path: Option<String>) -> Value {
    Value::from(path.unwrap_or_default())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}
