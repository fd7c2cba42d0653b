//! Files that travel with jobs.

use super::{base_name, put};
use model::Failure;
use sdk::{Action, Args, Cx, Map, Value};

/// Bytes of one part of a file that is sent.
const PART: usize = 512 * 1024;

/// Send a file of this machine to the master, which keeps it below the folder of this minion.
///
/// ```salt
/// salt '*' cp.push /var/log/syslog
/// ```
#[derive(Args)]
pub struct Push {
    /// The file.
    path: String,
    /// Remove it here when the master has it.
    #[arg(default = false)]
    remove_source: bool,
    /// Another path that the master keeps it under.
    upload_path: Option<String>,
    /// Known for compatibility: links are followed.
    #[arg(named, ignored)]
    keep_symlinks: Option<Value>,
}

/// Sends one file by parts.
async fn push(cx: &Cx, path: &str, name: &str) -> Result<(), Failure> {
    use base64::Engine;
    let core = std::sync::Arc::clone(&crate::functions::desk(cx.read())?.core);
    let bytes = cx.host().read(path).map_err(|error| Failure::failed(output::chain(&error)))?;
    let mut parts: Vec<&[u8]> = bytes.chunks(PART).collect();
    if parts.is_empty() {
        parts.push(&[]);
    }
    let (count, mut offset) = (parts.len(), 0_usize);
    for (place, part) in parts.into_iter().enumerate() {
        let mut data = Map::new();
        data.insert("path", name.trim_start_matches('/'));
        data.insert("offset", offset);
        data.insert("data", base64::engine::general_purpose::STANDARD.encode(part));
        data.insert("last", place + 1 == count);
        crate::mine::ask(&core, "file.push", Value::Map(data)).await?;
        offset += part.len();
    }
    Ok(())
}

impl Action for Push {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if !self.path.starts_with('/') || self.path.split('/').any(|part| part == "..") {
            return Err(Failure::bad_arguments(format!("`{}` is no absolute path without `..`", self.path)));
        }
        push(cx, &self.path, self.upload_path.as_deref().unwrap_or(&self.path)).await?;
        if self.remove_source {
            cx.host().remove_file(&self.path).map_err(|error| Failure::failed(output::chain(&error)))?;
        }
        Ok(Value::Bool(true))
    }
}

/// Send the files below a folder of this machine to the master.
///
/// ```salt
/// salt '*' cp.push_dir /etc/ssh glob='*.conf'
/// ```
#[derive(Args)]
pub struct PushDir {
    /// The folder.
    path: String,
    /// Only files of this name.
    glob: Option<String>,
    /// Another path that the master keeps them under.
    upload_path: Option<String>,
}

impl Action for PushDir {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let top = self.path.trim_end_matches('/').to_owned();
        if !top.starts_with('/') || top.split('/').any(|part| part == "..") {
            return Err(Failure::bad_arguments(format!("`{}` is no absolute path without `..`", self.path)));
        }
        let pattern = self.glob.as_deref().map(model::Glob::new);
        let target = self.upload_path.as_deref().unwrap_or(&top).trim_end_matches('/').to_owned();
        let mut waiting = vec![String::new()];
        while let Some(folder) = waiting.pop() {
            let here = format!("{top}{folder}");
            for name in cx.host().list(&here).map_err(|error| Failure::failed(output::chain(&error)))? {
                let (inner, disk) = (format!("{folder}/{name}"), format!("{here}/{name}"));
                if cx.host().is_dir(&disk) {
                    waiting.push(inner);
                } else if cx.host().is_file(&disk) && pattern.as_ref().is_none_or(|pattern| pattern.matches(&name)) {
                    push(cx, &disk, &format!("{target}{inner}")).await?;
                }
            }
        }
        Ok(Value::Bool(true))
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
