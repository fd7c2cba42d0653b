//! Programs run against a scripted master over a real socket.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

#[path = "../../../manager/tests/support/script.rs"]
mod script;

pub use script::{JOB, Script, job, json, key, minion, noon, returned, stage};

use cli::{Console, Program};
use manager::Server;
use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub status: u8,
}

/// A running scripted master.
pub struct Lab {
    pub script: Arc<Script>,
    folder: tempfile::TempDir,
    stop: CancellationToken,
}

impl Lab {
    pub fn start(script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Arc::new(script);
        let stop = CancellationToken::new();
        let server = Server::bind(folder.path().join("master.sock"), script.clone()).unwrap();
        tokio::spawn(server.run(stop.clone()));
        Self { script, folder, stop }
    }

    pub fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("master.sock")
    }

    /// Runs a program; words are separated by blanks, `·` stands for a blank inside a word.
    pub async fn run(&self, program: Program, words: &str) -> Ran {
        self.run_with(program, words, "", |_| {}).await
    }

    pub async fn run_with(&self, program: Program, words: &str, input: &'static str, change: impl FnOnce(&mut Console)) -> Ran {
        let (out, err) = (Shared::default(), Shared::default());
        let mut console = Console::over(out.clone(), err.clone(), Cursor::new(input));
        console.environment.insert("SYLVITE_SOCKET".to_owned(), self.socket().display().to_string());
        console.environment.insert("SYLVITE_CONFIG_DIR".to_owned(), self.folder.path().display().to_string());
        change(&mut console);
        let words = std::iter::once(program.name().to_owned()).chain(words.split_whitespace().map(|word| word.replace('·', " ")));
        let status = cli::run(program, words.map(Into::into).collect(), &mut console).await;
        Ran { out: out.text(), err: err.text(), status }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
