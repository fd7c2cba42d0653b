//! The run directory of a case: trees, scratch files, configuration; and a snapshot of the scratch files afterwards.

use super::case::{Case, Kind};
use super::mask::Mask;
use anyhow::{Context, Result};
use base64::Engine;
use serde_json::{Map, Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// What stands for the scratch directory in every input.
const TOKEN: &str = "@SCRATCH@";

/// A run directory; it is removed with this value.
pub struct Place {
    folder: tempfile::TempDir,
    run: String,
    scratch: String,
}

impl Place {
    /// Makes the directory and puts everything of a case there.
    ///
    /// # Errors
    /// When the disk refuses, or the case has no readable files.
    pub fn lay(case: &Case) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("cf-").tempdir()?;
        let run = folder.path().canonicalize()?.to_string_lossy().into_owned();
        let place = Self { folder, scratch: format!("{run}/scratch"), run };
        for name in ["conf", "home"] {
            fs::create_dir(place.path(name))?;
        }
        for name in ["states", "pillar", "scratch"] {
            fs::create_dir(place.path(name))?;
            let from = case.folder.join(name);
            if from.is_dir() {
                place.copy(&from, &place.path(name)).with_context(|| format!("cannot copy {}", from.display()))?;
            }
        }
        for (file, mode) in &case.modes {
            fs::set_permissions(place.path("scratch").join(file), fs::Permissions::from_mode(u32::from_str_radix(mode, 8)?))?;
        }
        if case.kind == Kind::Match {
            fs::write(place.path("states/vectors.json"), vectors(case))?;
        }
        fs::write(place.path("conf/minion"), place.options(case).to_string())?;
        if !case.grains.is_empty() {
            fs::write(place.path("conf/grains"), place.fill(Value::Object(case.grains.clone())).to_string())?;
        }
        Ok(place)
    }

    /// A path in the run directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The run directory, links resolved.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// A path among the scratch files.
    #[must_use]
    pub fn scratch(&self, name: &str) -> PathBuf {
        Path::new(&self.scratch).join(name)
    }

    /// A text with the scratch directory put in.
    #[must_use]
    pub fn fill_text(&self, text: &str) -> String {
        text.replace(TOKEN, &self.scratch)
    }

    /// A value with the scratch directory put in.
    #[must_use]
    pub fn fill(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (self.fill_text(&key), self.fill(value))).collect(),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
        }
    }

    fn options(&self, case: &Case) -> Value {
        let run = &self.run;
        let mut options = json!({
            "id": case.id, "file_client": "local", "root_dir": run,
            "cachedir": format!("{run}/cache"), "pki_dir": format!("{run}/pki"), "sock_dir": format!("{run}/sock"),
            "log_file": format!("{run}/log"), "log_level": "quiet",
            "enable_fqdns_grains": false, "enable_gpu_grains": false, "unmask": true,
        });
        if let (Value::Object(options), Value::Object(own)) = (&mut options, self.fill(Value::Object(case.config.clone()))) {
            options.extend(own);
            if !case.envs.is_empty() {
                let roots = |kind: &str| -> Map<String, Value> {
                    case.envs.iter().map(|env| (env.clone(), json!([format!("{run}/{kind}/{env}")]))).collect()
                };
                options.insert("file_roots".to_owned(), Value::Object(roots("states")));
                options.insert("pillar_roots".to_owned(), Value::Object(roots("pillar")));
            }
        }
        options
    }

    /// Copies a tree; files are executable or not, whatever else their permissions were.
    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                let link = fs::read_link(&source)?;
                symlink(self.fill_text(&link.to_string_lossy()), target)?;
            } else if kind.is_dir() {
                fs::create_dir_all(&target)?;
                self.copy(&source, &target)?;
            } else if entry.file_name() != ".keep" {
                // The scratch directory is put into texts only: other files do not hold the token.
                let bytes = fs::read(&source)?;
                match std::str::from_utf8(&bytes) {
                    Ok(text) => fs::write(&target, self.fill_text(text))?,
                    Err(_) => fs::write(&target, bytes)?,
                }
                let mode = if entry.metadata()?.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
                fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
            }
        }
        Ok(())
    }

    /// The scratch files as they are now: permissions, texts, targets of links.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn snapshot(&self, mask: &Mask) -> Result<Value> {
        let mut tree = Map::new();
        collect(Path::new(&self.scratch), "", mask, &mut tree)?;
        Ok(Value::Object(tree))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // States may have taken away our right to look into folders, without which they cannot be removed.
        open(self.folder.path());
    }
}

fn open(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open(&entry.path());
        }
    }
}

fn collect(folder: &Path, above: &str, mask: &Mask, tree: &mut Map<String, Value>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata()?;
        let mode = format!("{:04o}", metadata.permissions().mode() & 0o7777);
        let shown = if metadata.is_symlink() {
            json!({ "link": mask.text(&fs::read_link(&path)?.to_string_lossy()) })
        } else if metadata.is_dir() {
            collect(&path, &format!("{name}/"), mask, tree)?;
            json!({ "dir": true, "mode": mode })
        } else {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            match String::from_utf8(bytes) {
                Ok(text) => json!({ "mode": mode, "text": mask.text(&text) }),
                Err(error) => json!({ "mode": mode, "base64": base64::engine::general_purpose::STANDARD.encode(error.as_bytes()) }),
            }
        };
        tree.insert(mask.text(&name), shown);
    }
    Ok(())
}

/// A template that evaluates all vectors in one call.
fn vectors(case: &Case) -> String {
    let calls = case.vectors.iter().map(|vector| {
        let delimiter = vector.delimiter.as_ref().map(|delimiter| format!(", delimiter={}", json!(delimiter))).unwrap_or_default();
        format!("{{{{ salt['match.{}']({}{delimiter}) | json }}}}", vector.kind, vector.expr)
    });
    // Without the empty tag the first line would be taken for a line of options.
    format!("{{% raw %}}{{% endraw %}}[\n{}\n]\n", calls.collect::<Vec<_>>().join(",\n"))
}
