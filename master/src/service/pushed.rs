//! Files that minions send (`cp.push`): kept below the folder of their minion, and never anywhere else.

use super::blocking;
use crate::core::Core;
use base64::Engine;
use files::FilePath;
use model::{Failure, FailureKind, MinionId};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use value::Value;

/// The folder of what minions have sent.
#[must_use]
pub fn folder(core: &Core) -> PathBuf {
    core.settings().config.cachedir.join("pushed")
}

/// Takes a part of a file.
///
/// # Errors
/// When this master takes none, the path leads elsewhere, or the file is too large.
pub async fn take(core: &Core, minion: &MinionId, data: &Value) -> Result<(), Failure> {
    let settings = core.settings();
    if !settings.config.file_recv {
        let refused = Failure::new(FailureKind::Refused, "this master takes no files of minions");
        return Err(refused.with_hint("set `file_recv: true` in its configuration"));
    }
    let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = FilePath::new(text("path").trim_start_matches('/')).map_err(|error| Failure::bad_arguments(error.to_string()))?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text("data"));
    let bytes = bytes.map_err(|error| Failure::bad_arguments(format!("the content did not arrive whole: {error}")))?;
    let offset = data.get("offset").and_then(Value::as_int).and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0);
    let most = settings.config.file_recv_max_size.saturating_mul(1 << 20);
    if offset.saturating_add(bytes.len() as u64) > most {
        let why = format!("`{path}` is larger than {} MB", settings.config.file_recv_max_size);
        return Err(Failure::new(FailureKind::Refused, why).with_hint("`file_recv_max_size` of the master is the bound"));
    }
    let is_last = data.get("last").is_some_and(Value::is_truthy);
    // An id is a path part by its type: it has neither slashes nor dots alone.
    let place = folder(core).join(minion.as_str()).join(path.as_str());
    blocking(move || write(&place, offset, &bytes, is_last))
        .await?
        .map_err(|error| Failure::failed(format!("cannot keep the file: {error}")))
}

/// Parts are gathered beside the file's place; the last one moves it there.
fn write(place: &std::path::Path, offset: u64, bytes: &[u8], is_last: bool) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = place.with_file_name(format!(".{name}.part"));
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(offset == 0).mode(0o600).open(&part)?;
    if file.metadata()?.len() != offset {
        return Err(std::io::Error::other("its parts came out of order"));
    }
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)?;
    if is_last { std::fs::rename(&part, place) } else { Ok(()) }
}
