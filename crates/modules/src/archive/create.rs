//! `archive.zip`: putting a zip archive together.

use super::programs::{expanded, rendered};
use super::zip::io_error;
use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use sdk::host::{FileKind, Host, Write, join};
use sdk::{Action, Args, Cx, Failure, Words};
use std::io::{self, Cursor};

/// Make a zip archive.
///
/// ```salt
/// salt '*' archive.zip /tmp/app.zip /opt/app,/etc/app
/// ```
#[derive(Args)]
pub struct Zip {
    /// Path of the archive.
    zip_file: String,
    /// What goes in; wildcards are allowed.
    sources: Words,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// Folder that relative paths start from.
    cwd: Option<String>,
    /// Known for compatibility: the minion's own user reads the files.
    #[arg(ignored)]
    runas: Option<String>,
    /// Known for compatibility: large archives are always possible.
    #[arg(default = false, ignored)]
    zip64: bool,
}

impl Action for Zip {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let zip_file = rendered(self.template.as_deref(), self.zip_file, cx).await?;
        let mut sources = Vec::new();
        for source in expanded(&self.sources, self.cwd.as_deref(), cx) {
            sources.push(rendered(self.template.as_deref(), source, cx).await?);
        }
        match &self.cwd {
            None if sources.iter().any(|source| !source.starts_with('/')) => {
                return Err(Failure::bad_arguments("Relative paths require the 'cwd' parameter"));
            }
            Some(cwd) if !cwd.starts_with('/') => return Err(Failure::bad_arguments("cwd must be absolute")),
            _ => {}
        }
        let bad = |error: io::Error| Failure::failed(format!("Exception encountered creating zipfile: {error}"));
        let mut making = Making { host: cx.host(), writer: ZipWriter::new(Cursor::new(Vec::new())), names: Vec::new() };
        for source in sources {
            let path = self.cwd.as_deref().map_or_else(|| source.clone(), |cwd| join(cwd, &source));
            let inside = self.cwd.as_deref().and_then(|cwd| path.strip_prefix(cwd)).unwrap_or(&path).trim_matches('/').to_owned();
            making.add(&path, &inside).map_err(bad)?;
        }
        let Making { writer, names, .. } = making;
        let content = writer.finish().map_err(io_error).map_err(bad)?.into_inner();
        cx.host().write(&zip_file, &content, &Write::default()).map_err(crate::failure)?;
        Ok(names)
    }
}

struct Making<'a> {
    host: &'a dyn Host,
    writer: ZipWriter<Cursor<Vec<u8>>>,
    names: Vec<String>,
}

impl Making<'_> {
    /// Adds a file, or a folder with all that is in it; what is not there is passed over.
    fn add(&mut self, path: &str, inside: &str) -> io::Result<()> {
        let Some(stat) = self.host.stat(path).map_err(|error| error.source)? else { return Ok(()) };
        let options = SimpleFileOptions::default().unix_permissions(stat.mode);
        if stat.kind != FileKind::Dir {
            self.names.push(inside.to_owned());
            self.writer.start_file(inside, options).map_err(io_error)?;
            let mut source = self.host.open(path).map_err(|error| error.source)?;
            return io::copy(&mut source, &mut self.writer).map(drop);
        }
        if !inside.is_empty() {
            self.names.push(format!("{inside}/"));
            self.writer.add_directory(inside, options).map_err(io_error)?;
        }
        for name in self.host.list(path).map_err(|error| error.source)? {
            let inner = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
            self.add(&join(path, &name), &inner)?;
        }
        Ok(())
    }
}
