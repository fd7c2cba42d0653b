//! Filters that look at the machine the template is rendered on.

use super::{Outcome, subject};
use jinja::{Engine, Error, Val};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Bytes looked at to tell text from other content.
const BLOCK: u64 = 512;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("is_text_file", |call| Ok(Val::from(head(&subject(call)?).is_some_and(|head| is_text(&head)))));
    engine.add_filter("is_bin_file", |call| Ok(Val::from(head(&subject(call)?).is_some_and(|head| !is_text(&head)))));
    engine.add_filter("is_empty", |call| Ok(Val::from(fs::metadata(subject(call)?).is_ok_and(|meta| meta.len() == 0))));
    engine.add_filter("which", |call| {
        let name = subject(call)?;
        Ok(which(&name).map_or(Val::None, |path| Val::from(path.as_str())))
    });
    engine.add_filter("get_uid", |call| {
        let name = subject(call)?;
        Ok(uid(&name).map_or(Val::None, Val::from))
    });
    engine.add_filter("list_files", |call| list_files(&subject(call)?));
}

fn head(path: &str) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    fs::File::open(path).ok()?.take(BLOCK).read_to_end(&mut head).ok()?;
    Some(head)
}

fn is_text(head: &[u8]) -> bool {
    if head.contains(&0) {
        return false;
    }
    match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut in two where the block ends.
        Err(error) => error.error_len().is_none(),
    }
}

fn which(name: &str) -> Option<String> {
    let is_program = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if name.is_empty() {
        return None;
    }
    if name.contains('/') {
        return is_program(Path::new(name)).then(|| name.to_owned());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':').map(|folder| Path::new(folder).join(name)).find(|path| is_program(path)).map(|path| path.to_string_lossy().into_owned())
}

fn uid(name: &str) -> Option<i64> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

/// All folders and files below a folder, itself first.
fn list_files(folder: &str) -> Outcome {
    let mut found = vec![folder.to_owned()];
    let mut waiting = vec![folder.to_owned()];
    while let Some(here) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&here) else { continue };
        for entry in entries.flatten() {
            let path = entry.path().to_string_lossy().into_owned();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(path.clone());
            }
            found.push(path);
            if found.len() > 1_000_000 {
                return Err(Error::new(jinja::Kind::Limit, format!("`{folder}` has more than a million files")));
            }
        }
    }
    found.sort();
    Ok(Val::list(found.iter().map(|path| Val::from(path.as_str())).collect()))
}
