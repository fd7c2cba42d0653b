//! Files of the file server on this machine.

use super::desk;
use crate::desk::Desk;
use crate::fetch::{self, SaltUri};
use files::FilePath;
use host::{Host, Write};
use model::Failure;
use sdk::{Action, Args, Cx, Map, Query, Read, Render, Value};
use std::sync::Arc;

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

/// Copies content to a path; a folder there takes the file under its own name. `None` when the parent is missing and is not to be made.
fn put(host: &dyn Host, bytes: &[u8], dest: &str, name: &str, makedirs: bool, mode: Option<u32>) -> Result<Option<String>, Failure> {
    let dest = if dest.ends_with('/') || host.is_dir(dest) { host::join(dest.trim_end_matches('/'), name) } else { dest.to_owned() };
    if let Some(up) = host::parent(&dest)
        && !host.is_dir(up)
    {
        if !makedirs {
            return Ok(None);
        }
        host.make_dirs(up, None).map_err(modules::failure)?;
    }
    host.write(&dest, bytes, &Write { mode, ..Write::default() }).map_err(modules::failure)?;
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

/// Copy a file of the file server to a path.
///
/// ```salt
/// salt '*' cp.get_file salt://web/site.conf /etc/web/site.conf makedirs=True
/// ```
#[derive(Args)]
pub struct GetFile {
    /// The file.
    path: String,
    /// Where to put it.
    dest: String,
    /// Environment of the file.
    saltenv: Option<String>,
    /// Make missing folders.
    #[arg(default = false)]
    makedirs: bool,
    /// Render path and destination first; the engine.
    template: Option<String>,
    /// Known for compatibility: the connection compresses nothing.
    #[arg(named, ignored)]
    gzip: Option<Value>,
}

impl Action for GetFile {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        let (mut path, mut dest) = (self.path, self.dest);
        if let Some(engine) = &self.template {
            path = render_text(cx, engine, path, &env).await?;
            dest = render_text(cx, engine, dest, &env).await?;
        }
        let uri = if path.contains("://") { path } else { format!("salt://{path}") };
        let Some(bytes) = bytes_of(cx, &uri, &env).await? else { return Ok(Value::from("")) };
        Ok(or_empty(put(cx.host(), &bytes, &dest, base_name(&uri), self.makedirs, None)?))
    }
}

async fn render_text(cx: &Cx, engine: &str, text: String, env: &str) -> Result<String, Failure> {
    let template = Render { engine: engine.to_owned(), name: String::new(), text, context: Map::new(), env: env.to_owned() };
    cx.agent().render(template).await
}

/// Copy a file of any source to a path; without a path into the cache.
///
/// ```salt
/// salt '*' cp.get_url https://example.org/a.tar /tmp/a.tar
/// ```
#[derive(Args)]
pub struct GetUrl {
    /// The file.
    path: String,
    /// Where to put it.
    dest: Option<String>,
    /// Environment of the file.
    saltenv: Option<String>,
    /// Make missing folders.
    #[arg(default = false)]
    makedirs: bool,
    /// Hash that the file must have.
    source_hash: Option<String>,
}

