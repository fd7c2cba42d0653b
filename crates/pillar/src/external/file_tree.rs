//! `file_tree`: the files of a folder as values, by minion and by group.
//!
//! `<root_dir>/nodegroups/<group>/…` of every group the minion is in, then `<root_dir>/hosts/<id>/…` over them: folders are mappings, files
//! are texts.

use crate::loader::EnvLoader;
use crate::{Ask, External};
use model::Glob;
use render::{Renderer, Scope, Source};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Lists, Map, Strategy, Value, merge};

/// Folders nested deeper than this are taken for a loop of links.
const DEPTH: usize = 64;

/// The tree.
#[derive(Clone, Copy, Debug)]
pub struct FileTree;

/// Whether the line break at the end of a file is kept (`keep_newline`).
enum Newlines {
    All,
    None,
    Of(Vec<Glob>),
}

struct Walk<'a> {
    newlines: Newlines,
    follow: bool,
    /// Renders files, where `template` says so.
    renderer: Option<(Renderer, Scope, String)>,
    ask: &'a Ask<'a>,
}

impl External for FileTree {
    fn name(&self) -> &str {
        "file_tree"
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let root = ask.text("root_dir").ok_or("it needs `root_dir`, the folder of its files")?;
        let newlines = match ask.arg("keep_newline").or_else(|| ask.arg("raw_data")) {
            None | Some(Value::Bool(false)) => Newlines::None,
            Some(Value::Bool(true)) => Newlines::All,
            Some(Value::List(globs)) => Newlines::Of(globs.iter().map(|glob| Glob::new(&value::text::str(glob))).collect()),
            Some(_) => return Err("`keep_newline` is true, false, or a list of shell patterns".to_owned()),
        };
        let flag = |name: &str| ask.arg(name).is_some_and(Value::is_truthy);
        let walk = Walk { newlines, follow: flag("follow_dir_links"), renderer: flag("template").then(|| renderer(ask)), ask };
        let mut pillar = Map::new();
        for root in roots(ask, root) {
            merge(&mut pillar, walk.root(&root)?, Strategy::Recurse(Lists::Replace));
        }
        Ok(pillar)
    }
}

/// The folders that are meant: a relative one lies in each folder of the environment of pillar.
fn roots(ask: &Ask<'_>, root: &str) -> Vec<PathBuf> {
    if Path::new(root).is_absolute() {
        return vec![PathBuf::from(root)];
    }
    let Some(env) = &ask.inputs.pillarenv else {
        tracing::warn!(root_dir = root, "a `root_dir` of file_tree that is relative needs a `pillarenv`");
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in ask.inputs.roots.folders_of(env) {
        let folder = folder.join(root);
        if found.last() != Some(&folder) {
            found.push(folder);
        }
    }
    found
}

fn renderer(ask: &Ask<'_>) -> (Renderer, Scope, String) {
    let names = |key: &str| ask.arg(key).and_then(Value::as_list).map(|names| names.iter().map(value::text::str).collect::<Vec<_>>());
    let inputs = ask.inputs;
    let mut options = inputs.render.clone();
    if let Some(blacklist) = names("renderer_blacklist") {
        options.blacklist = blacklist;
    }
    if let Some(whitelist) = names("renderer_whitelist") {
        options.whitelist = whitelist;
    }
    let chain = ask.text("render_default").unwrap_or(&options.default).to_owned();
    let scope = Scope {
        grains: Arc::clone(&inputs.grains),
        pillar: Arc::new(Value::Map(ask.pillar.clone())),
        opts: Arc::clone(&inputs.opts),
        env: ask.env().to_owned(),
        ..Scope::default()
    };
    (Renderer::new(Arc::clone(&inputs.functions), Arc::new(EnvLoader(Arc::clone(&inputs.roots))), options), scope, chain)
}

impl Walk<'_> {
    fn root(&self, root: &Path) -> Result<Map, String> {
        if !root.is_dir() {
            return Err(format!("`{}` is no folder", root.display()));
        }
        let mut pillar = Map::new();
        for group in super::groups::of(self.ask)? {
            self.top(&root.join("nodegroups"), &group, &mut pillar)?;
        }
        self.top(&root.join("hosts"), self.ask.minion(), &mut pillar)?;
        Ok(pillar)
    }

    /// What a group or a minion has. Names come from elsewhere, and each is one step down.
    fn top(&self, below: &Path, name: &str, pillar: &mut Map) -> Result<(), String> {
        let folder = below.join(name);
        let is_one_step = !matches!(name, "" | "." | "..") && !name.contains('/');
        if is_one_step && folder.is_dir() {
            merge(pillar, self.folder(&folder, "", 0)?, Strategy::Recurse(Lists::Replace));
        }
        Ok(())
    }

    fn folder(&self, folder: &Path, prefix: &str, depth: usize) -> Result<Map, String> {
        let fail = |error: std::io::Error| format!("cannot read `{}`: {error}", folder.display());
        if depth > DEPTH {
            return Err(format!("`{}` lies too deep; is there a link to a folder above it?", folder.display()));
        }
        let mut entries = fs::read_dir(folder).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut map = Map::new();
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let inner = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let is_link = entry.file_type().map_err(fail)?.is_symlink();
            let Ok(data) = fs::metadata(&path) else {
                tracing::warn!(path = %path.display(), "a link of file_tree leads nowhere");
                continue;
            };
            if data.is_dir() {
                if !is_link || self.follow {
                    map.insert(name, self.folder(&path, &inner, depth + 1)?);
                }
            } else if data.is_file() {
                map.insert(name, self.file(&path, &inner)?);
            }
        }
        Ok(map)
    }

    fn file(&self, path: &Path, inner: &str) -> Result<Value, String> {
        let mut bytes = fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let keeps = match &self.newlines {
            Newlines::All => true,
            Newlines::None => false,
            Newlines::Of(globs) => globs.iter().any(|glob| glob.matches(inner)),
        };
        if bytes.ends_with(b"\n") && !keeps {
            bytes.pop();
        }
        match (String::from_utf8(bytes), &self.renderer) {
            (Ok(text), Some((renderer, scope, chain))) => renderer
                .chain(&Source::new(path.to_string_lossy(), text.as_str()), scope, chain)
                .map_err(|error| format!("`{}` does not render: {error}", path.display())),
            (Ok(text), None) => Ok(Value::Str(text)),
            (Err(error), _) => Ok(Value::Bytes(error.into_bytes())),
        }
    }
}
