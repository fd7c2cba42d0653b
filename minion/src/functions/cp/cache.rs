//! Files in the cache of this machine.

use super::{base_name, cache_place, cached, or_empty, or_env, or_false, put};
use crate::desk::Desk;
use crate::fetch::{self, SaltUri};
use crate::functions::{desk, flatten};
use files::FilePath;
use model::Failure;
use sdk::{Action, Args, Cx, Query, Read, Value};
use std::sync::Arc;

/// Bring a file into the cache and return its path there.
///
/// ```salt
/// salt '*' cp.cache_file salt://web/site.conf
/// ```
#[derive(Args)]
pub struct CacheFile {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
    /// Known for compatibility.
    #[arg(named, ignored)]
    source_hash: Option<String>,
    /// Check the certificate of whoever sends it.
    #[arg(default = true)]
    verify_ssl: bool,
    /// Known for compatibility.
    #[arg(named, ignored)]
    use_etag: Option<bool>,
}

impl Action for CacheFile {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        if !self.verify_ssl && !self.path.starts_with("salt://") {
            return Ok(or_false(cx.agent().fetch_unchecked(&self.path, &env).await?.map(|fetched| fetched.path)));
        }
        cache_one(&desk(cx.read())?, &self.path, &env).await
    }
}

async fn cache_one(desk: &Arc<Desk>, uri: &str, env: &str) -> Result<Value, Failure> {
    super::cache(desk, uri, env).await.map(or_false)
}

/// Bring several files into the cache.
///
/// ```salt
/// salt '*' cp.cache_files salt://a,salt://b
/// ```
#[derive(Args)]
pub struct CacheFiles {
    /// The files, with commas between them or as a list.
    paths: Value,
    /// Environment of the files.
    saltenv: Option<String>,
}

impl Action for CacheFiles {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, env) = (desk(cx.read())?, or_env(&self.saltenv, cx.read()));
        let mut paths = Vec::new();
        for path in flatten(Some(&self.paths)) {
            paths.push(cache_one(&desk, &path, &env).await?);
        }
        Ok(Value::List(paths))
    }
}

/// Bring a folder into the cache.
///
/// ```salt
/// salt '*' cp.cache_dir salt://web/files
/// ```
#[derive(Args)]
pub struct CacheDir {
    /// The folder.
    path: String,
    /// Environment of the folder.
    saltenv: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    include_empty: bool,
    /// Only files whose paths fit this pattern.
    include_pat: Option<String>,
    /// No files whose paths fit this pattern.
    exclude_pat: Option<String>,
}

impl Action for CacheDir {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, env) = (desk(cx.read())?, or_env(&self.saltenv, cx.read()));
        let (include, exclude) = (self.include_pat.as_deref().map(model::Glob::new), self.exclude_pat.as_deref().map(model::Glob::new));
        let fits = move |path: &str| {
            include.as_ref().is_none_or(|pattern| pattern.matches(path)) && !exclude.as_ref().is_some_and(|pattern| pattern.matches(path))
        };
        cache_below(&desk, &self.path, &env, fits).await
    }
}

async fn cache_below(desk: &Arc<Desk>, folder: &str, env: &str, fits: impl Fn(&str) -> bool + Send + 'static) -> Result<Value, Failure> {
    let (folder, env) = (folder.to_owned(), env.to_owned());
    desk.blocking(move |desk| {
        let root = folder.strip_prefix("salt://").unwrap_or(&folder).trim_matches('/').to_owned();
        let listing = fetch::list(&desk, &folder, &env)?.unwrap_or_default();
        let mut paths = Vec::new();
        for file in listing.files {
            let path = if root.is_empty() { file } else { format!("{root}/{file}") };
            if !fits(&path) {
                continue;
            }
            let Ok(path) = FilePath::new(&path) else { continue };
            paths.extend(cached(&desk, &SaltUri { path, env: env.clone() })?);
        }
        Ok(Value::List(paths.into_iter().map(Value::from).collect()))
    })
    .await
}

/// Bring all files of an environment into the cache.
///
/// ```salt
/// salt '*' cp.cache_master
/// ```
#[derive(Args)]
pub struct CacheMaster {
    /// The environment.
    saltenv: Option<String>,
}

impl Action for CacheMaster {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        cache_below(&desk(cx.read())?, "salt://", &env, |_| true).await
    }
}

/// Copy a file of this machine into the cache.
///
/// ```salt
/// salt '*' cp.cache_local_file /etc/hosts
/// ```
#[derive(Args)]
pub struct CacheLocalFile {
    /// The file.
    path: String,
}

impl Action for CacheLocalFile {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if !cx.host().is_file(&self.path) {
            return Ok(Value::from(""));
        }
        let bytes = cx.host().read(&self.path).map_err(modules::failure)?;
        let cache = desk(cx.read())?.core.loaded().config.cachedir.join("localfiles");
        let target = host::join(&cache.to_string_lossy(), self.path.trim_start_matches('/'));
        Ok(or_empty(put(cx.host(), &bytes, &target, base_name(&self.path), true, None)?))
    }
}

/// Tell where a file would be in the cache.
///
/// ```salt
/// salt '*' cp.cache_dest salt://web/site.conf
/// ```
#[derive(Args)]
pub struct CacheDest {
    /// The file.
    url: String,
    /// Environment of the file.
    saltenv: Option<String>,
}

impl Query for CacheDest {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let place = SaltUri::parse(&self.url, &env)?.ok_or_else(|| Failure::bad_arguments(format!("`{}` is no salt:// uri", self.url)))?;
        Ok(Value::from(cache_place(&*desk(read)?, &place)))
    }
}

/// Tell where a file is in the cache; empty text if it is not.
///
/// ```salt
/// salt '*' cp.is_cached salt://web/site.conf
/// ```
#[derive(Args)]
pub struct IsCached {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
}

impl Query for IsCached {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let place = super::place_of(&*desk(read)?, &self.path, &env).unwrap_or(self.path);
        Ok(or_empty(read.host().is_file(&place).then_some(place)))
    }
}

/// List the files in the cache.
///
/// ```salt
/// salt '*' cp.list_minion
/// ```
#[derive(Args)]
pub struct ListMinion {
    /// Known for compatibility: all environments are listed.
    #[arg(ignored)]
    saltenv: Option<String>,
}

impl Query for ListMinion {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let root = desk(read)?.core.loaded().config.cachedir.to_string_lossy().into_owned();
        let (mut waiting, mut found) = (vec![root], Vec::new());
        while let Some(folder) = waiting.pop() {
            for name in read.host().list(&folder).unwrap_or_default() {
                let path = host::join(&folder, &name);
                if read.host().is_dir(&path) && !read.host().is_link(&path) {
                    waiting.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(Value::List(found.into_iter().map(Value::from).collect()))
    }
}