impl Action for GetUrl {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        let Some(fetched) = cx.agent().fetch(&self.path, &env).await? else { return Ok(Value::Bool(false)) };
        let bytes = cx.host().read(&fetched.path).map_err(modules::failure)?;
        if let Some(wanted) = &self.source_hash {
            let wanted = wanted.rsplit(['=', ':']).next().unwrap_or(wanted);
            let found = sha256(&bytes);
            if found != wanted {
                return Err(Failure::failed(format!("`{}` has the SHA-256 {found}, not {wanted}", self.path)));
            }
        }
        match self.dest {
            Some(dest) => Ok(or_false(put(cx.host(), &bytes, &dest, base_name(&self.path), self.makedirs, None)?)),
            None => Ok(Value::from(fetched.path)),
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

/// Copy a folder of the file server.
///
/// ```salt
/// salt '*' cp.get_dir salt://web/files /srv
/// ```
#[derive(Args)]
pub struct GetDir {
    /// The folder.
    path: String,
    /// The folder to put it into.
    dest: String,
    /// Environment of the folder.
    saltenv: Option<String>,
    /// Known for compatibility.
    #[arg(named, ignored)]
    template: Option<String>,
    /// Known for compatibility.
    #[arg(named, ignored)]
    gzip: Option<Value>,
}

impl Action for GetDir {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        let root = self.path.strip_prefix("salt://").unwrap_or(&self.path).trim_matches('/').to_owned();
        let Some(listing) = cx.agent().list(&self.path, &env).await? else { return Ok(Value::List(Vec::new())) };
        let mut put_at = Vec::new();
        for file in listing.files {
            let uri = if root.is_empty() { format!("salt://{file}") } else { format!("salt://{root}/{file}") };
            let Some(bytes) = bytes_of(cx, &uri, &env).await? else { continue };
            let target = host::join(&host::join(self.dest.trim_end_matches('/'), base_name(&root)), &file);
            put_at.extend(put(cx.host(), &bytes, &target, base_name(&file), true, None)?);
        }
        Ok(Value::List(put_at.into_iter().map(Value::from).collect()))
    }
}

/// Render a template of the file server to a path.
///
/// ```salt
/// salt '*' cp.get_template salt://web/site.conf.j2 /etc/web/site.conf
/// ```
#[derive(Args)]
pub struct GetTemplate {
    /// The template.
    path: String,
    /// Where to put the text.
    dest: String,
    /// The engine.
    #[arg(default = "jinja")]
    template: String,
    /// Environment of the template.
    saltenv: Option<String>,
    /// Make missing folders.
    #[arg(default = false)]
    makedirs: bool,
    /// Variables.
    #[arg(named)]
    context: Option<Map>,
    /// Further variables.
    #[arg(extra)]
    extra: Map,
}

impl Action for GetTemplate {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        let Some(bytes) = bytes_of(cx, &self.path, &env).await? else { return Ok(Value::from("")) };
        let text = String::from_utf8(bytes).map_err(|_| Failure::failed(format!("`{}` is no text in UTF-8", self.path)))?;
        let mut context = self.extra;
        context.extend(self.context.unwrap_or_default());
        let name = self.path.strip_prefix("salt://").unwrap_or(&self.path).to_owned();
        let text = cx.agent().render(Render { engine: self.template, name, text, context, env }).await?;
        // What comes out of a template may hold pillar values, so nobody else reads it.
        Ok(or_empty(put(cx.host(), text.as_bytes(), &self.dest, base_name(&self.path), self.makedirs, Some(0o600))?))
    }
}

/// Return the text of a file.
///
/// ```salt
/// salt '*' cp.get_file_str salt://web/motd
/// ```
#[derive(Args)]
pub struct GetFileStr {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
}

impl Action for GetFileStr {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        let bytes = bytes_of(cx, &self.path, &env).await?;
        Ok(bytes.map_or(Value::Bool(false), |bytes| Value::from(String::from_utf8_lossy(&bytes))))
    }
}

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
    /// Known for compatibility.
    #[arg(named, ignored)]
    verify_ssl: Option<bool>,
    /// Known for compatibility.
    #[arg(named, ignored)]
    use_etag: Option<bool>,
}

impl Action for CacheFile {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, cx.read());
        cache_one(&desk(cx.read())?, &self.path, &env).await
    }
}

async fn cache_one(desk: &Arc<Desk>, uri: &str, env: &str) -> Result<Value, Failure> {
    match SaltUri::parse(uri, env)? {
        Some(place) => Ok(or_false(desk.blocking(move |desk| cached(&desk, &place)).await?)),
        None => Ok(or_false(fetch::fetch(desk, uri, env).await?.map(|fetched| fetched.path))),
    }
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
        for path in super::flatten(Some(&self.paths)) {
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
        let place = match SaltUri::parse(&self.path, &env)? {
            Some(place) => cache_place(&*desk(read)?, &place),
            None => self.path,
        };
        Ok(or_empty(read.host().is_file(&place).then_some(place)))
    }
}

/// Return the hash of a file.
///
/// ```salt
/// salt '*' cp.hash_file salt://web/site.conf
/// ```
#[derive(Args)]
pub struct HashFile {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
}

impl Query for HashFile {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let hash = if self.path.starts_with("salt://") {
            read.agent().hash(&self.path, &env).await?
        } else {
            read.host().read(&self.path).ok().map(|bytes| sha256(&bytes))
        };
        let Some(hash) = hash else { return Ok(Value::from("")) };
        Ok(Value::Map([("hsum", hash), ("hash_type", "sha256".to_owned())].into_iter().collect()))
    }
}

/// Return the permission bits of a file.
///
/// ```salt
/// salt '*' cp.stat_file salt://web/run.sh
/// ```
#[derive(Args)]
pub struct StatFile {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
    /// As text in octal.
    #[arg(default = true)]
    octal: bool,
}

