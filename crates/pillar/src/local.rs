//! What templates learn of the machine that compiles: clock, dice, files, programs, names, and the system's gpg.

use render::Machine;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

/// A folder with more entries than this is not listed.
const MOST_FILES: usize = 1_000_000;

/// This machine.
#[derive(Clone, Debug, Default)]
pub struct LocalMachine {
    /// The folder of the keys that open encrypted messages (`gpg_keydir`).
    pub gpg_keys: Option<PathBuf>,
    /// A message that cannot be opened stays as it is instead of being an error (`gpg_decrypt_must_succeed: false`).
    pub keep_closed: bool,
}

impl Machine for LocalMachine {
    fn now(&self) -> Option<i64> {
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::system()
    }

    fn random(&self, below: u64) -> u64 {
        if below == 0 { 0 } else { rand::random_range(0..below) }
    }

    fn read(&self, path: &str, most: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let mut found = vec![folder.to_owned()];
        let mut waiting = vec![PathBuf::from(folder)];
        while let Some(here) = waiting.pop() {
            for entry in fs::read_dir(here).ok()?.flatten() {
                let path = entry.path();
                found.push(path.to_string_lossy().into_owned());
                if found.len() > MOST_FILES {
                    return None;
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(path);
                }
            }
        }
        found.sort();
        Some(found)
    }

    fn program(&self, name: &str) -> Option<String> {
        let is_program = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
        if name.is_empty() {
            return None;
        }
        if name.contains('/') {
            return is_program(Path::new(name)).then(|| name.to_owned());
        }
        let path = env::var_os("PATH")?;
        env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|path| is_program(path))
            .map(|path| path.to_string_lossy().into_owned())
    }

    fn uid(&self, name: &str) -> Option<i64> {
        let accounts = fs::read_to_string("/etc/passwd").ok()?;
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
        })
    }

    fn resolve(&self, name: &str) -> Vec<IpAddr> {
        (name, 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
    }

    fn decrypt(&self, message: &str) -> Result<Option<String>, String> {
        match self.open(message) {
            Err(error) if self.keep_closed => {
                tracing::warn!(%error, "an encrypted message was left as it is");
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }
}

impl LocalMachine {
    /// Asks gpg.
    fn open(&self, message: &str) -> Result<String, String> {
        let keys = self.gpg_keys.as_ref().ok_or("renderer `gpg` has no keys here; set `gpg_keydir`")?;
        let mut child = Command::new("gpg")
            .args(["--homedir".as_ref(), keys.as_os_str()])
            .args(["--batch", "--no-tty", "--status-fd", "2", "-d"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run gpg: {error}"))?;
        let mut input = child.stdin.take();
        // A message may be larger than a pipe holds, and gpg may answer before it has read all.
        let text = message.to_owned();
        let feeder = std::thread::spawn(move || input.as_mut().map_or(Ok(()), |input| input.write_all(text.as_bytes())));
        let output = child.wait_with_output().map_err(|error| format!("cannot read the answer of gpg: {error}"))?;
        let _ = feeder.join();
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let reasons: Vec<&str> = words.lines().filter_map(|line| line.strip_prefix("gpg: ")).collect();
            return Err(format!("gpg cannot open a message: {}", reasons.join("; ")));
        }
        String::from_utf8(output.stdout).map_err(|_| "the plain text of a message is no UTF-8".to_owned())
    }
}
