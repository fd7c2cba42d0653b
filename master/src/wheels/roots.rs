//! `file_roots.*` and `pillar_roots.*`: the folders of states and pillar, looked at and written to. No path leaves its folder, by name or by link.

use crate::runners::{Done, Run, Runner, plain};
use files::FilePath;
use manager::Refusal;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use value::{Map, Value};

/// Files larger than this are not given out as text.
const LARGEST: u64 = 4 << 20;

macro_rules! tables {
    ($($table:ident $module:literal $which:expr;)*) => {$(
        /// The functions of this module.
        pub const $table: &[Runner] = &[
            Runner { name: concat!($module, ".find"), arguments: &["path", "saltenv"], doc: "Where a file lies, and whether it is text.", body: |run| Box::pin(find(run, $which)) },
            Runner { name: concat!($module, ".list_env"), arguments: &["saltenv"], doc: "The tree of every folder of an environment.", body: |run| Box::pin(list_env(run, $which)) },
            Runner { name: concat!($module, ".list_roots"), arguments: &[], doc: "The trees of all environments.", body: |run| Box::pin(list_roots(run, $which)) },
            Runner { name: concat!($module, ".read"), arguments: &["path", "saltenv"], doc: "A file's content, from every folder that has it.", body: |run| Box::pin(read(run, $which)) },
            Runner { name: concat!($module, ".write"), arguments: &["data", "path", "saltenv", "index"], doc: "Write a file into a folder of an environment.", body: |run| Box::pin(write(run, $which)) },
        ];
    )*};
}

tables! {
    FILE_ROOTS "file_roots" Which::Files;
    PILLAR_ROOTS "pillar_roots" Which::Pillar;
}

/// Which folders.
#[derive(Clone, Copy)]
enum Which {
    Files,
    Pillar,
}

fn all(run: &Run, which: Which) -> BTreeMap<String, Vec<PathBuf>> {
    let settings = run.core.settings();
    match which {
        Which::Files => settings.config.file_roots.clone(),
        Which::Pillar => settings.config.pillar_roots.clone(),
    }
}

fn env(run: &Run, which: Which) -> Result<Vec<PathBuf>, Refusal> {
    let name = run.arguments.optional_text("saltenv").unwrap_or_else(|| "base".to_owned());
    all(run, which).remove(&name).ok_or_else(|| Refusal::not_found(format!("there is no environment `{name}`")))
}

fn path(run: &Run) -> Result<FilePath, Refusal> {
    FilePath::new(&run.arguments.text("path")?).map_err(|error| Refusal::invalid(error.to_string()))
}

/// A file below a folder, with links followed as long as they stay inside.
fn inside(root: &Path, path: &FilePath) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let full = root.join(path.as_str()).canonicalize().ok()?;
    (full.starts_with(&root) && full.is_file()).then_some(full)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Refusal::internal(error.to_string()))?
}

async fn find(run: Run, which: Which) -> Result<Done, Refusal> {
    let (roots, path) = (env(&run, which)?, path(&run)?);
    let found = blocking(move || {
        let one = |full: PathBuf| {
            let is_text = std::fs::read(&full).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok() && !bytes.contains(&0));
            Value::Map(Map::from_iter([(full.display().to_string(), if is_text { "txt" } else { "bin" })]))
        };
        Ok(roots.iter().filter_map(|root| inside(root, &path)).map(one).collect::<Vec<_>>())
    });
    plain(found.await?)
}

async fn read(run: Run, which: Which) -> Result<Done, Refusal> {
    let (roots, path) = (env(&run, which)?, path(&run)?);
    let found = blocking(move || {
        let mut found = Vec::new();
        for full in roots.iter().filter_map(|root| inside(root, &path)) {
            let failed = |error: std::io::Error| Refusal::invalid(format!("cannot read `{}`: {error}", full.display()));
            if std::fs::metadata(&full).map_err(failed)?.len() > LARGEST {
                return Err(Refusal::invalid(format!("`{}` is larger than {} MiB", full.display(), LARGEST >> 20)));
            }
            let text = std::fs::read_to_string(&full).map_err(failed)?;
            found.push(Value::Map(Map::from_iter([(full.display().to_string(), text)])));
        }
        Ok(found)
    });
    plain(found.await?)
}