impl Query for StatFile {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let Some(place) = SaltUri::parse(&self.path, &env)? else { return Ok(Value::Null) };
        let octal = self.octal;
        desk(read)?
            .blocking(move |desk| {
                let found = desk.core.files().find(&place.env, &place.path).map_err(file_error)?;
                Ok(found.map_or(Value::Null, |found| if octal { format!("{:04o}", found.mode & 0o7777).into() } else { found.mode.into() }))
            })
            .await
    }
}

/// List the file environments.
///
/// ```salt
/// salt '*' cp.envs
/// ```
#[derive(Args)]
pub struct Envs;

impl Query for Envs {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        desk(read)?.blocking(|desk| Ok(Value::List(desk.core.files().envs().into_iter().map(Value::from).collect()))).await
    }
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident |$desk:ident, $env:ident, $prefix:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// The environment.
            saltenv: Option<String>,
            /// Only what is below this folder.
            #[arg(default = "")]
            prefix: String,
        }

        impl Query for $name {
            type Output = Value;

            async fn call(self, read: &Read) -> Result<Value, Failure> {
                let $env = or_env(&self.saltenv, read);
                let $prefix = self.prefix.trim_start_matches("salt://").trim_start_matches('/').to_owned();
                desk(read)?.blocking(move |$desk| $body).await
            }
        }
    };
}

fn below(paths: Vec<String>, prefix: &str) -> Value {
    Value::List(paths.into_iter().filter(|path| path.starts_with(prefix)).map(Value::from).collect())
}

listing! {
    /// List the files of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master
    /// ```
    ListMaster |desk, env, prefix| Ok(below(desk.core.files().list(&env).map_err(file_error)?, &prefix))
}

listing! {
    /// List the folders of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master_dirs
    /// ```
    ListMasterDirs |desk, env, prefix| Ok(below(desk.core.files().list_dirs(&env).map_err(file_error)?, &prefix))
}

listing! {
    /// List the symbolic links of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master_symlinks
    /// ```
    ListMasterSymlinks |desk, env, prefix| {
        let links = desk.core.files().list_links(&env).map_err(file_error)?;
        Ok(Value::Map(links.into_iter().filter(|(path, _)| path.starts_with(&prefix)).collect()))
    }
}

listing! {
    /// List the SLS of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_states
    /// ```
    ListStates |desk, env, prefix| {
        let names = sls::SlsSource::names(&crate::tree::Tree::new(desk), &env);
        Ok(below(names, &prefix))
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

/// Send a file of this machine to the master; the master takes none yet.
///
/// ```salt
/// salt '*' cp.push /var/log/syslog
/// ```
#[derive(Args)]
pub struct Push {
    /// The file.
    path: String,
}

impl Action for Push {
    type Output = Value;

    async fn call(self, _: &Cx) -> Result<Value, Failure> {
        Err(Failure::new(model::FailureKind::Refused, format!("`{}` is not sent: this master takes no files of minions", self.path)))
    }
}

/// Write files that came with the job: what `salt-cp` sends.
///
/// ```salt
/// salt-cp '*' site.conf /etc/web/
/// ```
#[derive(Args)]
pub struct Recv {
    /// Content by name: text in base64 with permission bits.
    files: Map,
    /// The folder, or for one file its path.
    dest: String,
}

impl Action for Recv {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        use base64::Engine;
        let is_folder = self.dest.ends_with('/') || self.files.len() > 1 || cx.host().is_dir(&self.dest);
        let mut answers = Map::new();
        for (name, file) in &self.files {
            let name = value::text::str(name);
            let path = if is_folder { host::join(self.dest.trim_end_matches('/'), base_name(&name)) } else { self.dest.clone() };
            let text = file.get("base64").and_then(Value::as_str).unwrap_or_default();
            let mode = file.get("mode").map(value::text::str).and_then(|mode| u32::from_str_radix(&mode, 8).ok());
            let answer = match base64::engine::general_purpose::STANDARD.decode(text) {
                Ok(bytes) => match put(cx.host(), &bytes, &path, base_name(&name), true, mode) {
                    Ok(_) => Value::Bool(true),
                    Err(failure) => Value::from(failure.to_string()),
                },
                Err(error) => Value::from(format!("the content did not arrive whole: {error}")),
            };
            answers.insert(path, answer);
        }
        Ok(Value::Map(answers))
    }
}
