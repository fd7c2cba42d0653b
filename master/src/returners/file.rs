//! Returns as lines of JSON at the end of a file.

use super::{Options, Record, Returner, Trouble};
use async_trait::async_trait;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Appends to a file. It is opened anew each time, so a log rotation needs no word to the master.
pub struct File {
    path: PathBuf,
}

impl File {
    /// The options are `path`.
    ///
    /// # Errors
    /// When it is missing.
    pub fn new(options: &Options<'_>) -> Result<Self, String> {
        options.known(&["path"])?;
        Ok(Self { path: options.need("path")?.into() })
    }
}

#[async_trait]
impl Returner for File {
    async fn deliver(&self, records: &[Record]) -> Result<(), Trouble> {
        let path = self.path.clone();
        let text: String = records.iter().map(|record| record.to_json() + "\n").collect();
        let written = tokio::task::spawn_blocking(move || {
            append(&path, text.as_bytes()).map_err(|error| Trouble::Away(format!("cannot write `{}`: {error}", path.display())))
        });
        written.await.unwrap_or_else(|error| Err(Trouble::away(&error)))
    }
}

/// All of it or nothing: on a full disk no half line stays.
fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let before = file.metadata()?.len();
    file.write_all(bytes).and_then(|()| file.sync_data()).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}
