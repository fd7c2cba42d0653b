//! Checksums of archives that were extracted, kept in the cache for `source_hash_update` and `skip_files_list_verify`.

use host::Digest;
use sdk::host;
use sdk::host::{Look, Write, parent};
use sdk::{Cx, Failure, Read, Value};

/// Whether a file has a checksum.
pub fn is(host: &dyn Look, path: &str, digest: Digest, sum: &str) -> bool {
    host.read(path).is_ok_and(|bytes| digest.hex(&bytes).eq_ignore_ascii_case(sum))
}

/// Where the checksum of a file is kept.
fn place(path: &str, read: &Read) -> String {
    let cache = read.opt("cachedir").and_then(Value::as_str).unwrap_or("/var/cache/sylvite/minion").trim_end_matches('/');
    match path.strip_prefix(&format!("{cache}/")) {
        Some(inside) => format!("{cache}/archive_hash/{inside}.hash"),
        None => format!("{cache}/archive_hash/local/{}", path.trim_start_matches('/')),
    }
}

/// The checksum a file had the last time.
pub fn recorded(path: &str, digest: Digest, read: &Read) -> Option<String> {
    let text = read.host().read_text(&place(path, read)).ok()?;
    text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| *name == digest.name()).map(|(_, sum)| sum.to_owned())
}

/// Whether a file is another than the last time; unknown where none was kept.
pub fn differs(path: &str, read: &Read) -> bool {
    recorded(path, Digest::Sha256, read).is_some_and(|sum| !is(read.host(), path, Digest::Sha256, &sum))
}

/// Keeps the checksum of a file.
pub fn record(path: &str, cx: &Cx) -> Result<(), Failure> {
    let sum = Digest::Sha256.hex(&cx.host().read(path).map_err(modules::failure)?);
    let place = place(path, cx.read());
    let old = cx.host().read_text(&place).unwrap_or_default();
    let mut lines: Vec<String> = old.lines().filter(|line| line.contains(':') && !line.starts_with("sha256:")).map(str::to_owned).collect();
    lines.push(format!("sha256:{sum}"));
    if let Some(up) = parent(&place) {
        cx.host().make_dirs(up, None).map_err(modules::failure)?;
    }
    cx.host().write(&place, format!("{}\n", lines.join("\n")).as_bytes(), &Write::default()).map_err(modules::failure)
}
