//! Bringing a site's own programs from the file server: executables in `_grains`. Python modules of a Salt tree are named and left there.

use crate::desk::Desk;
use crate::gather;
use files::FilePath;
use host::Write;
use model::Failure;
use std::collections::BTreeSet;
use value::{Map, Value};

/// What to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything.
    All,
    /// Programs that print grains.
    Grains,
    /// What this agent cannot run; only whether there is any is said.
    Unusable(&'static str),
}

/// Every kind that Salt's answer to `saltutil.sync_all` names.
const KINDS: [&str; 18] = [
    "beacons",
    "clouds",
    "engines",
    "executors",
    "grains",
    "log_handlers",
    "matchers",
    "modules",
    "output",
    "proxymodules",
    "renderers",
    "returners",
    "sdb",
    "serializers",
    "states",
    "thorium",
    "tops",
    "utils",
];

/// Brings files here; gives Salt's answer, and whether anything changed. Blocks.
///
/// # Errors
/// When the file server cannot be asked or a file cannot be written.
pub fn sync(desk: &Desk, env: &str, kind: Kind) -> Result<(Value, bool), Failure> {
    let list = |names: Vec<String>| Value::List(names.into_iter().map(Value::from).collect());
    match kind {
        Kind::Grains => {
            let names = grains(desk, env)?;
            let changed = !names.is_empty();
            Ok((list(names), changed))
        }
        Kind::Unusable(folder) => {
            warn_of_unusable(desk, env, folder);
            Ok((list(Vec::new()), false))
        }
        Kind::All => {
            let names = grains(desk, env)?;
            let changed = !names.is_empty();
            warn_of_unusable(desk, env, "_modules");
            warn_of_unusable(desk, env, "_states");
            let mut all: Map = KINDS.into_iter().map(|kind| (kind, Value::List(Vec::new()))).collect();
            all.insert("grains", list(names));
            Ok((Value::Map(all), changed))
        }
    }
}

fn warn_of_unusable(desk: &Desk, env: &str, folder: &str) {
    let prefix = format!("{folder}/");
    let has_any = desk.core.files().list(env).is_ok_and(|paths| paths.iter().any(|path| path.starts_with(&prefix)));
    if has_any {
        tracing::warn!(env, folder, "custom Python modules cannot be run here and are left on the file server");
    }
}

/// Brings the executables of `_grains` here, and takes away those that are gone.
fn grains(desk: &Desk, env: &str) -> Result<Vec<String>, Failure> {
    let host = &desk.core.host;
    let files = desk.core.files();
    let target = gather::synced_programs(&desk.core.loaded()).to_string_lossy().into_owned();
    let fail = |error: files::Error| Failure::failed(output::chain(&error));
    let paths = files.list(env).map_err(fail)?;
    let (mut changed, mut wanted) = (Vec::new(), BTreeSet::new());
    for path in paths {
        let Some(name) = path.strip_prefix("_grains/").filter(|name| !name.contains('/')) else { continue };
        let Ok(path) = FilePath::new(&path) else { continue };
        let Some(found) = files.find(env, &path).map_err(fail)? else { continue };
        if found.mode & 0o111 == 0 {
            continue;
        }
        wanted.insert(name.to_owned());
        let Some(bytes) = files.read(env, &path).map_err(fail)? else { continue };
        let place = host::join(&target, name);
        if host.read(&place).is_ok_and(|old| old == bytes) {
            continue;
        }
        host.make_dirs(&target, Some(0o755)).map_err(modules::failure)?;
        host.write(&place, &bytes, &Write { mode: Some(0o755), ..Write::default() }).map_err(modules::failure)?;
        changed.push(format!("grains.{}", name.split('.').next().unwrap_or(name)));
    }
    for name in host.list(&target).unwrap_or_default() {
        if !wanted.contains(&name) {
            host.remove_file(&host::join(&target, &name)).map_err(modules::failure)?;
            changed.push(format!("grains.{}", name.split('.').next().unwrap_or(&name)));
        }
    }
    Ok(changed)
}