/// Names of a folder: folders with what is below them, files as `f`.
fn tree(folder: &Path, depth: usize) -> Map {
    let mut names: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    let entry = |entry: std::fs::DirEntry| {
        // A link to a folder may lead in a circle; it stands here as a name.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < 64;
        let below = if is_folder { Value::Map(tree(&entry.path(), depth + 1)) } else { Value::from("f") };
        (entry.file_name().to_string_lossy().into_owned(), below)
    };
    names.into_iter().map(entry).collect()
}

fn trees(roots: &[PathBuf]) -> Map {
    roots.iter().map(|root| (root.display().to_string(), Value::Map(tree(root, 0)))).collect()
}

async fn list_env(run: Run, which: Which) -> Result<Done, Refusal> {
    let roots = env(&run, which)?;
    plain(blocking(move || Ok(trees(&roots))).await?)
}

async fn list_roots(run: Run, which: Which) -> Result<Done, Refusal> {
    let all = all(&run, which);
    let shown = move || Ok(all.into_iter().map(|(env, roots)| (env, Value::List(vec![Value::Map(trees(&roots))]))).collect::<Map>());
    plain(blocking(shown).await?)
}

async fn write(run: Run, which: Which) -> Result<Done, Refusal> {
    let (roots, path, data) = (env(&run, which)?, path(&run)?, run.arguments.text("data")?);
    let index = run.arguments.get("index").and_then(Value::as_int).map_or(Some(0), |index| usize::try_from(index).ok());
    let root = index.and_then(|index| roots.get(index)).cloned();
    let root = root.ok_or_else(|| Refusal::invalid(format!("the environment has {} folders, counted from 0", roots.len())))?;
    let object = path.as_str().to_owned();
    run.core.audit(&run.caller, "roots.write", ("file", &object), "ok", Value::map()).await?;
    let written = blocking(move || store(&root, &path, data.as_bytes()));
    plain(format!("Wrote data to file {}", written.await?.display()))
}

/// Writes beside the place and moves it there, so that a full disk leaves the old file whole.
fn store(root: &Path, path: &FilePath, data: &[u8]) -> Result<PathBuf, Refusal> {
    let target = root.join(path.as_str());
    let failed = |error: std::io::Error| Refusal::invalid(format!("cannot write `{}`: {error}", target.display()));
    let folder = target.parent().ok_or_else(|| Refusal::invalid("a file lies in a folder"))?;
    std::fs::create_dir_all(folder).map_err(failed)?;
    let (root, folder) = (root.canonicalize().map_err(failed)?, folder.canonicalize().map_err(failed)?);
    if !folder.starts_with(&root) || target.is_symlink() {
        return Err(Refusal::new(api::ErrorCode::Forbidden, format!("`{}` leads out of its folder by a link", path.as_str())));
    }
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.new"));
    std::fs::write(&beside, data).and_then(|()| std::fs::rename(&beside, folder.join(&name))).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_or_written_through_a_link_that_leads_out() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), root.path().join("file")).unwrap();
        let path = |text| FilePath::new(text).unwrap();
        assert!(inside(root.path(), &path("out/secret")).is_none() && inside(root.path(), &path("file")).is_none());
        assert!(store(root.path(), &path("out/new"), b"y").is_err() && store(root.path(), &path("file"), b"y").is_err());
        assert_eq!(std::fs::read_to_string(outside.path().join("secret")).unwrap(), "x");
        assert!(FilePath::new("../x").is_err() && FilePath::new("/etc/passwd").is_err());
        store(root.path(), &path("a/b.sls"), b"z").unwrap();
        assert_eq!(std::fs::read_to_string(inside(root.path(), &path("a/b.sls")).unwrap()).unwrap(), "z");
    }
}
