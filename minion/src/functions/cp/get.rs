//! Files of any source to a path of this machine.

use super::{base_name, bytes_of, copy, or_empty, or_env, or_false, put, sha256};
use model::Failure;
use sdk::{Action, Args, Cx, Map, Render, Value};

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
        let Some(fetched) = cx.agent().fetch(&uri, &env).await? else { return Ok(Value::from("")) };
        Ok(or_empty(copy(cx.host(), &fetched.path, &dest, base_name(&uri), self.makedirs)?))
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
        if let Some(wanted) = &self.source_hash {
            let wanted = wanted.rsplit(['=', ':']).next().unwrap_or(wanted);
            let found = sha256(&cx.host().read(&fetched.path).map_err(modules::failure)?);
            if found != wanted {
                return Err(Failure::failed(format!("`{}` has the SHA-256 {found}, not {wanted}", self.path)));
            }
        }
        match self.dest {
            Some(dest) => Ok(or_false(copy(cx.host(), &fetched.path, &dest, base_name(&self.path), self.makedirs)?)),
            None => Ok(Value::from(fetched.path)),
        }
    }
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
            let Some(fetched) = cx.agent().fetch(&uri, &env).await? else { continue };
            let target = host::join(&host::join(self.dest.trim_end_matches('/'), base_name(&root)), &file);
            put_at.extend(copy(cx.host(), &fetched.path, &target, base_name(&file), true)?);
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
