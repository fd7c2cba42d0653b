//! `archive.list`, `archive.is_encrypted` and `archive.unzip`.

use super::zip::{self, Modes};
use super::{Format, Trim, contents};
use sdk::{Action, Args, Cx, Failure, Secret, Value, Words};

/// Brings an archive here and tells its path.
async fn brought(name: &str, env: Option<&str>, cx: &Cx) -> Result<String, Failure> {
    let env = env.unwrap_or_else(|| cx.env()).to_owned();
    cx.agent().cache(name, &env).await?.ok_or_else(|| Failure::failed(format!("Failed to cache {name}")))
}

/// List what is in an archive.
///
/// ```salt
/// salt '*' archive.list salt://app-1.2.tar.gz verbose=True
/// ```
#[derive(Args)]
pub struct List {
    /// The archive: a path, `salt://…` or a URL.
    name: String,
    /// `tar`, `zip` or `rar`; guessed from the name unless given.
    archive_format: Option<String>,
    /// Command that decompresses a tar archive to its output, such as `gzip --decompress --stdout`.
    options: Option<String>,
    /// Take so many leading folders off the names.
    strip_components: Option<usize>,
    /// Remove the cached copy afterwards.
    #[arg(default = false)]
    clean: bool,
    /// Folders, files and links apart, and what is at the top.
    #[arg(default = false)]
    verbose: bool,
    /// File environment.
    saltenv: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    source_hash: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    use_etag: bool,
}

impl Action for List {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let cached = brought(&self.name, self.saltenv.as_deref(), cx).await?;
        let format = match &self.archive_format {
            Some(name) => Format::from_name(name).ok_or_else(|| Failure::failed(format!("Unsupported archive format '{name}'")))?,
            None => Format::guess(&self.name)
                .ok_or_else(|| Failure::failed("Unable to guess archive format, please pass an 'archive_format' argument."))?,
        };
        let found = contents(&cached, format, self.options.as_deref(), self.strip_components, cx.read()).await?;
        if self.clean && cached != self.name {
            cx.host().remove_file(&cached).map_err(crate::failure)?;
        }
        if self.verbose {
            return Ok(Value::Map(found.to_map()));
        }
        let mut all = [found.dirs, found.files, found.links].concat();
        all.sort();
        Ok(all.into())
    }
}

/// Tell whether a zip archive needs a password.
///
/// ```salt
/// salt '*' archive.is_encrypted /tmp/app.zip
/// ```
#[derive(Args)]
pub struct IsEncrypted {
    /// The archive: a path, `salt://…` or a URL.
    name: String,
    /// Remove the cached copy afterwards.
    #[arg(default = false)]
    clean: bool,
    /// File environment.
    saltenv: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    source_hash: Option<String>,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    use_etag: bool,
}

impl Action for IsEncrypted {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let cached = brought(&self.name, self.saltenv.as_deref(), cx).await?;
        let told = zip::is_encrypted(cx.host(), &cached);
        if self.clean && cached != self.name {
            cx.host().remove_file(&cached).map_err(crate::failure)?;
        }
        told.map_err(|_| Failure::failed(format!("{} is not a ZIP file", self.name)))
    }
}

/// Take a zip archive apart.
///
/// ```salt
/// salt '*' archive.unzip /tmp/app.zip /opt/app excludes=file_1,file_2
/// ```
#[derive(Args)]
pub struct Unzip {
    /// Path of the archive.
    zip_file: String,
    /// Folder that takes what is in it.
    dest: String,
    /// Names that are left out.
    #[arg(default)]
    excludes: Words,
    /// Known for compatibility: options are those of `archive.cmd_unzip`.
    #[arg(ignored)]
    options: Option<Value>,
    /// Template engine that renders both paths first.
    template: Option<String>,
    /// Known for compatibility: files belong to the minion's own user.
    #[arg(ignored)]
    runas: Option<String>,
    /// Show only the first 100 names, or so many.
    #[arg(default = false)]
    trim_output: Trim,
    /// Password of the archive.
    password: Option<Secret<String>>,
    /// Set the modes that the archive has.
    #[arg(default = true)]
    extract_perms: bool,
}

impl Action for Unzip {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let zip_file = super::programs::rendered(self.template.as_deref(), self.zip_file, cx).await?;
        let dest = super::programs::rendered(self.template.as_deref(), self.dest, cx).await?;
        cx.host().make_dirs(&dest, None).map_err(crate::failure)?;
        let password = self.password.as_ref().map(|password| password.reveal().as_str());
        let modes = if self.extract_perms { Modes::Kept } else { Modes::Dropped };
        let mut names = zip::extract(cx.host(), &zip_file, &dest, &self.excludes.0, password, modes)
            .map_err(|error| Failure::failed(format!("Exception encountered unpacking zipfile: {error}")))?;
        self.trim_output.cut(&mut names);
        Ok(names)
    }
}
